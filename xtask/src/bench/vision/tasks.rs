//! The pictures everybody gets, with the truth about them.

use crate::page_eval::photos;
use crate::page_eval::scene::{self, Dice, Take};
use crate::page_eval::text::{self, Straight};
use crate::samples::exam::{EXAMS, Press};
use anyhow::{Context, Result};
use image::RgbImage;
use std::path::Path;
use tongban_vision::page::{self, Quad};
use tongban_vision::picture;

/// Degrees pages are turned by, clockwise.
const LEANS: [f64; 5] = [-3.7, -1.25, 0.6, 2.2, 4.0];

/// A picture of a sheet and where it lies.
pub(super) struct Outline {
    pub(super) name: String,
    pub(super) jpeg: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) truth: Quad,
    /// A real photograph, labelled by eye.
    pub(super) photo: bool,
}

impl Outline {
    pub(super) fn diagonal(&self) -> f64 {
        f64::from(self.width).hypot(f64::from(self.height))
    }

    /// The pixels as the camera's file gives them.
    pub(super) fn pixels(&self) -> Result<RgbImage> {
        Ok(image::load_from_memory(&self.jpeg).with_context(|| self.name.clone())?.into_rgb8())
    }
}

/// A page that leans.
pub(super) struct Lean {
    pub(super) name: String,
    pub(super) page: RgbImage,
    pub(super) lean: f64,
}

/// Everything.
pub(super) struct Tasks {
    pub(super) outlines: Vec<Outline>,
    pub(super) leans: Vec<Lean>,
    pub(super) texts: Vec<Straight>,
}

impl Tasks {
    /// Draws and fetches.
    pub(super) fn make(frames: usize, seed: u64, cache: &Path) -> Result<Self> {
        let press = Press::open()?;
        let pages: Vec<RgbImage> =
            EXAMS.iter().map(|exam| Ok(press.draw(exam, seed, true)?.0)).collect::<Result<_>>()?;
        let numbers: Vec<u64> = (0..frames as u64).collect();
        let mut outlines = crate::samples::spread(&numbers, |number| {
            let mut dice = Dice::new(seed ^ (number << 20));
            let take = Take::any(&mut dice);
            let (frame, truth) = scene::photograph(&pages[*number as usize % pages.len()], &take, &mut dice);
            Ok(Outline {
                name: format!("frame-{number}"),
                jpeg: as_cameras_do(&frame)?,
                width: frame.width(),
                height: frame.height(),
                truth: Quad(truth),
                photo: false,
            })
        })?;
        for (name, bytes, truth) in photos::labelled(cache)? {
            // Upright and without its tags, so that everybody sees the same picture.
            let upright = crate::samples::upright(&bytes)?;
            let (width, height) = upright.dimensions();
            outlines.push(Outline { name, jpeg: as_cameras_do(&upright)?, width, height, truth, photo: true });
        }
        let turned = |(at, page): (usize, &RgbImage)| {
            let lean = LEANS[at % LEANS.len()];
            Lean { name: format!("lean-{at}"), page: turn(page, lean), lean }
        };
        let leans = pages.iter().enumerate().map(turned).collect();
        Ok(Self { outlines, leans, texts: text::straight(seed)? })
    }
}

/// As a camera codes it: colour at half the resolution.
fn as_cameras_do(picture: &RgbImage) -> Result<Vec<u8>> {
    let mat = picture::from_packed(picture.as_raw(), picture.width(), picture.height(), 3)?;
    Ok(picture::encode_jpeg(&mat, 90)?)
}

/// Turned clockwise by so many degrees about its middle, on white.
fn turn(page: &RgbImage, degrees: f64) -> RgbImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = page.dimensions();
    let (cx, cy) = (f64::from(width - 1) / 2.0, f64::from(height - 1) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (f64::from(x) - cx, f64::from(y) - cy);
        let (u, v) = (cx + dx * cos + dy * sin, cy - dx * sin + dy * cos);
        image::imageops::interpolate_bilinear(page, u as f32, v as f32).unwrap_or(image::Rgb([250, 249, 247]))
    })
}

/// The lean of an upright page as ours sees it.
pub(super) fn lean_of(page: &RgbImage) -> Result<f64> {
    Ok(page::lean_of(&picture::from_packed(page.as_raw(), page.width(), page.height(), 3)?)?)
}
