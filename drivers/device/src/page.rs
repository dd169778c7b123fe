//! 材料页: what the terminal asks the document camera's worker about pages, and what it answers. CONTRACT.
//!
//! Shares of a picture's sides travel in ten-thousandths, probabilities and steepness in thousandths, so that every
//! message compares equal to itself. What was read on a page may be personal: `Debug` shows counts only.

use crate::message::Rgba;
use serde::{Deserialize, Serialize};
use std::fmt;
use tongban_domain::event::PageVerdict;
use tongban_domain::ids::FieldId;
use zeroize::Zeroize;

/// What may be wrong with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PageFlaw {
    /// 模糊.
    Blurred,
    /// 太暗.
    Dark,
    /// 反光.
    Glare,
    /// 阴影.
    Shadow,
    /// 缺角、缺边.
    Cut,
    /// 手指遮挡.
    Finger,
    /// 分辨率不足.
    Coarse,
    /// 空白页.
    Blank,
    /// 两页在一张图上 (the picture was split).
    Double,
    /// 方向不正.
    Turned,
    /// 没有找到纸张.
    NoSheet,
}

/// One reason, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageFinding {
    /// What.
    pub flaw: PageFlaw,
    /// Take it again; else: look again, the page can stay.
    pub bad: bool,
    /// Left, top, right, bottom on the page, ten-thousandths of its sides.
    pub place: [u16; 4],
}

/// 一页: straightened, whitened, judged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStill {
    /// JPEG without metadata: at most 500 KiB without colour, 1 MiB with.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Small picture for the screen, at most 320 px on the long side.
    pub thumb: Rgba,
    /// The thumb as JPEG, for the store.
    pub thumb_jpeg: Vec<u8>,
    /// Pixels per inch on the paper.
    pub dpi: u16,
    /// Steepness of the writing's edges, thousandths.
    pub sharpness_milli: u16,
    /// Reasons, worst first; empty when all is well.
    pub findings: Vec<PageFinding>,
}

impl fmt::Debug for PageStill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageStill({}x{}, {} bytes, {:?})", self.width, self.height, self.jpeg.len(), self.findings)
    }
}

/// Read a page that was taken.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTask {
    /// The page as [`PageStill`] gave it.
    pub jpeg: Vec<u8>,
    /// What was found when it was taken.
    pub findings: Vec<PageFinding>,
    /// 材料名称.
    pub material: String,
    /// Names and numbers of the case of which one should stand on the page; empty: no matter.
    pub names: Vec<String>,
    /// Numbers to be read off.
    pub figures: Vec<FigureTask>,
}

impl Drop for ReadTask {
    fn drop(&mut self) {
        self.names.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl fmt::Debug for ReadTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadTask({} bytes, {} names, {} figures)", self.jpeg.len(), self.names.len(), self.figures.len())
    }
}

/// A number to be read off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureTask {
    /// Its name in the verdict.
    pub figure: FieldId,
    /// What stands before it on the page.
    pub label: String,
    /// Unit it is to be given in; empty: as printed.
    pub unit: String,
}

/// What the page says. Never decides alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageReport {
    /// For the case.
    pub verdict: PageVerdict,
    /// Kinds of document it seems to be, likeliest first.
    pub seen: Vec<String>,
    /// One of the names stands on it; `None` when none were given or nothing was read.
    pub named: Option<bool>,
    /// Texts of QR codes and bar codes.
    pub codes: Vec<String>,
    /// Lines that were read.
    pub lines: u16,
    /// Mean confidence of the letters, thousandths.
    pub confidence_milli: u16,
    /// Degrees the page has to be turned clockwise to stand upright.
    pub turn: u16,
    /// The networks are not installed: nothing was read.
    pub unread: bool,
}

impl fmt::Debug for PageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageReport({:?}, {:?}, {} lines, {} codes)", self.verdict, self.seen, self.lines, self.codes.len())
    }
}

/// What to do better while a page is being laid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PageHint {
    /// 请放上材料.
    LayPage,
    /// 请靠近一些.
    Closer,
    /// 太暗.
    Dark,
    /// 缺角.
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

/// What the live picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageSight {
    /// Corners of the page, clockwise from the top left, ten-thousandths of the picture's width and height.
    pub quad: Option<[[u16; 2]; 4]>,
    /// What to do.
    pub hint: PageHint,
    /// Number of the page that lies there; it counts up when another takes its place.
    pub page: u32,
    /// It lies still, whole and lit: the moment to take it, unless the station does not want that.
    pub ready: bool,
}
