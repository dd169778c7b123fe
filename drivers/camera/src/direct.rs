//! 直连摄像头: V4L2 without a library between, as cameras of a hall need it on Linux.
//!
//! Against the portable backend: waits are bounded, the used part of a buffer is known, a camera
//! that goes away is named at once, exposure and focus can be set, lenses are bound by port path.
//! A USB camera streams in one mode at a time, so a still stops the live picture, takes the
//! largest mode and goes back.

mod abi;
mod node;
mod stream;

pub use node::{Mode, find, four};

use crate::raw::yuyv_to_rgb;
use abi::{EXPOSURE, EXPOSURE_AUTO, FOCUS, FOCUS_AUTO, JPEG, MJPG, YUYV};
use node::{CONTROLS, Node};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use stream::{Stream, Taken};
use tongban_device::control::OpControl;
use tongban_device::driver::{Camera, Device, Health, Picture, PixelFormat};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;

/// Pictures thrown away after a change of mode, while exposure settles.
const SETTLE: usize = 3;
/// Longest single wait for a picture, so that a cancel is seen.
const SLICE: Duration = Duration::from_millis(100);
/// Fastest live picture asked for.
const FPS_MAX: u32 = 30;

/// Whether the camera does it by itself, or the value it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Auto,
    Fixed(i32),
}

impl Wish {
    /// `auto` or a number.
    fn parse(text: &str) -> Result<Self, DeviceFault> {
        match text {
            "auto" => Ok(Self::Auto),
            number => number.parse().map(Self::Fixed).map_err(|_| DeviceFault::Unsupported),
        }
    }
}

/// A camera on Linux.
pub struct DirectCamera {
    node: Node,
    port: String,
    modes: Vec<Mode>,
    live: Option<(Mode, u32, Stream)>,
    lost: u64,
}

impl DirectCamera {
    /// Opens the camera at `/dev/v4l/by-path/…` or `usb:1-2.3`. Options: `exposure` (`auto` or
    /// units of 100 µs), `focus` (`auto` or the camera's own units).
    ///
    /// # Errors
    /// `NoDevice`, `Denied`, `Busy` from the port; `Unsupported` without a mode we can read, or for
    /// an option that is neither.
    pub fn open(setup: &Setup) -> Result<Self, DeviceFault> {
        let node = Node::open(&setup.port)?;
        let modes = node.modes();
        if modes.is_empty() {
            return Err(DeviceFault::Unsupported);
        }
        let camera = Self { node, port: setup.port.clone(), modes, live: None, lost: 0 };
        if let Some(text) = setup.options.get("exposure") {
            camera.expose(Wish::parse(text)?)?;
        }
        if let Some(text) = setup.options.get("focus") {
            camera.focus(Wish::parse(text)?)?;
        }
        Ok(camera)
    }

    /// Every mode the camera offers that can be read.
    #[must_use]
    pub fn modes(&self) -> &[Mode] {
        &self.modes
    }

    /// Pictures lost or damaged since it was opened.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost + self.live.as_ref().map_or(0, |(_, _, stream)| stream.lost)
    }

    fn expose(&self, wish: Wish) -> Result<(), DeviceFault> {
        match wish {
            // Aperture priority is what webcams call automatic; a camera without it has the plain one.
            Wish::Auto => {
                if self.node.set_control(EXPOSURE_AUTO, 3).is_err() {
                    self.node.set_control(EXPOSURE_AUTO, 0)?;
                }
            }
            Wish::Fixed(value) => {
                self.node.set_control(EXPOSURE_AUTO, 1)?;
                self.node.set_control(EXPOSURE, value)?;
            }
        }
        Ok(())
    }

    fn focus(&self, wish: Wish) -> Result<(), DeviceFault> {
        match wish {
            Wish::Auto => self.node.set_control(FOCUS_AUTO, 1).map(drop),
            Wish::Fixed(value) => {
                self.node.set_control(FOCUS_AUTO, 0)?;
                self.node.set_control(FOCUS, value).map(drop)
            }
        }
    }

    /// The smallest mode that fills the preview; else the largest there is.
    fn live_mode(&self, width_max: u32, fps: u8) -> Option<Mode> {
        choose(&self.modes, width_max, u32::from(fps))
    }

    /// The largest mode, in the best format.
    fn still_mode(&self) -> Option<Mode> {
        self.modes.iter().copied().max_by_key(|mode| (mode.pixels(), std::cmp::Reverse(mode.rank())))
    }

    fn begin(&mut self, mode: Mode, fps: u32) -> Result<(), DeviceFault> {
        self.end();
        let set = self.node.set_mode(mode, fps)?;
        let stream = Stream::start(&self.node)?;
        self.live = Some((set, fps, stream));
        Ok(())
    }

    fn end(&mut self) {
        if let Some((_, _, mut stream)) = self.live.take() {
            self.lost += stream.lost;
            stream.stop(&self.node);
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Picture>, DeviceFault> {
        let Some((mode, _, stream)) = &mut self.live else { return Ok(None) };
        let mode = *mode;
        let taken = stream.take(&self.node, wait)?;
        taken.map(|taken| picture(mode, taken)).transpose()
    }

    fn take_still(&mut self, control: &OpControl<'_>) -> Result<Picture, DeviceFault> {
        let mut settled = 0;
        loop {
            control.check()?;
            let Some(picture) = self.next(SLICE.min(control.remaining()))? else { continue };
            if settled >= SETTLE {
                return Ok(picture);
            }
            settled += 1;
        }
    }
}

fn choose(modes: &[Mode], width_max: u32, fps: u32) -> Option<Mode> {
    let fast = |mode: &&Mode| mode.fps == 0 || mode.fps >= fps.min(5);
    let key = |mode: &&Mode| {
        let fills = mode.width >= width_max;
        (!fills, if fills { mode.pixels() } else { u64::MAX - mode.pixels() }, mode.rank())
    };
    modes.iter().filter(fast).min_by_key(key).or_else(|| modes.iter().min_by_key(key)).copied()
}

fn picture(mode: Mode, taken: Taken) -> Result<Picture, DeviceFault> {
    let (width, height) = (mode.width, mode.height);
    match mode.pixel_format {
        MJPG | JPEG => Ok(Picture { width, height, format: PixelFormat::Jpeg, bytes: taken.bytes }),
        YUYV if taken.bytes.len() as u64 >= mode.pixels() * 2 => {
            let used = usize::try_from(mode.pixels() * 2).unwrap_or(usize::MAX);
            let bytes = yuyv_to_rgb(taken.bytes.get(..used).unwrap_or_default());
            Ok(Picture { width, height, format: PixelFormat::Rgb8, bytes })
        }
        YUYV => Err(DeviceFault::Medium("D132".to_owned())),
        _ => Err(DeviceFault::Unsupported),
    }
}

impl Drop for DirectCamera {
    fn drop(&mut self) {
        self.end();
    }
}

impl Device for DirectCamera {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        control.check()?;
        // The port still leads to the node that is open.
        if find(&self.port)? != self.node.path {
            return Err(DeviceFault::Unplugged);
        }
        let largest =
            self.still_mode().map(|mode| format!("{}x{} {}", mode.width, mode.height, four(mode.pixel_format)));
        let mut evidence = BTreeMap::from([
            ("driver".to_owned(), "v4l".to_owned()),
            ("name".to_owned(), self.node.card.clone()),
            ("bus".to_owned(), self.node.bus.clone()),
            ("modes".to_owned(), self.modes.len().to_string()),
            ("largest".to_owned(), largest.unwrap_or_default()),
            ("lost".to_owned(), self.lost().to_string()),
        ]);
        for (name, id) in CONTROLS {
            if let Some(value) = self.node.control(id) {
                evidence.insert(name.to_owned(), value.to_string());
            }
        }
        Ok(Health::online(evidence))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        control.check()?;
        self.end();
        Ok(())
    }
}

impl Camera for DirectCamera {
    fn start(&mut self, width_max: u32, fps: u8) -> Result<(), DeviceFault> {
        let mode = self.live_mode(width_max, fps).ok_or(DeviceFault::Unsupported)?;
        let fps = u32::from(fps).clamp(1, FPS_MAX);
        if self.live.as_ref().is_some_and(|(running, rate, _)| same(*running, mode) && *rate >= fps) {
            return Ok(());
        }
        self.begin(mode, fps)
    }

    fn frame(&mut self, wait: Duration) -> Result<Option<Picture>, DeviceFault> {
        self.next(wait)
    }

    fn stop(&mut self) -> Result<(), DeviceFault> {
        self.end();
        Ok(())
    }

    fn still(&mut self, control: &mut OpControl<'_>) -> Result<Picture, DeviceFault> {
        let mode = self.still_mode().ok_or(DeviceFault::Unsupported)?;
        let before = self.live.as_ref().map(|(mode, fps, _)| (*mode, *fps));
        let begun = Instant::now();
        let already = before.is_some_and(|(running, _)| same(running, mode));
        if !already {
            self.begin(mode, 0)?;
        }
        let taken = self.take_still(control);
        let gone = matches!(taken, Err(DeviceFault::Unplugged | DeviceFault::NoDevice));
        match before {
            Some((live, fps)) if !already && !gone => self.begin(live, fps)?,
            None => self.end(),
            Some(_) => {}
        }
        tracing::debug!(ms = begun.elapsed().as_millis(), "still");
        taken
    }
}

fn same(one: Mode, other: Mode) -> bool {
    (one.width, one.height, one.pixel_format) == (other.width, other.height, other.pixel_format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(width: u32, height: u32, pixel_format: u32, fps: u32) -> Mode {
        Mode { width, height, pixel_format, fps }
    }

    #[test]
    fn the_live_picture_takes_the_smallest_mode_that_fills_the_screen() {
        let modes = [
            mode(640, 480, YUYV, 30),
            mode(1280, 720, YUYV, 10),
            mode(1280, 720, MJPG, 30),
            mode(3264, 2448, MJPG, 15),
            mode(1600, 1200, MJPG, 2),
        ];
        assert_eq!(choose(&modes, 960, 15), Some(modes[2]), "JPEG before raw at the same size");
        assert_eq!(choose(&modes, 640, 15), Some(modes[0]));
        assert_eq!(choose(&modes, 1500, 15), Some(modes[3]), "two pictures a second are no live picture");
        assert_eq!(choose(&modes, 5000, 15), Some(modes[3]), "none fills: the largest");
        assert_eq!(choose(&[], 960, 15), None);
    }

    #[test]
    fn wishes_are_auto_or_a_number() {
        assert_eq!(Wish::parse("auto"), Ok(Wish::Auto));
        assert_eq!(Wish::parse("156"), Ok(Wish::Fixed(156)));
        assert_eq!(Wish::parse("bright"), Err(DeviceFault::Unsupported));
    }

    #[test]
    fn a_short_raw_picture_is_refused_and_a_longer_buffer_is_cut() {
        let raw = mode(4, 2, YUYV, 30);
        let bytes = |count| Taken { bytes: vec![128; count] };
        assert_eq!(picture(raw, bytes(15)), Err(DeviceFault::Medium("D132".to_owned())));
        let whole = picture(raw, bytes(20)).expect("a whole picture");
        assert_eq!((whole.format, whole.bytes.len()), (PixelFormat::Rgb8, 4 * 2 * 3));
    }
}
