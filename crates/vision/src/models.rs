//! 模型清单: `assets/models/models.toml`, what is installed beside it, and whether it is the right file.

use crate::VisionError;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Version of the list this build reads.
const VERSION: u32 = 1;
/// Largest model file, bytes.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// 模型清单.
#[derive(Debug, Clone, Deserialize)]
pub struct Models {
    v: u32,
    #[serde(default)]
    model: Vec<Model>,
    #[serde(skip)]
    dir: PathBuf,
}

/// One installed file: a network, its dictionary, or the runtime library.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Model {
    /// What it is called here, for example `ocr-recogniser`.
    pub name: String,
    /// What it does: `runtime`, `ocr`, `face-detect`, `face-embed`, `liveness` …
    pub role: String,
    /// File name beside the list.
    pub target: String,
    /// Length, bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Licence as its package states it.
    pub licence: String,
    /// Machine it is for (`x86_64`, `aarch64`); absent: any.
    #[serde(default)]
    pub arch: Option<String>,
    /// Version of the thresholds below, part of every verdict.
    #[serde(default)]
    pub version: String,
    /// Thresholds by name.
    #[serde(default)]
    pub thresholds: BTreeMap<String, f64>,
    /// Error rates as they were measured, by name, with the set's size in the name's text.
    #[serde(default)]
    pub measured: BTreeMap<String, String>,
}

impl Models {
    /// Reads `models.toml` in `dir`.
    ///
    /// # Errors
    /// `ModelMissing` without such a file, `Model` when it cannot be understood.
    pub fn read(dir: &Path) -> Result<Self, VisionError> {
        let file = dir.join("models.toml");
        let text = fs::read_to_string(&file).map_err(|_| VisionError::ModelMissing("models.toml".into()))?;
        let mut models: Self = toml::from_str(&text).map_err(|e| VisionError::Model(e.message().to_owned()))?;
        if models.v != VERSION {
            return Err(VisionError::Model(format!("models.toml has version {}, not {VERSION}", models.v)));
        }
        models.model.retain(|model| model.arch.as_deref().is_none_or(|arch| arch == std::env::consts::ARCH));
        models.dir = dir.to_owned();
        Ok(models)
    }

    /// The entry of this name for this machine.
    ///
    /// # Errors
    /// `ModelMissing` when the list has none.
    pub fn get(&self, name: &str) -> Result<&Model, VisionError> {
        let found = self.model.iter().find(|model| model.name == name);
        found.ok_or_else(|| VisionError::ModelMissing(name.to_owned()))
    }

    /// Where the file of this name lies (whether it is there or not).
    ///
    /// # Errors
    /// As [`Models::get`].
    pub fn path(&self, name: &str) -> Result<PathBuf, VisionError> {
        Ok(self.dir.join(&self.get(name)?.target))
    }

    /// The bytes of a model, checked against length and SHA-256.
    ///
    /// # Errors
    /// `ModelMissing` when the file is not there, `ModelChanged` when it is another one.
    pub fn load(&self, name: &str) -> Result<Vec<u8>, VisionError> {
        let model = self.get(name)?;
        let path = self.dir.join(&model.target);
        let missing = || VisionError::ModelMissing(name.to_owned());
        let changed = || VisionError::ModelChanged(name.to_owned());
        let length = fs::metadata(&path).map_err(|_| missing())?.len();
        if length != model.bytes || length > BYTES_MAX {
            return Err(changed());
        }
        let bytes = fs::read(&path).map_err(|_| missing())?;
        if hex::encode(Sha256::digest(&bytes)) != model.sha256 {
            return Err(changed());
        }
        Ok(bytes)
    }

    /// Every entry for this machine, in the list's order.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.model.iter()
    }
}
