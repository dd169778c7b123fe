//! 手写签名: written on the screen or on a pad, looked at, and kept as its strokes.

use tongban_device::hall::Signature;
use tongban_domain::ink::{Dot, Handwriting, InkError};
use tongban_ui::widget::{Ink, Strokes};

/// Units across a field on the screen, and down: three to one, as the field is drawn.
pub const FIELD: (u16, u16) = (3_000, 1_000);

/// What is being written.
#[derive(Debug, Default)]
pub struct Hand {
    /// For drawing.
    strokes: Strokes,
    /// When each point of them was written, milliseconds of the boot clock.
    times: Vec<u64>,
    /// What a pad gave, in its own units.
    pad: Option<Handwriting>,
}

impl Hand {
    /// The hand went on, on the screen.
    pub fn write(&mut self, ink: Ink, now_ms: u64) {
        let before = self.strokes.points();
        self.strokes.add(ink);
        if self.strokes.points() > before {
            self.times.push(now_ms);
        }
    }

    /// What was written on a pad.
    ///
    /// # Errors
    /// [`InkError`] for strokes outside the pad or more than a signature.
    pub fn written(signature: &Signature) -> Result<Self, InkError> {
        let side = |units: i32| u32::try_from(units).unwrap_or(0);
        let dot = |point: &tongban_device::hall::InkPoint| {
            let inside = |at: i32| u32::try_from(at).map_err(|_| InkError::Outside);
            let pressure = u32::try_from(point.pressure).unwrap_or(0);
            Ok(Dot { x: inside(point.x)?, y: inside(point.y)?, pressure, ms: point.ms })
        };
        let strokes = signature.strokes.iter().map(|stroke| stroke.iter().map(dot).collect::<Result<Vec<_>, _>>());
        let strokes = strokes.collect::<Result<Vec<_>, _>>()?;
        let ink = Handwriting::new(side(signature.width), side(signature.height), strokes)?;
        let mut hand = Self::default();
        for line in ink.lines(3.0, 1.0) {
            for (at, (x, y)) in line.into_iter().enumerate() {
                hand.strokes.add(if at == 0 { Ink::Down(x / 3.0, y) } else { Ink::Move(x / 3.0, y) });
            }
        }
        hand.pad = Some(ink);
        Ok(hand)
    }

    /// For drawing.
    #[must_use]
    pub const fn strokes(&self) -> &Strokes {
        &self.strokes
    }

    /// A pad wrote it: the field on the screen only shows it.
    #[must_use]
    pub const fn is_from_pad(&self) -> bool {
        self.pad.is_some()
    }

    /// It can be a name: more than a dot.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.strokes.is_signed()
    }

    /// The strokes as evidence.
    ///
    /// # Errors
    /// [`InkError`] when nothing was written.
    pub fn evidence(&self) -> Result<Handwriting, InkError> {
        if let Some(ink) = &self.pad {
            return Ok(ink.clone());
        }
        let begun = self.times.first().copied().unwrap_or_default();
        let mut times = self.times.iter().map(|at| u32::try_from(at.saturating_sub(begun)).unwrap_or(u32::MAX));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1 times a few thousand")]
        let units = |share: f32, side: u16| (share.clamp(0.0, 1.0) * f32::from(side)).round() as u32;
        let mut dot = |&(x, y): &(f32, f32)| Dot {
            x: units(x, FIELD.0),
            y: units(y, FIELD.1),
            pressure: 0,
            ms: times.next().unwrap_or_default(),
        };
        let strokes = self.strokes.lines().iter().map(|line| line.iter().map(&mut dot).collect()).collect();
        Handwriting::new(FIELD.0.into(), FIELD.1.into(), strokes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_device::hall::InkPoint;

    #[test]
    fn what_is_written_on_the_screen_is_kept_with_place_and_time() {
        let mut hand = Hand::default();
        assert_eq!(hand.evidence(), Err(InkError::Outside), "nothing yet");
        for (ink, at) in [
            (Ink::Down(0.1, 0.5), 7_000),
            (Ink::Move(0.2, 0.25), 7_012),
            (Ink::Up, 7_020),
            (Ink::Down(1.0, 1.0), 7_400),
        ] {
            hand.write(ink, at);
        }
        let ink = hand.evidence().expect("strokes");
        let dot = |x, y, ms| Dot { x, y, pressure: 0, ms };
        assert!(ink.strokes() == [vec![dot(300, 500, 0), dot(600, 250, 12)], vec![dot(3_000, 1_000, 400)]]);
        assert!(!hand.is_from_pad());
    }

    #[test]
    fn what_a_pad_gave_is_kept_in_its_own_units_and_shown_in_its_own_shape() {
        let point = |x, y| InkPoint { x, y, pressure: 300, ms: 5 };
        let strokes = vec![vec![point(0, 0), point(2_000, 1_000)]];
        let hand = Hand::written(&Signature { strokes, width: 2_000, height: 1_000 }).expect("a signature");
        assert_eq!(hand.evidence().expect("strokes").field(), (2_000, 1_000));
        assert_eq!(hand.evidence().expect("strokes").strokes()[0][1].pressure, 300);
        let line = &hand.strokes().lines()[0];
        let near = |(x, y): (f32, f32), (a, b): (f32, f32)| (x - a).abs() < 1e-4 && (y - b).abs() < 1e-4;
        assert!(near(line[0], (1.0 / 6.0, 0.0)) && near(line[1], (5.0 / 6.0, 1.0)), "two to one within three to one");
        let outside = vec![vec![point(-1, 0)]];
        let outside = Signature { strokes: outside, width: 2_000, height: 1_000 };
        assert_eq!(Hand::written(&outside).err(), Some(InkError::Outside));
    }
}
