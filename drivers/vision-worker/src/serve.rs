//! The worker's loop: commands in, pictures and answers out.

use crate::face::{Facing, Networks};
use crate::held::Held;
use crate::line::Line;
use crate::page::Paging;
use crate::preview::{Preview, Taking};
use crate::print;
use anyhow::{Context, bail};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tongban_camera::{picture, still};
use tongban_device::biometric::FaceTask;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::frame::{self, FrameError};
use tongban_device::message::{Command, Event, FromWorker, Reply, ToWorker};
use tongban_device::state::DeviceState;

/// Longest wait for a frame before commands are looked at again.
const FRAME_WAIT: Duration = Duration::from_millis(100);

/// Live frames a second for a comparison of faces.
const FACE_FPS: u8 = 15;

/// The still being taken, so that the reading thread can stop it.
type Current = Arc<Mutex<Option<(u64, CancelFlag)>>>;

struct Worker {
    line: Line,
    held: Held,
    preview: Preview,
    taking: Option<Taking>,
    networks: Networks,
    facing: Option<Facing>,
    paging: Paging,
    current: Current,
}

/// Serves one terminal over this socket until it hangs up or says so.
///
/// # Errors
/// When the first message is no `Hello` of a version we speak, or the line breaks.
pub fn serve(stream: UnixStream) -> anyhow::Result<()> {
    serve_locked(stream, |_| Ok(()))
}

/// As [`serve`]; `lock` is called once it is known which camera it is, before a thread is started
/// or a byte of the camera read.
///
/// # Errors
/// As [`serve`], and whatever `lock` says.
pub fn serve_locked(
    stream: UnixStream,
    lock: impl FnOnce(&tongban_device::message::Setup) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut input = stream.try_clone().context("second handle of the line")?;
    let mut line = Line::new(stream);
    let Some(ToWorker::Hello { min, max, setup }) = frame::read_message(&mut input)? else {
        bail!("the first message is not a greeting");
    };
    let Some(version) = frame::negotiate(min, max) else {
        bail!("no common version of the worker protocol: the terminal speaks {min} to {max}");
    };
    lock(&setup).context("locking this process in")?;
    line.send(&FromWorker::Hello { version })?;
    line.send(&FromWorker::Event(Event::State {
        state: DeviceState::Starting,
        code: None,
        evidence: std::collections::BTreeMap::new(),
    }))?;
    let (sender, messages) = channel();
    let current = Current::default();
    let watched = Arc::clone(&current);
    thread::Builder::new().name("line".into()).spawn(move || listen(&mut input, &sender, &watched))?;
    let (networks, paging) = (Networks::new(&setup), Paging::new(&setup));
    let (held, preview) = (Held::new(setup), Preview::default());
    let mut worker = Worker { line, held, preview, taking: None, networks, facing: None, paging, current };
    match worker.run(&messages) {
        // A terminal that went away is the ordinary end.
        Ok(()) | Err(FrameError::Io(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

fn listen(input: &mut UnixStream, sender: &Sender<ToWorker>, current: &Current) {
    while let Ok(Some(message)) = frame::read_message::<ToWorker>(input) {
        if let ToWorker::Cancel { request } = &message
            && let Some((id, flag)) = &*current.lock().unwrap_or_else(PoisonError::into_inner)
            && id == request
        {
            flag.cancel();
        }
        if sender.send(message).is_err() {
            return;
        }
    }
    // End of file or garbage: dropping the sender ends the loop.
}

impl Worker {
    fn run(&mut self, messages: &Receiver<ToWorker>) -> Result<(), FrameError> {
        loop {
            self.held.open_when_due(&mut self.line)?;
            let message = if self.held.is_running() {
                match messages.try_recv() {
                    Ok(message) => Some(message),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            } else {
                let wait =
                    if self.is_taking() || self.paging.is_reading() { FRAME_WAIT } else { self.held.idle_wait() };
                match messages.recv_timeout(wait) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            };
            match message {
                Some(ToWorker::Shutdown) => return Ok(()),
                Some(message) => self.obey(message)?,
                None if self.held.is_running() => self.live()?,
                None => {}
            }
            self.end_clip_when_over()?;
            self.end_face_when_over()?;
            while let Some((request, result)) = self.paging.answer() {
                self.done(request, result)?;
            }
        }
    }

    fn obey(&mut self, message: ToWorker) -> Result<(), FrameError> {
        match message {
            ToWorker::Command { request, deadline_ms, command } => {
                self.command(request, Duration::from_millis(deadline_ms), command)
            }
            ToWorker::SlotFree { slot } => {
                self.preview.slot_free(slot);
                Ok(())
            }
            ToWorker::Cancel { request } if self.taking.as_ref().is_some_and(|t| t.request == request) => {
                self.end_clip(Err(DeviceFault::Cancelled))
            }
            ToWorker::Cancel { request } if self.facing.as_ref().is_some_and(|f| f.request == request) => {
                self.end_face(Err(DeviceFault::Cancelled))
            }
            ToWorker::Cancel { request } => match self.paging.forget(request) {
                Some((request, result)) => self.done(request, result),
                // A cancel of something already over is no matter.
                None => Ok(()),
            },
            // Greetings come once.
            ToWorker::Hello { .. } | ToWorker::Shutdown => Ok(()),
        }
    }

    fn command(&mut self, request: u64, budget: Duration, command: Command) -> Result<(), FrameError> {
        let result = match command {
            Command::Check => self.check(budget),
            Command::Reset => {
                self.held.open_afresh(&mut self.line)?;
                self.held.camera.as_ref().map(|_| Reply::Nothing).ok_or(DeviceFault::NoDevice)
            }
            Command::StartPreview { fps } => {
                return self.start_preview(request, fps, None);
            }
            Command::ShowPreview { fps, width, height } => {
                return self.start_preview(request, fps, Some((width.max(1), height.max(1))));
            }
            Command::StopPreview => {
                self.preview.end();
                self.paging.rest();
                if !self.is_taking() {
                    self.held.rest();
                }
                Ok(Reply::Nothing)
            }
            Command::Still => self.still(request, budget, |_, taken| still::pack(taken).map(Reply::Still)),
            Command::TakePage => self.still(request, budget, |paging, taken| paging.pages(taken)),
            Command::ReadPage(task) => match self.paging.begin_read(request, budget, task) {
                // Answered by the reading thread.
                Ok(()) => return Ok(()),
                Err(fault) => Err(fault),
            },
            Command::Clip { ms, fps } => match self.begin_clip(request, ms, fps, budget) {
                // Answered when it is over.
                Ok(()) => return Ok(()),
                Err(fault) => Err(fault),
            },
            Command::CheckFace(task) => match self.begin_face(request, &task, budget) {
                // Answered when the frames allow it.
                Ok(None) => return Ok(()),
                Ok(Some(reply)) => Ok(reply),
                Err(fault) => Err(fault),
            },
            Command::CompareFinger(task) => print::compare(&task).map(Reply::FingerCompared),
            _ => Err(DeviceFault::Unsupported),
        };
        if let Err(fault @ (DeviceFault::Unplugged | DeviceFault::NoDevice)) = &result {
            self.held.failed(fault, &mut self.line)?;
        }
        self.done(request, result)
    }

    fn start_preview(&mut self, request: u64, fps: u8, within: Option<(u32, u32)>) -> Result<(), FrameError> {
        let started = self.held.run(fps);
        self.done(request, started.as_ref().map(|()| Reply::Nothing).map_err(Clone::clone))?;
        match started {
            Ok(()) => self.preview.begin(fps, within, &mut self.line),
            Err(fault) => self.held.failed(&fault, &mut self.line),
        }
    }

    fn done(&mut self, request: u64, result: Result<Reply, DeviceFault>) -> Result<(), FrameError> {
        self.line.send(&FromWorker::Done { request, result })
    }

    fn check(&mut self, budget: Duration) -> Result<Reply, DeviceFault> {
        let camera = self.held.camera.as_mut().ok_or(DeviceFault::NoDevice)?;
        let mut quiet = |_| {};
        let mut health = camera.health(&mut OpControl::new(budget, CancelFlag::new(), &mut quiet))?;
        health.evidence.insert("frames".to_owned(), self.preview.shown.to_string());
        health.evidence.insert("frames-dropped".to_owned(), self.preview.dropped.to_string());
        if let Some(code) = self.held.code() {
            health.evidence.insert("code".to_owned(), code.to_owned());
        }
        Ok(Reply::Health(health.evidence))
    }

    /// Takes a still and makes of it what was asked for.
    fn still(
        &mut self,
        request: u64,
        budget: Duration,
        make: impl FnOnce(&mut Paging, &tongban_device::driver::Picture) -> Result<Reply, DeviceFault>,
    ) -> Result<Reply, DeviceFault> {
        let flag = CancelFlag::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((request, flag.clone()));
        let camera = self.held.camera.as_mut().ok_or(DeviceFault::NoDevice)?;
        let mut quiet = |_| {};
        let mut control = OpControl::new(budget, flag, &mut quiet);
        let packed = camera.still(&mut control).and_then(|taken| {
            control.check()?;
            make(&mut self.paging, &taken)
        });
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        packed
    }

    fn begin_clip(&mut self, request: u64, ms: u32, fps: u8, budget: Duration) -> Result<(), DeviceFault> {
        if self.taking.is_some() {
            return Err(DeviceFault::Busy);
        }
        if !self.held.is_running() {
            self.held.run(fps.max(1))?;
        }
        self.taking = Some(Taking::new(request, ms, fps, budget));
        Ok(())
    }

    /// Takes one live picture to the screen and into the clip.
    fn live(&mut self) -> Result<(), FrameError> {
        let Some(taken) = self.held.frame(FRAME_WAIT, &mut self.line)? else { return Ok(()) };
        let frame = match picture::preview(taken) {
            Ok(frame) => frame,
            Err(fault) => return self.held.failed(&fault, &mut self.line),
        };
        self.held.well(&mut self.line)?;
        let offered = self.taking.as_mut().map_or(Ok(()), |taking| taking.offer(&frame));
        if let Err(fault) = offered {
            self.end_clip(Err(fault))?;
        }
        if let Some(facing) = &mut self.facing
            && let Some(hint) = facing.offer(&frame, &mut self.networks)
        {
            let progress = tongban_device::message::Progress::Prompt(hint);
            self.line.send(&FromWorker::Progress { request: facing.request, progress })?;
        }
        if self.preview.is_looked_at()
            && let Some(sight) = self.paging.look(&frame)
        {
            self.line.send(&FromWorker::Event(Event::Sight(sight)))?;
        }
        self.preview.show(&frame, &mut self.line)
    }

    fn end_clip_when_over(&mut self) -> Result<(), FrameError> {
        let Some(taking) = &mut self.taking else { return Ok(()) };
        let at = taking.began.elapsed();
        if taking.recorder.over(at) {
            return self.end_clip(Ok(()));
        }
        if Instant::now() >= taking.deadline {
            let waited = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
            return self.end_clip(Err(DeviceFault::Timeout(waited)));
        }
        let percent = taking.recorder.percent(at) / 10 * 10;
        if percent > taking.percent {
            taking.percent = percent;
            let progress = tongban_device::message::Progress::Percent(percent);
            return self.line.send(&FromWorker::Progress { request: taking.request, progress });
        }
        Ok(())
    }

    fn end_clip(&mut self, verdict: Result<(), DeviceFault>) -> Result<(), FrameError> {
        let Some(taking) = self.taking.take() else { return Ok(()) };
        if self.preview.wanted.is_none() && self.facing.is_none() {
            self.held.rest();
        }
        let result = verdict.and_then(|()| taking.recorder.finish()).map(Reply::Clip);
        self.done(taking.request, result)
    }

    /// A clip or a comparison needs live frames.
    fn is_taking(&self) -> bool {
        self.taking.is_some() || self.facing.is_some()
    }

    /// Starts a comparison; `Some` is its answer already.
    fn begin_face(&mut self, request: u64, task: &FaceTask, budget: Duration) -> Result<Option<Reply>, DeviceFault> {
        if self.facing.is_some() {
            return Err(DeviceFault::Busy);
        }
        if !self.held.is_running() {
            self.held.run(FACE_FPS)?;
        }
        match Facing::begin(request, task, budget, &mut self.networks) {
            Ok(facing) => {
                self.facing = Some(facing);
                Ok(None)
            }
            Err(report) => {
                self.rest_when_unused();
                Ok(Some(Reply::Face(report)))
            }
        }
    }

    fn end_face_when_over(&mut self) -> Result<(), FrameError> {
        let report = self.facing.as_ref().and_then(|facing| facing.report(&mut self.networks));
        match report {
            Some(report) => self.end_face(Ok(Reply::Face(Box::new(report)))),
            None => Ok(()),
        }
    }

    fn end_face(&mut self, result: Result<Reply, DeviceFault>) -> Result<(), FrameError> {
        let Some(facing) = self.facing.take() else { return Ok(()) };
        self.rest_when_unused();
        self.done(facing.request, result)
    }

    fn rest_when_unused(&mut self) {
        if self.preview.wanted.is_none() && !self.is_taking() {
            self.held.rest();
        }
    }
}
