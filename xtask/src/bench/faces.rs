//! `bench faces`: CPU time from a live frame to a score, and of its parts.

use super::{Row, finish};
use anyhow::{Context, Result};
use std::path::Path;
use tongban_vision::face::{Aligned, Burst, Faces, Frame};
use tongban_vision::runtime::Runtime;

const ROUNDS: usize = 60;

/// Measures and prints.
pub fn run() -> Result<()> {
    finish("faces", &rows()?)
}

/// One frame of 960×540 as the worker sees it.
pub(super) fn rows() -> Result<Vec<Row>> {
    let mut faces = Faces::open(&Runtime::open(Path::new("assets/models"))?)?;
    let file = Path::new("target/samples/public/burst-1/0.jpg");
    let photo = image::open(file).with_context(|| format!("{}: run `cargo xtask samples`", file.display()))?;
    let live = photo.resize_exact(960, 540, image::imageops::FilterType::Triangle).into_rgba8();
    let frame = Frame::rgba(live.width(), live.height(), live.as_raw())?;
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let began = super::cpu_ms();
        let found = faces.find(&frame)?;
        let face = found.first().context("the sample shows a face")?;
        let at_find = super::cpu_ms();
        let aligned = Aligned::of(&frame, face);
        faces.quality(&frame, &found, &aligned)?;
        let at_quality = super::cpu_ms();
        let embedding = faces.embed(&aligned)?;
        let at_embed = super::cpu_ms();
        faces.liveness(&frame, face)?;
        let score = embedding.similarity(&embedding);
        let end = super::cpu_ms();
        anyhow::ensure!(score > 0.99, "a face is like itself");
        let parts = [at_find - began, at_quality - at_find, at_embed - at_quality, end - at_embed, end - began];
        for (list, part) in times.iter_mut().zip(parts) {
            list.push(part);
        }
    }
    let names = ["find and 68 points", "align, quality with eyes", "embed", "liveness"];
    let mut rows: Vec<Row> =
        names.iter().zip(&mut times).map(|(name, list)| Row::new(name, super::median(list), "ms CPU")).collect();
    rows.push(Row::new("face: frame to score", super::median(&mut times[4]), "ms CPU").at_most(25.0));
    let mut loads = Vec::new();
    for _ in 0..5 {
        let began = super::cpu_ms();
        let mut again = Faces::open(&Runtime::open(Path::new("assets/models"))?)?;
        drop(Burst::begin(&mut again, &frame, false)?);
        loads.push(super::cpu_ms() - began);
    }
    rows.push(Row::new("load five networks, card's picture", super::median(&mut loads), "ms CPU"));
    Ok(rows)
}
