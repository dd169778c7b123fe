//! 实时: what to tell the person while a page is being laid, and when to take the picture.
//!
//! Invariant: the moment is announced, never acted on here. A laid page has a number; it counts up when the page
//! goes away or another takes its place, so that nobody takes one page twice.

mod edge;

use crate::VisionError;
use crate::page::{Found, Quad, Workbench, find};
use crate::quality::{Flaw, Grade, blemishes, lacks_corner};
use opencv::core::{self, Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;
use std::collections::VecDeque;

/// Frames in a row that must lie still.
const STILL_FRAMES: usize = 7;
/// Looks in a row that must lie still when they come seldom, see [`Live::look_seldom`].
const STILL_LOOKS: usize = 3;
/// Corners may move by this share of the frame's width and still count as lying still.
const STILL_SHARE: f64 = 0.004;
/// Frames without a sheet after which it is gone.
const GONE_FRAMES: u32 = 4;
/// Side of the thumbprint that tells one page from the next.
const PRINT_SIDE: i32 = 24;
/// Mean difference of thumbprints (of 255) beyond which it is another page.
const OTHER_PAGE: f64 = 9.0;
/// A sheet smaller than this share of the frame is too far away.
const FAR_SHARE: f64 = 0.16;
/// A frame darker than this.
const DARK: f64 = 60.0;
/// An edge that takes more pixels than this share says is out of focus: 0.4 is a blur of some 1.9 pixels.
const STEEP_MIN: f64 = 0.4;

/// What to do better, in the order of need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hint {
    /// 请放上材料.
    LayPage,
    /// 请靠近一些.
    Closer,
    /// 太暗.
    Dark,
    /// 缺角: a side or corner is outside.
    Cut,
    /// 反光.
    Glare,
    /// 手指遮挡.
    Finger,
    /// 请保持不动.
    HoldStill,
    /// 很好.
    Good,
}

/// What one frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// Corners as shares of the frame's width and height, clockwise from the top left.
    pub quad: Option<[[f32; 2]; 4]>,
    /// What to do.
    pub hint: Hint,
    /// Number of the page that lies there; 0 before the first.
    pub page: u32,
    /// It lies still, whole, sharp and lit: now.
    pub ready: bool,
}

/// Follows the live picture.
#[derive(Default)]
pub struct Live {
    bench: Workbench,
    recent: VecDeque<Quad>,
    gone: u32,
    page: u32,
    print: Option<Vec<u8>>,
    checked: Option<(u32, Option<Hint>)>,
    seldom: bool,
}

impl Live {
    /// Looks come three times a second or more seldom from now on, or as often as frames again: what lay still over
    /// three of them lay still for as long as over seven frames.
    pub fn look_seldom(&mut self, seldom: bool) {
        self.seldom = seldom;
    }

    /// Looks at the next frame (8-bit BGR).
    ///
    /// # Errors
    /// `Picture` when the library fails.
    pub fn look(&mut self, frame: &Mat) -> Result<Sight, VisionError> {
        let found = find(frame, &mut self.bench)?;
        let Some(found) = found else { return Ok(self.nothing(frame)?) };
        let width = f64::from(frame.cols());
        let shaken = self.recent.back().is_some_and(|before| before.farthest(&found.quad) > STILL_SHARE * width);
        if shaken {
            self.recent.clear();
        }
        self.gone = 0;
        self.recent.push_back(found.quad);
        while self.recent.len() > STILL_FRAMES {
            self.recent.pop_front();
        }
        let still = self.recent.len() >= if self.seldom { STILL_LOOKS } else { STILL_FRAMES };
        if still {
            self.identify(frame, &found)?;
        }
        let hint = match self.complaint(frame, &found, still)? {
            Some(hint) => hint,
            None if still => Hint::Good,
            None => Hint::HoldStill,
        };
        let (w, h) = (width, f64::from(frame.rows()));
        let quad = found.quad.0.map(|p| [(p[0] / w) as f32, (p[1] / h) as f32]);
        Ok(Sight { quad: Some(quad), hint, page: self.page, ready: hint == Hint::Good })
    }

    /// The live picture was interrupted: whatever lies there next is looked at anew.
    pub fn forget(&mut self) {
        self.recent.clear();
        self.print = None;
        self.checked = None;
    }

    fn nothing(&mut self, frame: &Mat) -> opencv::Result<Sight> {
        self.recent.clear();
        self.gone = self.gone.saturating_add(1);
        if self.gone >= GONE_FRAMES {
            self.print = None;
            self.checked = None;
        }
        let mean = core::mean_def(frame)?;
        let dark = mean[0] + mean[1] + mean[2] < 3.0 * 18.0;
        let hint = if dark { Hint::Dark } else { Hint::LayPage };
        Ok(Sight { quad: None, hint, page: self.page, ready: false })
    }

    /// Gives the page its number: a new one when it is not the page that lay there before.
    fn identify(&mut self, frame: &Mat, found: &Found) -> Result<(), VisionError> {
        let print = thumbprint(frame, &found.quad)?;
        let same = self.print.as_ref().is_some_and(|before| {
            let sum: u32 = before.iter().zip(&print).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            f64::from(sum) / (before.len().max(1) as f64) < OTHER_PAGE
        });
        if !same {
            self.page += 1;
            self.checked = None;
        }
        self.print = Some(print);
        Ok(())
    }

    fn complaint(&mut self, frame: &Mat, found: &Found, still: bool) -> Result<Option<Hint>, VisionError> {
        let (width, height) = (f64::from(frame.cols()), f64::from(frame.rows()));
        if found.cut.contains(&true) {
            return Ok(Some(Hint::Cut));
        }
        let outside = |p: &[f64; 2]| p[0] < 0.5 || p[1] < 0.5 || p[0] > width - 1.5 || p[1] > height - 1.5;
        if found.quad.0.iter().any(outside) {
            return Ok(Some(Hint::Cut));
        }
        if found.quad.area() < FAR_SHARE * width * height {
            return Ok(Some(Hint::Closer));
        }
        if !still {
            return Ok(None);
        }
        // A page that lies still is looked over once, not with every frame.
        if let Some((page, hint)) = self.checked
            && page == self.page
            && hint.is_none()
        {
            return Ok(None);
        }
        // The lens still looks for its distance: nothing to do but wait.
        if edge::steepness(frame, &found.quad)?.is_some_and(|steep| steep < STEEP_MIN) {
            return Ok(Some(Hint::HoldStill));
        }
        let hint = look_over(frame, &found.quad)?;
        self.checked = Some((self.page, hint));
        Ok(hint)
    }
}

/// Light, glare and fingers on the sheet as the preview shows it.
fn look_over(frame: &Mat, quad: &Quad) -> Result<Option<Hint>, VisionError> {
    let sheet = crate::page::upright(frame, quad, 360.0)?;
    let mut grey = Mat::default();
    imgproc::cvt_color_def(&sheet, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    let mut values = grey.data_bytes()?.to_vec();
    let middle = values.len() / 2;
    let (_, paper, _) = values.select_nth_unstable(middle);
    if f64::from(*paper) < DARK {
        return Ok(Some(Hint::Dark));
    }
    if lacks_corner(&sheet)? {
        return Ok(Some(Hint::Cut));
    }
    for (flaw, grade, _) in blemishes(&sheet)? {
        match (flaw, grade) {
            (Flaw::Finger, _) => return Ok(Some(Hint::Finger)),
            (Flaw::Glare, Grade::Bad) => return Ok(Some(Hint::Glare)),
            _ => {}
        }
    }
    Ok(None)
}

/// A tiny grey picture of the sheet, levelled.
fn thumbprint(frame: &Mat, quad: &Quad) -> Result<Vec<u8>, VisionError> {
    let sheet = crate::page::upright(frame, quad, 96.0)?;
    let (mut grey, mut small) = (Mat::default(), Mat::default());
    imgproc::cvt_color_def(&sheet, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    imgproc::resize(&grey, &mut small, Size::new(PRINT_SIDE, PRINT_SIDE), 0.0, 0.0, imgproc::INTER_AREA)?;
    let bytes = small.data_bytes()?.to_vec();
    let (low, high) = (bytes.iter().min().copied().unwrap_or(0), bytes.iter().max().copied().unwrap_or(255));
    let span = u32::from(high - low).max(24);
    Ok(bytes.into_iter().map(|v| (u32::from(v - low) * 255 / span).min(255) as u8).collect())
}
