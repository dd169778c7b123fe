//! Prints of synthetic fingers: the same finger is known again, another one is refused, and foreign bytes are harmless.
#![allow(clippy::print_stdout, reason = "the figures are for the reader")]

use sha2::{Digest, Sha256};
use tongban_sim::print::{DPI, HEIGHT, Pattern, Press, WIDTH};
use tongban_vision::VisionError;
use tongban_vision::finger::{Print, SAME, Verdict};

fn press(seed: &str, number: u32, wear: u8) -> Print {
    let pixels = Press { number, wear }.draw(&Pattern::of(seed));
    Print::of(&pixels, WIDTH, HEIGHT, DPI).expect("a print")
}

#[test]
fn a_finger_is_known_again_and_another_finger_is_refused() {
    let fingers = ["a", "b", "c", "d"];
    let prints: Vec<(usize, Print)> =
        (0..4).flat_map(|at| (1..=3).map(move |n| (at, press(fingers[at], n, 10)))).collect();
    for (i, (finger, print)) in prints.iter().enumerate() {
        for (other, second) in prints.iter().skip(i + 1) {
            let score = print.score(second);
            let verdict = Print::verdict(score);
            if finger == other {
                assert_eq!(verdict, Verdict::Same, "presses of {} score {score}", fingers[*finger]);
            } else {
                assert_ne!(verdict, Verdict::Same, "{} and {} score {score}", fingers[*finger], fingers[*other]);
            }
        }
    }
}

#[test]
fn the_record_on_the_card_knows_its_finger_and_no_other() {
    for (seed, stranger) in [("e", "f"), ("g", "h"), ("i", "j")] {
        let card = Print::from_iso(&Pattern::of(seed).template(1)).expect("a record");
        let own = press(seed, 1, 10).score(&card);
        let foreign = press(stranger, 1, 10).score(&card);
        assert!(own >= SAME, "the own finger scores {own}");
        assert!(Print::verdict(foreign) != Verdict::Same, "another finger scores {foreign}");
    }
}

#[test]
fn a_worn_finger_is_called_worn_and_a_good_one_is_not() {
    for seed in ["k", "l", "m", "n"] {
        let (good, worn) = (press(seed, 1, 5), press(seed, 1, 90));
        assert!(!good.is_worn() && good.quality() > 80, "{seed}: {}", good.quality());
        assert!(worn.quality() < good.quality(), "{seed}: worn {} good {}", worn.quality(), good.quality());
        assert!(worn.is_worn(), "{seed}: quality {}", worn.quality());
    }
}

#[test]
fn minutiae_are_those_of_the_reference_code_point_for_point() {
    let list = include_str!("data/nbis_reference.txt");
    let mut wanted: Vec<[u16; 4]> = Vec::new();
    let mut found: Vec<[u16; 4]> = Vec::new();
    let mut prints = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["print", seed, number, wear, sha256] = words[..] {
            compare(&mut found, &mut wanted);
            let press = Press { number: number.parse().unwrap(), wear: wear.parse().unwrap() };
            let pixels = press.draw(&Pattern::of(seed));
            assert_eq!(
                hex::encode(Sha256::digest(&pixels)),
                sha256,
                "{seed} is drawn otherwise than for the reference"
            );
            let print = Print::of(&pixels, WIDTH, HEIGHT, 500).expect("a print");
            found = print.minutiae().iter().map(|m| [m.x, m.y, m.angle, u16::from(m.quality)]).collect();
            prints += 1;
        } else {
            wanted.push(std::array::from_fn(|at| words[at].parse().unwrap()));
        }
    }
    compare(&mut found, &mut wanted);
    assert_eq!(prints, 8);
}

/// Places and reliabilities are equal; angles are steps of 11.25° that the two round differently.
fn compare(found: &mut Vec<[u16; 4]>, wanted: &mut Vec<[u16; 4]>) {
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found.len(), wanted.len());
    for (ours, theirs) in found.iter().zip(wanted.iter()) {
        let off = (i32::from(ours[2]) - i32::from(theirs[2])).rem_euclid(360);
        assert!(ours[..2] == theirs[..2] && ours[3] == theirs[3], "{ours:?} {theirs:?}");
        assert!(off <= 1 || off >= 359, "{ours:?} {theirs:?}");
    }
    found.clear();
    wanted.clear();
}

#[test]
fn a_record_written_and_read_again_compares_as_before() {
    let (print, second) = (press("o", 1, 10), press("o", 2, 10));
    let record = print.to_iso(1);
    assert_eq!(&record[..8], b"FMR\0 20\0");
    assert_eq!(record.len(), u32::from_be_bytes([record[8], record[9], record[10], record[11]]) as usize);
    let again = Print::from_iso(&record).expect("reads");
    assert_eq!(again.minutiae().len(), print.minutiae().len());
    assert!(again.score(&print) > 300, "the same print scores {}", again.score(&print));
    let (before, after) = (print.score(&second), again.score(&second));
    assert!(before.abs_diff(after) * 5 < before, "{before} before, {after} after");
}

#[test]
fn pictures_that_are_none_are_refused() {
    let refused = |width: usize, height: usize, dpi: u32, bytes: usize| {
        matches!(Print::of(&vec![0; bytes], width, height, dpi), Err(VisionError::BadImage(_)))
    };
    assert!(refused(256, 288, 500, 256 * 288 - 1), "too few bytes");
    assert!(refused(0, 0, 500, 0));
    assert!(refused(20, 20, 500, 400), "too small");
    assert!(refused(2_000, 10, 500, 20_000), "too wide");
    assert!(refused(usize::MAX, 2, 500, 0), "a width that overflows");
    assert!(refused(256, 288, 100, 256 * 288), "another resolution");
}

#[test]
fn blank_and_noisy_pictures_have_no_finger() {
    let blank = Print::of(&vec![235; WIDTH * HEIGHT], WIDTH, HEIGHT, DPI).expect("a picture");
    assert!(blank.is_worn() && blank.quality() == 0);
    let mut state = 7_u32;
    let noise: Vec<u8> = (0..WIDTH * HEIGHT)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let noise = Print::of(&noise, WIDTH, HEIGHT, DPI).expect("a picture");
    assert!(Print::verdict(noise.score(&press("p", 1, 5))) != Verdict::Same);
}

#[test]
fn mutated_records_are_refused_or_read_within_their_picture() {
    let long = std::env::var_os("TONGBAN_LONG").is_some();
    let good = press("q", 1, 10).to_iso(1);
    let seed = 0x5EED_u64;
    println!("seed {seed}");
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut read = 0;
    for _ in 0..if long { 1_000_000 } else { 20_000 } {
        let mut record = good.clone();
        for _ in 0..1 + next() % 4 {
            let at = next() % record.len();
            record[at] = (next() & 0xFF) as u8;
        }
        if next() % 4 == 0 {
            record.truncate(next() % (record.len() + 1));
        }
        if let Ok(print) = Print::from_iso(&record) {
            read += 1;
            let (width, height) =
                (u16::from_be_bytes([record[14], record[15]]), u16::from_be_bytes([record[16], record[17]]));
            assert!(print.minutiae().iter().all(|m| m.x <= width && m.y <= height && m.angle < 360));
        }
    }
    assert!(read > 0, "some mutations leave a record");
}
