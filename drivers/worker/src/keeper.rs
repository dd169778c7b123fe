//! 看护: opens the device, polls it when idle, carries out jobs, opens it anew when it went away.

use crate::inbox::Job;
use crate::mood::{Mood, Remedy};
use crate::open::vendor::Vendor;
use crate::open::{Opened, open};
use crate::outbox::Outbox;
use crate::recording;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::Health;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Event, FromWorker, Progress, Reply, Setup};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_printer::reason::Trouble;
use tongban_transport::record::Recorder;

/// Between two polls of an idle device that answers at once.
const POLL: Duration = Duration::from_secs(3);
/// Between two polls of an idle printer: a fault is to show within five seconds.
const POLL_PRINTER: Duration = Duration::from_secs(4);
/// Between two polls of a device that waits for a person: whoever cures it stands there and looks.
const POLL_CURE: Duration = Duration::from_secs(2);
/// What a poll may take.
const POLL_BUDGET: Duration = Duration::from_secs(5);

/// What a job's progress says about its device: in trouble, well again (inner `None`), or nothing.
fn trouble_in(progress: &Progress) -> Option<Option<ErrorCode>> {
    let Progress::JobState { reasons, .. } = progress else { return None };
    Some(Trouble::worst(reasons.iter().map(String::as_str)).map(Trouble::code))
}

/// 缺纸, 卡纸 and the like while a job waits for the cure: busy would be half the truth.
fn in_trouble(code: Option<ErrorCode>, evidence: BTreeMap<String, String>) -> Event {
    let state = if code.is_some() { DeviceState::UserError } else { DeviceState::Online };
    Event::State { state, code: code.map(|code| code.as_str().to_owned()), evidence }
}

/// What was last told to the terminal.
#[derive(Clone, PartialEq, Eq)]
struct Told {
    state: DeviceState,
    code: Option<ErrorCode>,
    evidence: BTreeMap<String, String>,
}

/// Keeps one device.
pub(crate) struct Keeper {
    setup: Setup,
    outbox: Arc<Outbox>,
    device: Option<Opened>,
    mood: Mood,
    due: Instant,
    told: Option<Told>,
    evidence: BTreeMap<String, String>,
    opened: u32,
    jobs_done: u32,
    jobs_failed: u32,
    /// Which fences stand around this process.
    fences: String,
    recorder: Option<Recorder>,
    vendor: Option<Vendor>,
}

impl Keeper {
    pub(crate) fn new(setup: Setup, outbox: Arc<Outbox>, fences: String, vendor: Option<Vendor>) -> Self {
        let recorder = recording::begin(&setup);
        Self {
            setup,
            outbox,
            device: None,
            mood: Mood::default(),
            due: Instant::now(),
            told: None,
            evidence: BTreeMap::new(),
            opened: 0,
            jobs_done: 0,
            jobs_failed: 0,
            fences,
            recorder,
            vendor,
        }
    }

    /// Works until the terminal is gone.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        self.tell(DeviceState::Starting, None);
        loop {
            match jobs.recv_timeout(self.due.saturating_duration_since(Instant::now())) {
                Ok(job) => self.carry_out(job),
                Err(RecvTimeoutError::Timeout) => self.look_after(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Idle work: open what is not open, poll what is.
    fn look_after(&mut self) {
        let outcome = self.ready().map(|_| ()).and_then(|()| self.poll(POLL_BUDGET));
        if let Err(fault) = outcome {
            self.suffer(&fault);
        }
    }

    fn ready(&mut self) -> Result<&mut Opened, DeviceFault> {
        if self.device.is_none() {
            let recorder = self.recorder.clone();
            let opened = recording::noted(recorder.as_ref(), "open", POLL_BUDGET, || {
                open(&self.setup, recorder.as_ref(), self.vendor.as_ref())
            });
            self.device = Some(opened?);
            self.opened += 1;
            self.evidence.retain(|name, _| name == "last_error");
        }
        self.device.as_mut().ok_or(DeviceFault::NoDevice)
    }

    fn poll(&mut self, budget: Duration) -> Result<BTreeMap<String, String>, DeviceFault> {
        let device = self.device.as_mut().ok_or(DeviceFault::NoDevice)?;
        let mut silent = |_| {};
        let mut control = OpControl::new(budget.min(POLL_BUDGET), CancelFlag::new(), &mut silent);
        let asked = recording::noted(self.recorder.as_ref(), "check", budget, || device.device().health(&mut control));
        let Health { state, code, evidence } = asked?;
        self.mood.well();
        self.evidence.extend(evidence);
        self.due = Instant::now() + if state == DeviceState::UserError { POLL_CURE } else { self.pause() };
        self.tell(state, code);
        Ok(self.told_evidence())
    }

    fn pause(&self) -> Duration {
        match self.setup.kind {
            DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter => POLL_PRINTER,
            _ => POLL,
        }
    }

    fn carry_out(&mut self, job: Job) {
        let Job { request, command, received, budget, cancel } = job;
        let result = if cancel.is_cancelled() {
            Err(DeviceFault::Cancelled)
        } else {
            // Time spent in the queue counts.
            self.perform(request, &command, budget.saturating_sub(received.elapsed()), cancel)
        };
        match &result {
            Ok(_) => self.jobs_done += 1,
            Err(fault) => {
                self.jobs_failed += 1;
                tracing::warn!(request, %fault, "job failed");
            }
        }
        let fault = result.as_ref().err().cloned();
        self.outbox.send(&FromWorker::Done { request, result });
        match fault {
            Some(fault) => self.suffer(&fault),
            // What stood in a job's way is looked at at once.
            None if self.told.is_none() => {}
            None => self.due = self.due.max(Instant::now() + Duration::from_millis(500)),
        }
    }

    fn perform(
        &mut self,
        request: u64,
        command: &Command,
        budget: Duration,
        cancel: CancelFlag,
    ) -> Result<Reply, DeviceFault> {
        if matches!(command, Command::Reset) {
            self.device = None;
        }
        let outbox = Arc::clone(&self.outbox);
        let recorder = self.recorder.clone();
        let evidence = self.told_evidence();
        let device = self.ready()?;
        match command {
            Command::Reset => {
                let mut silent = |_| {};
                let mut control = OpControl::new(budget, cancel, &mut silent);
                recording::noted(recorder.as_ref(), "reset", budget, || device.device().reset(&mut control))?;
                self.poll(budget).map(|_| Reply::Nothing)
            }
            Command::Check => self.poll(budget).map(Reply::Health),
            other => {
                let mut trouble = None;
                let mut report = |progress: Progress| {
                    if let Some(now) = trouble_in(&progress).filter(|now| *now != trouble) {
                        trouble = now;
                        outbox.send(&FromWorker::Event(in_trouble(now, evidence.clone())));
                    }
                    outbox.send(&FromWorker::Progress { request, progress });
                };
                let mut control = OpControl::new(budget, cancel, &mut report);
                let name = recording::name(other);
                let reply = recording::noted(recorder.as_ref(), name, budget, || device.perform(other, &mut control));
                if trouble.is_some() {
                    // The job ended before its cure: only the device knows how it stands now.
                    self.told = None;
                    self.due = Instant::now();
                }
                let reply = reply?;
                self.mood.well();
                Ok(reply)
            }
        }
    }

    /// Draws the consequences of a fault for the device.
    fn suffer(&mut self, fault: &DeviceFault) {
        let now = Instant::now();
        let Some((mut state, mut code, mut remedy)) = self.mood.judge(fault) else {
            self.due = self.due.max(now + Duration::from_millis(500));
            return;
        };
        self.evidence.insert("last_error".to_owned(), format!("{} {fault}", fault.code().as_str()));
        self.due = now + self.pause();
        if remedy == Remedy::Reset {
            if self.mood.reset(now) {
                (state, code) = (DeviceState::HardwareError, ErrorCode::DeviceHardware);
            }
            let mut silent = |_| {};
            let mut control = OpControl::new(POLL_BUDGET, CancelFlag::new(), &mut silent);
            let recorder = self.recorder.as_ref();
            let reset = self
                .device
                .as_mut()
                .map(|device| recording::noted(recorder, "reset", POLL_BUDGET, || device.device().reset(&mut control)));
            if !matches!(reset, Some(Ok(()))) {
                remedy = Remedy::Reopen;
            }
        }
        if remedy == Remedy::Reopen {
            self.device = None;
            self.evidence.remove("sam_id");
            self.due = now + self.mood.backoff();
        }
        self.tell(state, Some(code));
    }

    fn told_evidence(&self) -> BTreeMap<String, String> {
        let mut evidence = self.evidence.clone();
        evidence.insert("sandbox".to_owned(), self.fences.clone());
        evidence.insert("opened".to_owned(), self.opened.to_string());
        evidence.insert("jobs_done".to_owned(), self.jobs_done.to_string());
        evidence.insert("jobs_failed".to_owned(), self.jobs_failed.to_string());
        evidence
    }

    /// Tells the terminal, unless it knows.
    fn tell(&mut self, state: DeviceState, code: Option<ErrorCode>) {
        let told = Told { state, code, evidence: self.told_evidence() };
        if self.told.as_ref() == Some(&told) {
            return;
        }
        let changed = self.told.as_ref().is_none_or(|before| before.state != state || before.code != code);
        if changed {
            tracing::info!(?state, code = code.map(ErrorCode::as_str), "device state");
        }
        self.outbox.send(&FromWorker::Event(Event::State {
            state,
            code: code.map(|code| code.as_str().to_owned()),
            evidence: told.evidence.clone(),
        }));
        self.told = Some(told);
    }
}
