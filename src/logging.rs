//! JSON logs with a size cap. Cases and visits appear as keyed hashes, people never.

use crate::config::LogSection;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// A log file that is rotated by size: `tongban.log`, `tongban.log.1` …
#[derive(Clone)]
pub struct RotatingFile {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    path: PathBuf,
    file: File,
    written: u64,
    bytes_max: u64,
    files_max: u32,
}

impl RotatingFile {
    /// Opens or creates `directory/name`.
    ///
    /// # Errors
    /// Any I/O error of creating the directory or file.
    pub fn open(directory: &Path, name: &str, section: &LogSection) -> io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(name);
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let written = file.metadata()?.len();
        let bytes_max = section.file_mib_max.max(1) * 1024 * 1024;
        let inner = Inner { path, file, written, bytes_max, files_max: section.files_max.max(1) };
        Ok(Self { inner: Arc::new(Mutex::new(inner)) })
    }
}

impl Inner {
    fn rotate(&mut self) -> io::Result<()> {
        let numbered = |n: u32| self.path.with_extension(format!("log.{n}"));
        for n in (1..self.files_max).rev() {
            let (from, to) = (numbered(n), numbered(n + 1));
            if n + 1 >= self.files_max {
                let _ = std::fs::remove_file(&from);
            } else if from.exists() {
                std::fs::rename(from, to)?;
            }
        }
        std::fs::rename(&self.path, numbered(1))?;
        self.file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if inner.written + bytes.len() as u64 > inner.bytes_max && inner.written > 0 {
            inner.rotate()?;
        }
        let count = inner.file.write(bytes)?;
        inner.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner).file.flush()
    }
}

impl<'a> MakeWriter<'a> for RotatingFile {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Starts logging into `directory`; further calls in one process change nothing.
///
/// # Errors
/// Any I/O error of opening the file.
pub fn start(directory: &Path, section: &LogSection) -> io::Result<()> {
    let file = RotatingFile::open(directory, "tongban.log", section)?;
    let filter = tracing_subscriber::EnvFilter::try_new(format!("{},iced=warn,wgpu=warn", section.level))
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(file).finish();
    // A test process starts many stations; the first one keeps the log.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_rotated_and_the_oldest_dropped() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let section = LogSection { level: "info".into(), file_mib_max: 1, files_max: 3 };
        let mut file = RotatingFile::open(directory.path(), "tongban.log", &section).expect("opens");
        for _ in 0..10 {
            file.write_all(&vec![b'x'; 600 * 1024]).expect("writes");
        }
        let names: Vec<_> = std::fs::read_dir(directory.path()).expect("lists").flatten().collect();
        assert_eq!(names.len(), 3, "{names:?}");
    }
}
