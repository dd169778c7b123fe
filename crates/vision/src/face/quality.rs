//! 人脸质量: can this face be compared, and what should the person do about it?
//!
//! Limits were set on public photographs, their blurred copies and copies with a drawn mask; see docs/vision.md.

use super::align::SIDE;
use super::networks::grey;
use super::{Face, Frame};

/// Eyes nearer to each other than this are too far away, pixels.
const EYES_NEAR: f32 = 45.0;
/// A face higher than this share of the picture is too near.
const FACE_HIGH: f32 = 0.85;
/// How far the middle of the face may be off the picture's, share of its width and height.
const OFF_CENTRE: f32 = 0.32;
const YAW_MAX: f32 = 16.0;
const ROLL_MAX: f32 = 25.0;
/// See [`Face::nod`].
const NOD: std::ops::RangeInclusive<f32> = 0.28..=0.78;
/// Mean luma of a face in good light, 0–255.
const LIGHT: std::ops::RangeInclusive<f32> = 50.0..=215.0;
/// Variance of the Laplacian on the aligned face: below this it is blurred.
const SHARP_MIN: f32 = 20.0;
/// From here on more sharpness does not count.
const SHARP_FULL: f32 = 60.0;
/// Another face at least this share of the first one's height stands too near to be left out.
const OTHER_FACE: f32 = 0.5;
/// A covered mouth shows hardly any steps from row to row.
const MOUTH_STEP: f32 = 3.5;
/// And another colour or brightness than the skin around the nose.
const MASK_COLOUR: f32 = 14.0;
const MASK_LUMA: f32 = 45.0;

/// What would make the picture better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Issue {
    /// 画面里没有人脸.
    Nobody,
    /// 不止一个人.
    NotAlone,
    /// 太远.
    TooFar,
    /// 太近.
    TooNear,
    /// 不在画面中间.
    OffCentre,
    /// 没有正对镜头.
    Turned,
    /// 太暗.
    Dark,
    /// 太亮.
    Bright,
    /// 口罩或遮挡.
    Covered,
    /// 模糊.
    Blurred,
    /// 闭眼.
    EyesClosed,
}

/// 质量: issues in the order in which a person should be told, and one figure to choose the best frame by.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// What is wrong, the most important first.
    pub issues: Vec<Issue>,
    /// 0–100; only frames without issues are compared.
    pub score: u8,
    /// How far the head is turned, degrees ([`Face::yaw`]).
    pub yaw: f32,
}

impl Quality {
    /// No face at all.
    #[must_use]
    pub fn nobody() -> Self {
        Self { issues: vec![Issue::Nobody], score: 0, yaw: 0.0 }
    }

    /// Good enough to be compared.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.issues.is_empty()
    }
}

/// Judges the first of these faces, given its aligned picture.
pub(super) fn judge(frame: &Frame<'_>, faces: &[Face], aligned: &[[f32; 3]], closed: bool) -> Quality {
    let Some(face) = faces.first() else { return Quality::nobody() };
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    let tall = face.bounds[3] - face.bounds[1];
    let off = [
        ((face.bounds[0] + face.bounds[2]) / 2.0 / width - 0.5).abs(),
        ((face.bounds[1] + face.bounds[3]) / 2.0 / height - 0.5).abs(),
    ];
    let yaw = face.yaw();
    let luma: Vec<f32> = aligned.iter().map(|colour| grey(*colour)).collect();
    let light = window(16..96, 24..104).map(|index| luma[index]).sum::<f32>() / 6400.0;
    let sharp = sharpness(&luma);
    let checks = [
        (Issue::NotAlone, faces.get(1).is_some_and(|other| other.bounds[3] - other.bounds[1] > tall * OTHER_FACE)),
        (Issue::TooFar, face.eye_distance() < EYES_NEAR),
        (Issue::TooNear, tall > height * FACE_HIGH),
        (Issue::OffCentre, off.iter().any(|off| *off > OFF_CENTRE)),
        (Issue::Turned, yaw.abs() > YAW_MAX || face.roll().abs() > ROLL_MAX || !NOD.contains(&face.nod())),
        (Issue::Dark, light < *LIGHT.start()),
        (Issue::Bright, light > *LIGHT.end()),
        (Issue::Covered, covered(aligned, &luma)),
        (Issue::Blurred, sharp < SHARP_MIN),
        (Issue::EyesClosed, closed),
    ];
    let issues: Vec<Issue> = checks.iter().filter(|(_, wrong)| *wrong).map(|(issue, _)| *issue).collect();
    let score = (sharp / SHARP_FULL).min(1.0)
        * (1.0 - yaw.abs() / 60.0).max(0.0)
        * (1.0 - face.roll().abs() / 90.0).max(0.0)
        * (face.eye_distance() / (2.0 * EYES_NEAR)).clamp(0.3, 1.0);
    Quality { issues, score: (score * 100.0) as u8, yaw }
}

/// Indices of a window of the aligned picture.
fn window(columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    rows.flat_map(move |row| columns.clone().map(move |column| row * SIDE + column))
}

/// Variance of the Laplacian over the middle of the aligned face.
fn sharpness(luma: &[f32]) -> f32 {
    let (mut sum, mut squares, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
    for index in window(17..95, 17..107) {
        let value = 4.0 * luma[index] - luma[index - 1] - luma[index + 1] - luma[index - SIDE] - luma[index + SIDE];
        sum += value;
        squares += value * value;
        count += 1.0;
    }
    squares / count - (sum / count).powi(2)
}

/// Does something flat and of another colour cover the mouth?
fn covered(aligned: &[[f32; 3]], luma: &[f32]) -> bool {
    let step: f32 = window(34..78, 81..106).map(|index| (luma[index] - luma[index - SIDE]).abs()).sum::<f32>() / 1100.0;
    if step >= MOUTH_STEP {
        return false;
    }
    let middle = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, part: fn([f32; 3]) -> f32| {
        let mut values: Vec<f32> = window(columns, rows).map(|index| part(aligned[index])).collect();
        values.sort_by(f32::total_cmp);
        values[values.len() / 2]
    };
    let differs = |part: fn([f32; 3]) -> f32| (middle(36..76, 54..68, part) - middle(34..78, 80..106, part)).abs();
    let blue = differs(|c| (c[2] - grey(c)) * 0.564);
    let red = differs(|c| (c[0] - grey(c)) * 0.713);
    blue.max(red) > MASK_COLOUR || differs(grey) > MASK_LUMA
}
