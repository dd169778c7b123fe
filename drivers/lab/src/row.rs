//! 试验记录: one row for each case that was run.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

/// One case: which program, over what, what was tried, what went over the line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Program under test.
    pub binary: String,
    /// Kernel path between it and the device, for example `usb-bulk`, `cdc-acm`.
    pub transport: String,
    /// What was tried.
    pub case: String,
    /// Bytes from the device to the host during the case.
    pub to_host: u64,
    /// Bytes from the host to the device during the case.
    pub from_host: u64,
    /// It did what it should.
    pub ok: bool,
    /// How long it took.
    pub ms: u64,
    /// What was seen, or why it failed.
    pub note: String,
}

/// Rows as they come, on the console and in a file.
pub struct Rows {
    file: File,
    failed: usize,
    count: usize,
}

impl Rows {
    /// Rows go to this file, one JSON object a line.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, failed: 0, count: 0 })
    }

    /// Runs one case. `traffic` counts bytes of the device it is about; a case without a single byte fails.
    pub fn case(
        &mut self,
        about: (&str, &str, &str),
        traffic: impl Fn() -> (u64, u64),
        act: impl FnOnce() -> anyhow::Result<String>,
    ) -> bool {
        let (before, begun) = (traffic(), Instant::now());
        let outcome = act();
        let after = traffic();
        let (to_host, from_host) = (after.0 - before.0, after.1 - before.1);
        let (ok, note) = match outcome {
            Ok(_) if to_host + from_host == 0 => (false, "no byte went over the line".to_owned()),
            Ok(note) => (true, note),
            Err(error) => (false, format!("{error:#}")),
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (binary, transport, case) = (about.0.to_owned(), about.1.to_owned(), about.2.to_owned());
        self.push(&Row { binary, transport, case, to_host, from_host, ok, ms, note });
        ok
    }

    /// Keeps a row made elsewhere.
    pub fn push(&mut self, row: &Row) {
        let word = if row.ok { "ok  " } else { "FAIL" };
        println!(
            "{word} {:<15} {:<10} {:<34} {:>8} in {:>7} out {:>6} ms  {}",
            row.binary, row.transport, row.case, row.to_host, row.from_host, row.ms, row.note
        );
        self.count += 1;
        self.failed += usize::from(!row.ok);
        if let Ok(line) = serde_json::to_string(row) {
            let _ = writeln!(self.file, "{line}");
            let _ = self.file.sync_data();
        }
    }

    /// Rows so far, and those that failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.count, self.failed)
    }
}
