//! The live picture: pacing, slots, and the clip that is cut from it.

use crate::line::Line;
use crate::ring::{Ring, SLOTS};
use std::time::{Duration, Instant};
use tongban_camera::clip::Recorder;
use tongban_camera::picture::{self, PREVIEW_HEIGHT, PREVIEW_WIDTH};
use tongban_device::fault::DeviceFault;
use tongban_device::frame::FrameError;
use tongban_device::message::{Event, FromWorker, Rgba};

/// A clip being taken.
pub(crate) struct Taking {
    pub(crate) request: u64,
    pub(crate) recorder: Recorder,
    pub(crate) began: Instant,
    pub(crate) percent: u8,
    pub(crate) deadline: Instant,
}

/// State of the live picture.
#[derive(Default)]
pub(crate) struct Preview {
    ring: Option<Ring>,
    seq: u64,
    /// Frames shown since the start, and those dropped for want of a slot.
    pub(crate) shown: u64,
    pub(crate) dropped: u64,
    pace: Duration,
    next: Option<Instant>,
    /// The terminal asked for frames.
    pub(crate) wanted: Option<u8>,
    /// Largest size the terminal draws them in, where they are only shown.
    shown_within: Option<(u32, u32)>,
}

impl Preview {
    /// Makes the ring once and announces it; frames go out at most so large, where they are only shown.
    pub(crate) fn begin(
        &mut self,
        fps: u8,
        shown_within: Option<(u32, u32)>,
        line: &mut Line,
    ) -> Result<(), FrameError> {
        self.wanted = Some(fps);
        self.shown_within = shown_within;
        self.pace = Duration::from_secs(1) / u32::from(fps.clamp(1, 30));
        self.next = None;
        if self.ring.is_none() {
            let ring = Ring::create().map_err(FrameError::Io)?;
            line.send_ring(SLOTS, PREVIEW_WIDTH, PREVIEW_HEIGHT, ring.fd())?;
            self.ring = Some(ring);
        }
        Ok(())
    }

    /// Somebody wants to know what the frames show of a page.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.wanted.is_some() && self.shown_within.is_none()
    }

    /// No more frames; slots still out stay the terminal's until it gives them back.
    pub(crate) fn end(&mut self) {
        self.wanted = None;
        if let Some(ring) = &mut self.ring {
            ring.wipe();
        }
    }

    /// Shows a frame, unless it comes faster than asked for or every slot is out.
    pub(crate) fn show(&mut self, frame: &Rgba, line: &mut Line) -> Result<(), FrameError> {
        let now = Instant::now();
        // A tenth of a frame early is on time; cameras are not exact.
        if self.wanted.is_none() || self.next.is_some_and(|due| now + self.pace / 10 < due) {
            return Ok(());
        }
        let Some(ring) = &mut self.ring else { return Ok(()) };
        // A picture drawn small is made small here, once, and not copied, converted and scaled as a large one.
        let made = self.shown_within.and_then(|(width, height)| {
            let (width, height) = picture::fit(frame.width, frame.height, width, height);
            (width < frame.width).then(|| picture::reduce(frame, width, height))
        });
        let frame = made.as_ref().unwrap_or(frame);
        let Some(slot) = ring.put(frame) else {
            self.dropped += 1;
            return Ok(());
        };
        self.next = Some(self.next.map_or(now, |due| due.max(now.checked_sub(self.pace).unwrap_or(now))) + self.pace);
        self.seq += 1;
        self.shown += 1;
        line.send(&FromWorker::Event(Event::Frame { slot, seq: self.seq, width: frame.width, height: frame.height }))
    }

    /// The terminal is done with a slot.
    pub(crate) fn slot_free(&mut self, slot: u8) {
        if let Some(ring) = &mut self.ring {
            ring.give_back(slot);
            if self.wanted.is_none() {
                ring.wipe();
            }
        }
    }
}

impl Taking {
    /// A clip for this request, beginning now.
    pub(crate) fn new(request: u64, ms: u32, fps: u8, budget: Duration) -> Self {
        let began = Instant::now();
        Self { request, recorder: Recorder::new(ms, fps), began, percent: 0, deadline: began + budget }
    }

    /// Offers a live frame to the clip.
    pub(crate) fn offer(&mut self, frame: &Rgba) -> Result<(), DeviceFault> {
        if self.recorder.wants(self.began.elapsed()) { self.recorder.push(frame) } else { Ok(()) }
    }
}
