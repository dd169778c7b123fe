//! The files of the repository as git sees them: tracked, or new and not ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// All files with their sizes; the text of those that are text.
pub struct Tree {
    sizes: BTreeMap<String, u64>,
    texts: BTreeMap<String, String>,
    folders: BTreeSet<String>,
}

impl Tree {
    /// Reads the tree this test was built from.
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .expect("git lists the files");
        assert!(listed.status.success(), "git: {}", String::from_utf8_lossy(&listed.stderr));
        let mut tree = Self { sizes: BTreeMap::new(), texts: BTreeMap::new(), folders: BTreeSet::new() };
        for path in String::from_utf8(listed.stdout).expect("paths are UTF-8").split_terminator('\0') {
            // Listed by git but gone from the disk: a removal that is not committed yet.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            tree.sizes.insert(path.to_owned(), bytes.len() as u64);
            if let Ok(text) = String::from_utf8(bytes) {
                tree.texts.insert(path.to_owned(), text);
            }
            let mut folder = Path::new(path).parent();
            while let Some(above) = folder {
                tree.folders.insert(above.display().to_string());
                folder = above.parent();
            }
        }
        tree
    }

    /// Rust files, path and text.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Every text file.
    pub fn text(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Text files below a folder.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.text().filter(move |(path, _)| path.starts_with(folder))
    }

    /// Every `Cargo.toml`.
    pub fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text().filter(|(path, _)| path.ends_with("Cargo.toml"))
    }

    /// Path and size of every file.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.sizes.iter().map(|(path, bytes)| (path.as_str(), *bytes))
    }

    /// One file that must be there.
    pub fn get(&self, path: &str) -> &str {
        self.texts.get(path).unwrap_or_else(|| panic!("{path} is missing"))
    }

    /// A file or folder of the repository.
    pub fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.sizes.contains_key(path) || self.folders.contains(path)
    }
}
