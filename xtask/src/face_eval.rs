//! `xtask vision-eval [pages|faces|fingers]`: error rates with counts and bounds, and what the sets cannot prove.

mod faces;
mod fingers;
pub mod photos;
mod rates;

use anyhow::Result;
use std::path::PathBuf;

/// What to measure, and with whose pictures.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// One part of it; default: everything.
    #[arg(value_enum)]
    part: Option<Part>,
    #[command(flatten)]
    pages: crate::page_eval::Options,
    /// Photographs in person/photo layout; default: those of `cargo xtask samples`.
    #[arg(long)]
    faces: Option<PathBuf>,
    /// Pictures of prints in finger/print layout, grey, 500 dpi; default: synthetic ones.
    #[arg(long)]
    fingers: Option<PathBuf>,
    /// Synthetic fingers, eight presses each.
    #[arg(long, default_value_t = 40)]
    count: usize,
}

/// A part of the measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Outlines, text, verdicts.
    Pages,
    /// Faces: one folder a person, one photograph a file.
    Faces,
    /// Prints: one folder a finger, one picture a file.
    Fingers,
}

/// Measures and prints.
///
/// # Errors
/// When models or pictures are missing.
pub fn run(options: &Options) -> Result<()> {
    let wanted = |part: Part| options.part.is_none_or(|only| only == part);
    if wanted(Part::Pages) {
        crate::page_eval::run(&options.pages)?;
    }
    if wanted(Part::Faces) {
        faces::measure(options.faces.as_deref(), &options.pages.models)?;
    }
    if wanted(Part::Fingers) {
        fingers::measure(options.fingers.as_deref(), options.count)?;
    }
    Ok(())
}
