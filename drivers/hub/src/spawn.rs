//! Starts a worker: its socket on file descriptor 3, a folder of its own, and hardly any environment.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// Where the worker finds its socket.
const WORKER_FD: i32 = 3;
/// What a worker may know of our environment; passphrases and folders of the terminal are not in it.
const ENVIRONMENT: [&str; 10] = [
    "RUST_LOG",
    "RUST_BACKTRACE",
    "TONGBAN_LOG",
    "TONGBAN_MODELS",
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "ORT_DYLIB_PATH",
    "LLVM_PROFILE_FILE",
];

/// A folder for one worker, empty and nobody else's; gone when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty folder at this place; what an earlier worker left in it is thrown away.
    fn make(path: &Path) -> io::Result<Self> {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Fails when somebody else made it meanwhile.
        std::fs::DirBuilder::new().mode(0o700).create(path)?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the folders' names begin with; the sandbox knows it.
const FOLDER: &str = "tongban-device-";

fn base() -> PathBuf {
    let mut given =
        ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    given.find(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Where the worker of a hub's binding stands.
pub(crate) fn path(hub: u64, index: usize) -> PathBuf {
    base().join(format!("{FOLDER}{}-{hub}-{index}", std::process::id()))
}

/// Throws away what workers of a terminal that was killed left behind.
pub(crate) fn sweep() {
    for entry in std::fs::read_dir(base()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(FOLDER).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Starts `program`; the second value is our end of its socket.
///
/// Called only from the hub's own thread: the worker's parent-death signal is bound to
/// the thread that forked it, and that thread lives as long as the hub.
pub(crate) fn worker(
    folder: &Path,
    program: &Path,
    env: &[(String, String)],
) -> io::Result<(Child, UnixStream, Folder)> {
    let folder = Folder::make(folder)?;
    // Named from where we stand, not from where the worker will.
    let program = if program.components().count() > 1 { std::path::absolute(program)? } else { program.to_owned() };
    let (ours, theirs) = UnixStream::pair()?;
    let theirs_fd = theirs.as_raw_fd();
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    command.current_dir(&folder.0).env_clear();
    command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.env("TMPDIR", &folder.0).envs(env.iter().map(|(name, value)| (name, value)));
    // SAFETY: between fork and exec only the async-signal-safe dup2 and fcntl are called;
    // `theirs` stays open in the parent until `spawn` has returned.
    unsafe {
        command.pre_exec(move || {
            let outcome = if theirs_fd == WORKER_FD {
                // dup2 onto itself would keep close-on-exec.
                libc::fcntl(WORKER_FD, libc::F_SETFD, 0)
            } else {
                libc::dup2(theirs_fd, WORKER_FD)
            };
            if outcome < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
        });
    }
    let child = command.spawn()?;
    drop(theirs);
    Ok((child, ours, folder))
}
