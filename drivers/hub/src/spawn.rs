//! Starts a worker with its socket on file descriptor 3.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// Where the worker finds its socket.
const WORKER_FD: i32 = 3;

/// Starts `program`; the second value is our end of its socket.
///
/// Called only from the hub's own thread: the worker's parent-death signal is bound to
/// the thread that forked it, and that thread lives as long as the hub.
pub(crate) fn worker(program: &Path, env: &[(String, String)]) -> io::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs_fd = theirs.as_raw_fd();
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    command.envs(env.iter().map(|(name, value)| (name, value)));
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
    Ok((child, ours))
}
