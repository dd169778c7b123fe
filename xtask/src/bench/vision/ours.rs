//! What this project's own code does with the pictures, in CPU time of this thread.

use super::tasks::{Tasks, lean_of};
use crate::bench::cpu_ms;
use crate::page_eval::text::{self, Read};
use anyhow::Result;
use image::imageops::{self, FilterType};
use std::path::Path;
use tongban_vision::live::Live;
use tongban_vision::page::{Calibration, Quad, Scanner, Workbench, find};
use tongban_vision::picture;

/// The live picture as the worker has it.
const LIVE: (u32, u32) = (960, 540);
/// Live frames of one page: it comes to lie still and is looked over.
const LIVE_FRAMES: usize = 12;
/// Pages followed live.
const LIVE_PAGES: usize = 12;

pub(super) struct Ours {
    pub(super) still: Vec<f64>,
    pub(super) decode: Vec<f64>,
    pub(super) outline: Vec<f64>,
    pub(super) live: Vec<f64>,
    pub(super) quads: Vec<Option<Quad>>,
    pub(super) leans: Vec<f64>,
    pub(super) lean_ms: Vec<f64>,
    pub(super) text: Read,
}

impl Ours {
    pub(super) fn measure(tasks: &Tasks, models: &Path) -> Result<Self> {
        let (mut still, mut decode, mut outline, mut quads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut bench = Workbench::default();
        let mut scanner = Scanner::new(Calibration::default());
        for task in &tasks.outlines {
            let began = cpu_ms();
            let picture = picture::decode(&task.jpeg)?;
            let decoded = cpu_ms();
            let found = find(&picture, &mut bench)?;
            let outlined = cpu_ms();
            quads.push(found.map(|found| found.quad));
            drop(picture);
            let again = cpu_ms();
            drop(scanner.scan(&task.jpeg)?);
            // Photographs are of other sizes.
            if !task.photo {
                still.push(cpu_ms() - again);
                decode.push(decoded - began);
                outline.push(outlined - decoded);
            }
        }
        let mut leans = Vec::new();
        let mut lean_ms = Vec::new();
        for task in &tasks.leans {
            let began = cpu_ms();
            leans.push(lean_of(&task.page)?);
            lean_ms.push(cpu_ms() - began);
        }
        let text = text::read(&tasks.texts, models)?;
        Ok(Self { still, decode, outline, live: live(tasks)?, quads, leans, lean_ms, text })
    }
}

/// From the live picture's pixels to what is told about the page.
fn live(tasks: &Tasks) -> Result<Vec<f64>> {
    let mut follower = Live::default();
    let mut times = Vec::new();
    for task in tasks.outlines.iter().filter(|task| !task.photo).take(LIVE_PAGES) {
        let small = imageops::resize(&task.pixels()?, LIVE.0, LIVE.1, FilterType::Triangle);
        let packed = image::DynamicImage::ImageRgb8(small).into_rgba8();
        for _ in 0..LIVE_FRAMES {
            let began = cpu_ms();
            let mat = picture::from_packed(packed.as_raw(), LIVE.0, LIVE.1, 4)?;
            follower.look(&mat)?;
            times.push(cpu_ms() - began);
        }
    }
    Ok(times)
}
