//! The certificate window, the technician's page and the simulator panel, drawn without a
//! display from real messages: nothing is cut or hidden, no text is missing, and the
//! operator's way through them is the one an outside driver sees. Pictures: `target/shots/`.

#![cfg(feature = "demo")]

#[path = "screens/shot.rs"]
mod shot;

#[path = "faces/sample.rs"]
mod sample;

use iced::Size;
use sample::Stage;
use tongban::app::{Message, live};
use tongban::failure::Failure;
use tongban::screen::certificate::Message as Certificate;
use tongban::screen::technician::Message as Technician;
use tongban::service::making::{Board, Stage as Made, Step};
use tongban_domain::code::ErrorCode;
use tongban_ui::inspect::{self, Kind};
use tongban_ui::{Look, Profile, Ui};

const DESK: Size = Size::new(1920.0, 1080.0);

/// Draws what is on screen in both looks; returns what is wrong and every text.
fn draw(stage: &mut Stage, name: &str) -> (Vec<String>, String) {
    shot::use_fonts(&sample::root().join("assets/fonts"));
    let folder = sample::root().join("target/shots");
    std::fs::create_dir_all(&folder).expect("a directory");
    let (mut faults, mut texts) = (Vec::new(), String::new());
    for look in [Look::Standard, Look::Elder] {
        let ui = stage.app.ui(false);
        let (seen, pixels) = shot::take(stage.app.draw(false), DESK, &ui.theme());
        for thing in &seen {
            if let Kind::Text(text) | Kind::Press { label: text, .. } = &thing.kind {
                texts.push_str(text);
                texts.push('\n');
            }
        }
        faults.extend(
            inspect::lint(&seen, DESK, &ui.tokens).into_iter().map(|fault| format!("{name} {look:?}: {fault}")),
        );
        let suffix = if look == Look::Elder { "-elder" } else { "" };
        shot::save(&folder.join(format!("{name}{suffix}.png")), DESK, &pixels);
        drop(stage.app.update(Message::ElderToggled));
    }
    if texts.contains('⟦') {
        faults.push(format!("{name}: a text is missing"));
    }
    (faults, texts)
}

fn certificate(stage: &mut Stage, message: Certificate) {
    drop(stage.app.update(Message::Certificate(message)));
}

#[test]
fn the_certificate_window_shows_every_state_of_a_sheet_whole_and_by_name() {
    let mut stage = sample::stage("certificate");
    drop(stage.app.update(sample::devices(&[])));
    let mut faults = Vec::new();
    let check = |stage: &mut Stage, name: &str, state: &str, faults: &mut Vec<String>| {
        assert!(stage.state().contains(&format!("\"certificate.{state}\"")), "{name}: {}", stage.state());
        faults.extend(draw(stage, name).0);
    };
    check(&mut stage, "certificate-loading", "queue", &mut faults);
    stage.load(vec![]);
    check(&mut stage, "certificate-empty", "queue", &mut faults);
    stage.load(sample::queue(None));
    check(&mut stage, "certificate-queue", "queue", &mut faults);
    certificate(&mut stage, Certificate::Choose(sample::CASE));
    check(&mut stage, "certificate-check", "check", &mut faults);
    certificate(&mut stage, Certificate::Serial("sf 000123".into()));
    certificate(&mut stage, Certificate::SerialScanned);
    check(&mut stage, "certificate-blank", "check", &mut faults);
    certificate(&mut stage, Certificate::Print);
    check(&mut stage, "certificate-printing", "printing", &mut faults);
    certificate(&mut stage, Certificate::Making(Step::Sent));
    certificate(&mut stage, Certificate::Making(Step::Reasons(vec!["media-empty-warning".into()])));
    check(&mut stage, "certificate-paper-out", "printing", &mut faults);
    certificate(&mut stage, Certificate::Making(Step::End(Ok(Box::new(sample::entry("done", Some(Made::Done)))))));
    check(&mut stage, "certificate-read-back", "read-back", &mut faults);
    certificate(&mut stage, Certificate::ReadBack("SF000124".into()));
    certificate(&mut stage, Certificate::Confirm);
    check(&mut stage, "certificate-differs", "read-back", &mut faults);
    certificate(&mut stage, Certificate::Stepped(Ok(Box::new(sample::entry("sent", Some(Made::Unknown))))));
    check(&mut stage, "certificate-unknown", "unknown", &mut faults);
    certificate(&mut stage, Certificate::Spoil(tongban::screen::certificate::SpoilMessage::Open));
    check(&mut stage, "certificate-spoil", "unknown", &mut faults);
    certificate(&mut stage, Certificate::Stepped(Ok(Box::new(sample::entry("confirmed", Some(Made::Confirmed))))));
    check(&mut stage, "certificate-ready", "ready", &mut faults);
    certificate(&mut stage, Certificate::HandOver);
    check(&mut stage, "certificate-card", "hand-over", &mut faults);
    certificate(&mut stage, Certificate::Handed(Err(Failure::new(ErrorCode::CardOtherPerson, "centre"))));
    check(&mut stage, "certificate-other-person", "ready", &mut faults);
    certificate(&mut stage, Certificate::Handed(Ok(Box::new(sample::entry("closed", None).job))));
    check(&mut stage, "certificate-handed-over", "handed-over", &mut faults);
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn without_the_centre_or_the_printer_nothing_can_be_printed_and_the_page_says_why() {
    let mut stage = sample::stage("certificate");
    drop(stage.app.update(sample::devices(&[])));
    stage.load(sample::queue(None));
    certificate(&mut stage, Certificate::Choose(sample::CASE));
    certificate(&mut stage, Certificate::Serial("SF000123".into()));
    assert!(stage.enabled("certificate.print"), "all is well: it can be printed");
    let board = Board { entries: Err(Failure::new(ErrorCode::NetworkDown, "centre")), open: 1 };
    stage.board(board);
    assert!(!stage.enabled("certificate.print"), "making needs the centre");
    let (faults, texts) = draw(&mut stage, "certificate-offline");
    assert!(texts.contains("N101") && texts.contains("制证需要与中心保持连接"), "{texts}");
    assert!(faults.is_empty(), "{faults:?}");
    stage.load(sample::queue(None));
    assert!(stage.enabled("certificate.print"), "the link is back");
    drop(stage.app.update(sample::devices(&["certificate-printer"])));
    assert!(!stage.enabled("certificate.print"), "no printer");
}

#[test]
fn a_sheet_of_another_window_has_no_buttons_that_could_print_it_twice() {
    let mut stage = sample::stage("certificate");
    drop(stage.app.update(sample::devices(&[])));
    let mut entry = sample::entry("sent", None);
    entry.job.print = Some(sample::PRINT);
    stage.load(vec![entry]);
    certificate(&mut stage, Certificate::Choose(sample::CASE));
    assert!(stage.state().contains("certificate.elsewhere"), "{}", stage.state());
    for name in ["certificate.print", "certificate.unknown.not-fed", "certificate.confirm"] {
        assert!(!stage.enabled(name), "{name}");
    }
    assert!(draw(&mut stage, "certificate-elsewhere").0.is_empty());
}

#[test]
fn the_technician_sees_cause_and_cure_of_every_device() {
    let mut stage = sample::stage("technician");
    drop(stage.app.update(sample::devices(&[])));
    drop(stage.app.update(Message::Technician(Technician::Looked(sample::machine(), Vec::new()))));
    let mut faults = draw(&mut stage, "technician-well").0;
    drop(stage.app.update(sample::devices(&["reader", "printer"])));
    faults.extend(draw(&mut stage, "technician-ill").0);
    drop(stage.app.update(Message::Technician(Technician::Choose("reader".into()))));
    drop(stage.app.update(Message::Technician(Technician::Looked(sample::machine(), sample::ports()))));
    let (found, texts) = draw(&mut stage, "technician-reader");
    faults.extend(found);
    assert!(texts.contains("D101"), "{texts}");
    let tested = tongban::service::devices::Tested::Card {
        layout: "citizen".into(),
        sam_id: "05.01-20250101-0000001001".into(),
        ms: 840,
    };
    drop(stage.app.update(Message::Technician(Technician::Tested("reader".into(), Ok(tested)))));
    faults.extend(draw(&mut stage, "technician-tested").0);
    drop(stage.app.update(Message::Technician(Technician::Choose("face".into()))));
    drop(stage.app.update(Message::Live(live::Change::Picture("face", sample::picture()))));
    faults.extend(draw(&mut stage, "technician-camera").0);
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_technician_tries_every_device_of_the_hall_and_sees_the_supply_run_on_its_battery() {
    use tongban::service::devices::Tested;
    let mut stage = sample::stage("technician");
    drop(stage.app.update(sample::hall_devices()));
    drop(stage.app.update(Message::Technician(Technician::Looked(sample::machine(), Vec::new()))));
    let found = [
        ("codes", Tested::Code { length: 27 }, "27 个字符"),
        ("pad", Tested::Signed { strokes: 3 }, "3 笔"),
        ("smart-card", Tested::Chip { length: 17 }, "17 字节"),
        ("call-display", Tested::Shown, "T000"),
        ("power", Tested::Power { mains: false, charge: Some(72) }, "电量 72 %"),
    ];
    let mut faults = Vec::new();
    for (role, tested, words) in found {
        drop(stage.app.update(Message::Technician(Technician::Choose(role.into()))));
        assert!(stage.enabled("technician.test"), "{role}");
        drop(stage.app.update(Message::Technician(Technician::Tested(role.into(), Ok(tested)))));
        let (found, texts) = draw(&mut stage, &format!("technician-{role}"));
        faults.extend(found);
        assert!(texts.contains(words) && texts.contains("电池供电"), "{role}: {texts}");
        let kept = texts.contains("卡被其他程序占用") && texts.contains("Feitian Technologies");
        assert!(kept == (role == "smart-card"), "{role}: {texts}");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_station_with_everything_shows_its_devices_on_pages_that_fit() {
    let mut stage = sample::stage("technician");
    drop(stage.app.update(sample::every_device()));
    drop(stage.app.update(Message::Technician(Technician::Looked(sample::machine(), Vec::new()))));
    drop(stage.app.update(Message::Technician(Technician::Choose("printer".into()))));
    let (mut faults, first) = draw(&mut stage, "technician-everything");
    drop(stage.app.update(Message::Technician(Technician::Shelf(1))));
    let (found, second) = draw(&mut stage, "technician-everything-2");
    faults.extend(found);
    assert!(
        first.contains("身份证阅读器") && first.contains("D101") && second.contains("不间断电源"),
        "{first}{second}"
    );
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_queue_tells_of_every_item_how_it_stands_why_when_next_and_what_to_do() {
    let mut stage = sample::stage("technician");
    drop(stage.app.update(sample::devices(&[])));
    drop(stage.app.update(Message::Technician(Technician::Looked(sample::machine(), Vec::new()))));
    assert!(stage.enabled("technician.outbox"));
    drop(stage.app.update(Message::Technician(Technician::Outbox(true))));
    assert!(stage.state().contains("\"technician.outbox\""), "{}", stage.state());
    let (mut faults, texts) = draw(&mut stage, "outbox");
    for words in ["8901022603020030001X", "中心未接收", "将自动重试", "等待上报", "下次 09:42", "S104"]
    {
        assert!(texts.contains(words), "{words}: {texts}");
    }
    assert!(!stage.enabled("outbox.retry"), "nothing is chosen");
    drop(stage.app.update(Message::Technician(Technician::Item(1))));
    let (found, texts) = draw(&mut stage, "outbox-again");
    faults.extend(found);
    assert!(texts.contains("N101") && texts.contains("无需处理"), "{texts}");
    assert!(!stage.enabled("outbox.retry"), "what goes by itself needs no hand");
    drop(stage.app.update(Message::Technician(Technician::Item(0))));
    assert!(stage.enabled("outbox.retry"), "what the centre refused waits for a person");
    let (found, texts) = draw(&mut stage, "outbox-refused");
    faults.extend(found);
    assert!(texts.contains("等待人工处理"), "{texts}");
    drop(stage.app.update(Message::Technician(Technician::WasRetried(Ok(())))));
    faults.extend(draw(&mut stage, "outbox-retried").0);
    let mut sent = sample::machine();
    (sent.outbox, sent.waiting) = (0, Vec::new());
    drop(stage.app.update(Message::Technician(Technician::Looked(sent, Vec::new()))));
    let (found, texts) = draw(&mut stage, "outbox-empty");
    faults.extend(found);
    assert!(texts.contains("已全部上报"), "{texts}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_simulator_panel_fits_its_window() {
    shot::use_fonts(&sample::root().join("assets/fonts"));
    let ui = Ui::new(Profile::Technician, Look::Standard, sample::texts());
    let dock = tongban::dock::Dock::new(iced::window::Id::unique(), ui.clone());
    let size = Size::new(420.0, 900.0);
    let (seen, pixels) = shot::take(dock.view(), size, &ui.theme());
    shot::save(&sample::root().join("target/shots/dock.png"), size, &pixels);
    let faults = inspect::lint(&seen, size, &ui.tokens);
    assert!(faults.is_empty(), "{faults:?}");
    let missing = seen.iter().any(|thing| matches!(&thing.kind, Kind::Text(text) if text.contains('⟦')));
    assert!(!missing, "a text is missing");
}
