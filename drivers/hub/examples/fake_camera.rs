//! A camera worker for the hub's tests: honest or hostile, as `FAKE_CAMERA` says.
#![allow(unsafe_code, clippy::unwrap_used)]

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::collections::BTreeMap;
use std::io::{IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use tongban_device::frame::{encode, read_message, write_message};
use tongban_device::message::{Command, Event, FromWorker, Reply, ToWorker};
use tongban_device::state::DeviceState;

const WIDTH: u32 = 8;
const HEIGHT: u32 = 4;
const SLOTS: u8 = 2;
const SLOT_BYTES: u64 = (WIDTH * HEIGHT * 4) as u64;

fn main() {
    // SAFETY: the hub put a socket there before starting us; nothing else uses it.
    let mut socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(3) });
    let mode = std::env::var("FAKE_CAMERA").unwrap_or_default();
    let state = |socket: &mut UnixStream, running: bool| {
        let evidence = BTreeMap::from([("running".to_owned(), running.to_string())]);
        let event = Event::State { state: DeviceState::Online, code: None, evidence };
        write_message(socket, &FromWorker::Event(event)).unwrap();
    };
    let mut ring = None;
    while let Ok(Some(message)) = read_message::<ToWorker>(&mut socket) {
        match message {
            ToWorker::Hello { .. } => {
                write_message(&mut socket, &FromWorker::Hello { version: if mode == "future" { 9 } else { 1 } })
                    .unwrap();
                state(&mut socket, false);
            }
            ToWorker::Command {
                request, command: Command::StartPreview { .. } | Command::ShowPreview { .. }, ..
            } => {
                write_message(&mut socket, &FromWorker::Done { request, result: Ok(Reply::Nothing) }).unwrap();
                state(&mut socket, true);
                let file = offer_ring(&mut socket, &mode);
                frame(&mut socket, &file, 1, if mode == "wild" { 200 } else { 0 });
                ring = Some(file);
            }
            ToWorker::Command { request, command: Command::StopPreview, .. } => {
                ring = None;
                write_message(&mut socket, &FromWorker::Done { request, result: Ok(Reply::Nothing) }).unwrap();
                state(&mut socket, false);
            }
            ToWorker::Command { request, .. } => {
                let result = Ok(Reply::Health(BTreeMap::new()));
                write_message(&mut socket, &FromWorker::Done { request, result }).unwrap();
            }
            // The next frame only when the last one's slot came back.
            ToWorker::SlotFree { slot } => {
                if let Some(file) = &ring {
                    std::thread::sleep(Duration::from_millis(20));
                    frame(&mut socket, file, u64::from(slot) + 2, (slot + 1) % SLOTS);
                }
            }
            ToWorker::Cancel { .. } => {}
            ToWorker::Shutdown => return,
        }
    }
}

fn offer_ring(socket: &mut UnixStream, mode: &str) -> std::fs::File {
    let file = memfd_create("ring", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
    let short = if mode == "short" { 1 } else { 0 };
    ftruncate(&file, SLOT_BYTES * u64::from(SLOTS) - short).unwrap();
    if mode != "unsealed" {
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL).unwrap();
    }
    let framed = encode(&FromWorker::Event(Event::Ring { slots: SLOTS, width: WIDTH, height: HEIGHT })).unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [file.as_fd()];
    if mode != "no-descriptor" {
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)));
    }
    let sent = sendmsg(&*socket, &[IoSlice::new(&framed)], &mut ancillary, SendFlags::empty()).unwrap();
    socket.write_all(&framed[sent..]).unwrap();
    file.into()
}

/// Every pixel of a frame has its number as value.
fn frame(socket: &mut UnixStream, file: &std::fs::File, seq: u64, slot: u8) {
    let pixels = vec![seq as u8; SLOT_BYTES as usize];
    let _ = file.write_all_at(&pixels, SLOT_BYTES * u64::from(slot % SLOTS));
    let event = Event::Frame { slot, seq, width: WIDTH, height: HEIGHT };
    let _ = write_message(socket, &FromWorker::Event(event));
}
