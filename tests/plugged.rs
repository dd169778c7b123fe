//! Devices of the simulator at a running window: what is scanned stands in the field it belongs into, a reader that is
//! pulled is named with port and cure. Nothing between the device's bytes and the page is put in by the test.

#![cfg(feature = "demo")]

#[path = "faces/sample.rs"]
#[allow(dead_code, reason = "the queue of the certificate window only")]
mod sample;
#[path = "screens/shot.rs"]
mod shot;
#[path = "screens/stage.rs"]
mod stage;

#[path = "plugged/running.rs"]
mod running;

use running::Running;
use std::time::{Duration, Instant};
use tongban::app::Message;
use tongban::screen::certificate::Message as Certificate;
use tongban::screen::technician::Message as Technician;
use tongban::service::making::{Board, Stage as Made};
use tongban_device::state::DeviceState;

const SCANNER: (&str, &str, &str) = ("codes", "codes-serial", "scanner");

/// The page waits for a code.
fn listening(window: &mut Running) {
    window.device_is("codes", DeviceState::Busy);
}

#[test]
fn the_serial_of_a_blank_and_of_the_sheet_in_hand_are_scanned_at_the_certificate_window() {
    let mut window = Running::start("certificate", SCANNER);
    let entries = |stage| Ok(sample::queue(stage));
    let board = |stage| Certificate::Loaded(Box::new(Board { entries: entries(stage), open: 0 }), 0, false);
    window.told(Message::Certificate(board(None)));
    window.told(Message::Certificate(Certificate::Choose(sample::CASE)));
    listening(&mut window);
    window.device.say("scan sf 000123");
    window.arrives("certificate.serial", "SF000123");
    window.told(Message::Certificate(board(Some(Made::Done))));
    window.until("the sheet's own serial is asked for", |it| it.stage.app.state().contains("read-back"));
    listening(&mut window);
    window.device.say("scan SF000124");
    window.arrives("certificate.read-back", "SF000124");
    let differs = |it: &mut Running| it.see().iter().any(|thing| thing.id.as_deref() == Some("certificate.differs"));
    window.until("another sheet is told at once", differs);
}

#[test]
fn a_search_and_a_credit_code_are_scanned_at_a_window() {
    let mut window = Running::start("window", SCANNER);
    window.show("window-choose");
    listening(&mut window);
    window.device.say("scan JZ-01");
    window.arrives("window.choose.search", "JZ-01");
    window.show("window-choose-firm");
    listening(&mut window);
    window.device.say("scan https://www.example.cn/licence?code=91890100MA8DEM018P&v=2");
    window.arrives("window.choose.firm", "91890100MA8DEM018P");
}

#[test]
fn in_a_form_a_code_goes_where_the_cursor_is_and_else_into_the_field_it_is_right_for() {
    let mut window = Running::start("window", SCANNER);
    window.show("window-form-1");
    listening(&mut window);
    let empty = |window: &mut Running| window.inputs().into_iter().find(|(_, text)| text.is_empty());
    let (first, _) = empty(&mut window).expect("an empty input");
    window.focus(&first);
    window.device.say("scan A-17/3");
    window.arrives(&first, "A-17/3");
    // No cursor anywhere: a text that is right for no field is nobody's, a telephone number is the telephone's.
    window.show("window-form-4");
    listening(&mut window);
    window.device.say("scan A-99/9");
    // Nobody holds the next code before a scanner at once; what comes while nobody waits is let go.
    window.rest(Duration::from_millis(700));
    window.device.say("scan 0890-5550100");
    window.arrives("window.form.phone", "0890-5550100");
    let after = window.inputs();
    let stands = |wanted: &str| after.iter().any(|(_, text)| text == wanted);
    assert!(!stands("A-99/9"), "{after:?}");
}

#[test]
fn a_pulled_reader_is_named_with_port_and_cure_within_five_seconds_and_comes_back() {
    let mut window = Running::start("technician", ("reader", "sam-serial", "reader"));
    window.device_is("reader", DeviceState::Online);
    window.told(Message::Technician(Technician::Choose("reader".into())));
    let port = window.device.port.display().to_string();
    let named = |it: &mut Running| it.see().iter().any(|thing| thing.id.as_deref() == Some("technician.why"));
    assert!(!named(&mut window), "all is well");
    window.device.say("unplug");
    let pulled = Instant::now();
    window.until("port, cause and cure on the page", |it| {
        let words = it.words();
        let cure = ["查看电源、数据线和集线器", "检查接头松动"].iter().any(|cure| words.contains(cure));
        named(it) && words.contains(&port) && cure
    });
    assert!(pulled.elapsed() <= Duration::from_secs(5), "{} ms", pulled.elapsed().as_millis());
    window.device.say("plug");
    window.device_is("reader", DeviceState::Online);
    window.until("the fault is gone from the page", |it| !named(it));
}

#[test]
fn a_kiosk_whose_mains_fail_serves_nobody_new_and_comes_back_by_itself() {
    let mut kiosk = Running::start("kiosk", ("power", "megatec", "supply"));
    kiosk.device_is("power", DeviceState::Online);
    assert!(!kiosk.words().contains("恢复供电"), "as always");
    kiosk.device.say("mains off");
    kiosk.until("said where the home page was", |it| it.words().contains("停电了，暂不能开始新的业务"));
    kiosk.device.say("mains low");
    kiosk.until("the battery is low", |it| it.words().contains("电量不足，内容已安全保存"));
    kiosk.device.say("mains on");
    kiosk.until("as before", |it| !it.words().contains("恢复供电"));
}
