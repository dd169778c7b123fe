//! A simulated device's control socket and the bytes it put on the line.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One simulated device.
pub struct Control {
    socket: PathBuf,
    link: PathBuf,
    capture: PathBuf,
}

impl Control {
    /// A device with this socket, port and capture file.
    pub fn new(socket: &Path, link: &Path, capture: &Path) -> Self {
        Self { socket: socket.to_owned(), link: link.to_owned(), capture: capture.to_owned() }
    }

    /// The port a driver opens.
    pub fn port(&self) -> &Path {
        &self.link
    }

    /// Its control socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Sends one line and reads the answer.
    pub fn say(&self, line: &str) -> Result<String> {
        let mut stream =
            UnixStream::connect(&self.socket).with_context(|| format!("connecting to {}", self.socket.display()))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        writeln!(stream, "{line}")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// Cuts the last whole reading out of what the device put on the line, writes it to
    /// `captures/NAME.bin` and returns the evidence: where it is and its SHA-256.
    pub fn evidence(&self, out: &Path, name: &str) -> Result<serde_json::Value> {
        let status: serde_json::Value = serde_json::from_str(&self.say("status")?).context("the simulator's status")?;
        let part =
            |key: &str| status["reading"][key].as_u64().with_context(|| format!("no whole reading yet: {status}"));
        let (from, bytes) = (usize::try_from(part("from")?)?, usize::try_from(part("bytes")?)?);
        let line = std::fs::read(&self.capture)?;
        let reading = line.get(from..from + bytes).context("the capture file is shorter than the reading")?;
        let relative = format!("captures/{name}.bin");
        std::fs::create_dir_all(out.join("captures"))?;
        std::fs::write(out.join(&relative), reading)?;
        let hash = hex::encode(Sha256::digest(reading));
        Ok(serde_json::json!({"capture_file": relative, "line_sha256": hash, "line_bytes": bytes}))
    }
}
