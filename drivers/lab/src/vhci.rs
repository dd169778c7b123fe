//! A USB device in this process, plugged into the kernel's virtual host controller.
//!
//! `vhci_hcd` takes one end of a stream socket and speaks USB/IP on it (Linux
//! `Documentation/usb/usbip_protocol.rst`, version 1.1.1): a header of 48 bytes, big-endian,
//! then the data. A pair of Unix sockets does; no network and no tools are needed. The other end
//! is answered here, so that stalls, short packets and unplugging at any byte are in our hands.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const HEADER_BYTES: usize = 48;
const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
const STALL: i32 = -32;
const RESET: i32 = -104;
const HIGH_SPEED: u32 = 3;
const CONTROLLER: &str = "/sys/devices/platform/vhci_hcd.0";
/// How often a device that waits for something outside is asked again.
const LOOK: Duration = Duration::from_millis(5);
/// How long the controller has to notice by itself that the line ended.
const LET_GO: Duration = Duration::from_millis(300);
/// How long a port may stay taken before it is plugged into again.
const FREE_AT_LAST: Duration = Duration::from_secs(10);

/// The eight bytes a control transfer begins with (USB 2.0, 9.3).
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// `bmRequestType`.
    pub kind: u8,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`.
    pub index: u16,
    /// `wLength`.
    pub length: u16,
}

/// What a device does with an IN request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// These bytes (none is a packet of length nought).
    Data(Vec<u8>),
    /// Not yet.
    Nothing,
    /// The endpoint halts.
    Stall,
    /// These bytes, and then the plug is pulled.
    LastWords(Vec<u8>),
}

/// 设备功能: a USB device as its firmware sees the bus.
pub trait Function: Send + 'static {
    /// Device descriptor, 18 bytes (USB 2.0, table 9-8).
    fn device(&self) -> Vec<u8>;
    /// Configuration descriptor with all that hangs on it.
    fn configuration(&self) -> Vec<u8>;
    /// String descriptor text of an index above nought.
    fn string(&self, index: u8) -> Option<String>;
    /// A request that is not one of the standard ones; `None` stalls. `data` came with it.
    fn control(&mut self, setup: Setup, data: &[u8]) -> Option<Vec<u8>>;
    /// Bytes for an OUT endpoint; false leaves the host waiting.
    fn receive(&mut self, endpoint: u8, bytes: &[u8]) -> bool;
    /// The host asks an IN endpoint for at most `room` bytes.
    fn send(&mut self, endpoint: u8, room: usize) -> Sent;
}

/// Bytes that went over the data endpoints, and with requests of the device's class.
#[derive(Debug, Default)]
pub struct Traffic {
    to_host: AtomicU64,
    from_host: AtomicU64,
}

impl Traffic {
    /// Towards the host and from it.
    #[must_use]
    pub fn so_far(&self) -> (u64, u64) {
        (self.to_host.load(Ordering::Relaxed), self.from_host.load(Ordering::Relaxed))
    }
}

/// A device and its port; dropping it pulls the plug.
pub struct Plugged<F> {
    function: Arc<Mutex<F>>,
    traffic: Arc<Traffic>,
    port: u32,
    live: Option<(UnixStream, JoinHandle<()>)>,
}

impl<F: Function> Plugged<F> {
    /// Plugs a device into this port of the virtual controller.
    ///
    /// # Errors
    /// When there is no controller or the port is taken.
    pub fn new(function: F, port: u32) -> io::Result<Self> {
        let mut plugged = Self { function: Arc::new(Mutex::new(function)), traffic: Arc::default(), port, live: None };
        plugged.plug()?;
        Ok(plugged)
    }

    /// Plugs the same device into the same port again.
    ///
    /// # Errors
    /// As [`Plugged::new`].
    pub fn plug(&mut self) -> io::Result<()> {
        self.pull();
        wait_until_free(self.port, FREE_AT_LAST)?;
        let (ours, kernels) = UnixStream::pair()?;
        let device = 0x0001_0001 + self.port;
        let order = format!("{} {} {device} {HIGH_SPEED}", self.port, kernels.as_raw_fd());
        fs::write(format!("{CONTROLLER}/attach"), order)?;
        let socket = ours.try_clone()?;
        let (function, traffic) = (Arc::clone(&self.function), Arc::clone(&self.traffic));
        let thread = std::thread::Builder::new().name(format!("usb-{}", self.port)).spawn(move || {
            Server { socket: ours, function, traffic, waiting: VecDeque::new() }.run();
        })?;
        self.live = Some((socket, thread));
        Ok(())
    }

    /// Pulls the plug; the device keeps its state.
    pub fn pull(&mut self) {
        if let Some((socket, thread)) = self.live.take() {
            let _ = socket.shutdown(std::net::Shutdown::Both);
            let _ = thread.join();
            // A controller under load may miss the end of the line: then the port is let go by order.
            if wait_until_free(self.port, LET_GO).is_err() {
                let _ = fs::write(format!("{CONTROLLER}/detach"), self.port.to_string());
            }
        }
    }

    /// Does something with the device, between two transfers.
    pub fn with<T>(&self, act: impl FnOnce(&mut F) -> T) -> T {
        act(&mut lock(&self.function))
    }

    /// What went over its data endpoints so far.
    #[must_use]
    pub fn traffic(&self) -> (u64, u64) {
        self.traffic.so_far()
    }

    /// The counter behind [`Plugged::traffic`], to keep.
    #[must_use]
    pub fn counter(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// Bus and port path as in sysfs, `1-1`.
    ///
    /// # Errors
    /// When the controller has no bus.
    pub fn path(&self) -> io::Result<String> {
        Ok(format!("{}-{}", bus()?, self.port + 1))
    }
}

impl<F> Drop for Plugged<F> {
    fn drop(&mut self) {
        if let Some((socket, thread)) = self.live.take() {
            let _ = socket.shutdown(std::net::Shutdown::Both);
            let _ = thread.join();
        }
    }
}

fn lock<F>(function: &Mutex<F>) -> MutexGuard<'_, F> {
    function.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Number of the controller's first (high-speed) bus.
fn bus() -> io::Result<u32> {
    let mut numbers: Vec<u32> = fs::read_dir(CONTROLLER)?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("usb")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.first().copied().ok_or_else(|| io::Error::other("vhci_hcd has no bus"))
}

/// The kernel lets go of a port a moment after its socket closed.
fn wait_until_free(port: u32, patience: Duration) -> io::Result<()> {
    /// `VDEV_ST_NULL` of Linux `drivers/usb/usbip/usbip_common.h`.
    const FREE: &str = "004";
    let until = Instant::now() + patience;
    let number = format!("{port:04}");
    loop {
        let status = fs::read_to_string(PathBuf::from(CONTROLLER).join("status"))?;
        let mut lines = status.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        if lines.any(|words| {
            words.first() == Some(&"hs") && words.get(1) == Some(&number.as_str()) && words.get(2) == Some(&FREE)
        }) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(io::Error::other(format!("port {port} stays taken:\n{status}")));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A transfer of the host not yet answered.
struct Waiting {
    sequence: u32,
    endpoint: u8,
    inwards: bool,
    room: usize,
    bytes: Vec<u8>,
}

struct Server<F> {
    socket: UnixStream,
    function: Arc<Mutex<F>>,
    traffic: Arc<Traffic>,
    waiting: VecDeque<Waiting>,
}

enum End {
    Gone,
    Pulled,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl<F: Function> Server<F> {
    fn run(mut self) {
        while self.turn().is_ok() {}
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }

    fn turn(&mut self) -> Result<(), End> {
        let mut polled = [PollFd::new(&self.socket, PollFlags::IN)];
        // With nothing asked of it the device only waits for the host.
        let look = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
        match poll(&mut polled, if self.waiting.is_empty() { None } else { Some(&look) }) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => self.hear()?,
            Err(_) => return Err(End::Gone),
        }
        self.serve()
    }

    fn hear(&mut self) -> Result<(), End> {
        let mut header = [0_u8; HEADER_BYTES];
        self.socket.read_exact(&mut header)?;
        let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (command, sequence, inwards, endpoint) = (word(0), word(4), word(12) == 1, word(16));
        match command {
            SUBMIT => {
                let room = word(24) as usize;
                let mut bytes = vec![0; if inwards { 0 } else { room }];
                self.socket.read_exact(&mut bytes)?;
                let endpoint = u8::try_from(endpoint & 0x0F).unwrap_or(0);
                if endpoint == 0 {
                    let half = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
                    let setup = Setup {
                        kind: header[40],
                        request: header[41],
                        value: half(42),
                        index: half(44),
                        length: half(46),
                    };
                    return self.control(sequence, setup, inwards, &bytes);
                }
                self.waiting.push_back(Waiting { sequence, endpoint, inwards, room, bytes });
                Ok(())
            }
            UNLINK => {
                let victim = word(20);
                let before = self.waiting.len();
                self.waiting.retain(|waiting| waiting.sequence != victim);
                let status = if self.waiting.len() < before { RESET } else { 0 };
                self.answer(RET_UNLINK, sequence, status, 0, &[])
            }
            _ => Err(End::Gone),
        }
    }

    fn control(&mut self, sequence: u32, setup: Setup, inwards: bool, data: &[u8]) -> Result<(), End> {
        let standard = self.standard(setup);
        let of_class = standard.is_none();
        let answer = standard.unwrap_or_else(|| lock(&self.function).control(setup, data));
        // Descriptors are the kernel's business; status, line speed and the like are the driver's.
        if let (true, Some(bytes)) = (of_class, &answer) {
            let count = if inwards { bytes.len().min(usize::from(setup.length)) } else { data.len() };
            let lane = if inwards { &self.traffic.to_host } else { &self.traffic.from_host };
            lane.fetch_add(count as u64, Ordering::Relaxed);
        }
        match answer {
            None => self.answer(RET_SUBMIT, sequence, STALL, 0, &[]),
            Some(mut bytes) if inwards => {
                bytes.truncate(usize::from(setup.length));
                self.answer(RET_SUBMIT, sequence, 0, bytes.len(), &bytes)
            }
            Some(_) => self.answer(RET_SUBMIT, sequence, 0, data.len(), &[]),
        }
    }

    /// Standard requests (USB 2.0, 9.4); the inner `None` stalls.
    fn standard(&self, setup: Setup) -> Option<Option<Vec<u8>>> {
        let function = lock(&self.function);
        let index = (setup.value & 0xFF) as u8;
        match (setup.kind, setup.request, setup.value >> 8) {
            (0x80, 6, 1) => Some(Some(function.device())),
            (0x80, 6, 2) => Some(Some(function.configuration())),
            (0x80, 6, 3) if index == 0 => Some(Some(vec![4, 3, 0x09, 0x04])),
            (0x80, 6, 3) => Some(function.string(index).map(|text| {
                let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let mut bytes = vec![u8::try_from(units.len() + 2).unwrap_or(u8::MAX), 3];
                bytes.extend(units);
                bytes
            })),
            // Device qualifier: the same at the other speed.
            (0x80, 6, 6) => {
                let device = function.device();
                Some(Some([&[10, 6][..], &device[2..8], &[1, 0]].concat()))
            }
            (0x80..=0x82, 0, _) => Some(Some(vec![0, 0])),
            (0x00, 5 | 9, _) | (0x01, 11, _) | (0x00..=0x02, 1 | 3, _) => Some(Some(Vec::new())),
            _ => None,
        }
    }

    /// Asks the device about everything the host waits for, in order for each endpoint.
    fn serve(&mut self) -> Result<(), End> {
        let mut busy: Vec<(u8, bool)> = Vec::new();
        let mut left = VecDeque::new();
        while let Some(waiting) = self.waiting.pop_front() {
            let pipe = (waiting.endpoint, waiting.inwards);
            if busy.contains(&pipe) || !self.try_one(&waiting)? {
                busy.push(pipe);
                left.push_back(waiting);
            }
        }
        self.waiting = left;
        Ok(())
    }

    fn try_one(&mut self, waiting: &Waiting) -> Result<bool, End> {
        if !waiting.inwards {
            if !lock(&self.function).receive(waiting.endpoint, &waiting.bytes) {
                return Ok(false);
            }
            self.traffic.from_host.fetch_add(waiting.bytes.len() as u64, Ordering::Relaxed);
            self.answer(RET_SUBMIT, waiting.sequence, 0, waiting.bytes.len(), &[])?;
            return Ok(true);
        }
        let sent = lock(&self.function).send(waiting.endpoint, waiting.room);
        let (bytes, last) = match sent {
            Sent::Nothing => return Ok(false),
            Sent::Stall => {
                self.answer(RET_SUBMIT, waiting.sequence, STALL, 0, &[])?;
                return Ok(true);
            }
            Sent::Data(bytes) => (bytes, false),
            Sent::LastWords(bytes) => (bytes, true),
        };
        if !(last && bytes.is_empty()) {
            self.traffic.to_host.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.answer(RET_SUBMIT, waiting.sequence, 0, bytes.len(), &bytes)?;
        }
        if last { Err(End::Pulled) } else { Ok(true) }
    }

    fn answer(&mut self, kind: u32, sequence: u32, status: i32, length: usize, data: &[u8]) -> Result<(), End> {
        let mut bytes = vec![0_u8; HEADER_BYTES];
        bytes[..4].copy_from_slice(&kind.to_be_bytes());
        bytes[4..8].copy_from_slice(&sequence.to_be_bytes());
        bytes[20..24].copy_from_slice(&status.to_be_bytes());
        bytes[24..28].copy_from_slice(&u32::try_from(length).unwrap_or(0).to_be_bytes());
        bytes.extend_from_slice(data);
        Ok(self.socket.write_all(&bytes)?)
    }
}
