//! The only place that commits, syncs, renames and deletes. Every call carries its label.

use crate::StoreError;
use crate::point::{Commit, Keep, Remove};
use rusqlite::{Connection, Transaction};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Ending of a file that is being written; such files are nobody's after a crash.
pub(crate) const PART: &str = "part";

/// Runs one labelled transaction.
pub(crate) fn commit<T>(
    conn: &mut Connection,
    label: Commit,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let value = tongban_sqlite::transaction(conn, |tx| {
        let value = work(tx)?;
        label.before().reached();
        Ok::<_, StoreError>(value)
    })?;
    label.after().reached();
    Ok(value)
}

/// Writes `bytes` to `path` so that the whole file is there or none of it: `.part`, fsync, rename, fsync of the directory.
pub(crate) fn keep(path: &Path, bytes: &[u8], label: Keep) -> Result<(), StoreError> {
    write_new(path, bytes, label).map_err(|source| StoreError::file("write a file", source))
}

fn write_new(path: &Path, bytes: &[u8], label: Keep) -> io::Result<()> {
    let part = part_of(path);
    let outcome = fill(&part, bytes, label).and_then(|()| {
        fs::rename(&part, path)?;
        label.renamed().reached();
        sync_parent(path)?;
        label.kept().reached();
        Ok(())
    });
    if outcome.is_err() {
        // Best effort: what stays is swept at the next start.
        let _ = fs::remove_file(&part);
    }
    outcome
}

fn fill(part: &Path, bytes: &[u8], label: Keep) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part)?;
    file.write_all(bytes)?;
    label.written().reached();
    file.sync_all()?;
    label.synced().reached();
    Ok(())
}

/// Makes a file of `len` bytes whose blocks are really taken from the disk.
pub(crate) fn keep_space(path: &Path, len: u64, label: Keep) -> Result<(), StoreError> {
    let part = part_of(path);
    let take = || -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, len)?;
        label.written().reached();
        file.sync_all()?;
        label.synced().reached();
        fs::rename(&part, path)?;
        label.renamed().reached();
        sync_parent(path)?;
        label.kept().reached();
        Ok(())
    };
    take().map_err(|source| {
        let _ = fs::remove_file(&part);
        StoreError::file("keep space in reserve", source)
    })
}

/// Removes files; one that is already gone is no error.
pub(crate) fn remove(paths: &[PathBuf], label: Remove) -> Result<(), StoreError> {
    if paths.is_empty() {
        return Ok(());
    }
    label.before().reached();
    for path in paths {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove a file", source));
            }
            _ => {}
        }
    }
    for path in paths {
        sync_parent(path).map_err(|source| StoreError::file("remove a file", source))?;
    }
    label.after().reached();
    Ok(())
}

/// A directory of our own, mode 0700; every entry made on the way down is durable.
pub(crate) fn directory(path: &Path) -> Result<(), StoreError> {
    make_directory(path).map_err(|source| StoreError::file("make a directory", source))
}

fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_directory(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_parent(path),
    }
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(PART);
    PathBuf::from(name)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// 草稿目录: files another program wants to read or write and that hold nothing secret; gone with the value.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// An empty directory at `path`, mode 0700; what a crash left there goes first.
    pub(crate) fn new(path: &Path) -> Result<Self, StoreError> {
        let _ = fs::remove_dir_all(path);
        directory(path)?;
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        fs::read(self.file(name)).map_err(|source| StoreError::file("read a file", source))
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        fs::write(self.file(name), bytes).map_err(|source| StoreError::file("write a file", source))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
