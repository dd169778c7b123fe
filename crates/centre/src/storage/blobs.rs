//! Sealed files by address: written, fsynced, renamed, directory fsynced.

use crate::error::{CentreError, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tongban_domain::event::Digest;

/// The blob store and the upload area, both under one directory.
#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Opens (and creates) the areas under `root`.
    pub fn open(root: &Path) -> Result<Self> {
        for area in ["blobs", "uploads", "quarantine"] {
            create_dir(&root.join(area))?;
        }
        sync_dir(root)?;
        Ok(Self { root: root.to_owned() })
    }

    fn path(&self, address: &Digest) -> PathBuf {
        let name = address.to_string();
        self.root.join("blobs").join(&name[..2]).join(name)
    }

    /// Stores sealed bytes under their address; durable when this returns.
    pub fn put(&self, address: &Digest, bytes: &[u8]) -> Result<()> {
        let path = self.path(address);
        if path.metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64) {
            return Ok(());
        }
        write_durable(&path, bytes)
    }

    /// The sealed bytes, or `None` when the address is not held.
    pub fn get(&self, address: &Digest) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path(address)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(CentreError::File { operation: format!("read blob {address}"), source }),
        }
    }

    /// Whether the address is held.
    #[must_use]
    pub fn has(&self, address: &Digest) -> bool {
        self.path(address).is_file()
    }

    fn part(&self, name: &str) -> PathBuf {
        self.root.join("uploads").join(format!("{name}.part"))
    }

    /// Length of an upload's part file.
    #[must_use]
    pub fn part_len(&self, name: &str) -> u64 {
        fs::metadata(self.part(name)).map_or(0, |meta| meta.len())
    }

    /// Appends at `offset`, cutting off anything beyond it first; durable when this returns.
    pub fn part_append(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<u64> {
        let path = self.part(name);
        let fresh = !path.exists();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(CentreError::file("open upload"))?;
        file.set_len(offset).map_err(CentreError::file("cut upload"))?;
        file.seek(SeekFrom::Start(offset)).map_err(CentreError::file("seek upload"))?;
        file.write_all(bytes).map_err(CentreError::file("append upload"))?;
        file.sync_data().map_err(CentreError::file("sync upload"))?;
        if fresh {
            sync_dir(&self.root.join("uploads"))?;
        }
        Ok(offset + bytes.len() as u64)
    }

    /// Reads the first `len` bytes of an upload.
    pub fn part_read(&self, name: &str, len: u64) -> Result<Vec<u8>> {
        let file = File::open(self.part(name)).map_err(CentreError::file("open upload"))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes).map_err(CentreError::file("read upload"))?;
        Ok(bytes)
    }

    /// Drops an upload whose content is stored elsewhere.
    pub fn part_drop(&self, name: &str) {
        if let Err(error) = fs::remove_file(self.part(name)) {
            tracing::debug!(%error, "upload already gone");
        }
    }

    /// Moves an upload to the quarantine, where a person may look at it.
    pub fn part_quarantine(&self, name: &str) -> Result<()> {
        let to = self.root.join("quarantine").join(format!("{name}.bundle"));
        fs::rename(self.part(name), to).map_err(CentreError::file("quarantine upload"))?;
        sync_dir(&self.root.join("quarantine"))?;
        sync_dir(&self.root.join("uploads"))
    }
}

/// Creates a directory readable by the service alone.
pub(crate) fn create_dir(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(CentreError::file("create directory"))
}

/// Makes a directory's entries durable.
pub(crate) fn sync_dir(path: &Path) -> Result<()> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(CentreError::file("sync directory"))
}

/// Writes a whole file so that after a power cut it is there completely or not at all.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let dir = path.parent().ok_or_else(|| CentreError::Damaged("path without directory".into()))?;
    if !dir.is_dir() {
        create_dir(dir)?;
        if let Some(above) = dir.parent() {
            sync_dir(above)?;
        }
    }
    let part = path.with_extension("part");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&part)
        .map_err(CentreError::file("create file"))?;
    file.write_all(bytes).map_err(CentreError::file("write file"))?;
    file.sync_all().map_err(CentreError::file("sync file"))?;
    fs::rename(&part, path).map_err(CentreError::file("rename file"))?;
    sync_dir(dir)
}
