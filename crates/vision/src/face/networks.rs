//! The networks and what goes into each of them.

use super::align::{Aligned, SIDE};
use super::detect;
use super::quality::{self, Quality};
use super::{Face, Frame, Point};
use crate::VisionError;
use crate::models::Models;
use crate::runtime::Runtime;
use ort::session::Session;
use ort::value::Tensor;
use zeroize::Zeroize;

/// Most faces looked at in one picture.
const FACES_MAX: usize = 12;
const DETECT_WIDTH: usize = 320;
const DETECT_HEIGHT: usize = 240;
const POINTS_SIDE: usize = 64;
const EYE_SIDE: usize = 24;
const LIVENESS_SIDE: usize = 128;
/// How much wider than the face the liveness network sees.
const LIVENESS_AROUND: f32 = 2.7;
/// Numbers of an embedding.
const EMBEDDING: usize = 512;

/// 特征: a face as a vector of length one. Overwritten when dropped; says nothing in a log.
#[derive(Clone, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Cosine similarity, −1 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedding(redacted)")
    }
}

impl Drop for Embedding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Where decisions change, and the version they are known by.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Similarity at and above which a machine may say "the same person".
    pub same: f32,
    /// Similarity below which it is very likely another person.
    pub different: f32,
    /// Liveness at and above which the face counts as living.
    pub live: f32,
    /// Liveness below which it counts as a picture.
    pub doubt: f32,
    /// Probability above which an eye counts as closed.
    pub closed: f32,
    /// Networks and thresholds in one short text, for the record.
    pub version: String,
}

/// 人脸网络, loaded and ready on one thread.
pub struct Faces {
    detect: Session,
    points: Session,
    embed: Session,
    liveness: Session,
    eyes: Session,
    score: f32,
    overlap: f32,
    thresholds: Thresholds,
}

impl std::fmt::Debug for Faces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Faces({})", self.thresholds.version)
    }
}

impl Faces {
    /// Loads the five networks.
    ///
    /// # Errors
    /// `ModelMissing` or `ModelChanged` when one is not installed or another one: the check goes to a person.
    pub fn open(runtime: &Runtime) -> Result<Self, VisionError> {
        let models = runtime.models();
        Ok(Self {
            detect: runtime.session_of_one_size("face-detect")?,
            points: runtime.session_of_one_size("face-landmark")?,
            embed: runtime.session_of_one_size("face-embed")?,
            liveness: runtime.session_of_one_size("face-liveness")?,
            eyes: runtime.session_of_one_size("face-eyes")?,
            score: threshold(models, "face-detect", "score")?,
            overlap: threshold(models, "face-detect", "overlap")?,
            thresholds: thresholds(models)?,
        })
    }

    /// Where decisions change.
    #[must_use]
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Every face with its points, the largest first.
    ///
    /// # Errors
    /// `Model` when a network fails.
    pub fn find(&mut self, frame: &Frame<'_>) -> Result<Vec<Face>, VisionError> {
        let small = frame.shrunk(DETECT_WIDTH, DETECT_HEIGHT);
        let input = planes(&small, |value| (value - 127.0) / 128.0);
        let tensor = Tensor::from_array(([1, 3, DETECT_HEIGHT, DETECT_WIDTH], input))?;
        let found = {
            let outputs = self.detect.run(ort::inputs!["input" => tensor])?;
            let (_, scores) = outputs["scores"].try_extract_tensor::<f32>()?;
            let (_, boxes) = outputs["boxes"].try_extract_tensor::<f32>()?;
            detect::best(scores, boxes, self.score, self.overlap, FACES_MAX)
        };
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let mut faces = Vec::with_capacity(found.len());
        for one in found {
            let [left, top, right, bottom] = one.bounds;
            let bounds = square([left * width, top * height, right * width, bottom * height]);
            let points = self.points(frame, bounds)?;
            faces.push(Face { bounds, score: one.score, points });
        }
        faces.sort_by(|a, b| (b.bounds[3] - b.bounds[1]).total_cmp(&(a.bounds[3] - a.bounds[1])));
        Ok(faces)
    }

    fn points(&mut self, frame: &Frame<'_>, bounds: [f32; 4]) -> Result<Vec<Point>, VisionError> {
        let mut input = vec![0.0_f32; POINTS_SIDE * POINTS_SIDE];
        frame.take_box(bounds, (POINTS_SIDE, POINTS_SIDE), |index, colour| input[index] = grey(colour) / 256.0);
        let tensor = Tensor::from_array(([1, 1, POINTS_SIDE, POINTS_SIDE], input))?;
        let outputs = self.points.run(ort::inputs!["input" => tensor])?;
        let (_, values) = outputs["output"].try_extract_tensor::<f32>()?;
        let (width, height) = (bounds[2] - bounds[0], bounds[3] - bounds[1]);
        let points: Vec<Point> =
            values.as_chunks::<2>().0.iter().map(|p| [p[0] * width + bounds[0], p[1] * height + bounds[1]]).collect();
        if points.len() != 68 || points.iter().flatten().any(|value| !value.is_finite()) {
            return Err(VisionError::Model("face-landmark: not 68 points".into()));
        }
        Ok(points)
    }

    /// The face as a vector.
    ///
    /// # Errors
    /// `Model` when the network fails.
    pub fn embed(&mut self, aligned: &Aligned) -> Result<Embedding, VisionError> {
        let input = planes(&aligned.0, |value| (value - 127.0) / 128.0);
        let tensor = Tensor::from_array(([1, 3, SIDE, SIDE], input))?;
        let outputs = self.embed.run(ort::inputs!["input" => tensor])?;
        let (_, values) = outputs["output"].try_extract_tensor::<f32>()?;
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        if values.len() != EMBEDDING || !length.is_finite() || length < f32::MIN_POSITIVE {
            return Err(VisionError::Model("face-embed: no vector".into()));
        }
        Ok(Embedding(values.iter().map(|value| value / length).collect()))
    }

    /// How likely the face is a living one and no picture or screen, 0–1.
    ///
    /// # Errors
    /// `Model` when the network fails.
    pub fn liveness(&mut self, frame: &Frame<'_>, face: &Face) -> Result<f32, VisionError> {
        let bounds = around(face.bounds, frame.width() as f32, frame.height() as f32);
        let mut small = vec![[0.0_f32; 3]; LIVENESS_SIDE * LIVENESS_SIDE];
        // Blue first, 0 to 255: what the network was trained with.
        frame.take_box(bounds, (LIVENESS_SIDE, LIVENESS_SIDE), |index, [r, g, b]| small[index] = [b, g, r]);
        let tensor = Tensor::from_array(([1, 3, LIVENESS_SIDE, LIVENESS_SIDE], planes(&small, |value| value)))?;
        let outputs = self.liveness.run(ort::inputs!["input" => tensor])?;
        let (_, values) = outputs["output"].try_extract_tensor::<f32>()?;
        first_of_softmax(values).ok_or_else(|| VisionError::Model("face-liveness: no answer".into()))
    }

    /// How likely the less open eye is closed, 0–1.
    fn closed(&mut self, frame: &Frame<'_>, face: &Face) -> Result<f32, VisionError> {
        let mut most = 0.0_f32;
        for first in [36, 42] {
            let eye = &face.points[first..first + 6];
            let centre = |axis: usize| (eye[1][axis] + eye[2][axis] + eye[4][axis] + eye[5][axis]) / 4.0;
            let half = (eye[3][0] - eye[0][0]).abs().max(2.0) * 0.8;
            let bounds = [centre(0) - half, centre(1) - half, centre(0) + half, centre(1) + half];
            let mut input = vec![0.0_f32; EYE_SIDE * EYE_SIDE];
            frame.take_box(bounds, (EYE_SIDE, EYE_SIDE), |index, colour| input[index] = grey(colour) / 255.0);
            let tensor = Tensor::from_array(([1, 1, EYE_SIDE, EYE_SIDE], input))?;
            let outputs = self.eyes.run(ort::inputs!["input" => tensor])?;
            let (_, values) = outputs["output"].try_extract_tensor::<f32>()?;
            let closed = first_of_softmax(values).ok_or_else(|| VisionError::Model("face-eyes: no answer".into()))?;
            most = most.max(closed);
        }
        Ok(most)
    }

    /// Is the first of these faces good enough to be compared, and what would make it better? `aligned` is that face.
    ///
    /// # Errors
    /// `Model` when a network fails.
    pub fn quality(&mut self, frame: &Frame<'_>, faces: &[Face], aligned: &Aligned) -> Result<Quality, VisionError> {
        let Some(face) = faces.first() else { return Ok(Quality::nobody()) };
        let closed = self.closed(frame, face)? > self.thresholds.closed;
        Ok(quality::judge(frame, faces, &aligned.0, closed))
    }
}

fn threshold(models: &Models, name: &str, key: &str) -> Result<f32, VisionError> {
    let value = models.get(name)?.thresholds.get(key);
    value.map(|value| *value as f32).ok_or_else(|| VisionError::Model(format!("{name}: no threshold {key}")))
}

fn thresholds(models: &Models) -> Result<Thresholds, VisionError> {
    let embed = models.get("face-embed")?;
    let version = format!("{}/{}", embed.version, models.get("face-liveness")?.version);
    Ok(Thresholds {
        same: threshold(models, "face-embed", "same")?,
        different: threshold(models, "face-embed", "different")?,
        live: threshold(models, "face-liveness", "live")?,
        doubt: threshold(models, "face-liveness", "doubt")?,
        closed: threshold(models, "face-eyes", "closed")?,
        version,
    })
}

/// As wide as high, around the same middle.
fn square(bounds: [f32; 4]) -> [f32; 4] {
    let half = (bounds[3] - bounds[1]) / 2.0;
    let (x, y) = ((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0);
    [x - half, y - half, x + half, y + half]
}

/// The box made wider, moved and cut so that it stays within the picture.
fn around(bounds: [f32; 4], width: f32, height: f32) -> [f32; 4] {
    let side = (bounds[2] - bounds[0]).max(1.0);
    let wide = side * LIVENESS_AROUND.min((width - 1.0) / side).min((height - 1.0) / side);
    let place = |low: f32, high: f32, room: f32| {
        let start = (low + high - wide) / 2.0;
        start.min(room - 1.0 - wide).max(0.0)
    };
    let (left, top) = (place(bounds[0], bounds[2], width), place(bounds[1], bounds[3], height));
    [left, top, left + wide, top + wide]
}

/// Colours as three planes.
fn planes(pixels: &[[f32; 3]], scale: impl Fn(f32) -> f32) -> Vec<f32> {
    let count = pixels.len();
    let mut planes = vec![0.0; count * 3];
    for (index, colour) in pixels.iter().enumerate() {
        for (plane, value) in colour.iter().enumerate() {
            planes[plane * count + index] = scale(*value);
        }
    }
    planes
}

/// ITU-R BT.601 luma.
pub(super) fn grey([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn first_of_softmax(values: &[f32]) -> Option<f32> {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = values.iter().map(|value| (value - most).exp()).collect();
    let share = powers.first()? / powers.iter().sum::<f32>();
    share.is_finite().then_some(share)
}
