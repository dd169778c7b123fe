//! Printers: ESC/POS on bytes and on a pseudo terminal, the printer class on its port.

use crate::bench::{self, Lock};
use crate::line::Line;
use crate::table;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tongban_conformance::{Case, Family, Limits, LinkRig, Stage, Tamper, Traits, Tray, frames, run, subject};
use tongban_device::control::OpControl;
use tongban_device::fault::DeviceFault;
use tongban_device::message::PrintJob;
use tongban_device::transport::ByteLink;
use tongban_printer::escpos::slip::QueueTicket;
use tongban_printer::escpos::{EscPosPrinter, MEDIA_TYPE, Timings};
use tongban_printer::overprint::{self, Correction, Placed};
use tongban_printer::usblp::{ClassPort, UsbPrinter};
use tongban_sim::link::PeerLink;
use tongban_sim::{EscPosPeer, PortPrinter, Roll};
use tongban_transport::SerialLink;

/// One status byte an answer, with nothing but its fixed bits to check.
const UNCHECKED: Traits =
    Traits { checked: false, skips_noise: true, frames: frames::single, holds: frames::nothing_to_hold };
const NO_CHECK: &str = "status bytes have no check; a turned bit may be another status";

pub fn ticket() -> PrintJob {
    let ticket = QueueTicket {
        hall: "示范市政务服务中心",
        number: "A012",
        item: "个体工商户登记",
        ahead: 3,
        taken: "2026-11-23 09:15",
        link: "https://hall.example/q/A012",
    };
    PrintJob {
        job_name: "ticket".into(),
        document: ticket.bytes(),
        media_type: MEDIA_TYPE.into(),
        media: String::new(),
        copies: 1,
    }
}

/// A line without time; what never comes is not waited for.
const TIMELESS: Timings = Timings { status: Duration::ZERO, look: Duration::from_millis(5) };

fn paper<L: ByteLink + 'static>(link: L, timings: Timings) -> Box<dyn tongban_conformance::Subject> {
    Box::new(subject::Paper {
        printer: Box::new(EscPosPrinter::new(Box::new(link)).with_timings(timings)),
        job: ticket(),
    })
}

fn staged(peer: &mut EscPosPeer, stage: Stage) {
    match stage {
        Stage::Media => {
            peer.roll = Roll::Full;
            peer.clear();
        }
        Stage::NoMedia => peer.roll = Roll::Empty,
        Stage::Replug => tongban_sim::peer::Peer::power_off(peer),
    }
}

fn tray(peer: &EscPosPeer) -> Tray {
    let whole = u32::try_from(peer.tray().len()).unwrap();
    Tray { begun: whole + u32::from(peer.hangs_out()), whole }
}

fn limits() -> Limits {
    Limits { call: Duration::from_millis(800), vain: Duration::from_millis(300), slack: Duration::from_secs(1) }
}

#[test]
fn a_receipt_printer_in_memory_conforms_at_every_byte() {
    let (wire, lock) = (PeerLink::new(EscPosPeer::new()), Lock::default());
    let (open, look) = (wire.clone(), wire.clone());
    let mut rig = LinkRig::new(
        Family::Printer,
        ("escpos", "memory"),
        UNCHECKED,
        move |tamper| {
            let mut port = lock.take(open.clone())?;
            port.flush_input()?;
            Ok(paper(tamper.on(port), TIMELESS))
        },
        move |stage| {
            wire.forget();
            wire.with(|peer| staged(peer, stage));
            Ok(())
        },
    );
    rig.look = Some(Box::new(move || Some(look.with(|peer| tray(peer)))));
    rig.limits = limits();
    rig.absent.push((Case::BadChecksum, NO_CHECK));
    table::check("escpos memory", &run(&mut rig, &bench::every()));
}

#[test]
fn a_receipt_printer_on_a_pseudo_terminal_conforms_at_every_frame() {
    let line = Line::new(EscPosPeer::new());
    let port = line.port();
    let open = move |_: &Tamper| -> Result<Box<dyn tongban_conformance::Subject>, DeviceFault> {
        let timings = Timings { status: Duration::from_millis(150), look: Duration::from_millis(20) };
        Ok(paper(SerialLink::open(&port, 115_200)?, timings))
    };
    let stage = |stage| line.stage(stage, |peer| staged(peer, stage));
    let mut rig = LinkRig::new(Family::Printer, ("escpos", "pty"), UNCHECKED, open, stage).with_tamper(line.tamper());
    rig.limits = Limits { slack: Duration::from_secs(3), ..limits() };
    rig.absent.push((Case::BadChecksum, NO_CHECK));
    table::check("escpos pty", &run(&mut rig, &bench::frames(usize::MAX)));
}

/// A printer-class port in memory: its status passes the tamper, as do the bytes it takes.
struct MemoryPort {
    printer: Arc<Mutex<PortPrinter>>,
    tamper: Tamper,
    raw: VecDeque<u8>,
}

impl ClassPort for MemoryPort {
    fn status(&mut self) -> Result<u8, DeviceFault> {
        let (through, refused) = self.tamper.written(1);
        if refused == Some(true) || self.tamper.is_gone() {
            return Err(DeviceFault::Unplugged);
        }
        if through == 1 {
            self.raw.push_back(self.printer.lock().unwrap().status());
        }
        let mut byte = [0];
        match self.tamper.pass(&mut self.raw, &mut byte) {
            Err(_) => Err(DeviceFault::Unplugged),
            // The control transfer gets no answer: the kernel gives up on it.
            Ok(0) => Err(DeviceFault::Timeout(0)),
            Ok(_) => Ok(byte[0]),
        }
    }

    fn device_id(&mut self) -> Result<String, DeviceFault> {
        Ok(self.printer.lock().unwrap().id.clone())
    }

    fn send(&mut self, bytes: &[u8], _ctl: &OpControl<'_>) -> (usize, Result<(), DeviceFault>) {
        let (through, refused) = self.tamper.written(bytes.len());
        let taken = self.printer.lock().unwrap().take(&bytes[..through]);
        match refused {
            Some(true) => (taken, Err(DeviceFault::Unplugged)),
            Some(false) => (taken, Err(DeviceFault::Timeout(0))),
            None if taken < bytes.len() => (taken, Err(DeviceFault::Timeout(0))),
            None => (taken, Ok(())),
        }
    }
}

#[test]
fn a_form_printer_on_its_port_conforms_at_every_byte() {
    let printer = Arc::new(Mutex::new(PortPrinter::default()));
    let lock = Lock::default();
    let texts = [Placed { x: 320, y: 410, text: "陈建国" }, Placed { x: 320, y: 520, text: "示范市" }];
    let job = PrintJob {
        job_name: "form".into(),
        document: overprint::form(&texts, Correction { x: 4, y: -6 }).unwrap(),
        media_type: "application/vnd.escpk".into(),
        media: String::new(),
        copies: 1,
    };
    let (open, look) = (Arc::clone(&printer), Arc::clone(&printer));
    let mut rig = LinkRig::new(
        Family::Printer,
        ("usblp", "memory"),
        Traits { checked: false, skips_noise: false, frames: frames::single, holds: frames::nothing_to_hold },
        move |tamper| {
            let port =
                lock.take(MemoryPort { printer: Arc::clone(&open), tamper: tamper.clone(), raw: VecDeque::new() })?;
            Ok(Box::new(subject::Paper { printer: Box::new(UsbPrinter::on(Box::new(port))), job: job.clone() }))
        },
        move |stage| {
            let mut printer = printer.lock().unwrap();
            match stage {
                Stage::Media => {
                    printer.roll = Roll::Full;
                    printer.clear();
                }
                Stage::NoMedia => printer.roll = Roll::Empty,
                Stage::Replug => {}
            }
            Ok(())
        },
    );
    rig.look = Some(Box::new(move || {
        let printer = look.lock().unwrap();
        let whole = u32::try_from(printer.ejected().len()).unwrap();
        Some(Tray { begun: whole + u32::from(printer.is_begun()), whole })
    }));
    rig.limits = limits();
    rig.absent.push((Case::BadChecksum, NO_CHECK));
    rig.absent.push((Case::StrayBytes, "the status is one control transfer; nothing can come in between"));
    table::check("usblp memory", &run(&mut rig, &bench::every()));
}

impl ClassPort for bench::Owned<MemoryPort> {
    fn status(&mut self) -> Result<u8, DeviceFault> {
        self.link.status()
    }

    fn device_id(&mut self) -> Result<String, DeviceFault> {
        self.link.device_id()
    }

    fn send(&mut self, bytes: &[u8], ctl: &OpControl<'_>) -> (usize, Result<(), DeviceFault>) {
        self.link.send(bytes, ctl)
    }
}
