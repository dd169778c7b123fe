//! What else stands in the hall: codes typed and sent, signatures, the call display, the power supply.

use crate::bench::{self, Lock};
use crate::table;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tongban_conformance::{Case, Family, Limits, LinkRig, Stage, Subject, TamperedLink, Traits, frames, run, subject};
use tongban_device::fault::DeviceFault;
use tongban_device::transport::{ByteLink, LinkError};
use tongban_scanner::board::LedBoard;
use tongban_scanner::codes::{Marks, SerialScanner};
use tongban_scanner::keyboard::{KeyboardScanner, Typist};
use tongban_scanner::megatec::MegatecSupply;
use tongban_scanner::nut::{NutSupply, TcpLink};
use tongban_scanner::pad::EvdevPad;
use tongban_scanner::panel::WindowPanel;
use tongban_scanner::{EventPort, InputEvent};
use tongban_sim::hall::{BoardPeer, MegatecPeer, NutPeer, PanelPeer};
use tongban_sim::link::PeerLink;
use tongban_sim::peer::Peer;

const NO_CHECK: &str = "the protocol has no check";
const NO_MEDIUM: &str = "needs no medium";
/// Long enough to be no accident on a line without time.
const REST: Duration = Duration::from_millis(4);

fn unchecked(frames: fn(&[u8]) -> Vec<frames::Span>) -> Traits {
    Traits { checked: false, skips_noise: false, frames, holds: frames::nothing_to_hold }
}

/// A device that speaks when somebody does something: after the host has cleared its input.
#[derive(Clone, Default)]
struct Unasked {
    will_say: Arc<Mutex<Vec<u8>>>,
    waiting: Vec<u8>,
}

impl ByteLink for Unasked {
    fn write_all(&mut self, _bytes: &[u8], _deadline: Instant) -> Result<(), LinkError> {
        Err(LinkError::Other("nothing is ever sent to it".to_owned()))
    }

    fn read(&mut self, buffer: &mut [u8], _wait: Duration) -> Result<usize, LinkError> {
        let count = buffer.len().min(self.waiting.len());
        buffer[..count].copy_from_slice(&self.waiting[..count]);
        self.waiting.drain(..count);
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.waiting = self.will_say.lock().unwrap().clone();
        Ok(())
    }
}

/// The same as an input node: asked not to wait, it gives what nobody wants any more.
struct Node(TamperedLink<bench::Owned<Unasked>>);

impl EventPort for Node {
    fn read_events(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if wait.is_zero() {
            return self.0.flush_input().map(|()| 0);
        }
        self.0.read(buffer, wait)
    }

    fn axis_max(&self, axis: u16) -> i32 {
        [9600, 6000].get(usize::from(axis)).copied().unwrap_or(0)
    }
}

/// A rig for a device that says `what` whenever somebody uses it.
fn unasked(
    family: Family,
    driver: &str,
    what: Vec<u8>,
    traits: Traits,
    build: impl Fn(TamperedLink<bench::Owned<Unasked>>) -> Box<dyn Subject> + 'static,
) -> LinkRig<'static> {
    let (device, lock) = (Unasked::default(), Lock::default());
    let will_say = Arc::clone(&device.will_say);
    let mut rig = LinkRig::new(
        family,
        (driver, "memory"),
        traits,
        move |tamper| Ok(build(tamper.on(lock.take(device.clone())?))),
        move |stage| {
            *will_say.lock().unwrap() = if stage == Stage::NoMedia { Vec::new() } else { what.clone() };
            Ok(())
        },
    );
    rig.limits =
        Limits { call: Duration::from_millis(250), vain: Duration::from_millis(60), slack: Duration::from_secs(1) };
    rig.absent.push((Case::BadChecksum, NO_CHECK));
    rig
}

#[test]
fn a_serial_scanner_conforms_at_every_byte() {
    let marks = Marks { gap: Duration::ZERO, ..Marks::default() };
    let code = b"https://hall.example/q/A012\r\n".to_vec();
    let mut rig = unasked(Family::CodeScanner, "codes-serial", code, unchecked(frames::lines), move |link| {
        Box::new(subject::Code(Box::new(SerialScanner::new(link, marks.clone()))))
    });
    table::check("codes-serial memory", &run(&mut rig, &bench::every()));
}

#[test]
fn a_typing_scanner_conforms_at_every_byte() {
    let typed: Vec<u8> = Typist::typing(b"q:1\r").unwrap().into_iter().flat_map(InputEvent::to_bytes).collect();
    // With Enter pressed the code is there; that the key comes up again nobody waits for.
    let but_last = |bytes: &[u8]| {
        let end = bytes.len().saturating_sub(24);
        vec![frames::Span { bytes: 0..end, loose: 0..end }]
    };
    let mut rig = unasked(Family::CodeScanner, "codes-keyboard", typed, unchecked(but_last), |link| {
        let marks = Marks { gap: REST, ..Marks::default() };
        Box::new(subject::Code(Box::new(KeyboardScanner::new(Node(link), marks))))
    });
    table::check("codes-keyboard memory", &run(&mut rig, &bench::every()));
}

/// Two strokes as a tablet reports them.
fn strokes() -> Vec<u8> {
    let event = |ms, kind, code, value| InputEvent { ms, kind, code, value };
    let mut events = Vec::new();
    for stroke in 0..2 {
        let from = 100 * stroke;
        events.push(event(from, 1, 330, 1));
        for step in 0..4 {
            let (ms, place) = (from + 10 * step, i32::try_from(1000 * stroke + 100 * step).unwrap());
            events.extend([
                event(ms, 3, 0, place),
                event(ms, 3, 1, place + 7),
                event(ms, 3, 24, 500),
                event(ms, 0, 0, 0),
            ]);
        }
        events.extend([event(from + 50, 1, 330, 0), event(from + 50, 0, 0, 0)]);
    }
    events.into_iter().flat_map(InputEvent::to_bytes).collect()
}

#[test]
fn a_signature_pad_conforms_at_every_byte() {
    let mut rig = unasked(Family::SignaturePad, "pad-evdev", strokes(), unchecked(frames::whole), |link| {
        Box::new(subject::Pad(Box::new(EvdevPad::new(Node(link), REST))))
    });
    // A signature is over when the pen rests; how many strokes it has nobody knows but the writer.
    rig.absent.push((Case::TimeOut, "a pen that rests has finished: nothing tells it from a silent pad"));
    table::check("pad-evdev memory", &run(&mut rig, &bench::every()));
}

/// A rig for a device that answers what it is asked and needs no medium.
fn asked<P: Peer + Send + 'static>(
    family: Family,
    driver: &str,
    peer: P,
    traits: Traits,
    build: impl Fn(TamperedLink<bench::Owned<PeerLink<P>>>) -> Result<Box<dyn Subject>, DeviceFault> + 'static,
) -> LinkRig<'static> {
    let (wire, lock) = (PeerLink::new(peer), Lock::default());
    let open = wire.clone();
    let checked = traits.checked;
    let mut rig = LinkRig::new(
        family,
        (driver, "memory"),
        traits,
        move |tamper| build(tamper.on(lock.take(open.clone())?)),
        move |_| {
            wire.forget();
            wire.with(Peer::power_off);
            Ok(())
        },
    );
    rig.limits = bench::memory_limits();
    rig.absent.push((Case::NoMedia, NO_MEDIUM));
    if !checked {
        rig.absent.push((Case::BadChecksum, NO_CHECK));
    }
    rig
}

#[test]
fn a_call_display_conforms_at_every_byte() {
    let traits = Traits { checked: true, skips_noise: true, frames: frames::board, holds: frames::board_holds };
    let mut rig = asked(Family::CallDisplay, "led-board", BoardPeer::default(), traits, |link| {
        Ok(Box::new(subject::Board(Box::new(LedBoard::new(link, Duration::ZERO)))))
    });
    table::check("led-board memory", &run(&mut rig, &bench::every()));
}

#[test]
fn a_window_panel_conforms_at_every_byte() {
    let traits = Traits { checked: true, skips_noise: true, frames: frames::panel, holds: frames::panel_holds };
    let mut rig = asked(Family::CallDisplay, "window-panel", PanelPeer::new(7), traits, |link| {
        Ok(Box::new(subject::Board(Box::new(WindowPanel::new(link, 7, Duration::ZERO)?))))
    });
    table::check("window-panel memory", &run(&mut rig, &bench::every()));
}

#[test]
fn a_power_supply_in_memory_conforms_at_every_byte() {
    let mut rig = asked(Family::PowerSupply, "nut", NutPeer::new("hall"), unchecked(frames::lines), |link| {
        Ok(Box::new(subject::Power(Box::new(NutSupply::new(link, "hall", Duration::ZERO)?))))
    });
    table::check("nut memory", &run(&mut rig, &bench::every()));
}

#[test]
fn a_supply_with_a_line_of_its_own_conforms_at_every_byte() {
    let traits = Traits { skips_noise: true, ..unchecked(frames::returns) };
    let mut rig = asked(Family::PowerSupply, "megatec", MegatecPeer::default(), traits, |link| {
        Ok(Box::new(subject::Power(Box::new(MegatecSupply::new(link, Duration::ZERO)))))
    });
    table::check("megatec memory", &run(&mut rig, &bench::every()));
}

/// `upsd` on a port of its own, one thread a client.
fn upsd() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let (mut client, mut peer, mut buffer) = (client, NutPeer::new("hall"), [0; 256]);
                while let Ok(count @ 1..) = client.read(&mut buffer) {
                    if client.write_all(&peer.receive(&buffer[..count]).bytes).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

#[test]
fn a_power_supply_over_tcp_conforms_at_every_line() {
    let address = upsd();
    let mut rig = LinkRig::new(
        Family::PowerSupply,
        ("nut", "tcp"),
        unchecked(frames::lines),
        move |tamper| -> Result<Box<dyn Subject>, DeviceFault> {
            let link = tamper.on(TcpLink::connect(&address, Duration::from_secs(2))?);
            Ok(Box::new(subject::Power(Box::new(NutSupply::new(link, "hall", Duration::from_millis(60))?))))
        },
        |_| Ok(()),
    );
    rig.limits = Limits { slack: Duration::from_secs(3), ..Limits::default() };
    rig.absent.push((Case::NoMedia, NO_MEDIUM));
    rig.absent.push((Case::BadChecksum, NO_CHECK));
    rig.absent.push((Case::Busy, "the daemon serves many clients at once"));
    table::check("nut tcp", &run(&mut rig, &bench::frames(3)));
}
