//! Uploads that come in pieces, on this machine's disk until they are whole.

use crate::error::{CentreError, Result};
use crate::storage::blobs::{create_dir, sync_dir};
use crate::storage::point::{Keep, Side, reached};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The upload area.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
}

impl Staging {
    /// Opens (and creates) the area under `root`.
    pub fn open(root: &Path) -> Result<Self> {
        let dir = root.join("uploads");
        create_dir(&dir)?;
        sync_dir(root)?;
        Ok(Self { dir })
    }

    fn part(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.part"))
    }

    /// Length of an upload's part file.
    #[must_use]
    pub fn len(&self, name: &str) -> u64 {
        fs::metadata(self.part(name)).map_or(0, |meta| meta.len())
    }

    /// Appends at `offset`, cutting off anything beyond it first; durable when this returns.
    pub fn append(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<u64> {
        let path = self.part(name);
        let fresh = !path.exists();
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path)?;
            file.set_len(offset)?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
            reached(Keep::Chunk.name(), Side::Before);
            file.sync_data()
        };
        write().map_err(CentreError::file("append upload"))?;
        if fresh {
            sync_dir(&self.dir)?;
        }
        reached(Keep::Chunk.name(), Side::After);
        Ok(offset + bytes.len() as u64)
    }

    /// Reads the first `len` bytes of an upload.
    pub fn read(&self, name: &str, len: u64) -> Result<Vec<u8>> {
        let file = File::open(self.part(name)).map_err(CentreError::file("open upload"))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes).map_err(CentreError::file("read upload"))?;
        Ok(bytes)
    }

    /// Drops an upload whose content is stored elsewhere, or that was never staged.
    pub fn discard(&self, name: &str) {
        match fs::remove_file(self.part(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "upload not removed");
            }
            _ => {}
        }
    }
}
