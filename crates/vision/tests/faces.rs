//! Faces: photographs that packages ship (fetched by `cargo xtask samples`), the networks that `./dev setup` installs.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tongban_vision::VisionError;
use tongban_vision::face::{Aligned, Burst, Faces, Frame, Hint, Issue, Outcome, Why};
use tongban_vision::runtime::Runtime;

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn faces() -> MutexGuard<'static, Faces> {
    static FACES: OnceLock<Mutex<Faces>> = OnceLock::new();
    let open = || {
        let runtime = Runtime::open(&root().join("assets/models")).expect("run ./dev setup: the networks are missing");
        Mutex::new(Faces::open(&runtime).expect("five networks"))
    };
    FACES.get_or_init(open).lock().unwrap_or_else(PoisonError::into_inner)
}

fn photo(name: &str) -> RgbImage {
    let file = root().join("target/samples").join(name);
    image::open(&file).unwrap_or_else(|e| panic!("{}: {e}; run cargo xtask samples", file.display())).into_rgb8()
}

fn frame(photo: &RgbImage) -> Frame<'_> {
    Frame::rgb(photo.width(), photo.height(), photo.as_raw()).expect("a picture")
}

/// A live burst of the sample as the camera's worker sees it.
fn burst() -> Vec<RgbImage> {
    (0..15)
        .map(|n| imageops::resize(&photo(&format!("public/burst-1/{n}.jpg")), 960, 540, FilterType::Triangle))
        .collect()
}

fn outcome(portrait: &RgbImage, live: &[RgbImage], always_turn: bool) -> (Outcome, Option<f32>) {
    let mut faces = faces();
    let mut burst = Burst::begin(&mut faces, &frame(portrait), always_turn).expect("networks run");
    for picture in live.iter().cycle().take(24) {
        burst.offer(&mut faces, &frame(picture)).expect("networks run");
        if burst.decided(&faces).is_some() {
            break;
        }
    }
    (burst.outcome(&faces), burst.score())
}

#[test]
fn another_photograph_of_the_same_person_passes_after_the_head_was_turned() {
    let (outcome, score) = outcome(&photo("people/public-1/1.jpg"), &burst(), true);
    assert_eq!(outcome, Outcome::Same, "score {score:?}");
}

#[test]
fn a_face_that_only_looks_to_the_front_is_not_believed_to_live() {
    let still: Vec<RgbImage> = burst().drain(..3).collect();
    let (outcome, score) = outcome(&photo("people/public-1/1.jpg"), &still, true);
    assert!(score.is_some_and(|score| score > 0.45), "it is alike: {score:?}");
    assert_eq!(outcome, Outcome::ToPerson(Why::NotLive));
}

#[test]
fn another_face_in_the_turn_is_noticed() {
    let mut swapped: Vec<RgbImage> = burst();
    let stranger = imageops::resize(&photo("groups/group-5.jpg"), 960, 540, FilterType::Triangle);
    let mut faces = faces();
    let portrait = photo("people/public-1/1.jpg");
    let mut check = Burst::begin(&mut faces, &frame(&portrait), true).expect("networks run");
    // The largest face of the group picture is turned and is nobody we know.
    let views = swapped.drain(..3).collect::<Vec<_>>();
    for picture in views.iter().chain([&stranger, &stranger]) {
        check.offer(&mut faces, &frame(picture)).expect("networks run");
    }
    assert!(!check.turned() && check.outcome(&faces) != Outcome::Same);
}

#[test]
fn another_person_never_passes_and_goes_to_a_person() {
    let mut strangers = vec![photo("people/public-2/0.jpg")];
    strangers.extend((1..=6).map(|n| photo(&format!("groups/group-{n}.jpg"))));
    for stranger in &strangers {
        let (outcome, score) = outcome(stranger, &burst(), true);
        assert!(matches!(outcome, Outcome::ToPerson(Why::Different | Why::Grey)), "{outcome:?} {score:?}");
    }
}

/// A photograph printed on paper and held before a wall: flat contrast, a sheet's edges, a little gloss.
fn printed(live: &RgbImage) -> RgbImage {
    let mut scene = RgbImage::from_pixel(960, 540, Rgb([120, 124, 128]));
    let cut = imageops::crop_imm(live, 250, 20, 460, 500).to_image();
    let sheet = imageops::resize(&cut, 368, 400, FilterType::Triangle);
    for (x, y, pixel) in sheet.enumerate_pixels() {
        let gloss = 60.0 * (-((x as f32 - 240.0) / 72.0).powi(2) - ((y as f32 - 120.0) / 48.0).powi(2)).exp();
        let dots = 10.0 * (x as f32 * 1.9).sin() * (y as f32 * 1.9).sin();
        let tone = |value: u8| (f32::from(value) * 0.72 + 40.0 + gloss + dots).clamp(0.0, 255.0) as u8;
        scene.put_pixel(x + 296, y + 70, Rgb(pixel.0.map(tone)));
    }
    for (x, y, pixel) in scene.enumerate_pixels_mut() {
        let inside = (276..684).contains(&x) && (50..490).contains(&y);
        if inside && !((296..664).contains(&x) && (70..470).contains(&y)) {
            *pixel = Rgb([236, 235, 230]);
        }
    }
    scene
}

#[test]
fn a_printed_face_is_refused_although_it_is_alike() {
    // Moved about, but a sheet of paper does not turn its head.
    let front = burst().remove(0);
    let sheets: Vec<RgbImage> = (0..8)
        .map(|n| {
            let sheet = printed(&front);
            let mut moved = RgbImage::from_pixel(960, 540, Rgb([120, 124, 128]));
            imageops::overlay(&mut moved, &sheet, i64::from(n % 4) * 20 - 30, i64::from(n % 3) * 8);
            moved
        })
        .collect();
    let (outcome, score) = outcome(&photo("people/public-1/0.jpg"), &sheets, true);
    assert!(score.is_some_and(|score| score > 0.45), "the print is alike: {score:?}");
    assert_eq!(outcome, Outcome::ToPerson(Why::NotLive));
}

#[test]
fn a_photograph_that_is_tilted_does_not_count_as_a_head_that_turns() {
    let live: Vec<RgbImage> = burst().drain(..3).collect();
    let tilted: Vec<RgbImage> = (0..12)
        .map(|n| {
            let narrow = 1.0 - 0.05 * (n % 6) as f32;
            let small = imageops::resize(&live[0], (960.0 * narrow) as u32, 540, FilterType::Triangle);
            let mut scene = RgbImage::from_pixel(960, 540, Rgb([90, 90, 90]));
            imageops::overlay(&mut scene, &small, i64::from((960 - small.width()) / 2), 0);
            scene
        })
        .collect();
    let mut faces = faces();
    let portrait = photo("people/public-1/1.jpg");
    let mut check = Burst::begin(&mut faces, &frame(&portrait), true).expect("networks run");
    for picture in live.iter().chain(&tilted) {
        check.offer(&mut faces, &frame(picture)).expect("networks run");
    }
    assert!(!check.turned());
    assert_eq!(check.outcome(&faces), Outcome::ToPerson(Why::NotLive));
}

#[test]
fn blurred_dark_covered_and_empty_pictures_are_named_and_not_compared() {
    let mut faces = faces();
    let mut issue = |picture: &RgbImage| {
        let view = frame(picture);
        let found = faces.find(&view).expect("networks run");
        let Some(face) = found.first() else { return vec![Issue::Nobody] };
        faces.quality(&view, &found, &Aligned::of(&view, face)).expect("networks run").issues
    };
    let good = burst().remove(0);
    assert_eq!(issue(&good), [], "the sample is good");
    assert!(issue(&imageops::blur(&good, 6.0)).contains(&Issue::Blurred));
    let dark = RgbImage::from_fn(960, 540, |x, y| Rgb(good.get_pixel(x, y).0.map(|value| value / 6)));
    assert!(issue(&dark).iter().any(|issue| matches!(issue, Issue::Dark | Issue::Nobody)));
    assert_eq!(issue(&RgbImage::from_pixel(960, 540, Rgb([40, 40, 40]))), [Issue::Nobody]);
    let far = {
        let small = imageops::resize(&good, 320, 180, FilterType::Triangle);
        let mut scene = RgbImage::from_pixel(960, 540, Rgb([90, 90, 90]));
        imageops::overlay(&mut scene, &small, 320, 180);
        scene
    };
    assert!(issue(&far).iter().any(|issue| matches!(issue, Issue::TooFar | Issue::Nobody)));
    assert!(issue(&photo("groups/group-3.jpg")).contains(&Issue::NotAlone));
}

#[test]
fn a_drawn_mask_is_asked_to_be_taken_off() {
    let mut faces = faces();
    let mut good = burst().remove(0);
    let found = faces.find(&frame(&good)).expect("networks run");
    let points = found.first().expect("a face").points.clone();
    let (left, right) = (points[3][0], points[13][0]);
    let (top, bottom) = (points[29][1], points[8][1]);
    for y in top as u32..bottom as u32 {
        for x in left as u32..right as u32 {
            good.put_pixel(x, y, Rgb([150, 190, 220]));
        }
    }
    let found = faces.find(&frame(&good)).expect("networks run");
    let aligned = Aligned::of(&frame(&good), &found[0]);
    let quality = faces.quality(&frame(&good), &found, &aligned).expect("networks run");
    assert!(quality.issues.contains(&Issue::Covered), "{:?}", quality.issues);
}

#[test]
fn hints_follow_the_picture_and_a_card_without_a_face_goes_to_a_person() {
    let mut faces = faces();
    let blank = RgbImage::from_pixel(102, 126, Rgb([200, 200, 200]));
    let mut check = Burst::begin(&mut faces, &frame(&blank), false).expect("networks run");
    assert_eq!(check.decided(&faces), Some(Outcome::ToPerson(Why::NoPortrait)));
    let nobody = RgbImage::from_pixel(960, 540, Rgb([40, 40, 40]));
    let (hint, best) = check.offer(&mut faces, &frame(&nobody)).expect("networks run");
    assert_eq!((hint, best), (Hint::Better(Issue::Nobody), false));
}

#[test]
fn networks_that_are_missing_or_changed_are_named() {
    let empty = tempfile::tempdir().expect("temp dir");
    assert!(matches!(Runtime::open(empty.path()), Err(VisionError::ModelMissing(_))));
    let models = root().join("assets/models");
    for name in ["models.toml", "face-detect.onnx", "face-landmark.onnx", "face-embed.onnx", "face-eyes.onnx"] {
        std::fs::copy(models.join(name), empty.path().join(name)).expect("run ./dev setup");
    }
    let library = format!("libonnxruntime-{}.so", std::env::consts::ARCH);
    std::os::unix::fs::symlink(models.join(&library), empty.path().join(&library)).expect("links");
    let runtime = Runtime::open(empty.path()).expect("the library is there");
    assert_eq!(Faces::open(&runtime).err(), Some(VisionError::ModelMissing("face-liveness".into())));
    let mut bytes = std::fs::read(models.join("face-liveness.onnx")).expect("run ./dev setup");
    bytes[1000] ^= 1;
    std::fs::write(empty.path().join("face-liveness.onnx"), bytes).expect("writes");
    assert_eq!(Faces::open(&runtime).err(), Some(VisionError::ModelChanged("face-liveness".into())));
}

#[test]
fn hostile_frames_are_refused_or_looked_at_without_harm() {
    let refused = |width: u32, height: u32, bytes: &[u8]| {
        matches!(Frame::rgba(width, height, bytes), Err(VisionError::BadImage(_)))
    };
    assert!(refused(u32::MAX, u32::MAX, &[0; 16]));
    assert!(refused(0, 0, &[]));
    assert!(refused(100, 100, &[0; 100 * 100 * 4 - 1]));
    assert!(refused(9_000, 30, &[0; 9_000 * 30 * 4]));
    let mut faces = faces();
    let mut state = 11_u32;
    for (width, height) in [(24, 24), (24, 4000), (4000, 24), (640, 481), (33, 8192)] {
        let noise: Vec<u8> = (0..width * height * 3)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let view = Frame::rgb(width, height, &noise).expect("a picture");
        for face in faces.find(&view).expect("networks run") {
            faces.embed(&Aligned::of(&view, &face)).expect("networks run");
            faces.liveness(&view, &face).expect("networks run");
        }
    }
}
