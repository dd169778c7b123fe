//! Letters read wrong, on papers drawn, photographed and straightened.

use super::scene::{self, Dice, Take};
use crate::samples::exam::{EXAMS, Press};
use anyhow::Result;
use std::path::Path;
use tongban_vision::ocr::Ocr;
use tongban_vision::page::{Calibration, Scanner};
use tongban_vision::picture;
use tongban_vision::runtime::Runtime;

/// Letters and mistakes.
pub struct Read {
    /// Pages read.
    pub pages: usize,
    /// Letters that stand on them.
    pub letters: usize,
    /// Letters missing, added or wrong.
    pub wrong: usize,
    /// CPU milliseconds for a page, the median.
    pub cpu_ms: f64,
}

impl Read {
    /// Share of letters read wrong.
    pub fn rate(&self) -> f64 {
        self.wrong as f64 / self.letters.max(1) as f64
    }

    pub fn print(&self) {
        println!(
            "text: {} whitened pages, {} letters, {} wrong: {:.2} %; {:.0} ms CPU a page (median)",
            self.pages,
            self.letters,
            self.wrong,
            self.rate() * 100.0,
            self.cpu_ms
        );
    }
}

/// A paper that was drawn, photographed and straightened.
pub struct Straight {
    /// The page as the pipeline files it.
    pub jpeg: Vec<u8>,
    /// Letters and digits that stand on it.
    pub said: String,
}

/// Photographs every exam paper and straightens it.
pub fn straight(seed: u64) -> Result<Vec<Straight>> {
    let press = Press::open()?;
    let mut scanner = Scanner::new(Calibration { pixels_per_mm: None, dpi_min: 150.0 });
    let mut pages = Vec::new();
    for (number, exam) in EXAMS.iter().enumerate() {
        let mut dice = Dice::new(seed + number as u64);
        let (page, lines) = press.draw(exam, seed, false)?;
        let take = Take::good(&mut dice);
        let (frame, _) = scene::photograph(&page, &take, &mut dice);
        // The note at the foot was set first and is read last.
        let said = plain(&lines[1..].concat()) + &plain(&lines[0]);
        for page in scanner.scan(&super::jpeg(&frame)?)?.into_iter().take(1) {
            pages.push(Straight { jpeg: page.jpeg, said: said.clone() });
        }
    }
    Ok(pages)
}

/// Reads every paper.
pub fn measure(seed: u64, models: &Path) -> Result<Read> {
    read(&straight(seed)?, models)
}

/// Reads these pages.
pub fn read(pages: &[Straight], models: &Path) -> Result<Read> {
    let mut ocr = Ocr::open(&Runtime::open(models)?)?;
    let mut read = Read { pages: 0, letters: 0, wrong: 0, cpu_ms: 0.0 };
    let mut times = Vec::new();
    for page in pages {
        let mat = picture::decode(&page.jpeg)?;
        let began = crate::bench::cpu_ms();
        let text = ocr.read(&mat)?;
        times.push(crate::bench::cpu_ms() - began);
        let heard: String = text.lines.iter().map(|line| line.text.as_str()).collect();
        read.pages += 1;
        read.letters += page.said.chars().count();
        read.wrong += mistakes(&page.said, &heard);
    }
    read.cpu_ms = crate::bench::median(&mut times);
    Ok(read)
}

/// Letters of `said` (already plain) that `heard` misses, adds or has wrong.
pub fn mistakes(said: &str, heard: &str) -> usize {
    distance(said, &plain(heard))
}

/// Letters and digits only, half-width: blanks and the shape of a mark are no mistake.
fn plain(text: &str) -> String {
    text.chars()
        .map(
            |c| if ('\u{FF01}'..='\u{FF5E}').contains(&c) { char::from_u32(c as u32 - 0xFEE0).unwrap_or(c) } else { c },
        )
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Levenshtein 1966.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(corner + usize::from(x != *y));
            corner = above;
        }
    }
    row[b.len()]
}
