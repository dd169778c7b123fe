//! Objects by name: files with fsync, or S3. A bundle is one object; its files are stretches of it.
//!
//! Names are made of the bundle's id and digest, so that writing one again writes the same bytes.

use crate::error::{CentreError, Result};
use crate::storage::point::{Keep, Side, reached};
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An object store. Names are ASCII with `/` between folders, never absolute.
pub trait Blobs: Send + Sync {
    /// Stores bytes under a name; durable when this returns. The same name always carries the same bytes.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()>;
    /// Writes bytes that get the name later, if at all: the store may have them on the disk while they
    /// are still being examined. Nothing lies under the name until [`Blobs::finish`].
    fn begin(&self, name: &str, bytes: &[u8]) -> Result<Begun>;
    /// Gives what was begun its name; durable when this returns.
    fn finish(&self, begun: Begun, name: &str, bytes: &[u8]) -> Result<()>;
    /// A stretch of an object, or the whole of it with `None`; `None` when it is not held.
    fn get(&self, name: &str, stretch: Option<(u64, u64)>) -> Result<Option<Vec<u8>>>;
    /// Names and lengths of the objects in a folder and below it, in no order.
    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>>;
    /// Removes an object; one that is not there is no error.
    fn remove(&self, name: &str) -> Result<()>;
    /// `files` or `s3`.
    fn kind(&self) -> &'static str;
}

/// An object written and not yet named; thrown away when it gets no name.
#[derive(Debug, Default)]
pub struct Begun(Option<PathBuf>);

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(part) = &self.0 {
            let _ = fs::remove_file(part);
        }
    }
}

/// Numbers unfinished files, so that two writers of one name do not share one.
static PARTS: AtomicU64 = AtomicU64::new(0);

/// Files under one directory.
#[derive(Debug)]
pub struct FileBlobs {
    root: PathBuf,
}

impl FileBlobs {
    /// Opens (and creates) the store at `root`.
    pub fn open(root: &Path) -> Result<Self> {
        for area in ["blobs", "bundles", "quarantine"] {
            create_dir(&root.join(area))?;
        }
        // Made once, so that no bundle pays for its folder.
        let bundles = root.join("bundles");
        if !bundles.join("ff").is_dir() {
            for folder in 0..=255_u8 {
                create_dir(&bundles.join(format!("{folder:02x}")))?;
            }
            sync_dir(&bundles)?;
        }
        sync_dir(root)?;
        Ok(Self { root: root.to_owned() })
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && part.is_ascii();
        if name.split('/').all(plain) {
            Ok(self.root.join(name))
        } else {
            Err(CentreError::Damaged(format!("object name {name:?}")))
        }
    }
}

fn walk(dir: &Path, root: &Path, out: &mut Vec<(String, u64)>) -> std::io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if path.is_dir() {
            walk(&path, root, out)?;
        } else if path.extension().is_none_or(|ext| ext != "part")
            && let Ok(name) = path.strip_prefix(root)
        {
            out.push((name.to_string_lossy().into_owned(), entry.metadata()?.len()));
        }
    }
    Ok(())
}

impl Blobs for FileBlobs {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        if path.metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64) {
            // Renamed is not yet durable: the one who renamed it may be on the way there.
            return sync_dir(path.parent().unwrap_or(&self.root));
        }
        write_durable(&path, bytes)
    }

    fn begin(&self, name: &str, bytes: &[u8]) -> Result<Begun> {
        let part = part_of(&self.path(name)?)?;
        let begun = Begun(Some(part.clone()));
        write_part(&part, bytes).map_err(CentreError::file("write object"))?;
        Ok(begun)
    }

    fn finish(&self, mut begun: Begun, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        match begun.0.take() {
            Some(part) => name_part(&part, &path),
            None => write_durable(&path, bytes),
        }
    }

    fn get(&self, name: &str, stretch: Option<(u64, u64)>) -> Result<Option<Vec<u8>>> {
        let read = |path: &Path| -> std::io::Result<Vec<u8>> {
            let Some((start, len)) = stretch else { return fs::read(path) };
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.take(len).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match read(&self.path(name)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(CentreError::File { operation: format!("read object {name}"), source }),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        let mut out = Vec::new();
        walk(&self.path(folder)?, &self.root, &mut out).map_err(CentreError::file("list objects"))?;
        Ok(out)
    }

    fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.path(name)?) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(CentreError::File { operation: format!("remove object {name}"), source })
            }
            _ => Ok(()),
        }
    }

    fn kind(&self) -> &'static str {
        "files"
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

/// Where a file is written before it has its name; its folder is there afterwards.
fn part_of(path: &Path) -> Result<PathBuf> {
    let dir = path.parent().ok_or_else(|| CentreError::Damaged("path without directory".into()))?;
    if !dir.is_dir() {
        create_dir(dir)?;
        if let Some(above) = dir.parent() {
            sync_dir(above)?;
        }
    }
    Ok(path.with_extension(format!("{}.part", PARTS.fetch_add(1, Ordering::Relaxed))))
}

/// The content is on the disk afterwards.
fn write_part(part: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(part)?;
    file.write_all(bytes)?;
    reached(Keep::Bundle.name(), Side::Before);
    file.sync_all()
}

/// The name is on the disk afterwards.
fn name_part(part: &Path, path: &Path) -> Result<()> {
    if let Err(source) = fs::rename(part, path) {
        let _ = fs::remove_file(part);
        return Err(CentreError::File { operation: "name file".into(), source });
    }
    sync_dir(path.parent().unwrap_or(path))?;
    reached(Keep::Bundle.name(), Side::After);
    Ok(())
}

/// Writes a whole file so that after a power cut it is there completely or not at all: one
/// fsync of the file and one of its directory.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = part_of(path)?;
    if let Err(source) = write_part(&part, bytes) {
        let _ = fs::remove_file(&part);
        return Err(CentreError::File { operation: "write file".into(), source });
    }
    name_part(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_gets_no_name_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(dir.path()).unwrap();
        let begun = blobs.begin("bundles/ab/one", b"0123").unwrap();
        assert!(blobs.list("bundles").unwrap().is_empty() && blobs.get("bundles/ab/one", None).unwrap().is_none());
        drop(begun);
        assert_eq!(fs::read_dir(dir.path().join("bundles/ab")).unwrap().count(), 0);
        let begun = blobs.begin("bundles/ab/one", b"0123").unwrap();
        blobs.finish(begun, "bundles/ab/one", b"0123").unwrap();
        blobs.finish(Begun::default(), "bundles/ab/two", b"45").unwrap();
        assert_eq!(blobs.get("bundles/ab/one", None).unwrap().unwrap(), b"0123");
        assert_eq!(blobs.get("bundles/ab/two", None).unwrap().unwrap(), b"45");
        assert_eq!(fs::read_dir(dir.path().join("bundles/ab")).unwrap().count(), 2);
    }

    #[test]
    fn an_object_is_read_back_whole_and_by_stretches_and_names_stay_inside() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(dir.path()).unwrap();
        blobs.put("bundles/ab/one", b"0123456789").unwrap();
        blobs.put("bundles/ab/one", b"0123456789").unwrap();
        assert_eq!(blobs.get("bundles/ab/one", None).unwrap().unwrap(), b"0123456789");
        assert_eq!(blobs.get("bundles/ab/one", Some((3, 4))).unwrap().unwrap(), b"3456");
        assert_eq!(blobs.get("bundles/ab/two", None).unwrap(), None);
        assert_eq!(blobs.list("bundles").unwrap(), [("bundles/ab/one".to_owned(), 10)]);
        blobs.remove("bundles/ab/one").unwrap();
        blobs.remove("bundles/ab/one").unwrap();
        assert!(blobs.list("bundles").unwrap().is_empty());
        for name in ["../keys/signing", "/etc/passwd", "bundles//x", "bundles/.part"] {
            assert!(blobs.get(name, None).is_err(), "{name}");
        }
    }
}
