//! 进程生死: end with the parent, and end cleanly when told to.
#![allow(unsafe_code)]

use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};

/// Ends this process when its parent ends.
///
/// # Errors
/// When the kernel refuses, or the parent is already gone.
pub fn die_with_parent() -> io::Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::TERM))?;
    if getppid() == parent { Ok(()) } else { Err(io::Error::other("the parent is already gone")) }
}

/// A descriptor that becomes readable when the process is told to end (TERM, INT, HUP).
/// Call it before any thread is started.
///
/// # Errors
/// When the kernel refuses.
pub fn termination() -> io::Result<OwnedFd> {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `set` is initialised by sigemptyset before it is used; the calls only read
    // and write it; the descriptor returned is new and owned by nobody else.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        if libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
        let descriptor = libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if descriptor < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(descriptor)) }
    }
}
