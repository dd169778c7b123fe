//! 质量: is the page good enough, and if not, why and where.
//!
//! Invariant: a finding names a reason a person can act on and the place on the page; nothing is refused here.

mod blemish;
mod corner;
mod glare;
mod sharp;

use crate::VisionError;
use crate::page::{Calibration, Found, Paper, PaperGuess};
use opencv::core::Mat;

pub use sharp::{Sharpness, sharpness};

/// What may be wrong with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// 模糊.
    Blurred,
    /// 太暗.
    Dark,
    /// 反光.
    Glare,
    /// 阴影.
    Shadow,
    /// 缺角、缺边: beyond the frame, folded over or torn off.
    Cut,
    /// 手指遮挡.
    Finger,
    /// 分辨率不足.
    Coarse,
    /// 空白页.
    Blank,
    /// 两页在一张图上.
    Double,
    /// 方向不正; found when the text is read.
    Turned,
    /// 没有找到纸张.
    NoSheet,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Look again; the page can stay.
    Doubt,
    /// Take it again.
    Bad,
}

/// One reason, and where on the page: left, top, right, bottom as shares of its sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// What.
    pub flaw: Flaw,
    /// How bad.
    pub grade: Grade,
    /// Where; the whole page when it is everywhere.
    pub place: [f32; 4],
}

/// The whole page.
pub const EVERYWHERE: [f32; 4] = [0.0, 0.0, 1.0, 1.0];

/// The verdict on one page, with the figures it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Reasons, worst first; empty when all is well.
    pub findings: Vec<Finding>,
    /// Edge steepness of writing, 0–1; see [`Sharpness`].
    pub sharpness: f32,
    /// Share of tiles with writing.
    pub inked: f32,
    /// Paper's lightness, 0–255.
    pub brightness: f32,
    /// Darkest over brightest paper, 0–1.
    pub evenness: f32,
    /// Pixels per inch on the paper.
    pub dpi: f32,
}

/// What the judge may look at besides the pixels.
pub(crate) struct Looks<'a> {
    pub(crate) found: Option<&'a Found>,
    pub(crate) frame: (f64, f64),
    pub(crate) paper: &'a PaperGuess,
    pub(crate) calibration: &'a Calibration,
}

/// Below this edge steepness writing is blurred, and below [`SHARP_DOUBT`] somebody should look.
const SHARP_BAD: f32 = 0.20;
/// See [`SHARP_BAD`].
const SHARP_DOUBT: f32 = 0.24;
/// Paper darker than this.
const DARK_BAD: f64 = 85.0;
/// Less even light than this.
const UNEVEN: f64 = 0.42;
/// A page with fewer tiles of writing is blank.
const INKED_MIN: f32 = 0.004;

/// Judges an upright page (`page` at full size, `small` the same at about a tenth of the pixels), before whitening.
pub(crate) fn judge(
    page: &Mat,
    small: &Mat,
    looks: &Looks<'_>,
    evenness: f64,
    brightness: f64,
) -> Result<Quality, VisionError> {
    let sharp = sharpness(page)?;
    let mut findings = Vec::new();
    let mut add = |flaw, grade, place| findings.push(Finding { flaw, grade, place });
    match looks.found {
        None => add(Flaw::NoSheet, Grade::Bad, EVERYWHERE),
        Some(found) => {
            for place in cut_places(found, looks.frame) {
                add(Flaw::Cut, Grade::Bad, place);
            }
            for place in corner::missing(small)? {
                add(Flaw::Cut, Grade::Doubt, place);
            }
        }
    }
    if sharp.inked < INKED_MIN {
        add(Flaw::Blank, Grade::Doubt, EVERYWHERE);
    } else if sharp.value < SHARP_BAD {
        add(Flaw::Blurred, Grade::Bad, sharp.worst);
    } else if sharp.value < SHARP_DOUBT {
        add(Flaw::Blurred, Grade::Doubt, sharp.worst);
    }
    if brightness < DARK_BAD {
        add(Flaw::Dark, Grade::Bad, EVERYWHERE);
    }
    for (flaw, grade, place) in blemishes(small)? {
        if flaw != Flaw::Finger || looks.found.is_some() {
            add(flaw, grade, place);
        }
    }
    if evenness < UNEVEN {
        add(Flaw::Shadow, Grade::Doubt, EVERYWHERE);
    }
    if looks.paper.dpi < looks.calibration.dpi_min {
        let grade = if looks.paper.dpi < looks.calibration.dpi_min * 0.75 { Grade::Bad } else { Grade::Doubt };
        add(Flaw::Coarse, grade, EVERYWHERE);
    } else if could_be_a_far_sheet(looks) {
        add(Flaw::Coarse, Grade::Doubt, EVERYWHERE);
    }
    findings.sort_by(|a, b| b.grade.cmp(&a.grade).then(a.flaw.cmp(&b.flaw)));
    Ok(Quality {
        findings,
        sharpness: sharp.value,
        inked: sharp.inked,
        brightness: brightness as f32,
        evenness: evenness as f32,
        dpi: looks.paper.dpi as f32,
    })
}

/// Without a calibration a passport's page near by looks as an A4 sheet far away does.
fn could_be_a_far_sheet(looks: &Looks<'_>) -> bool {
    let (Some((_, passport)), Some((_, sheet))) = (Paper::Passport.millimetres(), Paper::A4.millimetres()) else {
        return false;
    };
    let paper = looks.paper;
    !paper.measured && paper.paper == Paper::Passport && paper.dpi * passport / sheet < looks.calibration.dpi_min
}

/// A corner of a small upright sheet is folded over or torn off.
pub(crate) fn lacks_corner(small: &Mat) -> Result<bool, VisionError> {
    Ok(!corner::missing(small)?.is_empty())
}

/// Glare and fingers on a small upright sheet.
pub(crate) fn blemishes(small: &Mat) -> Result<Vec<(Flaw, Grade, [f32; 4])>, VisionError> {
    let mut found = Vec::new();
    if let Some((place, share)) = glare::glare(small)? {
        found.push((Flaw::Glare, if share > 0.006 { Grade::Bad } else { Grade::Doubt }, place));
    }
    if let Some(place) = blemish::finger(small)? {
        found.push((Flaw::Finger, Grade::Bad, place));
    }
    Ok(found)
}

impl Quality {
    /// The worst grade; `None` when nothing is wrong.
    #[must_use]
    pub fn worst(&self) -> Option<Grade> {
        self.findings.iter().map(|finding| finding.grade).max()
    }

    /// A verdict told elsewhere, without the figures it rests on.
    #[must_use]
    pub fn reported(findings: Vec<Finding>) -> Self {
        Self { findings, sharpness: 0.0, inked: 0.0, brightness: 0.0, evenness: 0.0, dpi: 0.0 }
    }

    /// Is this flaw among the findings?
    #[must_use]
    pub fn has(&self, flaw: Flaw) -> bool {
        self.findings.iter().any(|finding| finding.flaw == flaw)
    }

    pub(crate) fn add_double(&mut self) {
        self.findings.push(Finding { flaw: Flaw::Double, grade: Grade::Doubt, place: EVERYWHERE });
    }
}

/// Where the sheet leaves the frame: a strip along each side that does.
fn cut_places(found: &Found, (width, height): (f64, f64)) -> Vec<[f32; 4]> {
    const STRIPS: [[f32; 4]; 4] =
        [[0.0, 0.0, 1.0, 0.08], [0.92, 0.0, 1.0, 1.0], [0.0, 0.92, 1.0, 1.0], [0.0, 0.0, 0.08, 1.0]];
    let outside = |p: [f64; 2]| p[0] < 1.0 || p[1] < 1.0 || p[0] > width - 2.0 || p[1] > height - 2.0;
    let mut places: Vec<[f32; 4]> = (0..4).filter(|&i| found.cut[i]).map(|i| STRIPS[i]).collect();
    if places.is_empty() {
        for (i, corner) in found.quad.0.iter().enumerate() {
            if outside(*corner) {
                let (right, low) = (i == 1 || i == 2, i >= 2);
                let (x, y) = (if right { 0.85 } else { 0.0 }, if low { 0.85 } else { 0.0 });
                places.push([x, y, x + 0.15, y + 0.15]);
            }
        }
    }
    places
}
