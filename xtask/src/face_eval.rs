//! `xtask vision-eval faces|fingers`: error rates with counts and bounds, and what the sets cannot prove.

mod faces;
mod fingers;
pub mod photos;
mod rates;

use anyhow::Result;
use std::path::PathBuf;

/// Which matcher to measure.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Pages: outlines, text, verdicts.
    Pages(crate::page_eval::Options),
    /// Faces: one folder a person, one photograph a file.
    Faces {
        /// Photographs in person/photo layout; default: those of `cargo xtask samples`.
        #[arg(long)]
        faces: Option<PathBuf>,
        /// Folder with models.toml.
        #[arg(long, default_value = "assets/models")]
        models: PathBuf,
    },
    /// Prints: one folder a finger, one grey picture a file; default: synthetic ones.
    Fingers {
        /// Pictures in finger/print layout, 500 dpi.
        #[arg(long)]
        fingers: Option<PathBuf>,
        /// Synthetic fingers, eight presses each.
        #[arg(long, default_value_t = 40)]
        count: usize,
    },
}

/// Measures and prints.
///
/// # Errors
/// When models or pictures are missing.
pub fn run(what: &What) -> Result<()> {
    match what {
        What::Pages(options) => crate::page_eval::run(options),
        What::Faces { faces, models } => faces::measure(faces.as_deref(), models),
        What::Fingers { fingers, count } => fingers::measure(fingers.as_deref(), *count),
    }
}
