//! `xtask vision-eval pages`: outlines, text and verdicts of pages against the truth, with set sizes and bounds.
//!
//! Everything is drawn from a seed that tuning did not use; the ten photographs are real, and were looked at while
//! the search was written, so that they show what works, not what would with others.

mod outlines;
pub mod photos;
pub mod scene;
pub mod text;
mod verdicts;

use anyhow::Result;
use std::path::PathBuf;

/// What to measure pages with.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Generated frames of 8 megapixels for the outline.
    #[arg(long, default_value_t = 200)]
    pub frames: usize,
    /// Pictures of each paper for the verdicts, good ones; as many again of each defect.
    #[arg(long, default_value_t = 4)]
    pub takes: usize,
    /// Only the verdicts.
    #[arg(long)]
    pub verdicts: bool,
    /// Of the verdicts only these, for example `--defects None,Glare`.
    #[arg(long, value_delimiter = ',')]
    pub defects: Vec<String>,
    /// Seed of frames and takes.
    #[arg(long, default_value_t = 77_001)]
    pub seed: u64,
    /// Folder with models.toml; without the networks nothing is read.
    #[arg(long, default_value = "assets/models")]
    pub models: PathBuf,
    /// Where fetched packages are kept.
    #[arg(long, default_value = "target/cache")]
    pub cache: PathBuf,
}

/// Measures and prints.
///
/// # Errors
/// When fonts, models or the photographs' package are missing.
pub fn run(options: &Options) -> Result<()> {
    tongban_vision::picture::on_one_thread()?;
    println!("seed {}", options.seed);
    if !options.verdicts {
        outlines::measure(options.frames, options.seed)?.print();
        photos::measure(&options.cache)?.print();
        text::measure(options.seed, &options.models)?.print();
    }
    verdicts::measure(options.takes, options.seed, &options.models, &options.defects)?.print();
    println!(
        "What this cannot prove: frames are drawn with one lens, flat paper and six desks; the ten photographs were"
    );
    println!(
        "looked at while the search was written; papers are set in two typefaces, nobody wrote by hand, and every"
    );
    println!("planted defect is one of a kind that was thought of.");
    Ok(())
}

/// The upper end of the 95 % interval for `hits` of `count` (Wilson 1927).
pub fn upper_bound(hits: usize, count: usize) -> f64 {
    if count == 0 {
        return 1.0;
    }
    let (n, z) = (count as f64, 1.96_f64);
    let p = hits as f64 / n;
    let middle = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle + spread) / (1.0 + z * z / n)).min(1.0)
}

/// A picture as the camera's file.
pub fn jpeg(picture: &image::RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.encode(picture.as_raw(), picture.width(), picture.height(), image::ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
