//! Outlines on generated frames.

use super::scene::{self, Dice, Take};
use crate::samples::exam::{EXAMS, Press};
use anyhow::Result;
use image::RgbImage;
use tongban_vision::page::{Quad, Workbench, find, iou};
use tongban_vision::picture;

/// How well outlines agree with the truth.
pub struct Outlines {
    /// Share of the union two quads have in common, one for each frame; 0 where none was found.
    pub agreement: Vec<f64>,
    /// Frames below 0.95 with what they looked like.
    pub poor: Vec<String>,
}

impl Outlines {
    /// Mean agreement.
    pub fn mean(&self) -> f64 {
        self.agreement.iter().sum::<f64>() / self.agreement.len().max(1) as f64
    }

    pub fn print(&self) {
        let mut sorted = self.agreement.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0);
        println!(
            "outlines: {} generated frames of 8 megapixels: mean agreement {:.4}, median {:.4}, 1st of a hundred {:.4}, \
             worst {:.4}, {} below 0.95",
            sorted.len(),
            self.mean(),
            at(0.5),
            at(0.01),
            at(0.0),
            self.poor.len()
        );
        self.poor.iter().for_each(|line| println!("  {line}"));
    }
}

/// Finds the sheet on `frames` generated frames.
pub fn measure(frames: usize, seed: u64) -> Result<Outlines> {
    let press = Press::open()?;
    let pages: Vec<RgbImage> = EXAMS.iter().map(|exam| Ok(press.draw(exam, seed, true)?.0)).collect::<Result<_>>()?;
    let numbers: Vec<u64> = (0..frames as u64).collect();
    let found = crate::samples::spread(&numbers, |number| {
        let mut dice = Dice::new(seed ^ (number << 20));
        let take = Take::any(&mut dice);
        let page = &pages[*number as usize % pages.len()];
        let (frame, truth) = scene::photograph(page, &take, &mut dice);
        let mat = picture::from_packed(frame.as_raw(), frame.width(), frame.height(), 3)?;
        let quad = find(&mat, &mut Workbench::default())?;
        let agreement = quad.map_or(0.0, |found| iou(&found.quad, &Quad(truth)));
        Ok((agreement, format!("{agreement:.3} frame {number} {take:?}")))
    })?;
    let poor = found.iter().filter(|(agreement, _)| *agreement < 0.95).map(|(_, line)| line.clone()).collect();
    Ok(Outlines { agreement: found.into_iter().map(|(agreement, _)| agreement).collect(), poor })
}
