//! 连拍: the best frames out of a short burst, and what they say together.
//!
//! A decision needs several good frames, not one lucky frame: the score is the median over the best of them,
//! liveness their mean. Machines only ever say "the same person"; everything else goes to a person.

use super::turn::Turn;
use super::{Aligned, Embedding, Face, Faces, Frame, Issue};
use crate::VisionError;

/// Good frames before anything is decided.
const FRAMES_MIN: usize = 3;
/// Good frames after which "not alike" is said.
const FRAMES_ENOUGH: usize = 8;
/// Best frames the score is taken from.
const FRAMES_SCORED: usize = 5;
/// Most good frames kept.
const FRAMES_MAX: usize = 40;

/// What the person should do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Something about the picture.
    Better(Issue),
    /// 很好，请保持不动.
    Hold,
    /// 请左右转头.
    Turn,
}

/// Why a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The card's picture shows no face.
    NoPortrait,
    /// No frame was good enough; the most frequent issue.
    NoGoodFrame(Issue),
    /// The score lies between the thresholds.
    Grey,
    /// Very likely another person.
    Different,
    /// It does not look like a living face.
    NotLive,
}

/// What a burst says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// The same person, alive.
    Same,
    /// A person decides.
    ToPerson(Why),
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    quality: u8,
    similarity: f32,
    liveness: f32,
}

/// 人证比对 of one visit: frames in, hints and at last an outcome out.
#[derive(Debug)]
pub struct Burst {
    portrait: Option<Embedding>,
    always_turn: bool,
    good: Vec<Seen>,
    issues: Vec<(Issue, u32)>,
    turn: Option<Turn>,
    turned: bool,
    best: u8,
    frames: u32,
}

impl Burst {
    /// Compares with the face in this picture of the card; `always_turn` asks for a turn of the head even when
    /// the passive check is content.
    ///
    /// # Errors
    /// `Model` when a network fails. A picture without a face is no error; the outcome says it.
    pub fn begin(faces: &mut Faces, portrait: &Frame<'_>, always_turn: bool) -> Result<Self, VisionError> {
        let found = faces.find(portrait)?;
        let portrait = found.first().map(|face| faces.embed(&Aligned::of(portrait, face))).transpose()?;
        Ok(Self {
            portrait,
            always_turn,
            good: Vec::new(),
            issues: Vec::new(),
            turn: None,
            turned: false,
            best: 0,
            frames: 0,
        })
    }

    /// Looks at a live frame. `true` in the second place: this is the best frame so far, worth keeping.
    ///
    /// # Errors
    /// `Model` when a network fails.
    pub fn offer(&mut self, faces: &mut Faces, frame: &Frame<'_>) -> Result<(Hint, bool), VisionError> {
        self.frames += 1;
        let found = faces.find(frame)?;
        let Some(face) = found.first() else {
            self.count(Issue::Nobody);
            return Ok((if self.turn.is_some() { Hint::Turn } else { Hint::Better(Issue::Nobody) }, false));
        };
        let aligned = Aligned::of(frame, face);
        if self.turn.is_some() {
            self.follow_turn(faces, face, &aligned)?;
            return Ok((if self.turned { Hint::Hold } else { Hint::Turn }, false));
        }
        let quality = faces.quality(frame, &found, &aligned)?;
        if let Some(issue) = quality.issues.first().copied() {
            self.count(issue);
            return Ok((Hint::Better(issue), false));
        }
        let embedding = faces.embed(&aligned)?;
        let liveness = faces.liveness(frame, face)?;
        let similarity = self.portrait.as_ref().map_or(0.0, |portrait| portrait.similarity(&embedding));
        if self.good.len() < FRAMES_MAX {
            self.good.push(Seen { quality: quality.score, similarity, liveness });
        }
        let best = quality.score >= self.best;
        self.best = self.best.max(quality.score);
        if self.needs_turn(faces) {
            self.turn = Some(Turn::begin(embedding, quality.yaw));
            return Ok((Hint::Turn, best));
        }
        Ok((Hint::Hold, best))
    }

    fn follow_turn(&mut self, faces: &mut Faces, face: &Face, aligned: &Aligned) -> Result<(), VisionError> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        let yaw = face.yaw();
        let likeness = turn.wants_face(yaw).then(|| faces.embed(aligned)).transpose()?;
        turn.offer(yaw, likeness.as_ref());
        self.turned |= turn.is_done(yaw);
        Ok(())
    }

    fn count(&mut self, issue: Issue) {
        match self.issues.iter_mut().find(|(known, _)| *known == issue) {
            Some((_, times)) => *times += 1,
            None => self.issues.push((issue, 1)),
        }
    }

    /// Alike enough, but whether it lives is in doubt (or a turn is always asked for).
    fn needs_turn(&self, faces: &Faces) -> bool {
        let limits = faces.thresholds();
        let alive = self.liveness();
        self.good.len() >= FRAMES_MIN
            && self.score().is_some_and(|score| score >= limits.same)
            && (self.always_turn || (limits.doubt..limits.live).contains(&alive))
    }

    /// Median similarity of the best frames; `None` without a good frame or a portrait.
    #[must_use]
    pub fn score(&self) -> Option<f32> {
        self.portrait.as_ref()?;
        let mut best = self.good.clone();
        best.sort_by_key(|seen| std::cmp::Reverse(seen.quality));
        best.truncate(FRAMES_SCORED);
        let mut scores: Vec<f32> = best.iter().map(|seen| seen.similarity).collect();
        scores.sort_by(f32::total_cmp);
        // The lower of the two in the middle: in doubt the lower score.
        scores.get(scores.len().saturating_sub(1) / 2).copied()
    }

    /// Mean liveness of the good frames, 0–1.
    #[must_use]
    pub fn liveness(&self) -> f32 {
        self.good.iter().map(|seen| seen.liveness).sum::<f32>() / self.good.len().max(1) as f32
    }

    /// Best quality of a compared frame, 0–100.
    #[must_use]
    pub fn quality(&self) -> u8 {
        self.best
    }

    /// The outcome as soon as the frames so far allow one; `None`: go on.
    #[must_use]
    pub fn decided(&self, faces: &Faces) -> Option<Outcome> {
        if self.portrait.is_none() {
            return Some(Outcome::ToPerson(Why::NoPortrait));
        }
        if self.turn.as_ref().is_some_and(Turn::is_foreign) {
            return Some(Outcome::ToPerson(Why::NotLive));
        }
        if self.good.len() < FRAMES_MIN || (self.turn.is_some() && !self.turned) {
            return None;
        }
        match self.outcome(faces) {
            Outcome::Same => Some(Outcome::Same),
            other => (self.good.len() >= FRAMES_ENOUGH).then_some(other),
        }
    }

    /// The outcome when time is up.
    #[must_use]
    pub fn outcome(&self, faces: &Faces) -> Outcome {
        let limits = faces.thresholds();
        if self.portrait.is_none() {
            return Outcome::ToPerson(Why::NoPortrait);
        }
        let Some(score) = self.score() else {
            let worst = self.issues.iter().max_by_key(|(_, times)| *times).map_or(Issue::Nobody, |(issue, _)| *issue);
            return Outcome::ToPerson(Why::NoGoodFrame(worst));
        };
        let alive = self.liveness();
        if score < limits.different {
            return Outcome::ToPerson(Why::Different);
        }
        if score < limits.same {
            return Outcome::ToPerson(Why::Grey);
        }
        let passive = alive >= limits.live && !self.always_turn;
        let active = alive >= limits.doubt && self.turned;
        if self.good.len() < FRAMES_MIN || !(passive || active) {
            return Outcome::ToPerson(Why::NotLive);
        }
        Outcome::Same
    }

    /// The head was turned as asked.
    #[must_use]
    pub fn turned(&self) -> bool {
        self.turned
    }

    /// Frames looked at.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.frames
    }
}
