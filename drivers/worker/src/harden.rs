//! What a process that reads foreign bytes should not be able to do.
#![allow(unsafe_code)]

use rustix::process::{Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Where the hub puts our socket.
const SOCKET_FD: i32 = 3;
/// Open files: a device, a socket, standard streams, a few of the libraries'.
const FILES_MAX: u64 = 256;
/// Address space: enough for the largest message twice and the libraries.
const ADDRESS_SPACE_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Ends this process when the hub's thread ends.
pub(crate) fn die_with_parent() -> io::Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == parent { Ok(()) } else { Err(io::Error::other("the parent is already gone")) }
}

/// No new privileges, no core dump with a card in it, bounded files and memory.
pub(crate) fn limit() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    lower(Resource::Core, 0)?;
    lower(Resource::Nofile, FILES_MAX)?;
    lower(Resource::As, ADDRESS_SPACE_MAX)
}

fn lower(resource: Resource, limit: u64) -> io::Result<()> {
    // A limit may only be lowered; one lower than ours stays.
    let now = getrlimit(resource);
    let limit = now.maximum.map_or(limit, |maximum| maximum.min(limit));
    setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    Ok(())
}

/// The socket the hub left us.
pub(crate) fn inherited_socket() -> io::Result<UnixStream> {
    // SAFETY: nothing else in this process has descriptor 3 before this call: the hub puts
    // the socket there before exec and nothing has been opened since. If it is not open or
    // not a socket, the check below says so before it is used.
    let descriptor = unsafe { OwnedFd::from_raw_fd(SOCKET_FD) };
    match rustix::net::sockopt::socket_type(&descriptor) {
        Ok(_) => {
            rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::CLOEXEC)?;
            Ok(UnixStream::from(descriptor))
        }
        Err(error) => {
            // Not ours to close.
            std::mem::forget(descriptor);
            Err(error.into())
        }
    }
}
