//! Scanners that type, signature pads and smart cards: evdev nodes and the PC/SC service of a real system.

use super::{PATIENCE, ROLE, Station, setup};
use crate::guest::{self, Places};
use crate::row::Rows;
use crate::uhid::{Hid, KEYBOARD, PEN};
use anyhow::{Context, Result, bail, ensure};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::hall::CardBytes;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::CancelToken;
use tongban_sim::hall::VirtualCard;
use tongban_sim::peer::Peer;

const WORKER: &str = "tongban-worker";
/// The person begins when the device listens.
const LISTENS: Duration = Duration::from_millis(700);

pub(super) fn scanner(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["uhid", "hid-generic", "evdev"])?;
    let scanner = RefCell::new(Hid::plug("Lab Scanner", KEYBOARD)?);
    let node = scanner.borrow().node()?;
    let port = node.to_string_lossy().into_owned();
    let station = Station::new(places, setup(DeviceKind::CodeScanner, "codes-keyboard", &port))?;
    let traffic = || (scanner.borrow().sent(), 0);
    rows.case((WORKER, "evdev", "a code is typed to nobody else"), traffic, || {
        station.until(PATIENCE, DeviceState::Online)?;
        // What every program on the desktop could read, were the node not grabbed.
        let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
        let desktop = rustix::fs::open(&node, flags, rustix::fs::Mode::empty())?;
        let claim = station.hub.claim(ROLE, None)?;
        let code = station.runtime.block_on(async {
            let typing = async {
                tokio::time::sleep(LISTENS).await;
                scanner.borrow_mut().types("a0126")
            };
            tokio::join!(claim.scan_code(PATIENCE, CancelToken::new()), typing).0
        })?;
        ensure!(code.bytes() == b"a0126", "{} bytes, others than typed", code.bytes().len());
        let overheard = rustix::io::read(&desktop, &mut [0_u8; 24]);
        ensure!(overheard == Err(rustix::io::Errno::AGAIN), "the desktop heard it too: {overheard:?}");
        drop(claim);
        Ok("5 signs; another reader of the node heard nothing".to_owned())
    });
    rows.case((WORKER, "evdev", "a second program is told busy"), traffic, || {
        let second = Station::new(places, setup(DeviceKind::CodeScanner, "codes-keyboard", &port))?;
        let view = second.until(PATIENCE, DeviceState::Offline)?;
        ensure!(view.code == Some(ErrorCode::DeviceBusy), "{:?}", view.code);
        scanner.borrow_mut().types("1")?;
        Ok("second: busy".to_owned())
    });
    Ok(())
}

pub(super) fn pad(places: &Places, rows: &mut Rows) -> Result<()> {
    guest::modules(&["uhid", "hid-generic", "evdev"])?;
    let pen = RefCell::new(Hid::plug("Lab Pad", PEN)?);
    let port = pen.borrow().node()?.to_string_lossy().into_owned();
    let station = Station::new(places, setup(DeviceKind::SignaturePad, "pad-evdev", &port))?;
    let traffic = || (pen.borrow().sent(), 0);
    rows.case((WORKER, "evdev", "a signature of two strokes"), traffic, || {
        station.until(PATIENCE, DeviceState::Online)?;
        let claim = station.hub.claim(ROLE, None)?;
        let signed = station.runtime.block_on(async {
            let writing = async {
                tokio::time::sleep(LISTENS).await;
                for stroke in 0..2_u16 {
                    for step in 0..8_u16 {
                        pen.borrow_mut().pen(true, 1000 + stroke * 2000 + step * 100, 2000 + step * 50, 600)?;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    pen.borrow_mut().pen(false, 1900 + stroke * 2000, 2400, 0)?;
                }
                Ok::<(), anyhow::Error>(())
            };
            tokio::join!(claim.sign(PATIENCE, CancelToken::new()), writing).0
        })?;
        ensure!((signed.width, signed.height) == (9600, 6000), "{}x{}", signed.width, signed.height);
        let points: Vec<usize> = signed.strokes.iter().map(Vec::len).collect();
        ensure!(points.len() == 2 && points.iter().all(|count| *count >= 7), "points {points:?}");
        let first = signed.strokes[0][0];
        ensure!((first.x, first.y) == (1000, 2000), "begins at {},{}", first.x, first.y);
        Ok(format!("points {points:?} on 9600x6000"))
    });
    rows.case((WORKER, "evdev", "nobody writes"), traffic, || {
        let claim = station.hub.claim(ROLE, None)?;
        pen.borrow_mut().pen(false, 10, 10, 0)?;
        let signed = station.runtime.block_on(claim.sign(Duration::from_secs(1), CancelToken::new()));
        ensure!(matches!(signed, Err(DeviceFault::NoMedia)), "{signed:?}");
        Ok("no signature, no fault".to_owned())
    });
    Ok(())
}

/// Where Debian's virtual reader listens for its card.
const CARD_PORT: u16 = 0x8C7B;

/// The PC/SC service, ended with the suite.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn service() -> Result<Service> {
    let readers = std::path::Path::new("/run/lab-readers");
    std::fs::create_dir_all(readers)?;
    std::fs::create_dir_all("/run/pcscd")?;
    let library = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
    let text = format!(
        "FRIENDLYNAME \"Lab Reader\"\nDEVICENAME /dev/null:{CARD_PORT:#X}\nLIBPATH {library}\nCHANNELID {CARD_PORT:#X}\n"
    );
    std::fs::write(readers.join("vpcd"), text)?;
    let mut command = Command::new("/usr/sbin/pcscd");
    command.arg("--foreground").arg("--config").arg(readers);
    Ok(Service(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("pcscd")?))
}

/// Puts a card into the virtual reader; taken out when the stream is shut down.
fn put_card(counts: &Arc<(AtomicU64, AtomicU64)>) -> Result<TcpStream> {
    let stream = guest::until(Duration::from_secs(10), "the virtual reader", || {
        TcpStream::connect(("127.0.0.1", CARD_PORT)).ok()
    })?;
    let (mut line, counts) = (stream.try_clone()?, Arc::clone(counts));
    std::thread::spawn(move || {
        let (mut card, mut buffer) = (VirtualCard::default(), [0; 512]);
        while let Ok(count @ 1..) = line.read(&mut buffer) {
            let answer = card.receive(&buffer[..count]).bytes;
            counts.0.fetch_add(answer.len() as u64, Ordering::Relaxed);
            counts.1.fetch_add(count as u64, Ordering::Relaxed);
            if line.write_all(&answer).is_err() {
                break;
            }
        }
    });
    Ok(stream)
}

pub(super) fn smart_card(places: &Places, rows: &mut Rows) -> Result<()> {
    let _service = service()?;
    let counts: Arc<(AtomicU64, AtomicU64)> = Arc::default();
    let card = put_card(&counts)?;
    let station = Station::new(places, setup(DeviceKind::SmartCardReader, "pcsc", "pcsc:Lab Reader"))?;
    let traffic = || (counts.0.load(Ordering::Relaxed), counts.1.load(Ordering::Relaxed));
    let inside = |word: &str| {
        guest::until(PATIENCE, "the word for what lies in the reader", || {
            (station.hub.devices().first()?.evidence.get("card")? == word).then_some(())
        })
    };
    rows.case((WORKER, "pcsc", "a card is taken, asked and let go"), traffic, || {
        station.until(PATIENCE, DeviceState::Online)?;
        inside("present")?;
        let claim = station.hub.claim(ROLE, None)?;
        station.runtime.block_on(async {
            let reset = claim.connect_smart_card(PATIENCE, CancelToken::new()).await?;
            ensure!(reset.bytes() == VirtualCard::ANSWER_TO_RESET, "another answer to reset");
            let select = CardBytes::new(vec![0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]);
            let answer = claim.smart_card(select, PATIENCE).await?;
            ensure!(answer.bytes().ends_with(&[0x90, 0x00]), "{} bytes", answer.bytes().len());
            claim.release_smart_card(PATIENCE).await?;
            Ok(format!("answer of {} bytes", answer.bytes().len()))
        })
    });
    rows.case((WORKER, "pcsc", "no card, then one"), traffic, || {
        card.shutdown(std::net::Shutdown::Both)?;
        let claim = station.hub.claim(ROLE, None)?;
        let none = guest::until(PATIENCE, "the card to be gone", || {
            let taken = claim.connect_smart_card(Duration::from_millis(600), CancelToken::new());
            station.runtime.block_on(taken).err()
        })?;
        if none != DeviceFault::NoMedia {
            bail!("without a card: {none}");
        }
        drop(claim);
        inside("none")?;
        let claim = station.hub.claim(ROLE, None)?;
        let _card = put_card(&counts)?;
        let reset = station.runtime.block_on(claim.connect_smart_card(PATIENCE, CancelToken::new()))?;
        Ok(format!("answer to reset of {} bytes", reset.bytes().len()))
    });
    Ok(())
}
