//! 文字识别: lines of text on an upright page (PP-OCR networks).
//!
//! Invariant: what is read carries its confidence and its place; nothing here knows what the page should say.

mod detect;
mod recognise;

use crate::VisionError;
use crate::runtime::Runtime;
use opencv::core::{self, Mat};
use opencv::prelude::*;

/// One line of text. Its words may be personal: `Debug` shows their count only.
#[derive(Clone, PartialEq)]
pub struct TextLine {
    /// What it says.
    pub text: String,
    /// Mean probability of its letters, 0–1.
    pub confidence: f32,
    /// Left, top, right, bottom as shares of the page.
    pub place: [f32; 4],
}

impl std::fmt::Debug for TextLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TextLine({} letters, {:.2})", self.text.chars().count(), self.confidence)
    }
}

/// How a page lies: by how many degrees it must be turned clockwise to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It stands upright.
    Upright,
    /// It lies on its right side.
    Quarter,
    /// It stands on its head.
    Half,
    /// It lies on its left side.
    ThreeQuarters,
}

impl Turn {
    /// Degrees clockwise.
    #[must_use]
    pub fn degrees(self) -> u16 {
        match self {
            Self::Upright => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }
}

/// What was read on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageText {
    /// Lines from top to bottom, those of one height from left to right.
    pub lines: Vec<TextLine>,
    /// How the page had to be turned before it could be read; places are those after turning.
    pub turn: Turn,
}

impl PageText {
    /// All lines, one under the other.
    #[must_use]
    pub fn joined(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Mean confidence, by letters; 0 without any.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        let letters = |line: &TextLine| line.text.chars().count() as f32;
        let all: f32 = self.lines.iter().map(letters).sum();
        if all == 0.0 { 0.0 } else { self.lines.iter().map(|line| letters(line) * line.confidence).sum::<f32>() / all }
    }
}

/// The reader of text: two networks and a dictionary.
pub struct Ocr {
    detector: detect::Detector,
    recogniser: recognise::Recogniser,
    version: String,
}

/// Lines read to find out whether a page stands on its head.
const PROBE_LINES: usize = 4;
/// A probe this sure needs no second one.
const PROBE_SURE: f32 = 0.88;

impl Ocr {
    /// Loads `ocr-detector` and `ocr-recogniser`.
    ///
    /// # Errors
    /// `ModelMissing`, `ModelChanged` or `Model`.
    pub fn open(runtime: &Runtime) -> Result<Self, VisionError> {
        Ok(Self {
            detector: detect::Detector::new(runtime.session("ocr-detector")?),
            recogniser: recognise::Recogniser::new(runtime.session("ocr-recogniser")?)?,
            version: runtime.models().get("ocr-recogniser")?.version.clone(),
        })
    }

    /// Version of the networks, part of every verdict.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Reads an 8-bit BGR page, whichever way up it lies.
    ///
    /// # Errors
    /// `Picture` or `Model` when a library fails.
    pub fn read(&mut self, page: &Mat) -> Result<PageText, VisionError> {
        let mut boxes = self.detector.boxes(page)?;
        if boxes.is_empty() {
            return Ok(PageText { lines: Vec::new(), turn: Turn::Upright });
        }
        let tall = boxes.iter().filter(|b| b.height > b.width * 3 / 2).count();
        let lying = tall * 2 > boxes.len();
        let (mut sheet, mut turn) = (page.clone(), Turn::Upright);
        if lying {
            (sheet, turn) = (turned(page, Turn::Quarter)?, Turn::Quarter);
            boxes = self.detector.boxes(&sheet)?;
        }
        let mut known = self.probe(&sheet, &boxes)?;
        if sure(&known) < PROBE_SURE {
            let over = turned(&sheet, Turn::Half)?;
            let flipped = self.detector.boxes(&over)?;
            let probed = self.probe(&over, &flipped)?;
            if sure(&probed) > sure(&known) + 0.05 {
                turn = if lying { Turn::ThreeQuarters } else { Turn::Half };
                (sheet, boxes, known) = (over, flipped, probed);
            }
        }
        let mut lines = Vec::with_capacity(boxes.len());
        let (width, height) = (sheet.cols() as f32, sheet.rows() as f32);
        for place in &boxes {
            // What the probe read is not read again.
            let (text, confidence) = match known.iter().position(|(at, _, _)| at == place) {
                Some(at) => (std::mem::take(&mut known[at].1), known[at].2),
                None => self.recogniser.read(&sheet, place)?,
            };
            if text.trim().is_empty() || confidence < 0.5 {
                continue;
            }
            let place = [
                place.x as f32 / width,
                place.y as f32 / height,
                (place.x + place.width) as f32 / width,
                (place.y + place.height) as f32 / height,
            ];
            lines.push(TextLine { text: text.trim().to_owned(), confidence, place });
        }
        Ok(PageText { lines, turn })
    }

    /// A few middle-sized lines: long enough to tell which way up they stand, short enough to be quick.
    fn probe(&mut self, sheet: &Mat, boxes: &[core::Rect]) -> Result<Vec<(core::Rect, String, f32)>, VisionError> {
        let mut long: Vec<&core::Rect> = boxes.iter().filter(|b| b.width > b.height * 3).collect();
        long.sort_by_key(|b| b.width);
        let from = long.len() / 3;
        let chosen: Vec<core::Rect> = long.into_iter().skip(from).take(PROBE_LINES).copied().collect();
        let mut read = Vec::with_capacity(chosen.len());
        for place in chosen {
            let (text, confidence) = self.recogniser.read(sheet, &place)?;
            read.push((place, text, confidence));
        }
        Ok(read)
    }
}

/// Mean confidence of a probe; 0 of an empty one.
fn sure(probe: &[(core::Rect, String, f32)]) -> f32 {
    probe.iter().map(|(_, _, confidence)| confidence).sum::<f32>() / probe.len().max(1) as f32
}

/// The page turned clockwise.
///
/// # Errors
/// `Picture` when the library fails.
pub fn turned(page: &Mat, turn: Turn) -> Result<Mat, VisionError> {
    let code = match turn {
        Turn::Upright => return Ok(page.clone()),
        Turn::Quarter => core::ROTATE_90_CLOCKWISE,
        Turn::Half => core::ROTATE_180,
        Turn::ThreeQuarters => core::ROTATE_90_COUNTERCLOCKWISE,
    };
    let mut out = Mat::default();
    core::rotate(page, &mut out, code)?;
    Ok(out)
}
