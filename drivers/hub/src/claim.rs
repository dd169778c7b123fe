//! 独占: one holder of a device at a time.

mod hall;

use crate::board::Board;
use crate::cancel::CancelToken;
use crate::supervisor::{Call, Order};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tongban_device::biometric::{FaceReport, FaceTask, FingerReport, FingerTask};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{CardRead, Clip, Command, FingerImage, PrintEnd, PrintJob, Progress, Reply, Still};
use tongban_device::page::{PageReport, PageStill, ReadTask};

/// Added to a clip's own length for starting and packing.
const CLIP_SLACK: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Holder {
    /// Number of the claim in force; counts up with every claim.
    serial: u64,
    held: bool,
    maintenance: bool,
    case: Option<String>,
}

/// One role: its supervisor's ear and who holds it.
pub(crate) struct Role {
    pub(crate) index: usize,
    pub(crate) board: Arc<Board>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
    holder: Mutex<Holder>,
    calls: AtomicU64,
}

impl Role {
    pub(crate) fn new(index: usize, board: Arc<Board>, orders: mpsc::UnboundedSender<Order>) -> Self {
        Self { index, board, orders, holder: Mutex::default(), calls: AtomicU64::new(1) }
    }

    /// A claim; a technician's revokes the one in force.
    pub(crate) fn claim(self: &Arc<Self>, case: Option<String>, maintenance: bool) -> Result<Claim, DeviceFault> {
        let mut holder = self.lock();
        if holder.held && (!maintenance || holder.maintenance) {
            return Err(DeviceFault::Busy);
        }
        if holder.held {
            let _ = self.orders.send(Order::CancelAll);
        }
        holder.serial += 1;
        holder.held = true;
        holder.maintenance = maintenance;
        holder.case = case;
        let serial = holder.serial;
        drop(holder);
        if maintenance {
            self.board.in_maintenance(self.index, true);
        }
        Ok(Claim { role: Arc::clone(self), serial })
    }

    /// The case the device is held for.
    pub(crate) fn held_for(&self) -> Option<String> {
        self.lock().case.clone()
    }

    /// Reads a page that was taken: work of the worker beside its device, so nobody has to hold it.
    pub(crate) async fn read_page(
        &self,
        task: ReadTask,
        deadline: Duration,
        cancel: CancelToken,
    ) -> Result<PageReport, DeviceFault> {
        match self.call(Command::ReadPage(Box::new(task)), deadline, cancel, |_| {}).await? {
            Reply::PageRead(report) => Ok(*report),
            _ => Err(wrong_reply()),
        }
    }

    async fn call(
        &self,
        command: Command,
        within: Duration,
        cancel: CancelToken,
        mut on: impl FnMut(Progress) + Send,
    ) -> Result<Reply, DeviceFault> {
        let id = self.calls.fetch_add(1, Ordering::Relaxed);
        let (progress, mut steps) = mpsc::unbounded_channel();
        let (done, mut end) = oneshot::channel();
        let call = Call { id, command, deadline: Instant::now() + within, progress, done };
        self.orders.send(Order::Call(call)).map_err(|_| stopped())?;
        let mut abandon = Abandon { role: self, id, armed: true };
        let mut asked_to_stop = false;
        let result = loop {
            tokio::select! {
                biased;
                Some(step) = steps.recv() => on(step),
                result = &mut end => break result.unwrap_or_else(|_| Err(stopped())),
                () = cancel.cancelled(), if !asked_to_stop => {
                    asked_to_stop = true;
                    let _ = self.orders.send(Order::Cancel(id));
                }
            }
        };
        abandon.armed = false;
        result
    }

    fn is_current(&self, serial: u64) -> bool {
        let holder = self.lock();
        holder.held && holder.serial == serial
    }

    fn release(&self, serial: u64) {
        let mut holder = self.lock();
        if holder.serial != serial {
            return;
        }
        holder.held = false;
        holder.case = None;
        let maintenance = std::mem::take(&mut holder.maintenance);
        drop(holder);
        if maintenance {
            self.board.in_maintenance(self.index, false);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Holder> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cancels its call when the caller stops waiting for it.
struct Abandon<'a> {
    role: &'a Role,
    id: u64,
    armed: bool,
}

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        if self.armed {
            let _ = self.role.orders.send(Order::Cancel(self.id));
        }
    }
}

/// The right to use one device until dropped. A revoked claim answers every call with `Busy`.
pub struct Claim {
    role: Arc<Role>,
    serial: u64,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim(#{} on role {})", self.serial, self.role.index)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.role.release(self.serial);
    }
}

impl Claim {
    /// Waits for a card and reads it. Dropping the future cancels the reading.
    ///
    /// # Errors
    /// `Retry` when the card has to be put again, `Timeout`, `Cancelled`, or the line's faults.
    pub async fn read_card(
        &self,
        deadline: Duration,
        cancel: CancelToken,
        on: impl FnMut(Progress) + Send,
    ) -> Result<CardRead, DeviceFault> {
        match self.call(Command::ReadCard, deadline, cancel, on).await? {
            Reply::Card(card) => Ok(*card),
            _ => Err(wrong_reply()),
        }
    }

    /// Is the card that was read last still on the reader?
    ///
    /// # Errors
    /// The line's faults.
    pub async fn card_present(&self, deadline: Duration) -> Result<bool, DeviceFault> {
        match self.call(Command::CardPresent, deadline, CancelToken::new(), |_| {}).await? {
            Reply::Present(present) => Ok(present),
            _ => Err(wrong_reply()),
        }
    }

    /// Waits for a finger and takes its image; the best of `tries`.
    ///
    /// # Errors
    /// `Retry` when no try was good enough, `Timeout`, `Cancelled`, or the line's faults.
    pub async fn capture_finger(
        &self,
        tries: u8,
        deadline: Duration,
        cancel: CancelToken,
        on: impl FnMut(Progress) + Send,
    ) -> Result<FingerImage, DeviceFault> {
        match self.call(Command::CaptureFinger { tries }, deadline, cancel, on).await? {
            Reply::Finger(image) => Ok(image),
            _ => Err(wrong_reply()),
        }
    }

    /// One still at full resolution.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn still(&self, deadline: Duration, cancel: CancelToken) -> Result<Still, DeviceFault> {
        match self.call(Command::Still, deadline, cancel, |_| {}).await? {
            Reply::Still(still) => Ok(still),
            _ => Err(wrong_reply()),
        }
    }

    /// A clip of `ms` milliseconds at `fps`.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn clip(&self, ms: u32, fps: u8, cancel: CancelToken) -> Result<Clip, DeviceFault> {
        let deadline = Duration::from_millis(u64::from(ms)) + CLIP_SLACK;
        match self.call(Command::Clip { ms, fps }, deadline, cancel, |_| {}).await? {
            Reply::Clip(clip) => Ok(clip),
            _ => Err(wrong_reply()),
        }
    }

    /// Prints one document and follows it to its end.
    ///
    /// # Errors
    /// Before bytes went out, the usual faults. `Worker` and `Timeout` say nothing about
    /// the sheet: ask [`Claim::find_job`] afterwards.
    pub async fn print(
        &self,
        job: PrintJob,
        deadline: Duration,
        cancel: CancelToken,
        on: impl FnMut(Progress) + Send,
    ) -> Result<PrintEnd, DeviceFault> {
        match self.call(Command::Print(job), deadline, cancel, on).await? {
            Reply::Printed(end) => Ok(end),
            _ => Err(wrong_reply()),
        }
    }

    /// What became of an earlier job of ours, by its name.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn find_job(&self, job_name: &str, deadline: Duration) -> Result<PrintEnd, DeviceFault> {
        let command = Command::FindJob { job_name: job_name.to_owned() };
        match self.call(command, deadline, CancelToken::new(), |_| {}).await? {
            Reply::Printed(end) => Ok(end),
            _ => Err(wrong_reply()),
        }
    }

    /// Compares the live face of a camera with the card's picture.
    ///
    /// # Errors
    /// As for the other calls; a face that cannot be compared is an answer, not an error.
    pub async fn check_face(
        &self,
        task: FaceTask,
        deadline: Duration,
        cancel: CancelToken,
        on: impl FnMut(Progress) + Send,
    ) -> Result<FaceReport, DeviceFault> {
        match self.call(Command::CheckFace(task), deadline, cancel, on).await? {
            Reply::Face(report) => Ok(*report),
            _ => Err(wrong_reply()),
        }
    }

    /// Compares a print with references, in the worker of a camera.
    ///
    /// # Errors
    /// As for the other calls; a print that cannot be compared is an answer, not an error.
    pub async fn compare_finger(&self, task: FingerTask, deadline: Duration) -> Result<FingerReport, DeviceFault> {
        match self.call(Command::CompareFinger(task), deadline, CancelToken::new(), |_| {}).await? {
            Reply::FingerCompared(report) => Ok(report),
            _ => Err(wrong_reply()),
        }
    }

    /// One still, made into finished pages.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn take_page(&self, deadline: Duration, cancel: CancelToken) -> Result<Vec<PageStill>, DeviceFault> {
        match self.call(Command::TakePage, deadline, cancel, |_| {}).await? {
            Reply::Pages(pages) => Ok(pages),
            _ => Err(wrong_reply()),
        }
    }

    /// Polls the device now.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn check(&self, deadline: Duration) -> Result<BTreeMap<String, String>, DeviceFault> {
        match self.call(Command::Check, deadline, CancelToken::new(), |_| {}).await? {
            Reply::Health(evidence) => Ok(evidence),
            _ => Err(wrong_reply()),
        }
    }

    /// Resets the device and opens it anew.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn reset(&self, deadline: Duration) -> Result<(), DeviceFault> {
        self.call(Command::Reset, deadline, CancelToken::new(), |_| {}).await.map(|_| ())
    }

    async fn call(
        &self,
        command: Command,
        within: Duration,
        cancel: CancelToken,
        on: impl FnMut(Progress) + Send,
    ) -> Result<Reply, DeviceFault> {
        if !self.role.is_current(self.serial) {
            return Err(DeviceFault::Busy);
        }
        self.role.call(command, within, cancel, on).await
    }
}

fn wrong_reply() -> DeviceFault {
    DeviceFault::Protocol("the worker's reply does not fit the command".to_owned())
}

fn stopped() -> DeviceFault {
    DeviceFault::Worker("the hub has stopped".to_owned())
}
