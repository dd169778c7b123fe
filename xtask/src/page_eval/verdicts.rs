//! Verdicts against planted defects: how often a bad page is green, how often a good one is red.

use super::scene::{self, Dice, Take};
use super::upper_bound;
use crate::samples::exam::{EXAMS, Exam, Press};
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tongban_vision::material::{self, FigureWish, Wish};
use tongban_vision::ocr::Ocr;
use tongban_vision::page::{Calibration, Scanner};
use tongban_vision::picture;
use tongban_vision::runtime::Runtime;

/// Papers that serve a material; those behind them serve none.
const SERVING: usize = 8;

/// Threads that judge.
const THREADS: usize = 2;

/// What is wrong; new kinds stand last, so that the pictures of the others stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Defect {
    None,
    Blurred,
    Dark,
    Cut,
    Glare,
    Finger,
    Far,
    Blank,
    OtherDocument,
    OtherHolder,
    OtherFigure,
    Corner,
    Turned,
}

const ALL: [Defect; 13] = [
    Defect::None,
    Defect::Blurred,
    Defect::Dark,
    Defect::Cut,
    Defect::Glare,
    Defect::Finger,
    Defect::Corner,
    Defect::Far,
    Defect::Blank,
    Defect::Turned,
    Defect::OtherDocument,
    Defect::OtherHolder,
    Defect::OtherFigure,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Light {
    Green,
    Amber,
    Red,
}

/// Counts by defect and light.
#[derive(Default)]
pub struct Verdicts {
    counts: BTreeMap<Defect, [usize; 3]>,
    unlike: Vec<String>,
}

impl Verdicts {
    /// Bad pages, and how many of them were green.
    pub fn false_green(&self) -> (usize, usize) {
        let bad = self.counts.iter().filter(|(defect, _)| **defect != Defect::None);
        bad.fold((0, 0), |(count, green), (_, lights)| (count + lights.iter().sum::<usize>(), green + lights[0]))
    }

    /// Good pages, how many of them were red, and how many amber.
    pub fn false_red(&self) -> (usize, usize, usize) {
        let good = self.counts.get(&Defect::None).copied().unwrap_or_default();
        (good.iter().sum(), good[2], good[1])
    }

    pub fn print(&self) {
        println!("verdicts: defect: green / amber / red");
        for (defect, [green, amber, red]) in &self.counts {
            println!("  {defect:?}: {green} / {amber} / {red}");
        }
        self.unlike.iter().for_each(|line| println!("  {line}"));
        let (bad, green) = self.false_green();
        let (good, red, amber) = self.false_red();
        println!(
            "  false green {green} of {bad} ({:.2} %, at most {:.2} % with 95 % confidence)",
            100.0 * green as f64 / bad.max(1) as f64,
            100.0 * upper_bound(green, bad)
        );
        println!(
            "  false red {red} of {good} ({:.2} %, at most {:.2} %), sent to a person {amber}",
            100.0 * red as f64 / good.max(1) as f64,
            100.0 * upper_bound(red, good)
        );
    }
}

/// Photographs, straightens, reads and judges `takes` pictures of each paper for each defect; a defect is done by one
/// of two threads. `only`: names of the defects wanted (`None` are the good pages), all when empty.
pub fn measure(takes: usize, seed: u64, models: &Path, only: &[String]) -> Result<Verdicts> {
    let wanted = |defect: &Defect| only.is_empty() || only.iter().any(|name| *name == format!("{defect:?}"));
    let defects: Vec<Defect> = ALL.into_iter().filter(wanted).collect();
    anyhow::ensure!(only.len() <= defects.len(), "defects are {ALL:?}");
    let next = AtomicUsize::new(0);
    let work = || -> Result<Verdicts> {
        let press = Press::open()?;
        let mut tools = Tools {
            ocr: Ocr::open(&Runtime::open(models)?)?,
            scanner: Scanner::new(Calibration { pixels_per_mm: None, dpi_min: 175.0 }),
        };
        let mut verdicts = Verdicts::default();
        while let Some(defect) = defects.get(next.fetch_add(1, Ordering::Relaxed)) {
            measure_defect(*defect, takes, seed, (&press, &mut tools), &mut verdicts)?;
        }
        Ok(verdicts)
    };
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a measuring thread ended")));
        joined.collect::<Result<Vec<_>>>()
    })?;
    let mut all = Verdicts::default();
    for part in parts {
        let part = part?;
        all.counts.extend(part.counts);
        all.unlike.extend(part.unlike);
    }
    Ok(all)
}

/// What a thread judges with.
struct Tools {
    ocr: Ocr,
    scanner: Scanner,
}

fn measure_defect(
    defect: Defect,
    takes: usize,
    seed: u64,
    (press, tools): (&Press, &mut Tools),
    verdicts: &mut Verdicts,
) -> Result<()> {
    for take in 0..takes {
        for (number, exam) in EXAMS.iter().take(SERVING).enumerate() {
            if defect == Defect::OtherFigure && exam.figure.is_none()
                || defect == Defect::OtherHolder && exam.holder.is_empty()
            {
                continue;
            }
            let mut dice = Dice::new(seed ^ 0x5eed ^ ((take * 100 + number) as u64) << 8 ^ defect as u64);
            let (light, why) = one(press, tools, exam, defect, &mut dice)?;
            // A good page that is not green, or a bad one that is.
            if (defect == Defect::None) != (light == Light::Green) {
                verdicts.unlike.push(format!("{} {defect:?} take {take}: {light:?} {why}", exam.name));
            }
            verdicts.counts.entry(defect).or_default()[light as usize] += 1;
        }
    }
    Ok(())
}

fn one(press: &Press, tools: &mut Tools, exam: &Exam, defect: Defect, dice: &mut Dice) -> Result<(Light, String)> {
    let mut take = Take::good(dice);
    match defect {
        Defect::Blurred => take.blur = dice.range(4.0, 8.0),
        Defect::Dark => take.level = dice.range(0.12, 0.28),
        Defect::Cut => take.push = dice.range(0.08, 0.4),
        Defect::Glare => take.glare = dice.range(0.12, 0.25),
        Defect::Finger => take.finger = dice.range(0.10, 0.3),
        Defect::Corner => take.curl = dice.range(0.05, 0.12),
        Defect::Far => take.share = dice.range(0.3, 0.5),
        _ => {}
    }
    let shown = if defect == Defect::OtherDocument {
        let others: Vec<&Exam> = EXAMS.iter().filter(|other| other.material != exam.material).collect();
        others[dice.below(others.len())]
    } else {
        exam
    };
    let (mut page, _) = press.draw(shown, dice.below(1000) as u64, true)?;
    if defect == Defect::Blank {
        page.pixels_mut().for_each(|pixel| *pixel = image::Rgb([250, 249, 247]));
    }
    if defect == Defect::Turned {
        page = image::imageops::rotate180(&page);
    }
    let (frame, _) = scene::photograph(&page, &take, dice);
    let pages = tools.scanner.scan(&super::jpeg(&frame)?)?;
    let Some(finished) = pages.first() else { return Ok((Light::Red, "no page".into())) };
    let mat = picture::decode(&finished.jpeg)?;
    let text = tools.ocr.read(&mat)?;
    let holder = if defect == Defect::OtherHolder { "示范市大河机电安装有限公司" } else { exam.holder };
    let wish = Wish {
        material: exam.material.to_owned(),
        names: if holder.is_empty() { Vec::new() } else { vec![holder.to_owned()] },
        figures: exam
            .figure
            .iter()
            .map(|(label, _)| FigureWish {
                figure: "figure".into(),
                label: (*label).to_owned(),
                unit: "万元".to_owned(),
            })
            .collect(),
    };
    let verdict = material::judge(&finished.quality, Some(&text), material::seal(&mat)?, &wish, "eval").verdict;
    let mut light = match (verdict.legible, verdict.right_document) {
        (Some(false), _) | (_, Some(false)) => Light::Red,
        (Some(true), Some(true)) => Light::Green,
        _ => Light::Amber,
    };
    // The rules of the hall hold the figure on the page against the one in the form.
    if let Some((_, printed)) = exam.figure {
        let form = if defect == Defect::OtherFigure { "880" } else { printed };
        let figure = match verdict.figures.first() {
            None => Light::Amber,
            Some((_, found)) if found == form => Light::Green,
            Some(_) => Light::Red,
        };
        light = light.max(figure);
    }
    let flaws: Vec<_> = finished.quality.findings.iter().map(|finding| finding.flaw).collect();
    let why = format!(
        "{flaws:?} sharp {:.2} dpi {:.0} document {:?} figures {:?}",
        finished.quality.sharpness, finished.quality.dpi, verdict.right_document, verdict.figures
    );
    Ok((light, why))
}
