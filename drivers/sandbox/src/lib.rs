//! 沙箱: what a process that reads a device's bytes can still do once it is locked in.
//!
//! Three fences, each kept by the kernel: limits on memory, files and core dumps; a list of system
//! calls that answer `EPERM` (seccomp); and the parts of the file system it may open (Landlock).
//! None of them can be taken off again, by this process or what it might start.

pub mod acts;
mod calls;
mod files;
mod limits;

pub use limits::{die_with_parent, limit};

use std::path::PathBuf;

/// What this device needs beyond its own node.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    /// The device is on the network.
    pub network: bool,
    /// Folders and files it reads: models, vendor libraries, picture folders.
    pub read: Vec<PathBuf>,
}

/// Why the fences could not be put up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Landlock failed although the kernel has it.
    #[error("landlock: {0}")]
    Files(String),
    /// The filter was refused.
    #[error("seccomp: {0}")]
    Calls(String),
}

/// Which fences stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fences {
    /// The file system is restricted; false on a kernel without Landlock.
    pub files: bool,
    /// System calls are restricted.
    pub calls: bool,
}

impl std::fmt::Display for Fences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match (self.files, self.calls) {
            (true, true) => "landlock seccomp",
            (false, true) => "seccomp",
            (true, false) => "landlock",
            (false, false) => "none",
        })
    }
}

/// Locks this process in, for good. Call it on the only thread, before others are started.
///
/// # Errors
/// [`SandboxError`] when a fence the kernel has could not be put up; the process should end then.
pub fn lock(allowance: &Allowance) -> Result<Fences, SandboxError> {
    let files = files::restrict(allowance)?;
    calls::restrict(allowance.network)?;
    Ok(Fences { files, calls: true })
}
