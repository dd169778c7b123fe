//! What a line says: a network over columns of the line, letters out of its probabilities (CTC, greedy).

use super::detect::planes;
use crate::VisionError;
use opencv::core::{Mat, Rect, Size};
use opencv::imgproc;
use opencv::prelude::*;
use ort::session::Session;
use ort::value::Tensor;

/// Height of a line for the network.
const HEIGHT: i32 = 48;
/// Widest line read in one go; longer ones are squeezed.
const WIDTH_MAX: i32 = 1600;
/// Narrowest.
const WIDTH_MIN: i32 = 48;

pub(super) struct Recogniser {
    session: Session,
    /// Letters by class; class 0 is "no letter".
    letters: Vec<String>,
}

impl Recogniser {
    pub(super) fn new(session: Session) -> Result<Self, VisionError> {
        let listed = session.metadata()?.custom("character");
        let listed = listed.ok_or_else(|| VisionError::Model("the text recogniser has no dictionary".into()))?;
        let mut letters = vec![String::new()];
        letters.extend(listed.lines().map(str::to_owned));
        letters.push(" ".to_owned());
        Ok(Self { session, letters })
    }

    /// The line in this box, and the mean probability of its letters.
    pub(super) fn read(&mut self, page: &Mat, place: &Rect) -> Result<(String, f32), VisionError> {
        let line = page.roi(*place)?;
        let ratio = f64::from(place.width) / f64::from(place.height.max(1));
        let width = ((f64::from(HEIGHT) * ratio).ceil() as i32).clamp(WIDTH_MIN, WIDTH_MAX);
        let mut scaled = Mat::default();
        imgproc::resize(&line, &mut scaled, Size::new(width, HEIGHT), 0.0, 0.0, imgproc::INTER_LINEAR)?;
        let input = planes(scaled.data_bytes()?, [0.5; 3], [0.5; 3]);
        let tensor = Tensor::from_array(([1_usize, 3, HEIGHT as usize, width as usize], input))?;
        let outputs = self.session.run(ort::inputs![tensor])?;
        let (shape, values) = outputs[0].try_extract_tensor::<f32>()?;
        let classes = shape.last().copied().and_then(|c| usize::try_from(c).ok()).unwrap_or(0);
        if classes == 0 || classes > self.letters.len() + 1 {
            return Err(VisionError::Model("the text recogniser and its dictionary disagree".into()));
        }
        Ok(greedy(values, classes, &self.letters))
    }
}

/// Best class of every column; runs of one class are one letter.
fn greedy(values: &[f32], classes: usize, letters: &[String]) -> (String, f32) {
    let (mut text, mut sum, mut count, mut before) = (String::new(), 0.0, 0_u32, 0_usize);
    for column in values.chunks_exact(classes) {
        let (class, probability) = column
            .iter()
            .copied()
            .enumerate()
            .fold((0, f32::MIN), |best, (class, p)| if p > best.1 { (class, p) } else { best });
        if class != 0
            && class != before
            && let Some(letter) = letters.get(class)
        {
            text.push_str(letter);
            sum += probability;
            count += 1;
        }
        before = class;
    }
    (text, if count == 0 { 0.0 } else { sum / count as f32 })
}
