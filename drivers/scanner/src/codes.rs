//! 串口扫码器: every code ends with a suffix, by default CR, LF or both.
//!
//! The line has no frame and no check: what comes before the suffix is the code. A prefix the
//! scanner is set to send (STX, say) is the only thing that tells a code from noise; with one
//! configured, whatever stands before it is dropped.

use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CodeScanner, ScannedCode};
use tongban_device::transport::ByteLink;
use zeroize::{Zeroize, Zeroizing};

/// Longest code: QR version 40 holds 2953 bytes.
pub const CODE_BYTES_MAX: usize = 2953;
const READ_SLICE: Duration = Duration::from_millis(100);

/// How a scanner marks its codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Sent before each code; empty for none.
    pub prefix: Vec<u8>,
    /// Sent after each code. Empty: a pause of `gap` ends it.
    pub suffix: Vec<u8>,
    /// A code that does not go on for so long is broken (or, without suffix, over).
    pub gap: Duration,
}

impl Default for Marks {
    fn default() -> Self {
        Self { prefix: Vec::new(), suffix: b"\r\n".to_vec(), gap: Duration::from_millis(150) }
    }
}

impl Marks {
    /// From a setup's texts: `cr`, `lf`, `crlf`, `tab`, `none` or hexadecimal bytes.
    #[must_use]
    pub fn suffix_named(name: &str) -> Option<Vec<u8>> {
        Some(match name {
            "cr" => b"\r".to_vec(),
            "lf" => b"\n".to_vec(),
            "crlf" => b"\r\n".to_vec(),
            "tab" => b"\t".to_vec(),
            "none" => Vec::new(),
            hex if !hex.is_empty() && hex.len().is_multiple_of(2) && hex.is_ascii() => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
                .collect::<Option<Vec<u8>>>()?,
            _ => return None,
        })
    }
}

/// Collects bytes into codes; without I/O.
pub struct Collector {
    marks: Marks,
    buffer: Vec<u8>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl Collector {
    /// Nothing received yet.
    #[must_use]
    pub fn new(marks: Marks) -> Self {
        Self { marks, buffer: Vec::new() }
    }

    /// Takes bytes; a code when one is complete.
    ///
    /// # Errors
    /// [`DeviceFault::Protocol`] when more comes than any code holds; everything is dropped.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<ScannedCode>, DeviceFault> {
        self.buffer.extend_from_slice(bytes);
        let code = self.next();
        if code.is_none() && self.buffer.len() > CODE_BYTES_MAX + self.marks.prefix.len() + self.marks.suffix.len() {
            self.clear();
            return Err(DeviceFault::Protocol("more bytes than a code holds".to_owned()));
        }
        Ok(code)
    }

    fn next(&mut self) -> Option<ScannedCode> {
        if self.marks.suffix.is_empty() {
            return None;
        }
        loop {
            let suffix = &self.marks.suffix;
            let end = self.buffer.windows(suffix.len()).position(|window| window == suffix.as_slice())?;
            let line = Zeroizing::new(self.buffer[..end].to_vec());
            let used = end + suffix.len();
            self.buffer[..used].zeroize();
            self.buffer.drain(..used);
            if let Some(code) = self.content(&line) {
                return Some(code);
            }
        }
    }

    /// What is left of a line without its prefix; a line without it is noise, an empty one nothing.
    fn content(&self, line: &[u8]) -> Option<ScannedCode> {
        let prefix = &self.marks.prefix;
        let from = if prefix.is_empty() {
            0
        } else {
            line.windows(prefix.len()).rposition(|window| window == prefix.as_slice())? + prefix.len()
        };
        let code = &line[from..];
        (!code.is_empty() && code.len() <= CODE_BYTES_MAX).then(|| ScannedCode::new(code.to_vec()))
    }

    /// The line fell silent for the gap.
    ///
    /// # Errors
    /// [`DeviceFault::Protocol`] when a code was begun and its suffix never came.
    pub fn silence(&mut self) -> Result<Option<ScannedCode>, DeviceFault> {
        let line = Zeroizing::new(std::mem::take(&mut self.buffer));
        if line.is_empty() {
            return Ok(None);
        }
        if self.marks.suffix.is_empty() {
            return Ok(self.content(&line));
        }
        Err(DeviceFault::Protocol("a code without its end".to_owned()))
    }

    /// Is a code begun?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buffer.zeroize();
        self.buffer.clear();
    }
}

/// A scanner on a byte link.
pub struct SerialScanner<L> {
    link: L,
    collector: Collector,
    gap: Duration,
    codes: u32,
}

impl<L: ByteLink> SerialScanner<L> {
    /// A scanner on this link.
    pub fn new(link: L, marks: Marks) -> Self {
        let gap = marks.gap;
        Self { link, collector: Collector::new(marks), gap, codes: 0 }
    }
}

impl<L: ByteLink> Device for SerialScanner<L> {
    /// The line says nothing by itself; that it is still there is all that can be known.
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let mut chunk = [0; 64];
        let count = self.link.read(&mut chunk, Duration::ZERO)?;
        chunk.zeroize();
        if control.cancel.is_cancelled() {
            return Err(DeviceFault::Cancelled);
        }
        // A code nobody asked for is nobody's.
        let _ = count;
        Ok(Health::online(Evidence::from([("codes".to_owned(), self.codes.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.collector.clear();
        self.link.flush_input()?;
        control.check()
    }
}

impl<L: ByteLink> CodeScanner for SerialScanner<L> {
    fn next_code(&mut self, control: &mut OpControl<'_>) -> Result<ScannedCode, DeviceFault> {
        self.collector.clear();
        // What was scanned before anybody asked belongs to the last applicant.
        self.link.flush_input()?;
        let mut heard = Instant::now();
        let mut chunk = Zeroizing::new([0_u8; 512]);
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let count = self.link.read(&mut *chunk, control.remaining().min(READ_SLICE).min(self.gap))?;
            if count > 0 {
                heard = Instant::now();
                if let Some(code) = self.collector.push(&chunk[..count])? {
                    self.codes += 1;
                    return Ok(code);
                }
            } else if self.collector.is_partial() && heard.elapsed() >= self.gap {
                if let Some(code) = self.collector.silence()? {
                    self.codes += 1;
                    return Ok(code);
                }
            } else if control.remaining().is_zero() {
                return Err(DeviceFault::NoMedia);
            }
        }
    }
}
