//! The measuring itself, on a few frames; the long run is `xtask vision-eval pages`.

use super::*;
use std::path::Path;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn long() -> bool {
    std::env::var_os("TONGBAN_LONG").is_some()
}

#[test]
fn outlines_agree_with_the_generator() {
    let frames = if long() { 200 } else { 8 };
    let outlines = outlines::measure(frames, 77_001).expect("fonts");
    outlines.print();
    assert!(outlines.mean() >= 0.995, "mean agreement {:.4}", outlines.mean());
}

#[test]
fn the_real_photographs_are_found_within_one_and_a_half_percent() {
    let photos = photos::measure(&root().join("target/cache")).expect("the package of the photographs");
    photos.print();
    assert_eq!(photos.right(), photos.0.len());
}

#[test]
fn a_whitened_page_is_read_with_at_most_one_letter_in_two_hundred_wrong() {
    let read = text::measure(77_001, &root().join("assets/models")).expect("models (assets/models/fetch.sh)");
    read.print();
    assert!(read.letters > 1000 && read.rate() <= 0.005, "{:.2} %", read.rate() * 100.0);
    // Negative control: the measure sees a letter that is missing, added or wrong.
    assert_eq!(text::distance("净资产八百万", "净资产八十万元"), 2);
}

#[test]
fn a_planted_defect_is_never_green_and_a_good_page_hardly_ever_red() {
    let takes = if long() { 4 } else { 1 };
    let verdicts = verdicts::measure(takes, 88_002, &root().join("assets/models"), &[]).expect("models");
    verdicts.print();
    let (bad, green) = verdicts.false_green();
    let (good, red, _) = verdicts.false_red();
    assert!(bad >= 66 * takes && green * 100 <= bad, "{green} of {bad} bad pages are green");
    assert!(red * 20 <= good, "{red} of {good} good pages are red");
    assert!(upper_bound(0, 100) > 0.03 && upper_bound(50, 100) > 0.5);
}
