//! 人脸: finding, aligning, measuring and comparing faces; is it a living one?
//!
//! Invariant: nothing here knows a name. A comparison gives a score and the version of the thresholds
//! it is held against; what lies between the thresholds, or cannot be seen well, is for a person.
//! Embeddings are overwritten when dropped and never leave the process.

mod align;
mod burst;
mod detect;
mod frame;
mod networks;
mod quality;
mod turn;

pub use align::Aligned;
pub use burst::{Burst, Hint, Outcome, Why};
pub use frame::Frame;
pub use networks::{Embedding, Faces, Thresholds};
pub use quality::{Issue, Quality};
pub use turn::Turn;

/// A place in a picture, pixels from the top left.
pub type Point = [f32; 2];

/// A face in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom, pixels; may reach over the picture's edge.
    pub bounds: [f32; 4],
    /// How sure the detector is, 0–1.
    pub score: f32,
    /// The 68 points of the iBUG scheme, pixels.
    pub points: Vec<Point>,
}

impl Face {
    /// Eyes (the picture's left first), tip of the nose, corners of the mouth.
    #[must_use]
    pub fn five(&self) -> [Point; 5] {
        let mean = |indices: &[usize]| {
            let count = indices.len() as f32;
            let sum = indices.iter().fold([0.0, 0.0], |sum: Point, &index| {
                let point = self.points.get(index).copied().unwrap_or_default();
                [sum[0] + point[0], sum[1] + point[1]]
            });
            [sum[0] / count, sum[1] / count]
        };
        [mean(&[37, 38, 40, 41]), mean(&[43, 44, 46, 47]), mean(&[30]), mean(&[48, 60]), mean(&[54, 64])]
    }

    /// Pixels between the eyes.
    #[must_use]
    pub fn eye_distance(&self) -> f32 {
        let [left, right, ..] = self.five();
        (right[0] - left[0]).hypot(right[1] - left[1])
    }

    /// Roughly how far the head is turned to the picture's left (−) or right (+), degrees: how far the tip of
    /// the nose stands off the middle of the eyes. A flat picture that is turned keeps this measure, because
    /// shortening it shortens both distances alike; only a head with a nose changes it.
    #[must_use]
    pub fn yaw(&self) -> f32 {
        let (along, _) = self.nose();
        (along / NOSE_REACH).atan().to_degrees()
    }

    /// Nose height between eyes (0) and mouth (1): low when looking up, high when looking down.
    #[must_use]
    pub fn nod(&self) -> f32 {
        let (_, across) = self.nose();
        let [left, right, _, mouth_left, mouth_right] = self.five();
        let middle = |a: Point, b: Point| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let (eyes, mouth) = (middle(left, right), middle(mouth_left, mouth_right));
        let height = (mouth[0] - eyes[0]).hypot(mouth[1] - eyes[1]).max(1.0);
        across * self.eye_distance() / height
    }

    /// How far the head leans, degrees.
    #[must_use]
    pub fn roll(&self) -> f32 {
        let [left, right, ..] = self.five();
        (right[1] - left[1]).atan2(right[0] - left[0]).to_degrees()
    }

    /// Tip of the nose from the middle of the eyes, along and across the line of the eyes, in eye distances.
    fn nose(&self) -> (f32, f32) {
        let [left, right, nose, ..] = self.five();
        let distance = self.eye_distance().max(1.0);
        let axis = [(right[0] - left[0]) / distance, (right[1] - left[1]) / distance];
        let off = [nose[0] - (left[0] + right[0]) / 2.0, nose[1] - (left[1] + right[1]) / 2.0];
        let along = off[0] * axis[0] + off[1] * axis[1];
        let across = off[1] * axis[0] - off[0] * axis[1];
        (along / distance, across / distance)
    }
}

/// How far a nose reaches out of the plane of the eyes, in eye distances (fitted by eye to known poses).
const NOSE_REACH: f32 = 0.5;
