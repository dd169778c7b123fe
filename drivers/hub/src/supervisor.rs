//! 守护: keeps one worker alive, at most three restarts a minute.

use crate::board::Board;
use crate::ports::candidates;
use crate::preview::{Frame, Wish};
use crate::session::Session;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Progress, Reply, Setup};
use tongban_device::state::DeviceState;

/// Restarts allowed within [`RESTART_WINDOW`].
const RESTARTS_MAX: usize = 3;
const RESTART_WINDOW: Duration = Duration::from_secs(60);
/// Pause before a restart, so that a worker dying at once does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(100);
/// How often a given-up device's ports are looked at.
const PORT_LOOK: Duration = Duration::from_secs(1);

/// One call on its way to a worker.
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) command: Command,
    pub(crate) deadline: Instant,
    pub(crate) progress: mpsc::UnboundedSender<Progress>,
    pub(crate) done: oneshot::Sender<Result<Reply, DeviceFault>>,
}

impl Call {
    /// Ends the call; a caller that went away is no matter.
    pub(crate) fn finish(self, result: Result<Reply, DeviceFault>) {
        let _ = self.done.send(result);
    }
}

/// What the hub asks of a supervisor.
pub(crate) enum Order {
    Call(Call),
    Cancel(u64),
    CancelAll,
    Preview(Wish),
    Rebind(Setup),
    Stop,
}

/// How a worker's life ended.
pub(crate) enum Outcome {
    Stop,
    Rebound(Setup),
    Died(String),
}

/// The live picture asked for, across restarts.
#[derive(Default)]
pub(crate) struct Preview {
    pub(crate) wish: Option<Wish>,
    pub(crate) running: bool,
    /// What the live picture last showed of a page.
    pub(crate) page: Option<tongban_device::page::PageSight>,
}

/// 岗位: what a worker of this binding is started with, and where its word goes.
pub(crate) struct Post {
    pub(crate) index: usize,
    pub(crate) program: PathBuf,
    pub(crate) env: Vec<(String, String)>,
    /// Where the worker stands.
    pub(crate) folder: PathBuf,
    pub(crate) setup: Setup,
    pub(crate) board: Arc<Board>,
    pub(crate) frames: watch::Sender<Option<Frame>>,
    /// Counts up when the kernel says that something came or went.
    pub(crate) plugs: watch::Receiver<u64>,
}

/// Keeps the worker of one binding.
pub(crate) struct Supervisor {
    pub(crate) post: Post,
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
}

impl Supervisor {
    /// Runs until told to stop.
    pub(crate) async fn run(mut self) {
        let mut preview = Preview::default();
        let mut deaths: VecDeque<Instant> = VecDeque::new();
        loop {
            let (outcome, code) = self.life(&mut preview).await;
            let reason = match outcome {
                Outcome::Stop => return,
                Outcome::Rebound(setup) => {
                    self.rebind(setup);
                    deaths.clear();
                    continue;
                }
                Outcome::Died(reason) => reason,
            };
            tracing::warn!(driver = %self.post.setup.driver, port = %self.post.setup.port, %reason, "device worker died");
            let now = Instant::now();
            deaths.push_back(now);
            while deaths.front().is_some_and(|death| now > *death + RESTART_WINDOW) {
                deaths.pop_front();
            }
            let next = if deaths.len() > RESTARTS_MAX {
                deaths.clear();
                let code = code.unwrap_or(ErrorCode::DeviceHardware);
                self.post.board.report(self.post.index, DeviceState::HardwareError, Some(code), None);
                self.post.board.note(self.post.index, "worker", format!("given up: {reason}"));
                let ports = candidates(self.post.setup.kind);
                let fault = DeviceFault::Hardware("worker given up after repeated restarts".to_owned());
                self.wait(RESTART_WINDOW, &fault, Some(&ports), &mut preview).await
            } else {
                let code = code.unwrap_or(ErrorCode::DeviceWorker);
                self.post.board.report(self.post.index, DeviceState::Starting, Some(code), None);
                self.post.board.note(self.post.index, "worker", reason.clone());
                self.wait(RESTART_PAUSE, &DeviceFault::Worker(reason), None, &mut preview).await
            };
            match next {
                Some(Outcome::Stop) => return,
                Some(Outcome::Rebound(setup)) => {
                    self.rebind(setup);
                    deaths.clear();
                }
                Some(Outcome::Died(_)) | None => self.post.board.restarted(self.post.index),
            }
        }
    }

    /// One worker from start to end; the code is set when it could not even be started.
    async fn life(&mut self, preview: &mut Preview) -> (Outcome, Option<ErrorCode>) {
        let started = Session::start(&self.post, preview);
        match started {
            Ok(session) => (session.serve(&mut self.orders).await, None),
            Err(error) => {
                let missing = error.kind() == io::ErrorKind::NotFound;
                let code = if missing { ErrorCode::InstallIncomplete } else { ErrorCode::DeviceWorker };
                (Outcome::Died(format!("could not be started: {error}")), Some(code))
            }
        }
    }

    fn rebind(&mut self, setup: Setup) {
        self.post.board.rebound(self.post.index, &setup);
        self.post.board.report(self.post.index, DeviceState::Starting, None, None);
        self.post.setup = setup;
    }

    /// Waits between two lives, answering calls with `fault`. Ends early when told to stop
    /// or rebind, or when the ports differ from `ports` (something was plugged).
    async fn wait(
        &mut self,
        pause: Duration,
        fault: &DeviceFault,
        ports: Option<&[String]>,
        preview: &mut Preview,
    ) -> Option<Outcome> {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            match timeout(left.min(PORT_LOOK), self.orders.recv()).await {
                Ok(None | Some(Order::Stop)) => return Some(Outcome::Stop),
                Ok(Some(Order::Rebind(setup))) => return Some(Outcome::Rebound(setup)),
                Ok(Some(Order::Call(call))) => call.finish(Err(fault.clone())),
                Ok(Some(Order::Preview(wish))) => preview.wish = Some(wish),
                Ok(Some(Order::Cancel(_) | Order::CancelAll)) => {}
                Err(_) if ports.is_some_and(|ports| ports != candidates(self.post.setup.kind)) => {
                    // A port that has just appeared may not be ready to open.
                    sleep(RESTART_PAUSE).await;
                    return None;
                }
                Err(_) => {}
            }
        }
    }
}
