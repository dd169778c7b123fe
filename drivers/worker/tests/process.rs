//! The worker process by itself: what it refuses, and when it ends.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tongban_device::frame::{read_message, write_message};
use tongban_device::message::{Event, FromWorker, Setup, ToWorker};
use tongban_device::state::{DeviceKind, DeviceState};

const WORKER: &str = env!("CARGO_BIN_EXE_tongban-worker");
const PATIENCE: Duration = Duration::from_secs(15);

/// A shell that starts the worker with its socket on descriptor 3 and says its pid.
struct Parent {
    shell: Child,
    pid: String,
    socket: UnixStream,
}

impl Parent {
    fn start() -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", "exec 3<&0; \"$0\" & echo $!; exec 3<&-; wait $!", WORKER])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut pid).unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { shell, pid: pid.trim().to_owned(), socket: ours }
    }

    fn hello(&mut self, min: u16, max: u16) {
        let setup = Setup {
            kind: DeviceKind::IdCardReader,
            driver: "sam-serial".to_owned(),
            port: "/dev/serial/by-path/nothing".to_owned(),
            options: BTreeMap::new(),
        };
        write_message(&mut self.socket, &ToWorker::Hello { min, max, setup }).unwrap();
    }

    fn next(&mut self) -> Option<FromWorker> {
        read_message(&mut self.socket).unwrap()
    }

    fn alive(&self) -> bool {
        std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).is_ok_and(|stat| !stat.contains(") Z "))
    }

    fn ends(&self) {
        let begun = Instant::now();
        while self.alive() {
            assert!(begun.elapsed() < PATIENCE, "the worker lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn status(&mut self) -> Option<i32> {
        self.shell.wait().unwrap().code()
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[test]
fn without_a_socket_it_ends_at_once_and_says_so() {
    let status = Command::new(WORKER).stdin(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn it_greets_and_reports_an_absent_device() {
    let mut parent = Parent::start();
    parent.hello(1, 5);
    assert!(matches!(parent.next(), Some(FromWorker::Hello { version: 1 })));
    let mut states = Vec::new();
    while states.last() != Some(&DeviceState::NoDevice) {
        let Some(FromWorker::Event(Event::State { state, .. })) = parent.next() else { panic!("after {states:?}") };
        states.push(state);
    }
    assert_eq!(states, [DeviceState::Starting, DeviceState::NoDevice]);
}

#[test]
fn it_ends_when_the_terminal_closes_its_socket() {
    let mut parent = Parent::start();
    parent.hello(1, 1);
    assert!(parent.next().is_some());
    assert!(parent.alive(), "negative control");
    parent.socket.shutdown(std::net::Shutdown::Both).unwrap();
    parent.ends();
    assert_eq!(parent.status(), Some(0));
}

#[test]
fn it_ends_with_its_parent_even_while_the_socket_stays_open() {
    let mut parent = Parent::start();
    parent.hello(1, 1);
    assert!(parent.next().is_some());
    let kept = parent.socket.try_clone().unwrap();
    parent.shell.kill().unwrap();
    parent.ends();
    drop(kept);
}

#[test]
fn a_version_it_does_not_know_and_bytes_that_are_no_hello_end_it_with_a_failure() {
    let mut newer = Parent::start();
    newer.hello(7, 9);
    newer.ends();
    assert_eq!(newer.status(), Some(1));
    let mut garbage = Parent::start();
    garbage.socket.write_all(&[5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).unwrap();
    garbage.ends();
    assert_eq!(garbage.status(), Some(1));
    let mut endless = Parent::start();
    endless.socket.write_all(&[0xFF; 4]).unwrap();
    endless.ends();
    assert_eq!(endless.status(), Some(1));
}

#[test]
fn it_dumps_no_core_and_gains_no_privileges() {
    let mut parent = Parent::start();
    parent.hello(1, 1);
    assert!(parent.next().is_some());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", parent.pid)).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", parent.pid)).unwrap();
    assert!(status.lines().any(|line| line.split_whitespace().eq(["NoNewPrivs:", "1"])));
}
