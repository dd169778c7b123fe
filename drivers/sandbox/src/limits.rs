//! Limits of a process.

use rustix::process::{Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit};
use std::io;

/// Open files: a device, a socket, standard streams, a few of the libraries'.
const FILES_MAX: u64 = 256;
/// Largest file or memory file written: a ring of live pictures fits several times.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Ends this process when the thread that started it ends.
///
/// # Errors
/// When that thread is already gone.
pub fn die_with_parent() -> io::Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == parent { Ok(()) } else { Err(io::Error::other("the parent is already gone")) }
}

/// No new privileges, no core dump with a card in it, bounded files, and at most `memory` bytes of
/// address space.
///
/// # Errors
/// When the kernel refuses.
pub fn limit(memory: u64) -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    lower(Resource::Core, 0)?;
    lower(Resource::Nofile, FILES_MAX)?;
    lower(Resource::Fsize, FILE_BYTES_MAX)?;
    lower(Resource::As, memory)
}

fn lower(resource: Resource, limit: u64) -> io::Result<()> {
    // A limit may only be lowered; one lower than ours stays.
    let now = getrlimit(resource);
    let limit = now.maximum.map_or(limit, |maximum| maximum.min(limit));
    setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    Ok(())
}
