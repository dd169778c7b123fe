//! The serial link on real pseudo terminals, and the USB port's notation.
#![allow(clippy::unwrap_used)]

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};
use tongban_transport::{SerialLink, UsbSelector};

fn line() -> (OwnedFd, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master, name)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

#[test]
fn bytes_pass_unchanged_both_ways() {
    let (device, name) = line();
    let mut host = SerialLink::open(&name, 115_200).unwrap();
    let all: Vec<u8> = (0..=255).collect();
    host.write_all(&all, soon()).unwrap();
    let mut got = Vec::new();
    let mut buffer = [0; 300];
    while got.len() < all.len() {
        let count = rustix::io::read(&device, &mut buffer).unwrap();
        got.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(got, all);
    rustix::io::write(&device, &all).unwrap();
    let mut back = Vec::new();
    while back.len() < all.len() {
        let count = host.read(&mut buffer, Duration::from_secs(1)).unwrap();
        back.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(back, all);
}

#[test]
fn an_idle_line_gives_nothing_within_a_slice_however_long_the_wait() {
    let (_device, name) = line();
    let mut host = SerialLink::open(&name, 115_200).unwrap();
    let begun = Instant::now();
    assert_eq!(host.read(&mut [0; 8], Duration::from_secs(60)), Ok(0));
    assert!(begun.elapsed() >= Duration::from_millis(150) && begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_port_is_held_alone_and_free_again_afterwards() {
    let (_device, name) = line();
    let first = SerialLink::open(&name, 115_200).unwrap();
    assert_eq!(SerialLink::open(&name, 115_200).map(|_| ()), Err(LinkError::Busy));
    drop(first);
    assert!(SerialLink::open(&name, 115_200).is_ok());
}

#[test]
fn a_port_that_is_not_there_is_no_device() {
    assert_eq!(SerialLink::open("/dev/serial/by-path/nothing", 115_200).map(|_| ()), Err(LinkError::NoDevice));
    let (device, name) = line();
    drop(device);
    assert_eq!(SerialLink::open(&name, 115_200).map(|_| ()), Err(LinkError::NoDevice), "a slave without master");
}

#[test]
fn a_device_that_goes_away_is_disconnected_for_every_call() {
    let (device, name) = line();
    let mut host = SerialLink::open(&name, 115_200).unwrap();
    drop(device);
    assert_eq!(host.read(&mut [0; 8], Duration::from_secs(1)), Err(LinkError::Disconnected));
    assert_eq!(host.write_all(b"x", soon()), Err(LinkError::Disconnected));
}

#[test]
fn a_write_nobody_reads_ends_at_its_deadline() {
    let (_device, name) = line();
    let mut host = SerialLink::open(&name, 115_200).unwrap();
    let begun = Instant::now();
    let outcome = host.write_all(&vec![0; 200_000], begun + Duration::from_millis(400));
    assert!(matches!(outcome, Err(LinkError::Other(_))), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn usb_ports_are_written_by_identity_by_path_or_both() {
    let selector = |text: &str| text.parse::<UsbSelector>();
    let by_path = UsbSelector { identity: (0x0400, 0xC35A), path: Some("1-2.3".to_owned()) };
    assert_eq!(selector("usb:1-2.3").unwrap(), by_path);
    assert_eq!(selector("usb:0400:c35a@1-2.3").unwrap(), by_path);
    assert_eq!(selector("usb:2b8b:2721").unwrap(), UsbSelector { identity: (0x2B8B, 0x2721), path: None });
    for wrong in ["1-2.3", "usb:", "usb:xyz", "usb:12345:1", "usb:0400"] {
        assert!(selector(wrong).is_err(), "{wrong}");
    }
}
