//! The camera while it is held: opening again with back-off, and what is told about its state.

use crate::line::Line;
use std::time::{Duration, Instant};
use tongban_camera::picture::PREVIEW_WIDTH;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Camera, Evidence, Picture};
use tongban_device::fault::DeviceFault;
use tongban_device::frame::FrameError;
use tongban_device::message::{Event, FromWorker, Setup};
use tongban_device::state::DeviceState;

/// Pauses between tries to open a camera that is not there.
const BACK_OFF_MS: [u64; 5] = [500, 1000, 2000, 5000, 10_000];
/// Silence after which a running camera counts as giving no picture.
const SILENCE: Duration = Duration::from_secs(3);

/// A camera, or the wish for one.
pub(crate) struct Held {
    setup: Setup,
    pub(crate) camera: Option<Box<dyn Camera>>,
    /// Frames a second the camera is to give; `None` when it rests.
    running: Option<u8>,
    tries: usize,
    next_try: Instant,
    heard: Instant,
    state: DeviceState,
    code: Option<&'static str>,
    evidence: Evidence,
}

impl Held {
    pub(crate) fn new(setup: Setup) -> Self {
        let now = Instant::now();
        Self {
            setup,
            camera: None,
            running: None,
            tries: 0,
            next_try: now,
            heard: now,
            state: DeviceState::Starting,
            code: None,
            evidence: Evidence::new(),
        }
    }

    /// Opens the camera when it is time to; the state goes out when it changed.
    pub(crate) fn open_when_due(&mut self, line: &mut Line) -> Result<(), FrameError> {
        if self.camera.is_some() || Instant::now() < self.next_try {
            return Ok(());
        }
        let opened = tongban_camera::open(&self.setup).and_then(|mut camera| {
            if let Some(fps) = self.running {
                camera.start(PREVIEW_WIDTH, fps)?;
            }
            Ok(camera)
        });
        match opened {
            Ok(mut camera) => {
                self.evidence = evidence(camera.as_mut());
                self.camera = Some(camera);
                self.heard = Instant::now();
                self.tell(DeviceState::Online, None, line)
            }
            Err(fault) => {
                self.wait_longer();
                self.tell_fault(&fault, line)
            }
        }
    }

    /// Milliseconds until something is to be done although nobody asks.
    pub(crate) fn idle_wait(&self) -> Duration {
        if self.camera.is_some() {
            return Duration::from_secs(60);
        }
        self.next_try.saturating_duration_since(Instant::now()).max(Duration::from_millis(10))
    }

    /// Is a live picture running (or to run as soon as the camera is back)?
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some() && self.camera.is_some()
    }

    /// Starts or quickens the live picture.
    pub(crate) fn run(&mut self, fps: u8) -> Result<(), DeviceFault> {
        let camera = self.camera.as_mut().ok_or(DeviceFault::NoDevice)?;
        camera.start(PREVIEW_WIDTH, fps)?;
        self.running = Some(fps);
        self.heard = Instant::now();
        Ok(())
    }

    /// Rests.
    pub(crate) fn rest(&mut self) {
        if self.running.take().is_some()
            && let Some(camera) = self.camera.as_mut()
        {
            let _stopped = camera.stop();
        }
    }

    /// The next live picture, with the state told as it changes.
    pub(crate) fn frame(&mut self, wait: Duration, line: &mut Line) -> Result<Option<Picture>, FrameError> {
        let Some(camera) = self.camera.as_mut() else { return Ok(None) };
        match camera.frame(wait) {
            Ok(Some(picture)) => {
                self.heard = Instant::now();
                self.tries = 0;
                Ok(Some(picture))
            }
            Ok(None) => {
                if self.heard.elapsed() > SILENCE {
                    self.tell(DeviceState::HardwareError, Some("D131"), line)?;
                }
                Ok(None)
            }
            Err(fault) => {
                self.failed(&fault, line)?;
                Ok(None)
            }
        }
    }

    /// A picture came and could be read.
    pub(crate) fn well(&mut self, line: &mut Line) -> Result<(), FrameError> {
        self.tell(DeviceState::Online, None, line)
    }

    /// Takes note of a fault: a camera that went away is let go and looked for again.
    pub(crate) fn failed(&mut self, fault: &DeviceFault, line: &mut Line) -> Result<(), FrameError> {
        if matches!(fault, DeviceFault::Unplugged | DeviceFault::NoDevice) {
            self.let_go();
        }
        self.tell_fault(fault, line)
    }

    /// Closes the camera; it is opened again soon, and ever later while it opens but gives no picture.
    pub(crate) fn let_go(&mut self) {
        self.camera = None;
        self.wait_longer();
    }

    /// Closes the camera and opens it again at once, as somebody asked for.
    pub(crate) fn open_afresh(&mut self, line: &mut Line) -> Result<(), FrameError> {
        self.camera = None;
        self.tries = 0;
        self.next_try = Instant::now();
        self.open_when_due(line)
    }

    fn wait_longer(&mut self) {
        let pause = BACK_OFF_MS[self.tries.min(BACK_OFF_MS.len() - 1)];
        self.tries += 1;
        self.next_try = Instant::now() + Duration::from_millis(pause);
    }

    fn tell_fault(&mut self, fault: &DeviceFault, line: &mut Line) -> Result<(), FrameError> {
        let state = match fault {
            DeviceFault::NoDevice | DeviceFault::Unplugged => DeviceState::NoDevice,
            DeviceFault::Denied => DeviceState::Denied,
            DeviceFault::Busy | DeviceFault::Timeout(_) => DeviceState::Offline,
            DeviceFault::Medium(_) => DeviceState::UserError,
            _ => DeviceState::HardwareError,
        };
        self.tell(state, Some(fault.code().as_str()), line)
    }

    fn tell(&mut self, state: DeviceState, code: Option<&'static str>, line: &mut Line) -> Result<(), FrameError> {
        if self.state == state && self.code == code {
            return Ok(());
        }
        self.state = state;
        self.code = code;
        tracing::info!(?state, code, "camera");
        let evidence = if state == DeviceState::Online { self.evidence.clone() } else { Evidence::new() };
        line.send(&FromWorker::Event(Event::State { state, code: code.map(str::to_owned), evidence }))
    }

    /// What was last told.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }
}

/// What the camera says about itself just after it was opened.
fn evidence(camera: &mut dyn Camera) -> Evidence {
    let mut quiet = |_| {};
    let mut control = OpControl::new(Duration::from_secs(1), CancelFlag::new(), &mut quiet);
    camera.health(&mut control).map(|health| health.evidence).unwrap_or_default()
}
