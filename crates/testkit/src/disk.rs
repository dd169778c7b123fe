//! Small disks: a tmpfs of a given size, writable or not.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a program to its end; what it said when it failed.
///
/// # Errors
/// When it cannot be started or ends with a failure.
pub fn command(program: &str, arguments: &[&str]) -> io::Result<()> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(format!("{program} {}: {said}", arguments.join(" "))))
}

/// A mounted tmpfs; unmounted when dropped. Needs root, as the test machines have it.
#[derive(Debug)]
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Mounts one of `kib` KiB at `at`, which is made.
    ///
    /// # Errors
    /// When it cannot be mounted.
    pub fn mount(at: &Path, kib: u64) -> io::Result<Self> {
        std::fs::create_dir_all(at)?;
        let text = at.to_string_lossy().into_owned();
        command("mount", &["-t", "tmpfs", "-o", &format!("size={kib}k"), "tongban-test", &text])?;
        Ok(Self(at.to_owned()))
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it another size, KiB.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn resize(&self, kib: u64) -> io::Result<()> {
        self.remount(&format!("remount,size={kib}k"))
    }

    /// Makes it read-only or writable again.
    ///
    /// # Errors
    /// When the system refuses (a file is open for writing).
    pub fn read_only(&self, yes: bool) -> io::Result<()> {
        self.remount(if yes { "remount,ro" } else { "remount,rw" })
    }

    fn remount(&self, options: &str) -> io::Result<()> {
        command("mount", &["-o", options, &self.0.to_string_lossy()])
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = command("umount", &["-l", &self.0.to_string_lossy()]);
    }
}
