//! 设备工作进程: drives one device for the terminal, in a process of its own.
//!
//! Everything a device sends is decoded here and nowhere else, so that hostile or broken
//! bytes can at worst end this process. It dies with its parent, dumps no core and gains
//! no privileges.

mod harden;
mod inbox;
mod keeper;
mod mood;
mod open;
mod outbox;

use anyhow::{Context, bail};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tongban_device::frame::{negotiate, read_message};
use tongban_device::message::{FromWorker, ToWorker};

/// Runs the worker on the socket inherited as descriptor 3 until told to end.
///
/// # Errors
/// When there is no socket, the first message is not a hello, or no version is common.
pub fn run() -> anyhow::Result<()> {
    harden::die_with_parent().context("binding this process to its parent")?;
    harden::limit().context("limiting this process")?;
    let socket = harden::inherited_socket().context("descriptor 3")?;
    serve(socket)
}

fn serve(mut socket: UnixStream) -> anyhow::Result<()> {
    let outbox = Arc::new(outbox::Outbox::new(socket.try_clone().context("duplicating the socket")?));
    let Some(first) = read_message::<ToWorker>(&mut socket).context("reading the hello")? else { return Ok(()) };
    let ToWorker::Hello { min, max, setup } = first else { bail!("the first message is not a hello") };
    let Some(version) = negotiate(min, max) else { bail!("no common version in {min}..={max}") };
    outbox.send(&FromWorker::Hello { version });
    let jobs = inbox::start(socket).context("starting the reader thread")?;
    keeper::Keeper::new(setup, outbox).run(&jobs);
    Ok(())
}
