//! 录制: what went over a line, so that a fault in a hall can be played again at a desk.
//!
//! Lengths, times, faults and the status each answer begins with, and no more, unless a technician
//! signed for the content: the bytes of a card or a finger are a person's. One JSON object a
//! line, the first one the header.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::transport::{ByteLink, LinkError};

/// Version of the format.
pub const RECORDING_VERSION: u32 = 1;
/// Longest recording, bytes of the file: a card is 6 kB with content.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes an answer's status stands in: preamble, length and status words of a SAM frame, header
/// and confirmation code of an EF01 packet. Nothing personal comes before the eleventh byte.
pub const STATUS_BYTES: usize = 10;

/// Who allowed the content to be kept, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Account of the technician.
    pub technician: String,
    /// Ticket or reason.
    pub reason: String,
    /// Hexadecimal SM2 signature of the station over `technician`, `reason`, driver and port.
    pub signature: String,
}

/// First line of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`RECORDING_VERSION`].
    pub v: u32,
    /// Kind of device, as in a worker's setup.
    pub kind: String,
    /// Driver name.
    pub driver: String,
    /// Port it was at.
    pub port: String,
    /// Driver options.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Who allowed the content; without it there is none.
    #[serde(default)]
    pub consent: Option<Consent>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A command of the terminal begins: its name and budget in ms.
    Begin(String, u64),
    /// It ended: `ok`, or the code and words of its fault.
    End(String),
    /// So many bytes were written.
    Write(usize),
    /// So many bytes were read.
    Read(usize),
    /// Waiting input was dropped.
    Flush,
    /// The line speed was set.
    Baud(u32),
    /// A call failed: which, and how.
    Fault(String, Failure),
}

/// A [`LinkError`] as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Nothing there.
    NoDevice,
    /// No permission.
    Denied,
    /// Held by another process.
    Busy,
    /// Went away.
    Disconnected,
    /// Anything else.
    Other(String),
}

impl From<&LinkError> for Failure {
    fn from(error: &LinkError) -> Self {
        match error {
            LinkError::NoDevice => Self::NoDevice,
            LinkError::Denied => Self::Denied,
            LinkError::Busy => Self::Busy,
            LinkError::Disconnected => Self::Disconnected,
            LinkError::Other(text) => Self::Other(text.clone()),
        }
    }
}

impl From<&Failure> for LinkError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::NoDevice => Self::NoDevice,
            Failure::Denied => Self::Denied,
            Failure::Busy => Self::Busy,
            Failure::Disconnected => Self::Disconnected,
            Failure::Other(text) => Self::Other(text.clone()),
        }
    }
}

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since the recording began.
    pub at: u64,
    /// What happened.
    pub what: What,
    /// What the answer begins with, hexadecimal, at most [`STATUS_BYTES`] of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The bytes, hexadecimal, where the header has a consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// A whole recording, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its first line.
    pub header: Header,
    /// The rest.
    pub entries: Vec<Entry>,
}

impl Recording {
    /// Reads one; a last line broken off (the worker died) is left out.
    ///
    /// # Errors
    /// When it is not a recording or of a version not known.
    pub fn read(from: impl BufRead) -> io::Result<Self> {
        let wrong = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text.to_owned());
        let mut lines = from.lines();
        let first = lines.next().ok_or_else(|| wrong("an empty recording"))??;
        let header: Header = serde_json::from_str(&first).map_err(|_| wrong("not a recording"))?;
        if header.v != RECORDING_VERSION {
            return Err(wrong("a recording of another version"));
        }
        let mut entries = Vec::new();
        for line in lines {
            match serde_json::from_str::<Entry>(&line?) {
                Ok(entry) if header.consent.is_none() && says_too_much(&entry) => {
                    return Err(wrong("content without a consent"));
                }
                Ok(entry) => entries.push(entry),
                Err(_) => break,
            }
        }
        Ok(Self { header, entries })
    }

    /// Does it hold the bytes themselves?
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.header.consent.is_some()
    }
}

fn says_too_much(entry: &Entry) -> bool {
    entry.bytes.is_some() || entry.status.as_ref().is_some_and(|status| status.len() > 2 * STATUS_BYTES)
}

struct Inner {
    out: Box<dyn Write + Send>,
    begun: Instant,
    content: bool,
    room: u64,
    /// Bytes of the present answer's status not yet seen.
    status_left: usize,
}

/// A recording being made; clones write to the same one.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Inner>>);

impl Recorder {
    /// Begins with the header. Content is kept exactly when the header names a consent.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn begin(mut out: Box<dyn Write + Send>, header: &Header) -> io::Result<Self> {
        serde_json::to_writer(&mut out, header)?;
        out.write_all(b"\n")?;
        let content = header.consent.is_some();
        Ok(Self(Arc::new(Mutex::new(Inner {
            out,
            begun: Instant::now(),
            content,
            room: FILE_BYTES_MAX,
            status_left: STATUS_BYTES,
        }))))
    }

    /// Notes what happened; a recording that is full or whose file fails just ends.
    pub fn note(&self, what: What, bytes: &[u8]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = u64::try_from(inner.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = inner.status(&what, bytes);
        let bytes = (inner.content && !bytes.is_empty()).then(|| hex(bytes));
        let Ok(mut line) = serde_json::to_vec(&Entry { at, what, status, bytes }) else { return };
        line.push(b'\n');
        let length = line.len() as u64;
        if inner.room < length {
            inner.room = 0;
            return;
        }
        inner.room =
            if inner.out.write_all(&line).and_then(|()| inner.out.flush()).is_ok() { inner.room - length } else { 0 };
    }
}

impl Inner {
    /// The part of an answer's status that these bytes hold. What was written is a command of
    /// ours; only its length is noted.
    fn status(&mut self, what: &What, bytes: &[u8]) -> Option<String> {
        match what {
            What::Write(_) => {
                self.status_left = STATUS_BYTES;
                None
            }
            What::Read(_) if self.status_left > 0 => {
                let count = bytes.len().min(self.status_left);
                self.status_left -= count;
                Some(hex(&bytes[..count]))
            }
            _ => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of a hexadecimal text; nothing for another text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

/// A link with a recorder on it.
pub struct RecordedLink<L> {
    link: L,
    recorder: Recorder,
}

impl<L: ByteLink> RecordedLink<L> {
    /// Records what goes over this link.
    pub fn new(link: L, recorder: Recorder) -> Self {
        Self { link, recorder }
    }

    fn failed<T>(&self, call: &str, outcome: Result<T, LinkError>) -> Result<T, LinkError> {
        if let Err(error) = &outcome {
            self.recorder.note(What::Fault(call.to_owned(), error.into()), &[]);
        }
        outcome
    }
}

impl<L: ByteLink> ByteLink for RecordedLink<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        self.recorder.note(What::Write(bytes.len()), bytes);
        let outcome = self.link.write_all(bytes, deadline);
        self.failed("write", outcome)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let outcome = self.link.read(buffer, wait);
        if let Ok(count @ 1..) = outcome {
            self.recorder.note(What::Read(count), &buffer[..count]);
        }
        self.failed("read", outcome)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.recorder.note(What::Flush, &[]);
        let outcome = self.link.flush_input();
        self.failed("flush", outcome)
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.recorder.note(What::Baud(baud), &[]);
        let outcome = self.link.set_baud(baud);
        self.failed("baud", outcome)
    }
}
