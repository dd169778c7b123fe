//! The generator against its promises.

use super::*;
use std::collections::BTreeSet;

fn fonts() -> FontFiles {
    FontFiles::read(&workspace().join("assets/fonts")).expect("fonts (assets/fonts/fetch.sh)")
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let fonts = fonts();
    let people = people(&workspace(), 7).expect("people");
    let make = |seed| page(&PAPERS[0], &fonts, &people[0], seed).expect("makes").0;
    let (first, again, other) = (make(7), make(7), make(8));
    assert!(first == again, "seed 7 twice");
    assert!(first != other, "seeds 7 and 8");
}

#[test]
fn a_page_is_full_size_bright_within_its_corners_and_has_red_in_its_stamp() {
    let fonts = fonts();
    let people = people(&workspace(), 7).expect("people");
    let (bytes, quad) = page(&PAPERS[0], &fonts, &people[0], 7).expect("makes");
    let picture = image::load_from_memory(&bytes).expect("decodes").into_rgb8();
    assert_eq!((picture.width(), picture.height()), (3264, 2448));
    let (cx, cy) = (quad.iter().map(|c| c.0).sum::<f32>() / 4.0, quad.iter().map(|c| c.1).sum::<f32>() / 4.0);
    // Just inside every corner there is paper, just outside there is desk.
    for (x, y) in quad {
        let towards = |by: f32| *picture.get_pixel((x + (cx - x) * by) as u32, (y + (cy - y) * by).max(0.0) as u32);
        assert!(towards(0.03).0[1] > 150, "paper at {x},{y}: {:?}", towards(0.03));
    }
    let red = picture.pixels().filter(|p| p.0[0] > 150 && p.0[1] < 90 && p.0[2] < 100).count();
    assert!(red > 5000, "{red} red pixels");
}

#[test]
fn drawn_people_differ_and_move() {
    let fonts = fonts();
    let case = TypeCase::new(&fonts).expect("fonts");
    let people = people(&workspace(), 7).expect("people");
    assert_eq!(people.len(), 9);
    let frames: BTreeSet<Vec<u8>> = people.iter().map(|p| faces::frame(p, &case, 0).expect("draws").take()).collect();
    assert_eq!(frames.len(), 9, "nine people, nine faces");
    let motion: BTreeSet<Vec<u8>> =
        (0..faces::FRAMES).map(|at| faces::frame(&people[0], &case, at).expect("draws").take()).collect();
    assert!(motion.len() >= 6);
}

#[test]
fn every_letter_of_every_paper_is_in_its_font() {
    let bytes = fs::read(workspace().join("assets/fonts/NotoSansSC-Regular.ttf")).expect("font");
    let face = ttf_parser::Face::parse(&bytes, 0).expect("parses");
    let text = include_str!("papers.rs");
    let missing: BTreeSet<char> = text.chars().filter(|c| !c.is_ascii() && face.glyph_index(*c).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
