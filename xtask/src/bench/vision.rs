//! `bench vision`: pages, text, faces and prints in CPU time of one thread and in agreement with the truth, and what
//! others do with the same pictures in the same run: jscanify and scanic (npm, in Node), OpenCV in Python, deskew,
//! unpaper, tesseract. The peers are installed by this bench and nothing else.

mod ours;
mod peers;
mod tasks;

use super::{Row, finish, median};
use anyhow::{Context, Result};
use ours::Ours;
use peers::Answer;
use std::path::{Path, PathBuf};
use tasks::{Outline, Tasks};
use tongban_vision::page::{Quad, iou};

/// What to measure with.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Generated frames of 8 megapixels.
    #[arg(long, default_value_t = 24)]
    frames: usize,
    /// Seed of the frames.
    #[arg(long, default_value_t = 77_001)]
    seed: u64,
    /// Ours only.
    #[arg(long)]
    no_peers: bool,
    /// Folder with models.toml.
    #[arg(long, default_value = "assets/models")]
    models: PathBuf,
    /// Where fetched packages are kept.
    #[arg(long, default_value = "target/cache")]
    cache: PathBuf,
}

/// Measures and prints.
pub fn run(options: &Options) -> Result<()> {
    tongban_vision::picture::on_one_thread()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let tasks = Tasks::make(options.frames, options.seed, &options.cache)?;
    let mut ours = Ours::measure(&tasks, &options.models)?;
    let answers = if options.no_peers { Vec::new() } else { peers::ask(&tasks, &root.join("target/peers"), &root)? };
    let mut rows = vec![
        Row::new("8 MP still: bytes to finished page with verdict", median(&mut ours.still), "ms CPU").at_most(130.0),
        Row::new("  of it: decoding", median(&mut ours.decode), "ms CPU"),
        Row::new("  of it: outline", median(&mut ours.outline), "ms CPU"),
        Row::new("live frame 960x540: outline, hint, moment", median(&mut ours.live), "ms CPU").at_most(15.0),
        Row::new("  slowest of a hundred live frames", quantile(&mut ours.live, 0.99), "ms CPU"),
    ];
    time_of(&mut rows, &answers, "opencv-python", "8 MP still: decoded, warped, binarised, encoded");
    for peer in ["jscanify", "scanic"] {
        time_of(&mut rows, &answers, peer, "outline of decoded pictures");
    }
    agreement(&mut rows, &tasks, &ours.quads, &answers);
    leans(&mut rows, &tasks, &ours, &answers)?;
    rows.push(Row::new("text of an A4 page", ours.text.cpu_ms, "ms CPU").at_most(2000.0));
    rows.push(Row::new("letters wrong", ours.text.rate() * 100.0, "%").at_most(0.5));
    texts(&mut rows, &tasks, &answers);
    rows.extend(super::faces::rows()?);
    rows.extend(super::fingers::rows()?);
    finish("vision", &rows)
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default()
}

fn of<'a>(answers: &'a [Answer], peer: &str) -> Vec<&'a Answer> {
    answers.iter().filter(|answer| answer.peer == peer).collect()
}

fn time_of(rows: &mut Vec<Row>, answers: &[Answer], peer: &str, what: &str) {
    let mut times: Vec<f64> = of(answers, peer).iter().map(|answer| answer.cpu_ms).collect();
    if !times.is_empty() {
        rows.push(Row::new(&format!("  {peer}: {what}"), median(&mut times), "ms CPU"));
    }
}

/// Agreement on generated frames, and photographs with every corner near its label, ours and theirs.
fn agreement(rows: &mut Vec<Row>, tasks: &Tasks, ours: &[Option<Quad>], answers: &[Answer]) {
    let mut all: Vec<(&str, Vec<Option<Quad>>)> = vec![("ours", ours.to_vec())];
    for peer in ["jscanify", "scanic", "opencv-python"] {
        let found = of(answers, peer);
        let quad = |outline: &Outline| {
            let answer = found.iter().find(|answer| answer.name == outline.name)?;
            Some(Quad::sorted(answer.corners?))
        };
        if !found.is_empty() {
            all.push((peer, tasks.outlines.iter().map(quad).collect()));
        }
    }
    for (name, quads) in all {
        let pairs = tasks.outlines.iter().zip(&quads);
        let (frames, photos): (Vec<_>, Vec<_>) = pairs.partition(|(outline, _)| !outline.photo);
        let shares: Vec<f64> = frames.iter().map(|(o, quad)| quad.map_or(0.0, |quad| iou(&quad, &o.truth))).collect();
        let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        let good = shares.iter().filter(|share| **share >= 0.95).count();
        let near = |(o, quad): &&(&Outline, &Option<Quad>)| {
            quad.is_some_and(|quad| quad.farthest(&o.truth) <= 0.015 * o.diagonal())
        };
        let right = photos.iter().filter(near).count();
        let frame_row = Row::new(&format!("{name}: mean agreement, {} generated frames", shares.len()), mean, "");
        let photo_row =
            Row::new(&format!("{name}: of {} photographs within 1.5 %", photos.len()), right as f64, "photographs");
        let own = name == "ours";
        rows.push(if own { frame_row.at_least(0.995) } else { frame_row });
        rows.push(Row::new(&format!("{name}: generated frames at 0.95 or better"), good as f64, "frames"));
        rows.push(if own { photo_row.at_least(photos.len() as f64) } else { photo_row });
    }
}

/// How far the lean found is from the lean given, mean degrees; for unpaper what is left on its page.
fn leans(rows: &mut Vec<Row>, tasks: &Tasks, ours: &Ours, answers: &[Answer]) -> Result<()> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let off: Vec<f64> = tasks.leans.iter().zip(&ours.leans).map(|(task, found)| (found - task.lean).abs()).collect();
    rows.push(Row::new("lean of a page: mean error", mean(&off), "degrees"));
    rows.push(Row::new("lean of a page", median(&mut ours.lean_ms.clone()), "ms CPU"));
    for peer in ["deskew", "deskew 0.1", "unpaper"] {
        let found = of(answers, peer);
        let mut off = Vec::new();
        for task in &tasks.leans {
            let Some(answer) = found.iter().find(|answer| answer.name == task.name) else { continue };
            off.push(match &answer.file {
                Some(file) => tasks::lean_of(&image::open(file).with_context(|| file.clone())?.into_rgb8())?.abs(),
                None => (answer.lean.unwrap_or(0.0) - task.lean).abs(),
            });
        }
        if !off.is_empty() {
            rows.push(Row::new(&format!("  {peer}: mean error"), mean(&off), "degrees"));
            time_of(rows, answers, peer, "CPU");
        }
    }
    Ok(())
}

fn texts(rows: &mut Vec<Row>, tasks: &Tasks, answers: &[Answer]) {
    let found = of(answers, "tesseract");
    let (mut letters, mut wrong) = (0, 0);
    for (at, page) in tasks.texts.iter().enumerate() {
        let Some(heard) = found.iter().find(|answer| answer.name == at.to_string()) else { continue };
        letters += page.said.chars().count();
        wrong += crate::page_eval::text::mistakes(&page.said, heard.text.as_deref().unwrap_or_default());
    }
    if letters > 0 {
        rows.push(Row::new("  tesseract: letters wrong", 100.0 * wrong as f64 / letters as f64, "%"));
        time_of(rows, answers, "tesseract", "text of an A4 page");
    }
}
