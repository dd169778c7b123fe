//! 人证比对与指纹比对: what the terminal asks the vision worker, and what it answers. CONTRACT.
//!
//! Pictures go in and a verdict comes out; features of a face or finger stay in the worker, except the minutiae
//! record a caller asks for. Scores are of the matcher whose version goes with them.

use crate::message::Rgba;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroize;

/// Compare the live face with the card's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceTask {
    /// The picture on the card, decoded.
    pub portrait: Rgba,
    /// Ask for a turn of the head even when the passive check is content.
    pub always_turn: bool,
}

/// Why a face was not compared, or what the comparison says. Only `Same` lets a machine decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FaceOutcome {
    /// 同一人, alive.
    Same,
    /// Between the thresholds.
    Grey,
    /// Very likely another person.
    Different,
    /// It does not look like a living face.
    NotLive,
    /// No frame was good enough.
    NoGoodFrame,
    /// The card's picture shows no face.
    NoPortrait,
    /// The networks are not installed, or other files stand in their place.
    NoModel,
}

/// 人证比对结果.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceReport {
    /// What it says.
    pub outcome: FaceOutcome,
    /// Similarity in thousandths, when there was something to compare.
    pub score_milli: Option<u32>,
    /// Score at and above which the outcome is `Same`, thousandths.
    pub same_milli: u32,
    /// Liveness in thousandths.
    pub liveness_milli: u32,
    /// The head was turned as asked.
    pub turned: bool,
    /// Quality of the best frame, 0–100.
    pub quality: u8,
    /// Frames looked at.
    pub frames: u32,
    /// Networks and thresholds, one short text.
    pub version: String,
    /// The best frame as JPEG, for evidence; empty without a good one.
    pub jpeg: Vec<u8>,
    /// The best frame, small, for the screen.
    pub thumb: Option<Rgba>,
}

impl fmt::Debug for FaceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "FaceReport({:?}, score {:?}, {} frames, {})",
            self.outcome, self.score_milli, self.frames, self.version
        )
    }
}

/// Compare a print with references. Overwritten on drop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerTask {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixels to the inch.
    pub dpi: u32,
    /// `width * height` grey bytes.
    pub pixels: Vec<u8>,
    /// Minutiae records (ISO/IEC 19794-2:2005) of fingers it may be.
    pub records: Vec<Vec<u8>>,
    /// The card's fingerprint blocks as read; closed (GA/T 1012) unless a decoder is at hand.
    pub card: Vec<u8>,
}

impl Drop for FingerTask {
    fn drop(&mut self) {
        self.pixels.zeroize();
        self.records.zeroize();
        self.card.zeroize();
    }
}

impl fmt::Debug for FingerTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerTask({}x{}, {} records)", self.width, self.height, self.records.len())
    }
}

/// What a comparison of prints says. Only `Same` lets a machine decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FingerOutcome {
    /// 同一枚手指.
    Same,
    /// Between the thresholds.
    Grey,
    /// Very likely another finger.
    Different,
    /// Too few minutiae: worn, wet or hardly pressed.
    Worn,
    /// Nothing to compare with: no record, and the card's blocks cannot be read.
    NoReference,
}

/// 指纹比对结果. The record is overwritten on drop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerReport {
    /// What it says.
    pub outcome: FingerOutcome,
    /// Best score over the references.
    pub score: Option<u32>,
    /// Quality of the print, 0–100.
    pub quality: u8,
    /// Minutiae found.
    pub minutiae: u16,
    /// Matcher and thresholds, one short text.
    pub version: String,
    /// The print's own record, ISO/IEC 19794-2:2005.
    pub record: Vec<u8>,
}

impl Drop for FingerReport {
    fn drop(&mut self) {
        self.record.zeroize();
    }
}

impl fmt::Debug for FingerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "FingerReport({:?}, score {:?}, quality {}, {})",
            self.outcome, self.score, self.quality, self.version
        )
    }
}
