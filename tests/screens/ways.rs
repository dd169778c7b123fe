//! 帮我找事项 and 取号 by finger: where the ways lead, what they bring along, and that nobody's way stays.

use crate::shot::{self, Hand};
use crate::stage::{Stage, root, show, stage};
use iced::Size;
use tongban::app::{Message, live};
use tongban::apply::Message as Visit;
use tongban::apply::context::DeviceGlance;
use tongban::preset::story::Story;
use tongban::screen::kiosk::{self, ticket};
use tongban::service::devices::Call;
use tongban_device::message::PrintEnd;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_domain::event::Channel;
use tongban_domain::ids::ItemKey;
use tongban_protocol::queue::{QueuePlace, QueueReply};
use tongban_ui::Look;
use tongban_ui::inspect::{Kind, Seen};

const KIOSK: Size = Size::new(1080.0, 1920.0);

fn texts(seen: &[Seen]) -> String {
    let text = |thing: &Seen| match &thing.kind {
        Kind::Text(text) | Kind::Press { label: text, .. } => Some(text.replace(['\u{2068}', '\u{2069}'], "")),
        Kind::Area | Kind::Input(_) => None,
    };
    seen.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

fn home(look: Look) -> (Stage, Hand) {
    shot::use_fonts(&root().join("assets/fonts"));
    let mut stage = stage("kiosk");
    let at = stage.preset("home-online");
    show(&mut stage, at, look);
    (stage, Hand::new())
}

#[test]
fn a_finger_is_led_from_a_situation_to_the_exact_item_and_what_was_answered_stands_in_the_form() {
    for look in [Look::Standard, Look::Elder] {
        let (mut stage, mut hand) = home(look);
        for press in ["kiosk.home.find", "kiosk.situation.proof", "kiosk.situation.answer.0"] {
            stage.touch(&mut hand, false, KIOSK, Some(press));
        }
        assert!(stage.app.state().contains("\"screen\":\"situation\""), "{}", stage.app.state());
        // One step back and on again: the question before, not the home page.
        let seen = stage.touch(&mut hand, false, KIOSK, Some("bottom.back"));
        assert!(texts(&seen).contains("我要打印证明"), "{}", texts(&seen));
        stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.answer.0"));
        let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.answer.1"));
        assert!(texts(&seen).contains("所需材料"), "{}", texts(&seen));
        stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.begin"));
        assert!(stage.app.state().contains("apply.identify"), "{look:?}: the card comes next: {}", stage.app.state());
        let answered = form(&mut stage);
        // The same item from its tile: the form as it is for everybody.
        let (mut stage, _) = home(look);
        drop(stage.app.update(Message::Kiosk(kiosk::Message::Pick("cb".into()))));
        let blank = form(&mut stage);
        assert!(answered != blank, "{look:?}: what was answered is ticked in the form");
        let (mut stage, _) = home(look);
        drop(stage.app.update(Message::Kiosk(kiosk::Message::Pick("cb".into()))));
        assert!(form(&mut stage) == blank, "{look:?}: the control: a blank form looks the same again");
    }
}

/// The form of the proof as it comes up, pixel by pixel.
fn form(stage: &mut Stage) -> Vec<u8> {
    let item =
        tongban::service::Catalogue::load(&root().join("assets/catalogue")).newest().remove(&ItemKey::from("cb"));
    let open = Story::identified(Channel::Kiosk).present().chose(&item.expect("in the catalogue")).open();
    let told = Message::Kiosk(kiosk::Message::Visit(Visit::Recorded(Ok(Box::new(open)))));
    drop(stage.app.update(told));
    assert!(stage.app.state().contains("apply.form"), "{}", stage.app.state());
    let ui = stage.app.ui(false);
    shot::take(stage.app.draw(false), KIOSK, &ui.theme()).1
}

#[test]
fn what_cannot_be_begun_here_leads_to_a_number_and_advice_leads_nowhere() {
    let (mut stage, mut hand) = home(Look::Standard);
    for press in ["kiosk.home.find", "kiosk.situation.shop", "kiosk.situation.answer.2"] {
        stage.touch(&mut hand, false, KIOSK, Some(press));
    }
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    assert!(texts(&seen).contains("营业执照") && !texts(&seen).contains("开始办理"), "{}", texts(&seen));
    stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.anew"));
    for press in ["kiosk.situation.shop", "kiosk.situation.answer.0", "kiosk.situation.answer.0"] {
        stage.touch(&mut hand, false, KIOSK, Some(press));
    }
    let seen = stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.answer.1"));
    assert!(texts(&seen).contains("这一项在窗口办理"), "{}", texts(&seen));
    stage.touch(&mut hand, false, KIOSK, Some("kiosk.situation.begin"));
    assert!(stage.app.state().contains("\"screen\":\"ticket\""), "{}", stage.app.state());
}

fn slip_printer() -> Message {
    let glance = DeviceGlance {
        role: "slip".to_owned(),
        kind: DeviceKind::DocumentPrinter,
        driver: "escpos".to_owned(),
        port: String::new(),
        state: DeviceState::Online,
        code: None,
        evidence: Vec::new(),
        restarts: 0,
        required: false,
        since: std::time::Instant::now(),
    };
    Message::Live(live::Change::Devices(vec![glance]))
}

fn told(message: ticket::Message) -> Message {
    Message::Kiosk(kiosk::Message::Ticket(message))
}

#[test]
fn a_number_stands_on_the_screen_its_slip_is_told_honestly_and_an_idle_page_goes_home() {
    let place = || QueuePlace {
        number: "A012".to_owned(),
        item: "sp".into(),
        priority: false,
        ahead: 3,
        at_ms: 1_795_397_400_000,
    };
    let taken = || told(ticket::Message::Answered(Ok(QueueReply { ticket: Some(place()) })));
    let (mut stage, mut hand) = home(Look::Standard);
    for press in ["kiosk.home.queue", "kiosk.ticket.without", "kiosk.ticket.item.sp"] {
        stage.touch(&mut hand, false, KIOSK, Some(press));
    }
    drop(stage.app.update(taken()));
    let seen = stage.touch(&mut hand, false, KIOSK, None);
    let words = texts(&seen);
    assert!(words.contains("A012") && words.contains("前面还有 3 人") && words.contains("请记下号码"), "{words}");

    let (mut stage, mut hand) = home(Look::Elder);
    drop(stage.app.update(slip_printer()));
    // Big type: the item stands on the second page.
    for press in ["kiosk.home.queue", "kiosk.ticket.without", "pager.next", "kiosk.ticket.item.sp"] {
        stage.touch(&mut hand, false, KIOSK, Some(press));
    }
    drop(stage.app.update(taken()));
    assert!(texts(&stage.touch(&mut hand, false, KIOSK, None)).contains("正在打印号票"));
    let unknown = PrintEnd::Unknown { reason: String::new() };
    let done = PrintEnd::Done { job_uuid: String::new(), impressions: None };
    for (end, words) in [(unknown, "号票没有打印出来"), (done, "请取走号票")] {
        drop(stage.app.update(told(ticket::Message::Printing(Call::Done(Ok(end))))));
        assert!(texts(&stage.touch(&mut hand, false, KIOSK, None)).contains(words), "{words}");
    }
    stage.clock.0.fetch_add(200_000, std::sync::atomic::Ordering::Relaxed);
    drop(stage.app.update(Message::Tick));
    assert!(stage.app.state().contains("\"screen\":\"home\""), "nobody's number stays: {}", stage.app.state());
    assert_eq!(stage.app.ui(false).tokens.look, Look::Standard, "the next person finds the usual look");
}
