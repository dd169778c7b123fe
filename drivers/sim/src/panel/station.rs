//! 模拟工位: one simulated device on its line, and the socket it takes orders on.

use super::Panel;
use crate::fault::{Fault, Moment};
use crate::pty::{Pacer, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a swapped device stays away.
const SWAP_PAUSE: Duration = Duration::from_millis(400);
const BUSY_WAIT: Duration = Duration::from_millis(2);
const IDLE_WAIT: Duration = Duration::from_millis(200);
/// Longest command line; what is longer is no command.
const LINE_MAX: usize = 4096;

/// Where the last whole reading stands in the capture file: from the answer that found the
/// card or finger to the end of its data.
#[derive(Default)]
struct Reading {
    found_at: Option<u64>,
    last: Option<(u64, u64)>,
}

impl Reading {
    /// An answer will fill `from..to` of the capture file.
    fn mark(&mut self, moments: &[(Moment, bool)], from: u64, to: u64) {
        for moment in moments {
            match moment {
                (Moment::Find, true) => self.found_at = Some(from),
                (Moment::Find, false) => self.found_at = None,
                (Moment::Read, true) => self.last = self.found_at.take().map(|start| (start, to)),
                _ => {}
            }
        }
    }

    fn json(&self) -> Value {
        self.last.map_or(Value::Null, |(from, to)| json!({"from": from, "bytes": to - from}))
    }
}

/// Where a simulator is reached and what it leaves behind.
#[derive(Debug, Clone)]
pub struct Places {
    /// Name of the serial port.
    pub link: PathBuf,
    /// Unix socket for commands.
    pub control: PathBuf,
    /// File that gets every byte sent.
    pub capture: PathBuf,
}

struct Visitor {
    stream: UnixStream,
    line: Vec<u8>,
    gone: bool,
}

/// One simulated device on its line.
pub struct Station<P> {
    peer: P,
    line: Option<Pty>,
    pacer: Pacer,
    places: Places,
    listener: UnixListener,
    visitors: Vec<Visitor>,
    replug_at: Option<Instant>,
    reading: Reading,
}

impl<P: Panel> Station<P> {
    /// Plugs the device in and listens for commands.
    ///
    /// # Errors
    /// When the port, the socket or the capture file cannot be made.
    pub fn open(peer: P, places: Places, baud: u32) -> io::Result<Self> {
        let _ = std::fs::remove_file(&places.control);
        let listener = UnixListener::bind(&places.control)?;
        listener.set_nonblocking(true)?;
        let pacer = Pacer::new(&places.capture, peer.baud().unwrap_or(baud))?;
        let line = Some(Pty::plug(&places.link)?);
        Ok(Self {
            peer,
            line,
            pacer,
            places,
            listener,
            visitors: Vec::new(),
            replug_at: None,
            reading: Reading::default(),
        })
    }

    /// Serves until `stop` becomes readable.
    ///
    /// # Errors
    /// When the line or a file fails.
    pub fn run(mut self, stop: &OwnedFd) -> io::Result<()> {
        loop {
            let wait = if self.pacer.is_idle() { IDLE_WAIT } else { BUSY_WAIT };
            let (stopped, hung_up) = self.wait(stop, wait)?;
            if stopped {
                return Ok(());
            }
            self.serve_line()?;
            self.serve_visitors()?;
            if self.replug_at.is_some_and(|at| Instant::now() >= at) {
                self.replug_at = None;
                self.plug()?;
            }
            if hung_up {
                // Nobody has the line open; the hang-up shows at once in every poll.
                self.pacer.clear();
                std::thread::sleep(BUSY_WAIT * 5);
            }
        }
    }

    fn wait(&self, stop: &OwnedFd, wait: Duration) -> io::Result<(bool, bool)> {
        let mut polled = vec![PollFd::new(stop, PollFlags::IN), PollFd::new(&self.listener, PollFlags::IN)];
        polled.extend(self.visitors.iter().map(|visitor| PollFd::new(&visitor.stream, PollFlags::IN)));
        if let Some(line) = &self.line {
            polled.push(PollFd::from_borrowed_fd(line.as_fd(), PollFlags::IN));
        }
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        match poll(&mut polled, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let hung_up = self.line.is_some() && polled.last().is_some_and(|last| last.revents() == PollFlags::HUP);
        Ok((polled[0].revents().contains(PollFlags::IN), hung_up))
    }

    fn serve_line(&mut self) -> io::Result<()> {
        let Some(line) = &self.line else { return Ok(()) };
        let mut buffer = [0_u8; 512];
        let count = line.read(&mut buffer)?;
        if count > 0 {
            let delivery = self.peer.receive(&buffer[..count]);
            let from = self.pacer.end();
            self.pacer.queue(delivery);
            self.reading.mark(&self.peer.moments(), from, self.pacer.end());
        }
        if let Some(said) = self.peer.unasked() {
            self.pacer.queue(said);
        }
        let unplug = self.pacer.send(line)?;
        // A speed set by the host holds from the next answer on.
        if self.pacer.is_idle()
            && let Some(baud) = self.peer.baud()
        {
            self.pacer.set_baud(baud);
        }
        if unplug {
            self.unplug();
        }
        Ok(())
    }

    fn unplug(&mut self) {
        self.line = None;
        self.pacer.clear();
        self.peer.power_off();
    }

    fn plug(&mut self) -> io::Result<()> {
        if self.line.is_none() {
            self.line = Some(Pty::plug(&self.places.link)?);
        }
        Ok(())
    }

    fn serve_visitors(&mut self) -> io::Result<()> {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true)?;
            self.visitors.push(Visitor { stream, line: Vec::new(), gone: false });
        }
        let mut visitors = std::mem::take(&mut self.visitors);
        for visitor in &mut visitors {
            for command in visitor.commands() {
                let mut answer = self.command(&command).to_string();
                answer.push('\n');
                visitor.gone |= visitor.stream.write_all(answer.as_bytes()).is_err();
            }
        }
        visitors.retain(|visitor| !visitor.gone);
        self.visitors.extend(visitors);
        Ok(())
    }

    fn command(&mut self, line: &str) -> Value {
        let (verb, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let outcome = match verb {
            "status" => Ok(()),
            "unplug" => {
                self.unplug();
                Ok(())
            }
            "plug" => self.plug().map_err(|error| error.to_string()),
            "swap" => {
                self.unplug();
                self.peer.swap();
                self.replug_at = Some(Instant::now() + SWAP_PAUSE);
                Ok(())
            }
            "clear" => {
                self.peer.script().clear();
                Ok(())
            }
            "fault" => {
                rest.parse::<Fault>().map(|fault| self.peer.script().arm(fault)).map_err(|error| error.to_string())
            }
            other => self.peer.obey(other, rest.trim()).unwrap_or_else(|| Err(format!("no such command: {other}"))),
        };
        match outcome {
            Ok(()) => self.status(),
            Err(error) => json!({"ok": false, "error": error}),
        }
    }

    fn status(&mut self) -> Value {
        let mut fields = self.peer.status();
        fields.insert("ok".to_owned(), json!(true));
        fields.insert("plugged".to_owned(), json!(self.line.is_some()));
        fields.insert("capture_bytes".to_owned(), json!(self.pacer.captured()));
        fields.insert("baud".to_owned(), json!(self.pacer.baud()));
        fields.insert("reading".to_owned(), self.reading.json());
        fields.insert("faults_waiting".to_owned(), json!(self.peer.script().waiting()));
        Value::Object(fields)
    }
}

impl<P> Drop for Station<P> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.places.control);
    }
}

impl Visitor {
    /// Complete lines that have come.
    fn commands(&mut self) -> Vec<String> {
        let mut buffer = [0_u8; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    self.gone = true;
                    break;
                }
                Ok(count) => self.line.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.gone = true;
                    break;
                }
            }
        }
        self.gone |= self.line.len() > LINE_MAX;
        let mut commands = Vec::new();
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            commands.push(String::from_utf8_lossy(&line).trim().to_owned());
        }
        commands
    }
}

/// Says one command to a simulator and gives its answer.
///
/// # Errors
/// When the simulator is not there or answers something else than JSON.
pub fn tell(control: &Path, command: &str) -> io::Result<Value> {
    let mut stream = UnixStream::connect(control)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\n").as_bytes())?;
    let mut answer = Vec::new();
    let mut byte = [0_u8; 1];
    while stream.read(&mut byte)? == 1 && byte[0] != b'\n' {
        answer.push(byte[0]);
    }
    serde_json::from_slice(&answer).map_err(io::Error::other)
}
