//! What surrounds every step: reading before confirming, the call for help, the voice, and the
//! page within reach of a wheelchair. Pictures: `target/shots/`.

#![cfg(feature = "demo")]

#[path = "screens/shot.rs"]
mod shot;
#[path = "screens/stage.rs"]
mod stage;

use iced::Size;
use shot::Hand;
use stage::{Stage, root, show, stage, stage_with};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tongban::app::{Message, help, transfer};
use tongban::apply::Message as Visit;
use tongban::failure::Failure;
use tongban::screen::journey::{Message as Step, shares};
use tongban::service::speech::Sentence;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::{ResourceId, StaffId, StationId};
use tongban_protocol::help::{HelpAnswer, HelpCall};
use tongban_ui::inspect::{self, Kind, Seen};
use tongban_ui::{I18n, Look};
use uuid::Uuid;

const KIOSK: Size = Size::new(1080.0, 1920.0);
const DESK: Size = Size::new(1920.0, 1080.0);
const CUSTOMER: Size = Size::new(1280.0, 800.0);

fn enabled(seen: &[Seen], id: &str) -> Option<bool> {
    seen.iter().find_map(|thing| match &thing.kind {
        Kind::Press { enabled, .. } if thing.id.as_deref() == Some(id) => Some(*enabled),
        _ => None,
    })
}

fn texts(seen: &[Seen]) -> String {
    let text = |thing: &Seen| match &thing.kind {
        Kind::Text(text) | Kind::Press { label: text, .. } => Some(text.replace(['\u{2068}', '\u{2069}'], "")),
        Kind::Area | Kind::Input(_) => None,
    };
    seen.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

/// Draws the page into `target/shots` and says what is wrong with it.
fn picture(stage: &Stage, name: &str, customer: bool, size: Size) -> (Vec<Seen>, Vec<String>) {
    let ui = stage.app.ui(customer);
    let (seen, pixels) = shot::take(stage.app.draw(customer), size, &ui.theme());
    let folder = root().join("target/shots");
    std::fs::create_dir_all(&folder).expect("a directory");
    shot::save(&folder.join(format!("{name}.png")), size, &pixels);
    let faults = inspect::lint(&seen, size, &ui.tokens).into_iter().map(|fault| format!("{name}: {fault}")).collect();
    (seen, faults)
}

fn fonts() {
    shot::use_fonts(&root().join("assets/fonts"));
}

/// Turns the pages one by one until there are no more; the number of turns.
fn read(stage: &mut Stage, hand: &mut Hand, customer: bool, size: Size) -> (Vec<Seen>, usize) {
    let mut seen = stage.touch(hand, customer, size, None);
    let mut turns = 0;
    while enabled(&seen, "pager.next") == Some(true) {
        seen = stage.touch(hand, customer, size, Some("pager.next"));
        turns += 1;
    }
    (seen, turns)
}

/// A record long enough for several pages, waiting for its answer.
fn record(stage: &mut Stage, look: Look) -> ResourceId {
    let at = stage.preset("shares-last-record");
    show(stage, at, look);
    let (_, messages) = Hand::new().frame(stage.app.draw(false), KIOSK, None);
    messages
        .into_iter()
        .find_map(|message| match message {
            Message::Kiosk(tongban::screen::kiosk::Message::Visit(Visit::Step(Step::Shares(
                shares::Message::Leafed(resource, _),
            )))) => Some(resource),
            _ => None,
        })
        .expect("the record says how far it was read")
}

#[test]
fn a_record_is_confirmed_only_after_all_its_pages_were_on_screen() {
    fonts();
    let mut stage = stage("kiosk");
    let resource = record(&mut stage, Look::Elder);
    let confirm = || {
        Message::Kiosk(tongban::screen::kiosk::Message::Visit(Visit::Step(Step::Shares(shares::Message::Confirm(
            resource.clone(),
        )))))
    };
    let mut hand = Hand::new();
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert_eq!(enabled(&seen, "kiosk.share.confirm"), Some(false), "page one of several");
    assert_eq!(enabled(&seen, "kiosk.share.object"), Some(true), "an objection needs no reading to the end");
    assert!(texts(&seen).contains("请先看完全部"), "{}", texts(&seen));
    drop(stage.app.update(confirm()));
    assert!(stage.app.state().contains("\"busy\":false"), "a press that got through all the same changes nothing");
    let (seen, turns) = read(&mut stage, &mut hand, false, KIOSK);
    assert!(turns > 0);
    assert_eq!(enabled(&seen, "kiosk.share.confirm"), Some(true));
    assert!(texts(&seen).contains("都看过了"));
    let seen = stage.touch(&mut hand, false, KIOSK, Some("pager.previous"));
    assert_eq!(enabled(&seen, "kiosk.share.confirm"), Some(true), "what was read stays read");
    drop(stage.app.update(confirm()));
    assert!(stage.app.state().contains("\"busy\":true"), "the control: now it is recorded");
}

#[test]
fn an_emergency_stop_shuts_the_kiosks_home_and_lifting_it_opens_it_again() {
    fonts();
    let mut stage = stage("kiosk");
    let mut items = |name: &str| {
        let at = stage.preset(name);
        show(&mut stage, at, Look::Standard);
        let seen = stage.touch(&mut Hand::new(), false, KIOSK, None);
        let presses: Vec<bool> = seen
            .iter()
            .filter(|thing| thing.id.as_deref().is_some_and(|id| id.starts_with("kiosk.item.")))
            .filter_map(|thing| match &thing.kind {
                Kind::Press { enabled, .. } => Some(*enabled),
                _ => None,
            })
            .collect();
        (presses, texts(&seen))
    };
    let (presses, words) = items("home-online");
    assert!(presses.iter().any(|open| *open) && !words.contains("本机暂停服务"), "control: {words}");
    let (presses, words) = items("home-stopped");
    assert!(!presses.is_empty() && presses.iter().all(|open| !open), "nothing is begun: {presses:?}");
    assert!(words.contains("本机暂停服务") && words.contains("请到窗口或最近的大厅办理"), "{words}");
    let (presses, words) = items("home-online");
    assert!(presses.iter().any(|open| *open) && !words.contains("本机暂停服务"), "lifted: {words}");
}

#[test]
fn bigger_type_makes_more_pages_and_they_must_be_turned_too() {
    fonts();
    let mut stage = stage("kiosk");
    record(&mut stage, Look::Standard);
    let mut hand = Hand::new();
    let (seen, before) = read(&mut stage, &mut hand, false, KIOSK);
    assert_eq!(enabled(&seen, "kiosk.share.confirm"), Some(true));
    record(&mut stage, Look::Elder);
    let (seen, after) = read(&mut stage, &mut Hand::new(), false, KIOSK);
    assert!(after > before, "{after} turns in big type, {before} in the ordinary");
    assert_eq!(enabled(&seen, "kiosk.share.confirm"), Some(true));
}

#[test]
fn a_case_is_signed_only_after_all_of_it_was_on_screen() {
    fonts();
    let mut stage = stage("kiosk");
    let at = stage.preset("sign-off-choosing");
    show(&mut stage, at, Look::Standard);
    let mut hand = Hand::new();
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    for way in ["kiosk.sign-off.finger", "kiosk.sign-off.camera"] {
        assert_eq!(enabled(&seen, way), Some(false), "{way}");
    }
    assert!(texts(&seen).contains("请先看完全部"));
    picture(&stage, "sign-off-unread", false, KIOSK);
    let (seen, turns) = read(&mut stage, &mut hand, false, KIOSK);
    assert!(turns > 0);
    assert_eq!(enabled(&seen, "kiosk.sign-off.finger"), Some(true));
    let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.finger"));
    assert!(texts(&seen).contains("请将手指平按在指纹仪上"));
}

#[test]
fn pages_the_officer_turns_are_not_pages_the_applicant_read() {
    fonts();
    let mut stage = stage("window");
    let at = stage.preset("window-sign-off");
    show(&mut stage, at, Look::Standard);
    let customer = |stage: &mut Stage| stage.touch(&mut Hand::new(), true, CUSTOMER, None);
    let seen = customer(&mut stage);
    assert_eq!(enabled(&seen, "customer.sign-off.finger"), Some(false));
    let (officer, _) = read(&mut stage, &mut Hand::new(), false, DESK);
    assert!(texts(&officer).contains("申请人正在看"), "the officer sees how far the applicant is");
    let seen = customer(&mut stage);
    assert_eq!(enabled(&seen, "customer.sign-off.finger"), Some(false), "the officer turned, not the applicant");
    let (seen, turns) = read(&mut stage, &mut Hand::new(), true, CUSTOMER);
    assert!(turns > 0);
    assert_eq!(enabled(&seen, "customer.sign-off.finger"), Some(true));
    assert!(texts(&stage.touch(&mut Hand::new(), false, DESK, None)).contains("申请人已看完"));
}

fn said(stage: &mut Stage, answer: Result<Option<&str>, ()>) {
    let state: serde_json::Value = serde_json::from_str(&stage.app.state()).expect("the state is JSON");
    let call: Uuid = state["help"].as_str().expect("a call stands").parse().expect("its number");
    let going = |name: &str| HelpAnswer { by: StaffId("chen.window".into()), name: name.into() };
    let told = answer.map_err(|()| Failure::new(ErrorCode::NetworkDown, "help"));
    let told = told.map(|name| HelpCall {
        call,
        station: StationId("890102-001-K03".into()),
        waited_s: 4,
        answer: name.map(going),
    });
    drop(stage.app.update(Message::Help(help::Message::Said(call, told))));
}

#[test]
fn a_call_for_help_says_honestly_how_far_it_is() {
    fonts();
    let mut stage = stage_with("kiosk", "[speech]\nprogram = \"\"\n[service]\nphone = \"0890-5550100\"\n");
    let mut faults = Vec::new();
    for look in [Look::Standard, Look::Elder] {
        let suffix = if look == Look::Elder { "-elder" } else { "" };
        let at = stage.preset("consent");
        show(&mut stage, at, look);
        let mut hand = Hand::new();
        let seen = stage.touch(&mut hand, false, KIOSK, Some("bottom.help"));
        assert!(texts(&seen).contains("正在呼叫工作人员"));
        let mut step = |stage: &mut Stage, answer, name: &str, words: &[&str]| {
            said(stage, answer);
            let (seen, found) = picture(stage, &format!("help-{name}{suffix}"), false, KIOSK);
            faults.extend(found);
            for words in words {
                assert!(texts(&seen).contains(words), "{name}: {words} in {}", texts(&seen));
            }
        };
        step(&mut stage, Err(()), "unreached", &["呼叫没有送出", "0890-5550100"]);
        step(&mut stage, Ok(None), "known", &["已通知工作人员", "已呼叫"]);
        drop(stage.app.update(Message::Help(help::Message::Close)));
        let (seen, _) = picture(&stage, &format!("help-closed{suffix}"), false, KIOSK);
        assert!(!texts(&seen).contains("已通知工作人员"), "the page is free again");
        assert!(texts(&seen).contains("已呼叫"), "the button says that the call stands");
        step(&mut stage, Ok(Some("陈窗口")), "coming", &["工作人员正在过来", "正在过来"]);
        assert!(stage.app.state().contains("apply.consent"), "the visit went on under it");
    }
    drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Home)));
    assert!(stage.app.state().contains("\"help\":null"), "who leaves needs nobody");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_window_sees_who_calls_and_who_goes() {
    fonts();
    let mut stage = stage("window");
    let at = stage.preset("window-idle-devices");
    show(&mut stage, at, Look::Standard);
    let call = |n: u128, kiosk: &str, answer: Option<&str>| HelpCall {
        call: Uuid::from_u128(n),
        station: StationId(kiosk.into()),
        waited_s: 12,
        answer: answer.map(|name| HelpAnswer { by: StaffId("x".into()), name: name.into() }),
    };
    let calls = vec![
        call(1, "890102-001-K03", None),
        call(2, "890102-001-K12", Some("阿不都热合曼·买买提")),
        call(3, "890102-001-K04", None),
        call(4, "890102-001-K05", None),
    ];
    drop(stage.app.update(Message::Help(help::Message::Calls(Ok(calls)))));
    let (seen, faults) = picture(&stage, "window-help", false, DESK);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(enabled(&seen, "window.help.go.3"), Some(true));
    assert_eq!(enabled(&seen, "window.help.go.12"), None, "somebody is on the way");
    assert!(texts(&seen).contains("3 号自助终端") && texts(&seen).contains("另有 1 台"), "{}", texts(&seen));
    drop(stage.app.update(Message::Help(help::Message::Calls(Err(Failure::new(ErrorCode::NetworkDown, "help"))))));
    let (seen, _) = picture(&stage, "window-help-none", false, DESK);
    assert_eq!(enabled(&seen, "window.help.go.3"), None, "an old list would send people on errands");
}

/// A speech program that writes down what it is asked to say.
fn recorder(folder: &Path) -> String {
    let path = folder.join("say.sh");
    let script = format!("#!/bin/sh\nfor last; do :; done\necho \"$last\" >> {}/said\n", folder.display());
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("made a program");
    path.display().to_string()
}

fn heard(folder: &Path, wanted: usize) -> Vec<String> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let text = std::fs::read_to_string(folder.join("said")).unwrap_or_default();
        if text.lines().count() >= wanted || Instant::now() > until {
            return text.lines().map(str::to_owned).collect();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_kiosk_says_the_sentences_of_its_pages_and_nothing_of_the_person() {
    fonts();
    let folder = tempfile::tempdir().expect("a directory");
    let more = format!("[speech]\nprogram = \"{}\"\n[screen]\nspeech = true\nelder = false\n", recorder(folder.path()));
    let mut stage = stage_with("kiosk", &more);
    let i18n = I18n::load(&root().join("i18n"), "zh-CN").expect("the texts load");
    let sentences: Vec<String> = Sentence::ALL.iter().map(|sentence| i18n.text(sentence.key())).collect();
    for sentence in &sentences {
        assert!(!sentence.contains(['⟦', '{', '\u{2068}']), "{sentence} has a place to put something in");
    }
    let mut lines = 0;
    for name in ["identify-waiting", "consent", "shares-record", "form-1", "sign-off-choosing", "done-printed"] {
        let at = stage.preset(name);
        show(&mut stage, at, Look::Standard);
        // Give each its time: what is overtaken is not said.
        let now = heard(folder.path(), lines + 1).len();
        assert!(now > lines, "{name} says something");
        std::thread::sleep(Duration::from_millis(100));
        lines = heard(folder.path(), now).len();
    }
    // The last words follow when the visit ends; on a busy machine they may have been overtaken before.
    drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Home)));
    let heard = heard(folder.path(), lines + 1);
    for line in &heard {
        assert!(sentences.contains(line), "{line} is none of the sentences");
    }
    for wanted in [Sentence::Identify, Sentence::Confirm, Sentence::Receipt, Sentence::End] {
        assert!(heard.contains(&i18n.text(wanted.key())), "{wanted:?} in {heard:?}");
    }
}

#[test]
fn the_voice_is_switched_off_and_on_and_has_no_button_where_there_is_no_program() {
    fonts();
    let folder = tempfile::tempdir().expect("a directory");
    let mut stage = stage_with("kiosk", &format!("[speech]\nprogram = \"{}\"\n", recorder(folder.path())));
    let at = stage.preset("consent");
    show(&mut stage, at, Look::Elder);
    let mut hand = Hand::new();
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert_eq!(enabled(&seen, "top.mute"), Some(true));
    assert_eq!(enabled(&seen, "top.volume"), None, "what is off has no volume");
    assert!(heard(folder.path(), 0).is_empty(), "off is off");
    let seen = stage.touch(&mut hand, false, KIOSK, Some("top.mute"));
    assert_eq!(heard(folder.path(), 1), ["请阅读告知内容，然后选择是否同意。"]);
    assert!(texts(&seen).contains("音量中"));
    let seen = stage.touch(&mut hand, false, KIOSK, Some("top.volume"));
    assert!(texts(&seen).contains("音量大"));
    for (name, look) in [("voice", Look::Standard), ("voice-elder", Look::Elder)] {
        show(&mut stage, at, look);
        stage.touch(&mut hand, false, KIOSK, Some("top.mute"));
        let (_, faults) = picture(&stage, name, false, KIOSK);
        assert!(faults.is_empty(), "{faults:?}");
    }
    let mut silent = stage::stage("kiosk");
    let at = silent.preset("consent");
    show(&mut silent, at, Look::Elder);
    let seen = silent.touch(&mut Hand::new(), false, KIOSK, None);
    assert_eq!(enabled(&seen, "top.mute"), None);
}

#[test]
fn in_the_low_layout_everything_that_is_pressed_lies_within_reach() {
    fonts();
    let mut stage = stage("kiosk");
    let only = std::env::var("SCREENS").unwrap_or_default();
    let mut faults = Vec::new();
    for look in [Look::Standard, Look::Elder] {
        for at in 0..stage.presets.len() {
            let name = stage.presets[at].name;
            // The page of one captured sheet has six buttons in two rows and does not fit yet; in the
            // elder look nor does the camera's fault.
            let known = name == "capture-half-focus" || (look == Look::Elder && name == "presence-failed");
            if known || !name.contains(&only) {
                continue;
            }
            show(&mut stage, at, look);
            if !stage.app.ui(false).tokens.low {
                drop(stage.app.update(Message::LowToggled));
            }
            stage.settle(false, KIOSK);
            let suffix = if look == Look::Elder { "-elder" } else { "" };
            let (seen, found) = picture(&stage, &format!("low-{name}{suffix}"), false, KIOSK);
            faults.extend(found);
            let reach = KIOSK.height - tongban_ui::Tokens::REACH;
            let high = seen.iter().filter(|thing| matches!(thing.kind, Kind::Press { .. }) && thing.bounds.y < reach);
            faults.extend(high.map(|thing| format!("{name} {look:?}: {:?} is out of reach", thing.id)));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_usual_layout_is_not_within_reach_and_a_new_person_finds_it() {
    fonts();
    let mut stage = stage("kiosk");
    let at = stage.preset("consent");
    show(&mut stage, at, Look::Standard);
    let mut hand = Hand::new();
    let reach = KIOSK.height - tongban_ui::Tokens::REACH;
    let high =
        |seen: &[Seen]| seen.iter().any(|thing| matches!(thing.kind, Kind::Press { .. }) && thing.bounds.y < reach);
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert!(high(&seen), "the control: the top bar is high up");
    let button = seen.iter().find(|thing| thing.id.as_deref() == Some("bottom.low")).expect("the button is there");
    assert!(button.bounds.y > reach, "and can itself be reached");
    let seen = stage.touch(&mut hand, false, KIOSK, Some("bottom.low"));
    assert!(!high(&seen));
    drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Home)));
    assert!(!stage.app.ui(false).tokens.low, "the next person finds the usual page");
}

#[test]
fn what_was_begun_at_a_kiosk_is_taken_to_a_window_and_every_word_of_it_is_true() {
    fonts();
    let mut stage = stage("kiosk");
    let mut faults = Vec::new();
    for look in [Look::Standard, Look::Elder] {
        let suffix = if look == Look::Elder { "-elder" } else { "" };
        let at = stage.preset("consent");
        show(&mut stage, at, look);
        let seen = stage.touch(&mut Hand::new(), false, KIOSK, Some("bottom.help"));
        assert_eq!(enabled(&seen, "help.transfer"), None, "nothing is worth taking along yet");
        drop(stage.app.update(Message::Help(help::Message::Cancel)));
        let at = stage.preset("sign-off-choosing");
        show(&mut stage, at, look);
        let mut hand = Hand::new();
        let seen = stage.touch(&mut hand, false, KIOSK, Some("bottom.help"));
        assert_eq!(enabled(&seen, "help.transfer"), Some(true));
        faults.extend(picture(&stage, &format!("transfer-offered{suffix}"), false, KIOSK).1);
        let seen = stage.touch(&mut hand, false, KIOSK, Some("help.transfer"));
        assert!(texts(&seen).contains("转到窗口接着办？"), "{}", texts(&seen));
        faults.extend(picture(&stage, &format!("transfer-asking{suffix}"), false, KIOSK).1);
        let mut step = |stage: &mut Stage, message, name: &str, words: &str| {
            drop(stage.app.update(Message::Transfer(message)));
            let (seen, found) = picture(stage, &format!("transfer-{name}{suffix}"), false, KIOSK);
            faults.extend(found);
            assert!(texts(&seen).contains(words), "{name}: {}", texts(&seen));
            seen
        };
        let seen = step(&mut stage, transfer::Message::Go, "sending", "正在送到中心");
        assert_eq!(enabled(&seen, "transfer.leave"), Some(false), "nobody is sent away before the centre has it");
        let failed = Err(Failure::new(ErrorCode::StoreWrite, ""));
        let seen = step(&mut stage, transfer::Message::Gone(failed), "failed", "S103");
        assert_eq!(enabled(&seen, "transfer.stay"), Some(true), "it can be gone on with here");
        step(&mut stage, transfer::Message::Gone(Ok(false)), "later", "稍后送到");
        let seen = step(&mut stage, transfer::Message::Gone(Ok(true)), "sent", "已送到");
        assert_eq!(enabled(&seen, "transfer.leave"), Some(true));
        drop(stage.app.update(Message::Transfer(transfer::Message::Leave)));
        assert!(!stage.app.state().contains("apply."), "the visit is over: {}", stage.app.state());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_changes_nothing_on_the_page_draws_none_of_it_anew() {
    use tongban::app::live::Change;
    use tongban::screen::technician::Message as Technician;
    use tongban::service::upkeep::Machine;
    let mut stage = stage("technician");
    let machine = |free, outbox| Machine { free_bytes: Some(free), outbox, ..Machine::default() };
    let looked = |free, outbox| Message::Technician(Technician::Looked(machine(free, outbox), Vec::new()));
    let mut anew = |message: Message| {
        let ground = |stage: &Stage| stage.app.style(&stage.app.ui(false).theme()).background_color.b.to_bits();
        let before = ground(&stage);
        drop(stage.app.update(message));
        before != ground(&stage)
    };
    assert!(anew(Message::Tick), "the first second brings the clock");
    assert!(!anew(Message::Tick), "the clock shows minutes");
    assert!(anew(looked(40_000_000_000, 0)));
    assert!(!anew(looked(40_123_456_789, 0)), "the disk is shown by the gigabyte");
    assert!(anew(looked(40_123_456_789, 1)));
    assert!(!anew(Message::Technician(Technician::Poll)));
    assert!(!anew(Message::Live(Change::Devices(Vec::new()))), "there are none, as before");
    assert!(anew(Message::Technician(Technician::Outbox(true))), "negative control: another page");
}

#[test]
fn a_name_is_written_on_the_screen_before_it_can_be_kept_and_may_be_written_again() {
    fonts();
    let mut stage = stage("kiosk");
    let mut faults = Vec::new();
    for look in [Look::Standard, Look::Elder] {
        let at = stage.preset("sign-off-choosing");
        show(&mut stage, at, look);
        stage.settle(false, KIOSK);
        let mut hand = Hand::new();
        let (mut seen, _) = read(&mut stage, &mut hand, false, KIOSK);
        for way in ["finger", "camera", "hand"] {
            assert_eq!(enabled(&seen, &format!("kiosk.sign-off.{way}")), Some(true), "{way}");
        }
        seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.hand"));
        assert_eq!(enabled(&seen, "kiosk.sign-off.keep"), Some(false), "an empty field is no signature");
        let name = format!("sign-off-hand-{look:?}").to_lowercase();
        faults.extend(picture(&stage, &name, false, KIOSK).1);
        for message in tongban::preset::written() {
            drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Visit(message))));
        }
        let (seen, wrong) = picture(&stage, &format!("{name}-written"), false, KIOSK);
        faults.extend(wrong);
        assert_eq!(enabled(&seen, "kiosk.sign-off.keep"), Some(true));
        let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.rewrite"));
        assert_eq!(enabled(&seen, "kiosk.sign-off.keep"), Some(false), "written again from the beginning");
        let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.other"));
        assert!(enabled(&seen, "kiosk.sign-off.finger").is_some(), "the other ways are still there");
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_kiosk_on_battery_finishes_with_whoever_is_there_and_ends_by_itself_when_it_is_low() {
    use tongban::preset::fed;
    use tongban_device::state::DeviceState;
    fonts();
    let mut stage = stage("kiosk");
    let mut faults = Vec::new();
    for look in [Look::Standard, Look::Elder] {
        let name = |what: &str| format!("power-{what}-{look:?}").to_lowercase();
        let at = stage.preset("form-1");
        show(&mut stage, at, look);
        let told = |stage: &mut Stage, state, low| drop(stage.app.update(fed(state, low)));
        let form = |stage: &Stage| stage.app.state().contains("apply.form");
        told(&mut stage, DeviceState::PowerOff, false);
        let (seen, wrong) = picture(&stage, &name("battery"), false, KIOSK);
        faults.extend(wrong);
        assert!(texts(&seen).contains("正由备用电源供电") && form(&stage), "said, and the visit goes on");
        let mut hand = Hand::new();
        let seen = stage.touch(&mut hand, false, KIOSK, Some("power.read"));
        assert!(!texts(&seen).contains("正由备用电源供电"), "said once");
        // A supply that cannot be asked says nothing new.
        told(&mut stage, DeviceState::Offline, false);
        assert!(form(&stage));
        told(&mut stage, DeviceState::PowerOff, true);
        assert!(!form(&stage), "the visit is over");
        let (seen, wrong) = picture(&stage, &name("low"), false, KIOSK);
        faults.extend(wrong);
        assert!(texts(&seen).contains("电量不足，内容已安全保存"));
        assert!(!seen.iter().any(|thing| thing.id.as_deref().is_some_and(|id| id.starts_with("kiosk.item."))));
        told(&mut stage, DeviceState::PowerOff, false);
        let (seen, wrong) = picture(&stage, &name("waits"), false, KIOSK);
        faults.extend(wrong);
        assert!(texts(&seen).contains("暂不能开始新的业务"), "nobody new on battery");
        told(&mut stage, DeviceState::Online, false);
        let seen = stage.touch(&mut hand, false, KIOSK, None);
        assert!(seen.iter().any(|thing| thing.id.as_deref().is_some_and(|id| id.starts_with("kiosk.item."))));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn where_a_pad_is_ready_the_name_is_written_there_looked_at_on_the_screen_and_kept() {
    use tongban::screen::journey::sign_off::Message as SignOff;
    use tongban::service::devices::Call;
    use tongban_device::hall::{InkPoint, Signature};
    fonts();
    let mut stage = stage("kiosk");
    let at = stage.preset("sign-off-choosing");
    show(&mut stage, at, Look::Standard);
    drop(stage.app.update(tongban::preset::padded()));
    stage.settle(false, KIOSK);
    let mut hand = Hand::new();
    let _ = read(&mut stage, &mut hand, false, KIOSK);
    let said = |stage: &mut Stage, message| {
        let step = Visit::Step(Step::SignOff(message));
        drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Visit(step))));
    };
    let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.hand"));
    assert!(texts(&seen).contains("请在签字板上手写您的姓名"));
    let (_, faults) = picture(&stage, "sign-off-on-pad", false, KIOSK);
    assert!(faults.is_empty(), "{faults:?}");
    let point = |at: i32| InkPoint { x: 900 * at, y: 500 * at, pressure: 400, ms: 10 * at.unsigned_abs() };
    let signature =
        |from: i32| Signature { strokes: vec![(from..11).map(point).collect()], width: 9_600, height: 6_000 };
    said(&mut stage, SignOff::Pad(Call::Done(Ok(signature(0)))));
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert_eq!(enabled(&seen, "kiosk.sign-off.keep"), Some(true), "shown and to be kept");
    // Strokes outside the pad are no signature, and the applicant may choose again.
    let _ = stage.touch(&mut hand, false, KIOSK, Some("kiosk.sign-off.rewrite"));
    said(&mut stage, SignOff::Pad(Call::Done(Ok(signature(-1)))));
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert!(enabled(&seen, "kiosk.sign-off.again").is_some());
}
