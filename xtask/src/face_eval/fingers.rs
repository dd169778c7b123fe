//! FAR and FRR of prints: single presses, and the best of three as the station takes them.

use super::faces::people_in;
use super::rates::{Rate, equal_error};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use tongban_sim::print::{DPI, HEIGHT, Pattern, Press, WIDTH};
use tongban_vision::finger::{DIFFERENT, Print, SAME, VERSION};

/// Presses of a synthetic finger.
const PRESSES: u32 = 8;

/// Fingers and their prints, in order.
type Set = Vec<(String, Vec<Print>)>;

/// `count` synthetic fingers with `presses` presses each, a little worn and shifted differently.
fn synthetic(count: usize, presses: u32) -> Result<Set> {
    let finger = |index: usize| {
        let pattern = Pattern::of(&format!("eval-{index}"));
        let prints = (1..=presses).map(|number| {
            let wear = (number * 9 % 45) as u8;
            Ok(Print::of(&Press { number, wear }.draw(&pattern), WIDTH, HEIGHT, DPI)?)
        });
        Ok((format!("eval-{index}"), prints.collect::<Result<_>>()?))
    };
    (0..count).map(finger).collect()
}

fn folder_of(folder: &Path) -> Result<Set> {
    let read = |file: &std::path::PathBuf| {
        let grey = image::open(file).with_context(|| file.display().to_string())?.into_luma8();
        let (width, height) = (grey.width() as usize, grey.height() as usize);
        Ok(Print::of(grey.as_raw(), width, height, 500)?)
    };
    people_in(folder)?
        .into_iter()
        .map(|(name, files)| Ok((name, files.iter().map(read).collect::<Result<_>>()?)))
        .collect()
}

/// Measures and prints.
pub fn measure(folder: Option<&Path>, count: usize) -> Result<()> {
    let set = match folder {
        Some(folder) => folder_of(folder)?,
        None => synthetic(count, PRESSES)?,
    };
    ensure!(set.len() > 1, "two fingers at least");
    let prints: usize = set.iter().map(|(_, prints)| prints.len()).sum();
    println!("{} fingers, {prints} prints; {VERSION}: same {SAME}, different {DIFFERENT}", set.len());
    let (mut genuine, mut foreign) = (Vec::new(), Vec::new());
    for (i, (_, a)) in set.iter().enumerate() {
        for (m, x) in a.iter().enumerate() {
            genuine.extend(a.iter().skip(m + 1).map(|y| f64::from(x.score(y))));
            for (_, b) in set.iter().skip(i + 1) {
                foreign.extend(b.iter().map(|y| f64::from(x.score(y))));
            }
        }
    }
    let (same, different) = (f64::from(SAME), f64::from(DIFFERENT));
    let most = foreign.iter().copied().fold(0.0, f64::max);
    println!("one print against one: {} genuine, {} foreign (most {most})", genuine.len(), foreign.len());
    println!("  accepted though foreign  {}", Rate::count(&foreign, |score| *score >= same).text());
    println!("  genuine, to a person     {}", Rate::count(&genuine, |score| *score < same).text());
    println!("  genuine, called another  {}", Rate::count(&genuine, |score| *score < different).text());
    println!("  equal error              {:.3} %", equal_error(&genuine, &foreign) * 100.0);
    let best: Vec<f64> = set.iter().flat_map(|(_, prints)| best_of_three(prints)).collect();
    println!("best of three prints against one: {}", Rate::count(&best, |score| *score < same).text());
    if folder.is_none() {
        println!("What this cannot prove: the prints are synthetic, cleaner and more alike than skin; the rates of a");
        println!("hall's scanner need its own prints (--fingers DIR).");
    }
    Ok(())
}

/// The first print is the reference, the others come in threes.
fn best_of_three(prints: &[Print]) -> Vec<f64> {
    let Some((reference, tries)) = prints.split_first() else { return Vec::new() };
    let best = |three: &[Print]| three.iter().map(|print| print.score(reference)).max().unwrap_or(0);
    tries.chunks_exact(3).map(|three| f64::from(best(three))).collect()
}
