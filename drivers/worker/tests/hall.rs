//! Scanners, call displays and power supplies through hub and worker, their peers at the other end of a real line.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail loudly and tells its figures")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::hall::Notice;
use tongban_device::message::{PrintEnd, PrintJob, Setup};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, DeviceView, Hub, HubConfig};
use tongban_sim::hall::{BoardPeer, MegatecPeer, NutPeer, PanelPeer};
use tongban_sim::peer::{Delivery, Peer};
use tongban_sim::pty::Pty;
use tongban_sim::{EscPosPeer, Roll};
use tongban_worker::conform::{Depth, conform};

const WORKER: &str = env!("CARGO_BIN_EXE_tongban-worker");
const PATIENCE: Duration = Duration::from_secs(20);
const CALL: Duration = Duration::from_secs(5);

/// A scanner: it hears nothing, and says what somebody holds before it.
#[derive(Default)]
struct Held(Vec<u8>);

impl Peer for Held {
    fn receive(&mut self, _bytes: &[u8]) -> Delivery {
        Delivery::default()
    }

    fn power_off(&mut self) {
        self.0.clear();
    }
}

/// A peer at the far end of a pseudo terminal, until dropped.
struct Line<P> {
    peer: Arc<Mutex<P>>,
    say: Arc<Mutex<Vec<u8>>>,
    over: Arc<AtomicBool>,
    gone: Option<std::thread::JoinHandle<()>>,
}

impl<P: Peer + Send + 'static> Line<P> {
    fn plug(port: &Path, peer: P) -> Self {
        let pty = Pty::plug(port).unwrap();
        let (peer, say, over) = (Arc::new(Mutex::new(peer)), Arc::<Mutex<Vec<u8>>>::default(), Arc::default());
        let (there, words, end) = (Arc::clone(&peer), Arc::clone(&say), Arc::<AtomicBool>::clone(&over));
        let gone = std::thread::spawn(move || {
            let mut buffer = [0; 256];
            while !end.load(Ordering::Relaxed) {
                let count = pty.read(&mut buffer).unwrap();
                let mut out = std::mem::take(&mut *words.lock().unwrap());
                if count > 0 {
                    out.extend(there.lock().unwrap().receive(&buffer[..count]).bytes);
                }
                while !out.is_empty() {
                    let sent = pty.write(&out).unwrap();
                    out.drain(..sent);
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { peer, say, over, gone: Some(gone) }
    }
}

impl<P> Drop for Line<P> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.gone.take().unwrap().join().unwrap();
    }
}

fn hub(kind: DeviceKind, driver: &str, port: &str, options: &[(&str, &str)]) -> Hub {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let setup = Setup { kind, driver: driver.to_owned(), port: port.to_owned(), options };
    Hub::start(HubConfig {
        worker: PathBuf::from(WORKER),
        vision: PathBuf::from(WORKER),
        bindings: vec![Binding { role: "device".to_owned(), setup, required: true }],
        spawn_env: vec![("RUST_LOG".to_owned(), "error".to_owned())],
    })
    .unwrap()
}

fn until(hub: &Hub, state: DeviceState) -> DeviceView {
    let begun = Instant::now();
    loop {
        let now = hub.devices().remove(0);
        if now.state == state {
            println!("{state:?} after {} ms", begun.elapsed().as_millis());
            return now;
        }
        assert!(begun.elapsed() < PATIENCE, "{state:?}: {now:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_code_scanned_while_somebody_waits_arrives_and_one_before_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("scanner");
    let line = Line::plug(&port, Held::default());
    let hub = hub(DeviceKind::CodeScanner, "codes-serial", port.to_str().unwrap(), &[("suffix", "cr")]);
    let seen = until(&hub, DeviceState::Online);
    assert!(seen.evidence["sandbox"].contains("seccomp"), "{:?}", seen.evidence);
    let claim = hub.claim("device", None).unwrap();
    line.say.lock().unwrap().extend(b"of-the-last-applicant\r");
    std::thread::sleep(Duration::from_millis(300));
    let code = runtime().block_on(async {
        let later = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            line.say.lock().unwrap().extend(b"A012\r");
        };
        tokio::join!(claim.scan_code(CALL, CancelToken::new()), later).0
    });
    assert_eq!(code.unwrap().bytes(), b"A012");
    // Nobody scans: that is no fault of the device.
    let nothing = runtime().block_on(claim.scan_code(Duration::from_millis(300), CancelToken::new()));
    assert_eq!(nothing.unwrap_err(), DeviceFault::NoMedia);
    assert_eq!(
        runtime().block_on(claim.read_card(CALL, CancelToken::new(), |_| {})).map(drop),
        Err(DeviceFault::Unsupported)
    );
    drop(line);
    until(&hub, DeviceState::NoDevice);
    let _again = Line::plug(&port, Held::default());
    until(&hub, DeviceState::Online);
}

#[test]
fn a_call_is_shown_on_the_board_and_a_busy_board_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("board");
    let line = Line::plug(&port, BoardPeer::default());
    let hub = hub(DeviceKind::CallDisplay, "led-board", port.to_str().unwrap(), &[]);
    until(&hub, DeviceState::Online);
    let claim = hub.claim("device", None).unwrap();
    let notice = Notice { ticket: "A012".to_owned(), window: "3".to_owned() };
    runtime().block_on(claim.show_call(notice.clone(), CALL)).unwrap();
    assert_eq!(line.peer.lock().unwrap().shown(), b"A012\x1f3");
    line.peer.lock().unwrap().busy = true;
    assert_eq!(runtime().block_on(claim.show_call(notice, CALL)), Err(DeviceFault::Busy));
}

#[test]
fn a_call_is_shown_on_the_panel_over_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("panel");
    let line = Line::plug(&port, PanelPeer::new(7));
    let hub = hub(DeviceKind::CallDisplay, "window-panel", port.to_str().unwrap(), &[("address", "7")]);
    until(&hub, DeviceState::Online);
    let claim = hub.claim("device", None).unwrap();
    let notice = Notice { ticket: "A012".to_owned(), window: "3".to_owned() };
    runtime().block_on(claim.show_call(notice, CALL)).unwrap();
    let shown = line.peer.lock().unwrap().shown().to_vec();
    // GB 18030 by hand: 号 BAC5, 窗 B4B0, 口 BFDA.
    assert_eq!(shown, b"A012 3\xBA\xC5\xB4\xB0\xBF\xDA");
}

/// A browser that shows the page: it asks for what is called, and says what it shows.
fn browser(address: &str, shows: bool) -> Arc<AtomicBool> {
    let (over, address) = (Arc::<AtomicBool>::default(), address.to_owned());
    let end = Arc::clone(&over);
    std::thread::spawn(move || {
        let mut shown = 0;
        while !end.load(Ordering::Relaxed) {
            let mut text = String::new();
            if let Ok(mut stream) = std::net::TcpStream::connect(&address) {
                let _ = stream.write_all(format!("GET /now?{shown} HTTP/1.1\r\nHost: hall\r\n\r\n").as_bytes());
                let _ = stream.read_to_string(&mut text);
            }
            let turn = text.split("\"turn\":").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
            shown = turn.filter(|_| shows).unwrap_or(shown);
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    over
}

#[test]
fn a_call_counts_as_shown_when_the_page_shows_it_and_a_page_nobody_opened_is_offline() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let hub = hub(DeviceKind::CallDisplay, "call-page", &address, &[]);
    let seen = until(&hub, DeviceState::Offline);
    assert_eq!(seen.code, Some(ErrorCode::DeviceTimeout));
    let notice = Notice { ticket: "A012".to_owned(), window: "3".to_owned() };
    let frozen = browser(&address, false);
    until(&hub, DeviceState::Online);
    let claim = hub.claim("device", None).unwrap();
    let hangs = runtime().block_on(claim.show_call(notice.clone(), CALL));
    assert!(matches!(hangs, Err(DeviceFault::Timeout(_))), "a page that hangs shows nothing: {hangs:?}");
    frozen.store(true, Ordering::Relaxed);
    let page = browser(&address, true);
    runtime().block_on(claim.show_call(notice, CALL)).unwrap();
    let hostile = Notice { ticket: "<script>".to_owned(), window: "3".to_owned() };
    assert_eq!(runtime().block_on(claim.show_call(hostile, CALL)), Err(DeviceFault::Unsupported));
    drop(claim);
    page.store(true, Ordering::Relaxed);
    until(&hub, DeviceState::Offline);
}

/// `upsd` on a port of its own.
fn upsd(peer: &Arc<Mutex<NutPeer>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = Arc::clone(peer);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let peer = Arc::clone(&peer);
            std::thread::spawn(move || {
                let (mut client, mut buffer) = (client, [0; 256]);
                while let Ok(count @ 1..) = client.read(&mut buffer) {
                    let answer = peer.lock().unwrap().receive(&buffer[..count]).bytes;
                    if client.write_all(&answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn mains_that_fail_and_come_back_are_seen() {
    let peer = Arc::new(Mutex::new(NutPeer::new("hall")));
    let address = format!("hall@127.0.0.1:{}", upsd(&peer));
    let hub = hub(DeviceKind::PowerSupply, "nut", &address, &[]);
    until(&hub, DeviceState::Online);
    peer.lock().unwrap().says("OB LB");
    until(&hub, DeviceState::PowerOff);
    let claim = hub.claim("device", None).unwrap();
    let power = runtime().block_on(claim.read_power(CALL)).unwrap();
    assert!(!power.on_mains && power.battery_low && power.charge == Some(100), "{power:?}");
    drop(claim);
    peer.lock().unwrap().says("OL");
    until(&hub, DeviceState::Online);
}

#[test]
fn a_supply_with_a_line_of_its_own_tells_of_mains_that_fail() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("supply");
    let line = Line::plug(&port, MegatecPeer::default());
    let hub = hub(DeviceKind::PowerSupply, "megatec", port.to_str().unwrap(), &[]);
    assert_eq!(until(&hub, DeviceState::Online).evidence["load"], "7");
    line.peer.lock().unwrap().status = *b"11001001";
    until(&hub, DeviceState::PowerOff);
    let claim = hub.claim("device", None).unwrap();
    let power = runtime().block_on(claim.read_power(CALL)).unwrap();
    assert!(!power.on_mains && power.battery_low && power.charge.is_none(), "{power:?}");
    drop(claim);
    line.peer.lock().unwrap().status = *b"00011000";
    until(&hub, DeviceState::HardwareError);
    line.peer.lock().unwrap().status = *b"00001000";
    until(&hub, DeviceState::Online);
}

#[test]
fn a_job_that_waits_for_paper_shows_the_missing_paper_and_not_a_busy_printer() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("serial/receipts");
    std::fs::create_dir_all(port.parent().unwrap()).unwrap();
    let line = Line::plug(&port, EscPosPeer::new());
    let hub = hub(DeviceKind::DocumentPrinter, "escpos", port.to_str().unwrap(), &[]);
    until(&hub, DeviceState::Online);
    line.peer.lock().unwrap().roll = Roll::Empty;
    let job = PrintJob {
        job_name: "receipt".to_owned(),
        document: b"A012\n\x1dV\x00".to_vec(),
        media_type: "application/vnd.escpos".to_owned(),
        media: String::new(),
        copies: 1,
    };
    let claim = hub.claim("device", None).unwrap();
    let (end, seen) = runtime().block_on(async {
        let watch = async {
            let mut views = hub.watch();
            let at = |views: &[DeviceView]| (views[0].state, views[0].code);
            let out =
                views.wait_for(|views| at(views).0 == DeviceState::UserError).await.map(|views| at(&views)).unwrap();
            line.peer.lock().unwrap().roll = Roll::Full;
            // Cured, and printing again: nothing of the fault is left.
            let after = views.wait_for(|views| at(views).0 != DeviceState::UserError).await.map(|views| at(&views));
            (out, after.unwrap())
        };
        tokio::join!(claim.print(job, PATIENCE, CancelToken::new(), |_| {}), watch)
    });
    assert_eq!(seen.0, (DeviceState::UserError, Some(ErrorCode::PrinterPaperOut)));
    assert_eq!(seen.1.1, None, "{seen:?}");
    assert!(matches!(end, Ok(PrintEnd::Done { .. })), "{end:?}");
    drop(claim);
    assert_eq!(until(&hub, DeviceState::Online).code, None);
}

/// The suite a technician starts, with nobody there to be asked.
fn conforms(kind: DeviceKind, driver: &str, port: &str) -> usize {
    let setup = Setup { kind, driver: driver.to_owned(), port: port.to_owned(), options: BTreeMap::default() };
    let mut asked = Vec::new();
    let report = conform(&setup, Depth::Glance, 23, std::io::empty(), &mut asked).unwrap();
    assert!(report.passed(), "{:#?}", report.complaints());
    assert!(asked.is_empty(), "nobody is asked for anything: {}", String::from_utf8_lossy(&asked));
    let run: u64 = report.rows.iter().map(|row| row.runs).sum();
    println!("{driver}: {} rows, {run} runs, {} ms", report.rows.len(), report.ms);
    report.rows.len()
}

#[test]
fn a_call_display_and_a_supply_conform_with_nobody_there() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("board");
    let _line = Line::plug(&port, BoardPeer::default());
    assert!(conforms(DeviceKind::CallDisplay, "led-board", port.to_str().unwrap()) > 20);
    let port = folder.path().join("supply");
    let _supply = Line::plug(&port, MegatecPeer::default());
    assert!(conforms(DeviceKind::PowerSupply, "megatec", port.to_str().unwrap()) > 20);
    let peer = Arc::new(Mutex::new(NutPeer::new("hall")));
    let address = format!("hall@127.0.0.1:{}", upsd(&peer));
    assert!(conforms(DeviceKind::PowerSupply, "nut", &address) > 20);
}

#[test]
fn a_receipt_printer_conforms_and_not_a_slip_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("serial/receipts");
    std::fs::create_dir_all(port.parent().unwrap()).unwrap();
    let line = Line::plug(&port, EscPosPeer::new());
    assert!(conforms(DeviceKind::DocumentPrinter, "escpos", port.to_str().unwrap()) > 10);
    let peer = line.peer.lock().unwrap();
    assert!(peer.tray().is_empty() && !peer.hangs_out(), "paper came out");
}
