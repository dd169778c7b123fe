//! The in-memory link behaves as a line does.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::memory::pair;
use tongban_device::tap::Tap;
use tongban_device::transport::{ByteLink, LinkError};

const SOON: Duration = Duration::from_millis(200);

#[test]
fn what_was_sent_before_the_unplugging_is_still_read() {
    let (mut host, mut device) = pair();
    device.write_all(b"abc", Instant::now() + SOON).unwrap();
    drop(device);
    let mut buffer = [0; 8];
    assert_eq!(host.read(&mut buffer, SOON), Ok(3));
    assert_eq!(host.read(&mut buffer, SOON), Err(LinkError::Disconnected));
    assert_eq!(host.write_all(b"x", Instant::now() + SOON), Err(LinkError::Disconnected));
}

#[test]
fn a_blocked_reader_wakes_when_the_other_end_goes() {
    let (mut host, device) = pair();
    let begun = Instant::now();
    let waiting = std::thread::spawn(move || host.read(&mut [0; 8], Duration::from_secs(20)));
    std::thread::sleep(Duration::from_millis(30));
    drop(device);
    assert_eq!(waiting.join().unwrap(), Err(LinkError::Disconnected));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn an_idle_line_gives_nothing_after_the_wait() {
    let (mut host, _device) = pair();
    assert_eq!(host.read(&mut [0; 8], Duration::from_millis(10)), Ok(0));
}

#[test]
fn the_tap_hashes_what_was_received_since_its_restart_and_one_bit_changes_it() {
    let evidence = |bytes: &[u8]| {
        let (host, mut device) = pair();
        let mut tap = Tap::new(host);
        device.write_all(b"before", Instant::now() + SOON).unwrap();
        tap.read(&mut [0; 64], SOON).unwrap();
        tap.restart();
        device.write_all(bytes, Instant::now() + SOON).unwrap();
        while tap.read(&mut [0; 2], Duration::ZERO).unwrap() > 0 {}
        tap.evidence()
    };
    let whole = evidence(b"card bytes");
    assert_eq!(whole.1, 10);
    assert_eq!(whole, evidence(b"card bytes"));
    assert_ne!(whole.0, evidence(b"card byteS").0, "altering one byte must change the hash");
}

#[test]
fn a_pause_ends_early_when_cancelled_and_says_so() {
    let cancel = CancelFlag::new();
    let flag = cancel.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(40));
        flag.cancel();
    });
    let mut silent = |_| {};
    let control = OpControl::new(Duration::from_secs(30), cancel, &mut silent);
    let begun = Instant::now();
    assert_eq!(control.pause(Duration::from_secs(20)), Err(DeviceFault::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(10));
    canceller.join().unwrap();
}
