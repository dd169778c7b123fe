//! 设备工作进程: drives one device for the terminal, in a process of its own.
//!
//! Everything a device sends is decoded here and nowhere else, so that hostile or broken
//! bytes can at worst end this process. It dies with its parent, dumps no core and gains
//! no privileges.

pub mod conform;
mod harden;
mod inbox;
mod keeper;
mod mood;
mod open;
mod outbox;
pub mod recording;
pub mod replay;

use anyhow::{Context, bail};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tongban_device::frame::{negotiate, read_message};
use tongban_device::message::{FromWorker, ToWorker};

pub use open::vendor::{CALL as VENDOR_CALL, LAUNCH as VENDOR_LAUNCH};

/// Runs the worker on the socket inherited as descriptor 3 until told to end.
///
/// # Errors
/// When there is no socket, the first message is not a hello, or no version is common.
pub fn run() -> anyhow::Result<()> {
    tongban_sandbox::die_with_parent().context("binding this process to its parent")?;
    tongban_sandbox::limit(harden::ADDRESS_SPACE_MAX).context("limiting this process")?;
    let socket = harden::inherited_socket().context("descriptor 3")?;
    serve(socket)
}

fn serve(mut socket: UnixStream) -> anyhow::Result<()> {
    let outbox = Arc::new(outbox::Outbox::new(socket.try_clone().context("duplicating the socket")?));
    let Some(first) = read_message::<ToWorker>(&mut socket).context("reading the hello")? else { return Ok(()) };
    let ToWorker::Hello { min, max, setup } = first else { bail!("the first message is not a hello") };
    let Some(version) = negotiate(min, max) else { bail!("no common version in {min}..={max}") };
    // From here on foreign bytes may come in; no thread has been started yet.
    let vendor = open::vendor::launcher(&setup).context("starting the launcher of vendor libraries")?;
    let fences = tongban_sandbox::lock(&harden::allowance(&setup)).context("locking this process in")?;
    outbox.send(&FromWorker::Hello { version });
    let jobs = inbox::start(socket).context("starting the reader thread")?;
    keeper::Keeper::new(setup, outbox, fences.to_string(), vendor).run(&jobs);
    Ok(())
}

/// Starts children that call makers' libraries, for the worker on standard input; see `tongban-vendor`.
#[must_use]
pub fn launch_vendor_calls() -> std::process::ExitCode {
    match std::env::current_exe() {
        Ok(program) => tongban_vendor::serve_launcher(&program, &[VENDOR_CALL]),
        Err(_) => std::process::ExitCode::FAILURE,
    }
}

/// Makes one call into a maker's library; see `tongban-vendor`.
#[must_use]
pub fn make_vendor_call() -> std::process::ExitCode {
    tongban_vendor::serve()
}

/// Limits this process and locks it in for the device of a setup, as a worker is.
///
/// # Errors
/// When the fences cannot be put up.
pub fn lock(setup: &tongban_device::message::Setup) -> anyhow::Result<()> {
    tongban_sandbox::limit(harden::ADDRESS_SPACE_MAX).context("limiting this process")?;
    tongban_sandbox::lock(&harden::allowance(setup)).context("locking this process in")?;
    Ok(())
}

/// Tries what a worker must not be able to do, before and after it is locked in; `outside` is a
/// folder of the same user with the files `secret` and `victim`. Gives JSON.
///
/// # Errors
/// When the fences cannot be put up.
pub fn self_check(outside: &std::path::Path) -> anyhow::Result<String> {
    let before = tongban_sandbox::acts::attempt(outside);
    std::fs::write(outside.join("victim"), b"")?;
    tongban_sandbox::limit(harden::ADDRESS_SPACE_MAX)?;
    let fences = tongban_sandbox::lock(&tongban_sandbox::Allowance::default())?;
    let after = tongban_sandbox::acts::attempt(outside);
    let list = |acts: Vec<(&str, bool)>| {
        acts.iter().map(|(act, done)| format!("\"{act}\":{done}")).collect::<Vec<_>>().join(",")
    };
    Ok(format!("{{\"fences\":\"{fences}\",\"before\":{{{}}},\"after\":{{{}}}}}", list(before), list(after)))
}
