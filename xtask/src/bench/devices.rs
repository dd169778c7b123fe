//! Devices: card, recovery, live picture, still, memory. Measured by `tongban-lab bench`, which links the drivers,
//! and in the terminal's own window.

mod window;

use super::{Row, finish};
use crate::processes::output;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Frames of the live picture; more than the camera of files keeps decoded.
const FRAMES: u32 = 30;
/// Pictures a second a window asks for.
const FPS: u8 = 15;

/// What to measure with.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Programs under test (`target/release` for what a hall has; built with all features, for the simulators).
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug"))]
    programs: PathBuf,
    /// Only what is seen in the terminal's window.
    #[arg(long)]
    window: bool,
}

/// Measures and prints.
pub fn run(options: &Options) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let pictures = root.join("target/bench/pictures");
    draw(&pictures)?;
    let programs = options.programs.canonicalize().context("the programs' folder")?;
    let mut rows = if options.window { Vec::new() } else { without_window(&programs, &pictures)? };
    rows.extend(window::run(&root, &programs, &pictures)?);
    finish("devices", &rows)
}

fn without_window(programs: &Path, pictures: &Path) -> Result<Vec<Row>> {
    let text = output(Command::new(programs.join("tongban-lab")).arg("bench").arg(programs).arg(pictures))?;
    let mut rows = Vec::new();
    for line in text.lines() {
        let figure: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let name = figure["name"].as_str().unwrap_or_default();
        let value = figure["value"].as_f64().context("a figure without a value")?;
        let mut row = Row::new(name, value, figure["unit"].as_str().unwrap_or_default());
        if let Some(limit) = figure["limit"].as_f64() {
            row = row.at_most(limit);
        }
        if let (Some(peer), Some(theirs)) = (figure["against"][0].as_str(), figure["against"][1].as_f64()) {
            row = row.against(peer, theirs);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A page of 8 MP and a moving picture of 1280×720, all different.
fn draw(folder: &Path) -> Result<()> {
    let live = folder.join("live");
    std::fs::create_dir_all(&live)?;
    let write = |path: PathBuf, width: u32, height: u32, shift: u32| -> Result<()> {
        if path.exists() {
            return Ok(());
        }
        // Lines like print on paper: as much to encode as a page has.
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            let ink = (x / 9 + shift).is_multiple_of(5) && !(y / 14).is_multiple_of(3) && (x * 7 + y * 3) % 11 < 6;
            image::Rgb([if ink { 40 } else { 235 }; 3])
        });
        let file = std::fs::File::create(&path)?;
        image::codecs::jpeg::JpegEncoder::new_with_quality(file, 85).encode_image(&picture)?;
        Ok(())
    };
    for number in 0..FRAMES {
        write(live.join(format!("{number:02}.jpg")), 1280, 720, number)?;
    }
    write(folder.join("page-8mp.jpg"), 3264, 2448, 0)
}
