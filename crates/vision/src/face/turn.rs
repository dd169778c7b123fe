//! 请左右转头: the head has to turn to both sides and back, and stay the same head.

use super::Embedding;

/// How far to each side, degrees of [`super::Face::yaw`] from where it began.
const SIDEWAYS: f32 = 13.0;
/// Back to the front within this.
const FRONT: f32 = 8.0;
/// A turned face and its front view are alike at least this much (other people's are not).
const ALIKE: f32 = 0.30;
/// Turned frames whose likeness is looked at.
const LOOKED_AT: usize = 2;

/// A head turning, frame by frame.
#[derive(Debug)]
pub struct Turn {
    front: Embedding,
    began: f32,
    left: bool,
    right: bool,
    looked_at: usize,
    foreign: bool,
}

impl Turn {
    /// Begins with a frontal view turned by `yaw`.
    #[must_use]
    pub fn begin(front: Embedding, yaw: f32) -> Self {
        Self { front, began: yaw, left: false, right: false, looked_at: 0, foreign: false }
    }

    /// Should this frame's face be compared with the front view? Costs an embedding; only some are.
    #[must_use]
    pub fn wants_face(&self, yaw: f32) -> bool {
        let off = (yaw - self.began).abs();
        self.looked_at < LOOKED_AT && off > SIDEWAYS && off < SIDEWAYS + 15.0
    }

    /// A frame; `face` when it was asked for.
    pub fn offer(&mut self, yaw: f32, face: Option<&Embedding>) {
        let off = yaw - self.began;
        self.left |= off < -SIDEWAYS;
        self.right |= off > SIDEWAYS;
        if let Some(face) = face {
            self.looked_at += 1;
            self.foreign |= self.front.similarity(face) < ALIKE;
        }
    }

    /// Turned to both sides, back to the front, and the same face all the while.
    #[must_use]
    pub fn is_done(&self, yaw: f32) -> bool {
        self.left && self.right && (yaw - self.began).abs() < FRONT && self.looked_at > 0 && !self.foreign
    }

    /// Another face came in between: nothing helps any more.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }
}
