//! The terminal's side of the line, for tests: starts the worker, reads messages and descriptors.
#![allow(dead_code, reason = "each test program uses the part it needs")]

use memmap2::{Mmap, MmapMut};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::collections::{BTreeMap, VecDeque};
use std::io::{IoSliceMut, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::frame;
use tongban_device::message::{Command, Event, FromWorker, Reply, Setup, ToWorker};
use tongban_device::state::{DeviceKind, DeviceState};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(45);

/// The ring as received.
pub struct Ring {
    pub fd: OwnedFd,
    pub slots: u8,
    pub width: u32,
    pub height: u32,
    map: Mmap,
}

impl Ring {
    /// First pixel of a slot.
    pub fn pixel(&self, slot: u8) -> [u8; 4] {
        let start = usize::from(slot) * self.width as usize * self.height as usize * 4;
        self.map[start..start + 4].try_into().expect("four bytes")
    }

    #[allow(unsafe_code)]
    pub fn map_for_writing(&self) -> std::io::Result<MmapMut> {
        // SAFETY: expected to fail; were it to succeed, nothing is done with the mapping.
        unsafe { MmapMut::map_mut(&self.fd) }
    }
}

pub struct Terminal {
    child: Child,
    stream: Option<UnixStream>,
    bytes: Vec<u8>,
    fds: VecDeque<OwnedFd>,
    /// Events read while waiting for something else.
    events: VecDeque<Event>,
    done: BTreeMap<u64, Result<Reply, DeviceFault>>,
    requests: u64,
}

impl Terminal {
    pub fn start(driver: &str, port: &str) -> Self {
        let mut terminal = Self::start_speaking(driver, port, 1, 1);
        match terminal.next() {
            Some(FromWorker::Hello { version: 1 }) => terminal,
            other => panic!("no greeting: {other:?}"),
        }
    }

    /// A worker with the folder of networks, or another folder in its place.
    pub fn start_with_models(port: &str, models: &std::path::Path) -> Self {
        let options = BTreeMap::from([("models".to_owned(), models.display().to_string())]);
        let mut terminal = Self::started("files", port, (1, 1), options);
        match terminal.next() {
            Some(FromWorker::Hello { version: 1 }) => terminal,
            other => panic!("no greeting: {other:?}"),
        }
    }

    pub fn start_speaking(driver: &str, port: &str, min: u16, max: u16) -> Self {
        Self::started(driver, port, (min, max), BTreeMap::new())
    }

    fn started(driver: &str, port: &str, (min, max): (u16, u16), options: BTreeMap<String, String>) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("socket pair");
        // A shell moves its standard input to descriptor 3, where the worker expects its line.
        let child = Process::new("sh")
            .args(["-c", "exec \"$0\" 3<&0 </dev/null", env!("CARGO_BIN_EXE_tongban-vision")])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .env("TONGBAN_LOG", "warn")
            .spawn()
            .expect("starts");
        let mut terminal = Self {
            child,
            stream: Some(ours),
            bytes: Vec::new(),
            fds: VecDeque::new(),
            events: VecDeque::new(),
            done: BTreeMap::new(),
            requests: 0,
        };
        let setup = Setup { kind: DeviceKind::DocumentCamera, driver: driver.into(), port: port.into(), options };
        terminal.send(&ToWorker::Hello { min, max, setup });
        terminal
    }

    pub fn send(&mut self, message: &ToWorker) {
        frame::write_message(self.stream.as_mut().expect("line"), message).expect("sends");
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.as_mut().expect("line").write_all(bytes).expect("sends");
    }

    /// Reads once; `false` at the end of the line or when nothing came in time.
    fn fill(&mut self, wait: Duration) -> bool {
        let Some(stream) = &self.stream else { return false };
        stream.set_read_timeout(Some(wait.max(Duration::from_millis(1)))).expect("time-out");
        let mut buffer = vec![0; 65_536];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let Ok(got) = recvmsg(stream, &mut [IoSliceMut::new(&mut buffer)], &mut ancillary, flags) else { return false };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                self.fds.extend(fds);
            }
        }
        self.bytes.extend_from_slice(&buffer[..got.bytes]);
        got.bytes > 0
    }

    /// The next message; `None` at the end of the line or after [`PATIENCE`].
    pub fn next(&mut self) -> Option<FromWorker> {
        self.next_within(PATIENCE)
    }

    pub fn next_within(&mut self, wait: Duration) -> Option<FromWorker> {
        let until = Instant::now() + wait;
        loop {
            if let Some(header) = self.bytes.first_chunk::<4>() {
                let length = 4 + frame::body_length(*header).expect("within the cap");
                if self.bytes.len() >= length {
                    let message = frame::decode(&self.bytes[4..length]).expect("a message");
                    self.bytes.drain(..length);
                    return Some(message);
                }
            }
            if !self.fill(until.checked_duration_since(Instant::now())?) {
                return None;
            }
        }
    }

    /// Sorts one message in; `false` when none came.
    fn sort_one(&mut self, wait: Duration) -> bool {
        match self.next_within(wait) {
            Some(FromWorker::Event(event)) => self.events.push_back(event),
            Some(FromWorker::Done { request, result }) => {
                assert!(self.done.insert(request, result).is_none(), "request {request} answered twice");
            }
            Some(FromWorker::Progress { .. }) => {}
            Some(FromWorker::Hello { .. }) => panic!("greeted twice"),
            None => return false,
        }
        true
    }

    /// The next event that `pick` takes; others before it are dropped.
    fn wait_event<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            while let Some(event) = self.events.pop_front() {
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
            assert!(Instant::now() < until && self.sort_one(PATIENCE), "waited in vain for {what}");
        }
    }

    /// Waits for this state and gives its code.
    pub fn wait_state(&mut self, wanted: DeviceState) -> Option<String> {
        self.wait_event(&format!("{wanted:?}"), |event| match event {
            Event::State { state, code, .. } if *state == wanted => Some(code.clone()),
            _ => None,
        })
    }

    pub fn next_state(&mut self) -> (DeviceState, Option<String>) {
        self.wait_event("a state", |event| match event {
            Event::State { state, code, .. } => Some((*state, code.clone())),
            _ => None,
        })
    }

    #[allow(unsafe_code)]
    pub fn wait_ring(&mut self) -> Ring {
        let (slots, width, height) = self.wait_event("the ring", |event| match event {
            Event::Ring { slots, width, height } => Some((*slots, *width, *height)),
            _ => None,
        });
        let fd = self.fds.pop_front().expect("the descriptor came with the message");
        // SAFETY: the test checks the seals; the memory cannot shrink under the mapping.
        let map = unsafe { Mmap::map(&fd) }.expect("maps");
        Ring { fd, slots, width, height, map }
    }

    pub fn wait_frame(&mut self) -> (u8, u32, u32) {
        self.wait_event("a frame", |event| match event {
            Event::Frame { slot, width, height, .. } => Some((*slot, *width, *height)),
            _ => None,
        })
    }

    /// No frame comes for this long.
    pub fn quiet_for(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        self.events.retain(|event| !matches!(event, Event::Frame { .. }));
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.sort_one(left);
        }
        !self.events.iter().any(|event| matches!(event, Event::Frame { .. }))
    }

    pub fn begin(&mut self, command: Command, deadline_ms: u64) -> u64 {
        self.requests += 1;
        let request = self.requests;
        self.send(&ToWorker::Command { request, deadline_ms, command });
        request
    }

    /// Has it been answered?
    pub fn is_done(&self, request: u64) -> bool {
        self.done.contains_key(&request)
    }

    pub fn finish(&mut self, request: u64) -> Result<Reply, DeviceFault> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(result) = self.done.remove(&request) {
                return result;
            }
            assert!(Instant::now() < until && self.sort_one(PATIENCE), "request {request} not answered");
        }
    }

    pub fn call(&mut self, command: Command, deadline_ms: u64) -> Result<Reply, DeviceFault> {
        let request = self.begin(command, deadline_ms);
        self.finish(request)
    }

    /// Most memory the worker ever held, KiB.
    pub fn peak_memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("alive");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("has a peak");
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
    }

    /// Closes the line; did the worker end well?
    pub fn hang_up(&mut self) -> bool {
        self.stream = None;
        self.ends_within(Duration::from_secs(2)) && self.child.wait().is_ok_and(|status| status.success())
    }

    pub fn ends_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.child.try_wait().expect("can be asked").is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
