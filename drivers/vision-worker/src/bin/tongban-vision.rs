//! `tongban-vision`: one camera, driven for the terminal over file descriptor 3.

#![allow(unsafe_code)]

use anyhow::{Context, bail};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use tracing_subscriber::EnvFilter;

/// The descriptor the terminal leaves us.
const LINE_FD: i32 = 3;

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("TONGBAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Dies with the terminal even when it is killed; end of file on the line covers the rest.
    set_parent_process_death_signal(Some(Signal::KILL)).context("death signal")?;
    tongban_vision_worker::serve(line()?)
}

/// Takes over the inherited socket.
fn line() -> anyhow::Result<UnixStream> {
    // SAFETY: the descriptor is only asked about here, not owned.
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(LINE_FD) };
    let kind = rustix::fs::fstat(borrowed).map(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode));
    if !matches!(kind, Ok(rustix::fs::FileType::Socket)) {
        bail!("no socket on file descriptor 3: this program is started by tongban");
    }
    // SAFETY: descriptor 3 is open, a socket, and nobody else in this process uses it.
    let owned = unsafe { OwnedFd::from_raw_fd(LINE_FD) };
    rustix::io::fcntl_setfd(&owned, rustix::io::FdFlags::CLOEXEC).context("close-on-exec")?;
    Ok(UnixStream::from(owned))
}
