//! 手写签名板: a pen tablet as evdev gives it (x, y, pressure, pen down and up).

use crate::evdev::{EVENT_BYTES, EventPort, Events, InputEvent};
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{InkPoint, Signature, SignaturePad};
use zeroize::Zeroizing;

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_ABS: u16 = 3;
const SYN_DROPPED: u16 = 3;
const BTN_TOUCH: u16 = 330;
const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;
const ABS_PRESSURE: u16 = 24;
/// Longest signature: a minute at 200 points a second.
pub const POINTS_MAX: usize = 12_000;
/// A pen that rests so long has finished.
pub const REST: Duration = Duration::from_millis(1200);
const READ_SLICE: Duration = Duration::from_millis(100);

/// Turns events into strokes; without I/O.
#[derive(Default)]
pub struct Ink {
    at: (i32, i32, i32),
    down: bool,
    begun: Option<u64>,
    strokes: Vec<Vec<InkPoint>>,
    points: usize,
}

impl Ink {
    /// Takes one event.
    ///
    /// # Errors
    /// [`DeviceFault::Protocol`] when events were lost or there are more points than a signature has.
    pub fn take(&mut self, event: InputEvent) -> Result<(), DeviceFault> {
        match (event.kind, event.code) {
            (EV_ABS, ABS_X) => self.at.0 = event.value,
            (EV_ABS, ABS_Y) => self.at.1 = event.value,
            (EV_ABS, ABS_PRESSURE) => self.at.2 = event.value,
            (EV_KEY, BTN_TOUCH) => {
                self.down = event.value != 0;
                if self.down && self.strokes.len() >= POINTS_MAX {
                    return Err(DeviceFault::Protocol("more strokes than a signature has".to_owned()));
                }
                if self.down {
                    self.strokes.push(Vec::new());
                }
            }
            (EV_SYN, SYN_DROPPED) => return Err(DeviceFault::Protocol("the kernel lost pen events".to_owned())),
            (EV_SYN, _) if self.down => {
                let begun = *self.begun.get_or_insert(event.ms);
                let ms = u32::try_from(event.ms.saturating_sub(begun)).unwrap_or(u32::MAX);
                let (x, y, pressure) = self.at;
                if let Some(stroke) = self.strokes.last_mut() {
                    stroke.push(InkPoint { x, y, pressure, ms });
                    self.points += 1;
                }
                if self.points > POINTS_MAX {
                    return Err(DeviceFault::Protocol("more points than a signature has".to_owned()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Is the pen up with something written?
    #[must_use]
    pub fn rests(&self) -> bool {
        !self.down && self.points > 0
    }

    fn into_strokes(self) -> Vec<Vec<InkPoint>> {
        self.strokes.into_iter().filter(|stroke| !stroke.is_empty()).collect()
    }
}

/// A pad on a grabbed port.
pub struct EvdevPad<P> {
    port: P,
    rest: Duration,
    signatures: u32,
}

impl<P: EventPort> EvdevPad<P> {
    /// On an opened port; `rest` is how long a pen rests when it has finished ([`REST`]).
    pub fn new(port: P, rest: Duration) -> Self {
        Self { port, rest, signatures: 0 }
    }

    fn forget(&mut self) -> Result<(), DeviceFault> {
        let mut waste = Zeroizing::new([0_u8; EVENT_BYTES * 64]);
        while self.port.read_events(&mut *waste, Duration::ZERO)? > 0 {}
        Ok(())
    }
}

impl<P: EventPort> Device for EvdevPad<P> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let mut waste = Zeroizing::new([0_u8; EVENT_BYTES]);
        self.port.read_events(&mut *waste, Duration::ZERO)?;
        if control.cancel.is_cancelled() {
            return Err(DeviceFault::Cancelled);
        }
        Ok(Health::online(Evidence::from([("signatures".to_owned(), self.signatures.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.forget()?;
        control.check()
    }
}

impl<P: EventPort> SignaturePad for EvdevPad<P> {
    fn sign(&mut self, control: &mut OpControl<'_>) -> Result<Signature, DeviceFault> {
        self.forget()?;
        let (mut events, mut ink, mut heard) = (Events::default(), Ink::default(), Instant::now());
        let mut chunk = Zeroizing::new([0_u8; EVENT_BYTES * 64]);
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let count = self.port.read_events(&mut *chunk, control.remaining().min(READ_SLICE).min(self.rest))?;
            if count > 0 {
                heard = Instant::now();
                for event in events.push(&chunk[..count]) {
                    ink.take(event)?;
                }
            } else if heard.elapsed() >= self.rest && (ink.points > 0 || events.is_partial() || ink.down) {
                // A pen that lies on the pad, or half an event, is no signature.
                if !ink.rests() || events.is_partial() {
                    return Err(DeviceFault::Protocol("a stroke without its end".to_owned()));
                }
                self.signatures += 1;
                let (width, height) = (self.port.axis_max(ABS_X), self.port.axis_max(ABS_Y));
                return Ok(Signature { strokes: ink.into_strokes(), width, height });
            } else if control.remaining().is_zero() {
                return Err(DeviceFault::NoMedia);
            }
        }
    }
}
