//! 代启动: makes calls for a process that may start no programs.
//!
//! A worker locks itself in before it reads a device's bytes; from then on it cannot start the
//! children that load libraries. So it starts this one before: it holds no device and reads
//! nothing foreign but the answers of its children, makes one call at a time, and ends when the
//! worker does.

use crate::call::{Answer, Call};
use crate::parent::{Caller, VendorProcess, worker};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::frame::{read_message, write_message};

/// Between two looks for a cancel.
const LOOK: Duration = Duration::from_millis(20);
/// How much longer than the call's own time the launcher may take to end a child.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Serialize, Deserialize)]
enum Order {
    Do { call: Call, budget_ms: u64 },
    Cancel,
}

/// The worker's side.
pub struct Launcher {
    socket: Mutex<UnixStream>,
    child: Mutex<Child>,
    gone: AtomicBool,
}

impl Launcher {
    /// Starts `program` with `arguments`, which calls [`serve_launcher`].
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Path, arguments: &[&str]) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { socket: Mutex::new(ours), child: Mutex::new(child), gone: AtomicBool::new(false) })
    }

    /// It has ended; no call can be made any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    fn ended(&self, text: &str) -> DeviceFault {
        self.gone.store(true, Ordering::Relaxed);
        worker(text)
    }

    fn ask(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        control.check()?;
        // One call at a time: who finds it taken waits, with its own deadline running.
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        let budget_ms = u64::try_from(control.remaining().as_millis()).unwrap_or(u64::MAX);
        let give_up = Instant::now() + control.remaining() + GRACE;
        let order = Order::Do { call: call.clone(), budget_ms };
        write_message(&mut *socket, &order).map_err(|_| self.ended("the launcher has ended"))?;
        let mut cancelled = false;
        while !readable(&socket) {
            if !cancelled && control.cancel.is_cancelled() {
                cancelled = true;
                write_message(&mut *socket, &Order::Cancel).map_err(|_| self.ended("the launcher has ended"))?;
            }
            if Instant::now() >= give_up {
                return Err(self.ended("the launcher does not answer"));
            }
        }
        match read_message::<Result<Answer, DeviceFault>>(&mut *socket) {
            Ok(Some(result)) => result,
            _ => Err(self.ended("the launcher has ended")),
        }
    }
}

/// Waits a little for something to read, or for the other end to be gone.
fn readable(socket: &UnixStream) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
    poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&timeout)).is_ok_and(|ready| ready > 0)
}

impl Caller for Launcher {
    fn call(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        self.ask(call, control)
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        // It ends by itself when the socket closes; a locked-in worker may not even signal it.
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
    }
}

/// The launcher's side: orders come on standard input, which is a socket; answers go back there.
/// Children are `program` with `arguments`, which calls [`crate::serve`].
#[must_use]
pub fn serve_launcher(program: &Path, arguments: &[&str]) -> ExitCode {
    let process = VendorProcess::new(program.to_owned(), arguments.iter().map(|word| (*word).to_owned()).collect());
    match serve(&process) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(process: &VendorProcess) -> io::Result<()> {
    let mut orders = UnixStream::from(rustix::io::dup(rustix::stdio::stdin())?);
    let mut answers = orders.try_clone()?;
    let running: Arc<Mutex<Option<CancelFlag>>> = Arc::default();
    let cancel = |running: &Mutex<Option<CancelFlag>>| {
        if let Some(flag) = running.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            flag.cancel();
        }
    };
    let (sender, calls) = mpsc::channel();
    let flags = Arc::clone(&running);
    std::thread::Builder::new().name("orders".to_owned()).spawn(move || {
        loop {
            match read_message::<Order>(&mut orders) {
                Ok(Some(Order::Do { call, budget_ms })) => {
                    let flag = CancelFlag::new();
                    *flags.lock().unwrap_or_else(PoisonError::into_inner) = Some(flag.clone());
                    if sender.send((call, budget_ms, flag)).is_err() {
                        return;
                    }
                }
                Ok(Some(Order::Cancel)) => cancel(&flags),
                // The worker is gone: end the child, which takes its folder with it, then us.
                Ok(None) | Err(_) => {
                    cancel(&flags);
                    return;
                }
            }
        }
    })?;
    for (call, budget_ms, flag) in calls {
        let mut silent = |_| {};
        let result = process.run(&call, &OpControl::new(Duration::from_millis(budget_ms), flag, &mut silent));
        if write_message(&mut answers, &result).is_err() {
            break;
        }
    }
    Ok(())
}
