//! Photographs for face checks: fetched by package and checksum, cleaned, and laid out as people and groups; one of
//! them as a card's picture and a live burst for the measurements. People of the demonstration are drawn.

use anyhow::{Context, Result, bail};
use image::imageops::{self, FilterType};
use image::{ImageDecoder, ImageReader, RgbImage};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The photographs a live burst is played from: to the front, to one side, to the front, to the other side. A head
/// stays at each side for half a second at 7.5 pictures a second: one picture would fall between two looks of a
/// camera that is busy, again and again.
const VIEWS: [usize; 15] = [0, 0, 0, 1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 0, 0];
const LIVE: (u32, u32) = (1280, 720);
/// A card with its holder's picture, and one whose picture is another's.
const CARDS: [(&str, &str, usize); 2] = [("890102197803150113", "public-1", 1), ("890103198206300575", "public-2", 0)];
/// A card whose picture is two people's laid over one another, as somebody might hand in who wants both to pass.
const MIXED: &str = "890102199912310795";
/// How much of the first person is in it: near the middle of the grey zone.
const MIXED_SHARE: f32 = 0.5;

#[derive(Deserialize)]
struct Sources {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    registry: String,
    name: String,
    version: String,
    archive: String,
    sha256: String,
    file: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    member: String,
    sha256: String,
    person: Option<String>,
    group: Option<String>,
}

/// Where the face stands in a photograph, as shares of its width and height: middle and height of the face.
struct Place {
    person: &'static str,
    picture: usize,
    x: f32,
    y: f32,
    high: f32,
}

/// Found with the detector once; the crop needs no more than this.
const PLACES: [Place; 4] = [
    Place { person: "public-1", picture: 0, x: 0.541, y: 0.211, high: 0.280 },
    Place { person: "public-1", picture: 1, x: 0.538, y: 0.361, high: 0.355 },
    Place { person: "public-1", picture: 2, x: 0.544, y: 0.185, high: 0.156 },
    Place { person: "public-2", picture: 0, x: 0.581, y: 0.170, high: 0.177 },
];

/// Makes `people/`, `groups/`, the cards' pictures `public/cards/NUMBER.wlt` and the burst `public/burst-1/`.
pub fn make(root: &Path, out: &Path, cache: &Path) -> Result<()> {
    let list = root.join("assets/samples/faces.toml");
    let text = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let sources: Sources = toml::from_str(&text).with_context(|| list.display().to_string())?;
    for folder in ["people", "groups", "public/cards", "public/burst-1"] {
        let _old = fs::remove_dir_all(out.join(folder));
        fs::create_dir_all(out.join(folder))?;
    }
    for package in &sources.package {
        let archive = fetch(package, cache)?;
        for file in &package.file {
            let picture = cleaned(&member(&archive, file)?).with_context(|| file.member.clone())?;
            let folder = match (&file.person, &file.group) {
                (Some(person), None) => out.join("people").join(person),
                (None, Some(_)) => out.join("groups"),
                _ => bail!("{}: either a person or a group", file.member),
            };
            fs::create_dir_all(&folder)?;
            let name = match &file.group {
                Some(group) => format!("{group}.jpg"),
                None => format!("{}.jpg", fs::read_dir(&folder)?.count()),
            };
            picture.save(folder.join(name))?;
        }
    }
    for (number, person, picture) in CARDS {
        fs::write(out.join("public/cards").join(format!("{number}.wlt")), coded(&portrait(out, person, picture)?)?)?;
    }
    let [mut mixed, other] = [portrait(out, "public-1", 1)?, portrait(out, "public-2", 0)?];
    for (mine, theirs) in mixed.iter_mut().zip(other.iter()) {
        *mine = (f32::from(*mine) * MIXED_SHARE + f32::from(*theirs) * (1.0 - MIXED_SHARE)) as u8;
    }
    fs::write(out.join("public/cards").join(format!("{MIXED}.wlt")), coded(&mixed)?)?;
    burst(out)
}

/// The package file, from the cache or the registry.
fn fetch(package: &Package, cache: &Path) -> Result<PathBuf> {
    let file = cache.join(&package.archive);
    if matches(&file, &package.sha256) {
        return Ok(file);
    }
    fs::create_dir_all(cache)?;
    eprintln!("fetching {} {}", package.name, package.version);
    let mut command = match package.registry.as_str() {
        "npm" => {
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent", &format!("{}@{}", package.name, package.version)]).current_dir(cache);
            npm
        }
        "pypi" => {
            let mut pip = Command::new("pip3");
            pip.args(["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"]).arg(cache);
            pip.arg(format!("{}=={}", package.name, package.version));
            pip
        }
        other => bail!("{}: unknown registry {other}", package.name),
    };
    let status = command.stdout(Stdio::null()).status().context("the registry's client cannot be started")?;
    if !status.success() || !matches(&file, &package.sha256) {
        bail!("{}: not fetched, or a wrong checksum", file.display());
    }
    Ok(file)
}

fn member(archive: &Path, file: &File) -> Result<Vec<u8>> {
    let output = Command::new("tar").arg("-xzOf").arg(archive).arg(&file.member).output().context("tar")?;
    if hex::encode(Sha256::digest(&output.stdout)) != file.sha256 {
        bail!("{} has a wrong checksum", file.member);
    }
    Ok(output.stdout)
}

fn matches(path: &Path, sha256: &str) -> bool {
    fs::read(path).is_ok_and(|bytes| hex::encode(Sha256::digest(&bytes)) == sha256)
}

/// Decoded, upright, without metadata.
fn cleaned(bytes: &[u8]) -> Result<RgbImage> {
    let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = image::DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// A window of a photograph around a face, at any place; what lies outside repeats the edge.
fn window(picture: &RgbImage, middle: (f32, f32), size: (f32, f32), to: (u32, u32)) -> RgbImage {
    let (left, top) = (middle.0 - size.0 / 2.0, middle.1 - size.1 / 2.0);
    let (width, height) = (size.0.round() as u32, size.1.round() as u32);
    let cut = RgbImage::from_fn(width.max(1), height.max(1), |x, y| {
        let x = (left + x as f32).clamp(0.0, picture.width() as f32 - 1.0) as u32;
        let y = (top + y as f32).clamp(0.0, picture.height() as f32 - 1.0) as u32;
        *picture.get_pixel(x, y)
    });
    imageops::resize(&cut, to.0, to.1, FilterType::Triangle)
}

/// The hall's wall in place of what stands behind the person: further from the middle of the picture than head and
/// shoulders reach.
fn before_a_wall(live: &mut RgbImage) {
    const WALL: [f32; 3] = [196.0, 200.0, 204.0];
    let (width, height) = (live.width() as f32, live.height() as f32);
    for (x, y, pixel) in live.enumerate_pixels_mut() {
        let (u, v) = ((x as f32 / width - 0.494).abs(), y as f32 / height);
        // How far outside of the head's oval, and of neck and shoulders below it.
        let head = ((u / 0.122).hypot((v - 0.375) / 0.285) - 1.0) * 0.12;
        let body = if v < 0.58 { 1.0 } else { u - 0.06 - (v - 0.58) * 0.85 };
        let share = (head.min(body) / 0.012).clamp(0.0, 1.0);
        for (channel, wall) in pixel.0.iter_mut().zip(WALL) {
            *channel = (f32::from(*channel) * (1.0 - share) + wall * share) as u8;
        }
    }
}

fn place(out: &Path, person: &str, picture: usize) -> Result<(RgbImage, (f32, f32), f32)> {
    let place = PLACES.iter().find(|place| place.person == person && place.picture == picture);
    let place = place.with_context(|| format!("no place of the face in picture {picture} of {person}"))?;
    let file = out.join("people").join(person).join(format!("{picture}.jpg"));
    let photo = image::open(&file).with_context(|| file.display().to_string())?.into_rgb8();
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    Ok((photo, (place.x * width, place.y * height), place.high * height))
}

/// Head and shoulders as large as a card's picture.
fn portrait(out: &Path, person: &str, picture: usize) -> Result<RgbImage> {
    let (photo, middle, high) = place(out, person, picture)?;
    let (width, height) = (tongban_sim::photo::WIDTH as u32, tongban_sim::photo::HEIGHT as u32);
    let tall = high * 1.6;
    Ok(window(&photo, middle, (tall * width as f32 / height as f32, tall), (width, height)))
}

/// The card's picture in the simulator's codec.
fn coded(portrait: &RgbImage) -> Result<Vec<u8>> {
    let grey: Vec<u8> = imageops::grayscale(portrait).into_raw();
    tongban_sim::wlt::encode_photo(&grey).context("the picture does not fit the card")
}

/// Three photographs of one person as a camera would see a head that turns, held not quite still.
fn burst(out: &Path) -> Result<()> {
    for (frame, view) in VIEWS.into_iter().enumerate() {
        let (photo, middle, high) = place(out, "public-1", view)?;
        let phase = frame as f32 / VIEWS.len() as f32 * std::f32::consts::TAU;
        let tall = high * (2.3 + 0.02 * phase.sin());
        let at = (middle.0 + high * 0.02 * phase.cos(), middle.1 + high * (0.25 + 0.01 * phase.sin()));
        let mut live = window(&photo, at, (tall * LIVE.0 as f32 / LIVE.1 as f32, tall), LIVE);
        before_a_wall(&mut live);
        live.save(out.join("public/burst-1").join(format!("{frame}.jpg")))?;
    }
    Ok(())
}
