//! FAR and FRR of faces: live against live, and a card's picture against live.

use super::rates::{Rate, equal_error};
use anyhow::{Context, Result, ensure};
use image::RgbImage;
use image::imageops::{self, FilterType};
use std::fs;
use std::path::{Path, PathBuf};
use tongban_sim::photo;
use tongban_vision::face::{Aligned, Embedding, Face, Faces, Frame};
use tongban_vision::runtime::Runtime;

/// One face and who it is.
struct Known {
    /// Person, or picture of a group and place in it.
    who: String,
    /// Faces of one group are of different people, faces of two groups may be of one.
    group: Option<String>,
    picture: usize,
    live: Embedding,
    card: Option<Embedding>,
    liveness: f32,
}

/// People and their photographs in `folder`, sorted.
pub fn people_in(folder: &Path) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let mut people = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())?.flatten() {
        if entry.path().is_dir() {
            let mut files: Vec<PathBuf> = fs::read_dir(entry.path())?.flatten().map(|file| file.path()).collect();
            files.sort();
            people.push((entry.file_name().to_string_lossy().into_owned(), files));
        }
    }
    people.sort();
    Ok(people)
}

/// Measures and prints.
pub fn measure(folder: Option<&Path>, models: &Path) -> Result<()> {
    let mut faces = Faces::open(&Runtime::open(models)?)?;
    let samples = Path::new("target/samples");
    let own = samples.join("people");
    let people = people_in(folder.unwrap_or(&own))?;
    let mut known = Vec::new();
    let mut unseen = 0;
    for (person, files) in &people {
        for (picture, file) in files.iter().enumerate() {
            let photo = image::open(file).with_context(|| file.display().to_string())?.into_rgb8();
            match first(&mut faces, &photo)? {
                Some(face) => known.push(look(&mut faces, &photo, &face, person.clone(), None, picture)?),
                None => unseen += 1,
            }
        }
    }
    if folder.is_none() {
        groups(&mut faces, &samples.join("groups"), &mut known)?;
    }
    ensure!(!known.is_empty(), "no face in {}", folder.unwrap_or(&own).display());
    println!("{} people, {} faces, {unseen} photographs without a face", people.len(), known.len());
    let limits = faces.thresholds().clone();
    println!("thresholds {}: same {}, different {}", limits.version, limits.same, limits.different);
    report("live against live", &pairs(&known, false), &limits);
    report("card's picture against live", &pairs(&known, true), &limits);
    let living = Rate::count(&known, |one| one.liveness < limits.live);
    println!("living faces that would be asked to turn the head (liveness < {}): {}", limits.live, living.text());
    println!("What this cannot prove: the set is small, few of the people are from East Asia, nobody stood in a hall,");
    println!("cards are simulated (102x126 grey, about 1 KB), and no attack with masks or screens was made.");
    Ok(())
}

fn groups(faces: &mut Faces, folder: &Path, known: &mut Vec<Known>) -> Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|file| file.path()).collect();
    files.sort();
    for file in files {
        let photo = image::open(&file)?.into_rgb8();
        let group = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (place, face) in faces.find(&frame(&photo)?)?.iter().enumerate() {
            let who = format!("{group}/{place}");
            known.push(look(faces, &photo, face, who, Some(group.clone()), 0)?);
        }
    }
    Ok(())
}

fn frame(photo: &RgbImage) -> Result<Frame<'_>> {
    Ok(Frame::rgb(photo.width(), photo.height(), photo.as_raw())?)
}

fn first(faces: &mut Faces, photo: &RgbImage) -> Result<Option<Face>> {
    Ok(faces.find(&frame(photo)?)?.into_iter().next())
}

fn look(
    faces: &mut Faces,
    photo: &RgbImage,
    face: &Face,
    who: String,
    group: Option<String>,
    picture: usize,
) -> Result<Known> {
    let view = frame(photo)?;
    let live = faces.embed(&Aligned::of(&view, face))?;
    let liveness = faces.liveness(&view, face)?;
    let small = as_on_card(photo, face)?;
    let card = match first(faces, &small)? {
        Some(face) => Some(faces.embed(&Aligned::of(&frame(&small)?, &face))?),
        None => None,
    };
    Ok(Known { who, group, picture, live, card, liveness })
}

/// The face as the simulator's card holds it.
fn as_on_card(photo: &RgbImage, face: &Face) -> Result<RgbImage> {
    let [left, top, right, bottom] = face.bounds;
    let tall = (bottom - top) * 1.6;
    let wide = tall * photo::WIDTH as f32 / photo::HEIGHT as f32;
    let (x, y) = ((left + right) / 2.0 - wide / 2.0, (top + bottom) / 2.0 - tall / 2.0);
    let cut = RgbImage::from_fn(wide.max(1.0) as u32, tall.max(1.0) as u32, |u, v| {
        let x = (x + u as f32).clamp(0.0, photo.width() as f32 - 1.0) as u32;
        let y = (y + v as f32).clamp(0.0, photo.height() as f32 - 1.0) as u32;
        *photo.get_pixel(x, y)
    });
    let small = imageops::resize(&cut, photo::WIDTH as u32, photo::HEIGHT as u32, FilterType::Triangle);
    let coded = photo::encode(&imageops::grayscale(&small).into_raw()).context("the picture fits the card")?;
    let grey = photo::decode(&coded).context("the card's picture decodes")?;
    let pixels = grey.iter().flat_map(|value| [*value; 3]).collect();
    RgbImage::from_raw(photo::WIDTH as u32, photo::HEIGHT as u32, pixels).context("as many pixels as a card holds")
}

/// Genuine and foreign scores. Two photographs of one person are genuine; one photograph against itself is left out.
fn pairs(known: &[Known], card: bool) -> (Vec<f64>, Vec<f64>) {
    let (mut genuine, mut foreign) = (Vec::new(), Vec::new());
    for (i, a) in known.iter().enumerate() {
        for (j, b) in known.iter().enumerate() {
            // Live against live is the same both ways.
            if i == j || (!card && j < i) {
                continue;
            }
            let score =
                if card { a.card.as_ref().map(|a| a.similarity(&b.live)) } else { Some(a.live.similarity(&b.live)) };
            let Some(score) = score.map(f64::from) else { continue };
            let unknown = a.group.is_some() && b.group.is_some() && a.group != b.group;
            match (a.who == b.who, unknown) {
                (true, _) if a.picture != b.picture => genuine.push(score),
                (false, false) => foreign.push(score),
                _ => {}
            }
        }
    }
    (genuine, foreign)
}

fn report(name: &str, (genuine, foreign): &(Vec<f64>, Vec<f64>), limits: &tongban_vision::face::Thresholds) {
    let (same, different) = (f64::from(limits.same), f64::from(limits.different));
    let least = genuine.iter().copied().fold(f64::INFINITY, f64::min);
    let most = foreign.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    println!("{name}: {} genuine (least {least:.3}), {} foreign (most {most:.3})", genuine.len(), foreign.len());
    println!("  accepted though foreign  {}", Rate::count(foreign, |score| *score >= same).text());
    println!("  genuine, to a person     {}", Rate::count(genuine, |score| *score < same).text());
    println!("  genuine, called another  {}", Rate::count(genuine, |score| *score < different).text());
    println!("  equal error              {:.3} %", equal_error(genuine, foreign) * 100.0);
}
