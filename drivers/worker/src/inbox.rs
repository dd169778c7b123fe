//! Messages from the terminal: jobs are queued, cancels take effect at once.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tongban_device::control::CancelFlag;
use tongban_device::frame::read_message;
use tongban_device::message::{Command, ToWorker};

/// How long the device may take to be let go of when the terminal is gone.
const FAREWELL: Duration = Duration::from_secs(1);

/// One request on its way to the device.
pub(crate) struct Job {
    pub(crate) request: u64,
    pub(crate) command: Command,
    pub(crate) received: Instant,
    pub(crate) budget: Duration,
    pub(crate) cancel: CancelFlag,
}

#[derive(Default)]
struct Flags(Mutex<HashMap<u64, CancelFlag>>);

impl Flags {
    fn add(&self, request: u64) -> CancelFlag {
        let flag = CancelFlag::new();
        let mut flags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Requests end in order; the few last ones are all that can still be cancelled.
        flags.retain(|known, _| known + 16 > request);
        flags.insert(request, flag.clone());
        flag
    }

    fn cancel(&self, request: u64) {
        if let Some(flag) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&request) {
            flag.cancel();
        }
    }

    fn cancel_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(CancelFlag::cancel);
    }
}

/// Reads on a thread of its own; the channel closes when the terminal is gone or says so.
pub(crate) fn start(socket: UnixStream) -> io::Result<Receiver<Job>> {
    let (sender, jobs) = channel();
    thread::Builder::new().name("inbox".to_owned()).spawn(move || {
        let flags = Arc::new(Flags::default());
        read(socket, &sender, &flags);
        flags.cancel_all();
        drop(sender);
        // A driver stuck in a library call would keep the process alive.
        thread::sleep(FAREWELL);
        std::process::exit(0);
    })?;
    Ok(jobs)
}

fn read(mut socket: UnixStream, sender: &Sender<Job>, flags: &Flags) {
    loop {
        match read_message::<ToWorker>(&mut socket) {
            Ok(Some(ToWorker::Command { request, deadline_ms, command })) => {
                let job = Job {
                    request,
                    command,
                    received: Instant::now(),
                    budget: Duration::from_millis(deadline_ms),
                    cancel: flags.add(request),
                };
                if sender.send(job).is_err() {
                    return;
                }
            }
            Ok(Some(ToWorker::Cancel { request })) => flags.cancel(request),
            // Slots belong to cameras.
            Ok(Some(ToWorker::SlotFree { .. })) => {}
            Ok(Some(ToWorker::Hello { .. })) => {
                tracing::error!("a second hello");
                return;
            }
            Ok(Some(ToWorker::Shutdown) | None) => return,
            Err(error) => {
                tracing::error!(%error, "messages from the terminal broke off");
                return;
            }
        }
    }
}
