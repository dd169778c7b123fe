//! `tongban-vision`: one camera, driven for the terminal over file descriptor 3.

#![allow(unsafe_code)]

use anyhow::{Context, bail};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tongban_device::message::Setup;
use tongban_sandbox::Allowance;
use tracing_subscriber::EnvFilter;

/// The descriptor the terminal leaves us.
const LINE_FD: i32 = 3;
/// Address space: pictures of 40 MP and the networks' arenas fit.
const ADDRESS_SPACE_MAX: u64 = 12 * 1024 * 1024 * 1024;

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("TONGBAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    large_pieces_are_given_back();
    // Dies with the terminal even when it is killed; end of file on the line covers the rest.
    tongban_sandbox::die_with_parent().context("death signal")?;
    tongban_sandbox::limit(ADDRESS_SPACE_MAX).context("limiting this process")?;
    tongban_vision_worker::serve_locked(line()?, |setup| {
        let fences = tongban_sandbox::lock(&allowance(setup))?;
        tracing::info!(%fences, "locked in");
        Ok(())
    })
}

/// Pictures and the networks' layers are mapped by themselves and go back to the system when they are dropped. Left
/// alone, the C library learns to keep pieces of up to 32 MiB, and what a page took once stays taken.
#[cfg(target_env = "gnu")]
fn large_pieces_are_given_back() {
    const OWN_MAPPING_FROM: libc::c_int = 1 << 20;
    // SAFETY: called before any thread is started; the call sets two numbers of the allocator.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, OWN_MAPPING_FROM);
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

#[cfg(not(target_env = "gnu"))]
fn large_pieces_are_given_back() {}

/// A camera is never on the network; what it reads are networks and, in the demonstration, pictures.
fn allowance(setup: &Setup) -> Allowance {
    let mut read: Vec<PathBuf> = std::env::var_os("TONGBAN_MODELS").map(PathBuf::from).into_iter().collect();
    read.extend(setup.options.values().map(PathBuf::from));
    read.extend(setup.port.strip_prefix("files:").and_then(|folder| there_or_above(Path::new(folder))));
    read.extend(std::env::var_os("ORT_DYLIB_PATH").and_then(|path| Some(PathBuf::from(path).parent()?.to_owned())));
    read.retain(|path| path.is_absolute() && path.components().count() > 2 && Path::new(path).is_dir());
    Allowance { network: false, read }
}

/// A folder that comes later can be allowed only with the one it will appear in.
fn there_or_above(folder: &Path) -> Option<PathBuf> {
    if folder.is_dir() { Some(folder.to_owned()) } else { folder.parent().map(Path::to_owned) }
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
