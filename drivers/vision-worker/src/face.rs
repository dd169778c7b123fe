//! 人证比对 in the worker: networks loaded when first needed, live frames offered, one report at the end.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tongban_camera::picture::{self, opaque};
use tongban_camera::still::encode_jpeg;
use tongban_device::biometric::{FaceOutcome, FaceReport, FaceTask};
use tongban_device::fault::Hint;
use tongban_device::message::{Rgba, Setup};
use tongban_vision::VisionError;
use tongban_vision::face::{self, Burst, Faces, Frame, Issue, Outcome, Why};
use tongban_vision::runtime::Runtime;

/// Quality of the frame kept as evidence.
const JPEG_QUALITY: u8 = 90;
/// Size of the frame shown beside the card's picture.
const THUMB: (u32, u32) = (320, 180);
/// Kept back from the deadline for packing the answer.
const PACKING: Duration = Duration::from_millis(400);
/// A hint stands at least this long before another one takes its place.
const HINT_STANDS: Duration = Duration::from_millis(700);

/// Where the networks lie.
#[derive(Debug)]
pub(crate) struct Networks {
    folder: Option<PathBuf>,
    faces: Option<Faces>,
}

impl Networks {
    /// The folder comes with the device's options (`models`) or from `TONGBAN_MODELS`.
    pub(crate) fn new(setup: &Setup) -> Self {
        let folder = setup.options.get("models").map(PathBuf::from);
        Self { folder: folder.or_else(|| std::env::var_os("TONGBAN_MODELS").map(PathBuf::from)), faces: None }
    }

    /// The face networks, loaded on first use.
    fn faces(&mut self) -> Result<&mut Faces, VisionError> {
        if self.faces.is_none() {
            let folder = self.folder.as_deref().unwrap_or(Path::new("models"));
            let faces = Runtime::open(folder).and_then(|runtime| Faces::open(&runtime));
            self.faces = Some(faces.inspect_err(|error| tracing::warn!(%error, "no face networks"))?);
        }
        self.faces.as_mut().ok_or_else(|| VisionError::ModelMissing("face".into()))
    }
}

/// A comparison under way.
pub(crate) struct Facing {
    pub(crate) request: u64,
    burst: Burst,
    until: Instant,
    best: Option<Rgba>,
    hint: Option<(Hint, Instant)>,
}

impl Facing {
    /// Looks at the card's picture; `Err` is the answer when there is nothing to compare with.
    pub(crate) fn begin(
        request: u64,
        task: &FaceTask,
        budget: Duration,
        networks: &mut Networks,
    ) -> Result<Self, Box<FaceReport>> {
        let began = Instant::now();
        let faces = networks.faces().map_err(|_| Box::new(unable(FaceOutcome::NoModel)))?;
        let portrait = &task.portrait;
        let burst = Frame::rgba(portrait.width, portrait.height, &portrait.pixels)
            .and_then(|frame| Burst::begin(faces, &frame, task.always_turn));
        match burst {
            Ok(burst) => {
                let until = began + budget.saturating_sub(PACKING);
                Ok(Self { request, burst, until, best: None, hint: None })
            }
            Err(VisionError::BadImage(_)) => Err(Box::new(unable(FaceOutcome::NoPortrait))),
            Err(_) => Err(Box::new(unable(FaceOutcome::NoModel))),
        }
    }

    /// Looks at a live frame; a hint that is new is given back.
    pub(crate) fn offer(&mut self, live: &Rgba, networks: &mut Networks) -> Option<Hint> {
        let faces = networks.faces().ok()?;
        let frame = Frame::rgba(live.width, live.height, &live.pixels).ok()?;
        let (hint, best) = match self.burst.offer(faces, &frame) {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(%error, "a frame could not be looked at");
                return None;
            }
        };
        if best {
            self.best = Some(live.clone());
        }
        let hint = words(hint);
        let stands = self.hint.is_some_and(|(old, since)| old == hint || since.elapsed() < HINT_STANDS);
        if stands {
            return None;
        }
        self.hint = Some((hint, Instant::now()));
        Some(hint)
    }

    /// The report, when the frames allow one or time is up.
    pub(crate) fn report(&self, networks: &mut Networks) -> Option<FaceReport> {
        let faces = networks.faces().ok()?;
        let over = Instant::now() >= self.until;
        let outcome = self.burst.decided(faces).or_else(|| over.then(|| self.burst.outcome(faces)))?;
        let limits = faces.thresholds();
        let best = self.best.as_ref();
        Some(FaceReport {
            outcome: said(outcome),
            score_milli: self.burst.score().map(milli),
            same_milli: milli(limits.same),
            liveness_milli: milli(self.burst.liveness()),
            turned: self.burst.turned(),
            quality: self.burst.quality(),
            frames: self.burst.frames(),
            version: limits.version.clone(),
            jpeg: best.and_then(|frame| encode_jpeg(&opaque(frame), JPEG_QUALITY).ok()).unwrap_or_default(),
            thumb: best.map(|frame| picture::shrink(&opaque(frame), THUMB.0, THUMB.1)),
        })
    }
}

/// Nothing was compared.
fn unable(outcome: FaceOutcome) -> FaceReport {
    FaceReport {
        outcome,
        score_milli: None,
        same_milli: 0,
        liveness_milli: 0,
        turned: false,
        quality: 0,
        frames: 0,
        version: String::new(),
        jpeg: Vec::new(),
        thumb: None,
    }
}

/// Thousandths; below zero counts as nothing.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
fn milli(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u32
}

fn said(outcome: Outcome) -> FaceOutcome {
    match outcome {
        Outcome::Same => FaceOutcome::Same,
        Outcome::ToPerson(Why::NoPortrait) => FaceOutcome::NoPortrait,
        Outcome::ToPerson(Why::NoGoodFrame(_)) => FaceOutcome::NoGoodFrame,
        Outcome::ToPerson(Why::Grey) => FaceOutcome::Grey,
        Outcome::ToPerson(Why::Different) => FaceOutcome::Different,
        Outcome::ToPerson(Why::NotLive) => FaceOutcome::NotLive,
    }
}

fn words(hint: face::Hint) -> Hint {
    match hint {
        face::Hint::Hold => Hint::FaceHold,
        face::Hint::Turn => Hint::FaceTurn,
        face::Hint::Better(issue) => match issue {
            Issue::Nobody | Issue::Turned => Hint::FaceLook,
            Issue::NotAlone => Hint::FaceAlone,
            Issue::TooFar => Hint::FaceCloser,
            Issue::TooNear => Hint::FaceFarther,
            Issue::OffCentre => Hint::FaceCentre,
            Issue::Dark | Issue::Bright => Hint::FaceLight,
            Issue::Covered => Hint::FaceUncover,
            Issue::Blurred => Hint::FaceHold,
            Issue::EyesClosed => Hint::FaceEyes,
        },
    }
}
