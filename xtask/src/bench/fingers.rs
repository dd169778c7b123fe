//! `bench fingers`: CPU time of finding minutiae and of one comparison.

use super::{Row, finish};
use anyhow::Result;
use tongban_sim::print::{DPI, HEIGHT, Pattern, Press, WIDTH};
use tongban_vision::finger::Print;

const FINGERS: usize = 12;

/// Measures and prints.
pub fn run() -> Result<()> {
    finish("fingers", &rows()?)
}

/// Synthetic prints as the scanner gives them.
pub(super) fn rows() -> Result<Vec<Row>> {
    let (mut finds, mut scores, mut whole, mut records) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for index in 0..FINGERS {
        let pattern = Pattern::of(&format!("bench-{index}"));
        let reference = Print::from_iso(&pattern.template(1))?;
        for number in 1..=3 {
            let pixels = Press { number, wear: 10 }.draw(&pattern);
            let began = super::cpu_ms();
            let print = Print::of(&pixels, WIDTH, HEIGHT, DPI)?;
            let found = super::cpu_ms();
            let score = print.score(&reference);
            let compared = super::cpu_ms();
            let record = print.to_iso(1);
            let written = super::cpu_ms();
            anyhow::ensure!(score > 0 && !record.is_empty(), "a print of the finger");
            finds.push(found - began);
            scores.push(compared - found);
            whole.push(compared - began);
            records.push(written - compared);
        }
    }
    Ok(vec![
        Row::new("minutiae of a print", super::median(&mut finds), "ms CPU"),
        Row::new("comparison", super::median(&mut scores), "ms CPU"),
        Row::new("ISO/IEC 19794-2 record", super::median(&mut records), "ms CPU"),
        Row::new("fingerprint 1:1", super::median(&mut whole), "ms CPU").at_most(40.0),
    ])
}
