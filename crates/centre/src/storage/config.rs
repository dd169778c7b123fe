//! Which engines a centre stands on.

use crate::error::{CentreError, Result};
use crate::storage::blobs::create_dir;
use crate::storage::objects::{ObjectKey, S3Blobs};
use crate::storage::postgres::Postgres;
use crate::storage::sqlite::Sqlite;
use crate::storage::{Blobs, Db, FileBlobs};
use std::path::{Path, PathBuf};

/// Engines and their addresses. The default is SQLite and files in the data directory.
#[derive(Clone, Default)]
pub struct StorageConfig {
    /// `postgres://…`; `None`: SQLite in the data directory.
    pub database: Option<String>,
    /// PEM file with the authority of the database; needed beyond this machine.
    pub database_ca: Option<PathBuf>,
    /// `s3://bucket[/folder][?endpoint=URL&region=NAME]`; `None`: files in the data directory.
    pub objects: Option<String>,
    /// PEM file with the authority of the object store.
    pub objects_ca: Option<PathBuf>,
    /// Who asks the object store.
    pub objects_key: ObjectKey,
    /// Keys and authority, when several servers of one city share them; `None`: `keys` in the data directory.
    pub keys_dir: Option<PathBuf>,
}

impl std::fmt::Debug for StorageConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An address may carry a password.
        f.debug_struct("StorageConfig")
            .field("database", &self.database.as_ref().map(|_| "redacted"))
            .field("objects", &self.objects)
            .field("keys_dir", &self.keys_dir)
            .finish_non_exhaustive()
    }
}

fn pem(path: Option<&PathBuf>) -> Result<Option<Vec<u8>>> {
    path.map(|path| std::fs::read(path).map_err(CentreError::file("read authority"))).transpose()
}

impl StorageConfig {
    /// Whether other servers may work on the same store.
    #[must_use]
    pub const fn shared(&self) -> bool {
        self.database.is_some()
    }

    /// Where keys and authority lie.
    #[must_use]
    pub fn keys(&self, data_dir: &Path) -> PathBuf {
        self.keys_dir.clone().unwrap_or_else(|| data_dir.join("keys"))
    }

    /// Opens the relational store.
    pub fn open_db(&self, data_dir: &Path, wall_ms: i64) -> Result<Db> {
        create_dir(data_dir)?;
        Ok(match &self.database {
            Some(url) => {
                let ca = pem(self.database_ca.as_ref())?;
                Db::new(Box::new(Postgres::open(url, ca.as_deref(), wall_ms)?))
            }
            None => Db::new(Box::new(Sqlite::open(&data_dir.join("centre.db"), wall_ms)?)),
        })
    }

    /// Opens the object store.
    pub fn open_blobs(&self, data_dir: &Path) -> Result<Box<dyn Blobs>> {
        Ok(match &self.objects {
            Some(url) => {
                let ca = pem(self.objects_ca.as_ref())?;
                Box::new(S3Blobs::open(url, &self.objects_key, ca.as_deref())?)
            }
            None => Box::new(FileBlobs::open(data_dir)?),
        })
    }

    /// Fills an empty database from a copy; a SQLite store is put in its place as a file.
    pub(crate) fn restore_db(&self, data_dir: &Path, copy: &Path, wall_ms: i64) -> Result<()> {
        let Some(url) = &self.database else {
            let to = data_dir.join("centre.db");
            if to.exists() {
                return Err(CentreError::Unsafe(format!("{} exists", to.display())));
            }
            let bytes = std::fs::read(copy.join("centre.db")).map_err(CentreError::file("read copy"))?;
            return crate::storage::blobs::write_durable(&to, &bytes);
        };
        let ca = pem(self.database_ca.as_ref())?;
        crate::storage::postgres::restore(url, ca.as_deref(), copy, wall_ms)
    }
}
