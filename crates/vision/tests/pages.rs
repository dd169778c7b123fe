//! Pages on a desk, drawn here: what a still becomes, and each verdict beside the page that must not get it.

#[path = "pages/desk.rs"]
mod desk;

use desk::{A4, Desk, Sheet};
use image::RgbImage;
use tongban_vision::live::{Hint, Live};
use tongban_vision::page::{Calibration, Page, Paper, Quad, Scanner, Workbench, find, iou};
use tongban_vision::picture;
use tongban_vision::quality::{Flaw, Grade};

fn scan(picture: &RgbImage, pixels_per_mm: Option<f64>) -> Vec<Page> {
    let mat = picture::from_packed(picture.as_raw(), picture.width(), picture.height(), 3).expect("a picture");
    Scanner::new(Calibration { pixels_per_mm, dpi_min: 130.0 }).scan_picture(&mat).expect("pages")
}

fn flaws(page: &Page) -> Vec<(Flaw, Grade)> {
    page.quality.findings.iter().map(|finding| (finding.flaw, finding.grade)).collect()
}

/// The only page of a picture of A4, and what was found on it.
fn judged(desk: &Desk) -> Vec<(Flaw, Grade)> {
    let pages = scan(&desk.photograph(), None);
    assert_eq!(pages.len(), 1);
    flaws(&pages[0])
}

#[test]
fn a_page_as_it_should_be_has_nothing_against_it() {
    let pages = scan(&Desk::with(A4).photograph(), None);
    assert_eq!((pages.len(), flaws(&pages[0])), (1, Vec::new()));
    assert_eq!(pages[0].paper.paper, Paper::A4);
    assert!(pages[0].jpeg.len() <= tongban_vision::page::GREY_BYTES_MAX && pages[0].grey && pages[0].within);
    assert!((147.0..160.0).contains(&pages[0].quality.dpi), "{}", pages[0].quality.dpi);
}

#[test]
fn each_fault_is_called_by_its_name_and_shown_at_its_place() {
    let good = || Desk::with(A4);
    let planted: [(&str, Desk, Flaw, Grade); 9] = [
        ("out of focus", Desk { blur: 6.0, ..good() }, Flaw::Blurred, Grade::Bad),
        ("in the dark", Desk { light: 0.28, ..good() }, Flaw::Dark, Grade::Bad),
        ("under a lamp's reflection", Desk { glare: 0.16, light: 0.85, ..good() }, Flaw::Glare, Grade::Bad),
        ("half in the shade", Desk { shade: 0.68, ..good() }, Flaw::Shadow, Grade::Doubt),
        ("out of the frame", Desk { shift: (1180.0, 0.0), ..good() }, Flaw::Cut, Grade::Bad),
        ("a corner folded over", Desk { corner: 0.09, ..good() }, Flaw::Cut, Grade::Doubt),
        ("a finger over the edge", Desk { finger: 0.2, scale: 5.6, ..good() }, Flaw::Finger, Grade::Bad),
        ("nothing on it", Desk { sheet: Sheet { ink: false, ..A4 }, ..good() }, Flaw::Blank, Grade::Doubt),
        ("too far away", Desk { scale: 3.3, ..good() }, Flaw::Coarse, Grade::Doubt),
    ];
    for (what, desk, flaw, grade) in planted {
        let found = judged(&desk);
        assert!(found.contains(&(flaw, grade)), "{what}: {found:?}");
        let others = found.iter().filter(|(other, grade)| *other != flaw && *grade == Grade::Bad);
        assert_eq!(others.count(), 0, "{what} and nothing else: {found:?}");
    }
    // Without a calibration it could be a passport's page near by; with one it is known to be far.
    let far = scan(&Desk { scale: 3.3, ..good() }.photograph(), Some(3.3)).remove(0);
    assert_eq!(flaws(&far), [(Flaw::Coarse, Grade::Bad)]);
    // The place: the folded corner and the spot are where they were drawn.
    let page = scan(&Desk { corner: 0.09, ..good() }.photograph(), None).remove(0);
    let place = page.quality.findings.iter().find(|finding| finding.flaw == Flaw::Cut).expect("the corner").place;
    assert!(place[0] > 0.8 && place[1] < 0.05, "top right: {place:?}");
    let page = scan(&Desk { glare: 0.16, light: 0.85, ..good() }.photograph(), None).remove(0);
    let place = page.quality.findings.iter().find(|finding| finding.flaw == Flaw::Glare).expect("the spot").place;
    assert!(place[0] < 0.4 && place[2] > 0.4 && place[1] < 0.45 && place[3] > 0.45, "{place:?}");
}

#[test]
fn a_lesser_fault_is_no_fault() {
    let good = || Desk::with(A4);
    for (what, desk) in [
        ("a little turned", Desk { turn: 3.0, scale: 5.4, ..good() }),
        ("less light", Desk { light: 0.6, ..good() }),
        ("a little shade", Desk { shade: 0.3, ..good() }),
        ("near the border", Desk { shift: (600.0, 0.0), ..good() }),
        ("a corner that is only blunt", Desk { corner: 0.008, ..good() }),
        ("a stamp near a corner", Desk { sheet: Sheet { stamp: true, ..A4 }, ..good() }),
    ] {
        assert_eq!(judged(&desk), Vec::new(), "{what}");
    }
}

#[test]
fn paper_is_told_by_its_size_and_the_resolution_is_true() {
    let papers = [
        (Paper::A4, A4, 6.0),
        (Paper::A3, Sheet { size: (420.0, 297.0), ..A4 }, 5.25),
        (Paper::Card, Sheet { size: (85.6, 53.98), ..A4 }, 10.5),
        (Paper::Passport, Sheet { size: (125.0, 88.0), ..A4 }, 9.0),
    ];
    for (paper, sheet, scale) in papers {
        let picture = Desk { scale, ..Desk::with(sheet) }.photograph();
        let page = scan(&picture, Some(f64::from(scale))).remove(0);
        assert!(page.paper.measured && page.paper.paper == paper, "{:?}, wanted {paper:?}", page.paper);
        assert!((page.quality.dpi - scale * 25.4).abs() < 0.5, "{paper:?}: {}", page.quality.dpi);
        let (long, short) = (page.size.0.max(page.size.1), page.size.0.min(page.size.1));
        let shape = f64::from(sheet.size.0.max(sheet.size.1) / sheet.size.0.min(sheet.size.1));
        assert!((f64::from(long) / f64::from(short) / shape - 1.0).abs() < 0.01, "{paper:?}: {:?}", page.size);
        // Another camera's calibration: the same picture shows paper of no known size.
        let other = scan(&picture, Some(f64::from(scale) * 1.2)).remove(0);
        assert_eq!(other.paper.paper, Paper::Other);
    }
    // Without a calibration the shape decides: a card is no sheet, whatever its resolution.
    let card = Desk { scale: 10.5, ..Desk::with(Sheet { size: (85.6, 53.98), ..A4 }) }.photograph();
    assert_eq!(scan(&card, None).remove(0).paper.paper, Paper::Card);
}

#[test]
fn an_open_book_becomes_two_pages_and_a_wide_sheet_with_a_ruled_line_stays_one() {
    let wide = Sheet { size: (297.0, 210.0), ..A4 };
    let book = scan(&Desk::with(Sheet { gutter: true, ..wide }).photograph(), None);
    assert_eq!(book.len(), 2);
    for page in &book {
        assert!(flaws(page).contains(&(Flaw::Double, Grade::Doubt)), "{:?}", flaws(page));
        assert!(page.size.0 < page.size.1, "each page is upright: {:?}", page.size);
    }
    let sum = book[0].size.0 + book[1].size.0;
    assert!(book[0].size.0.abs_diff(book[1].size.0) * 20 < sum, "about half each");
    for sheet in [wide, Sheet { line: true, ..wide }] {
        let one = scan(&Desk::with(sheet).photograph(), None);
        assert_eq!((one.len(), flaws(&one[0])), (1, Vec::new()));
    }
}

/// What the live picture says at each of so many frames.
fn follow(frames: impl IntoIterator<Item = RgbImage>) -> Vec<(Hint, u32, bool)> {
    let mut live = Live::default();
    let look = |picture: RgbImage| {
        let mat = picture::from_packed(picture.as_raw(), picture.width(), picture.height(), 3).expect("a picture");
        let sight = live.look(&mat).expect("a sight");
        (sight.hint, sight.page, sight.ready)
    };
    frames.into_iter().map(look).collect()
}

/// Pixels of the live picture for one of a still, with a little room around the sheet.
const LIVE: f32 = 0.27;

/// As the worker shows it: 960 by 540 of the desk.
fn live(desk: &Desk) -> RgbImage {
    Desk { frame: (960, 540), scale: desk.scale * LIVE, ..desk.clone() }.photograph()
}

#[test]
fn the_live_picture_says_now_when_a_page_lies_still_and_sharp_and_not_before() {
    let good = live(&Desk::with(A4));
    let seen = follow((0..10).map(|_| good.clone()));
    assert_eq!(seen[0], (Hint::HoldStill, 0, false), "one frame is not still");
    assert_eq!(seen[9], (Hint::Good, 1, true), "{seen:?}");
    assert!(seen.iter().filter(|(.., ready)| *ready).count() >= 3);
    // Controls: a page that moves, one out of focus, none at all.
    let moving = (0..14).map(|n| live(&Desk { shift: (f32::from(n as u8) * 24.0, 0.0), ..Desk::with(A4) }));
    let seen = follow(moving);
    assert!(seen.iter().all(|(hint, page, ready)| *hint == Hint::HoldStill && *page == 0 && !ready), "{seen:?}");
    let blurred = live(&Desk { blur: 3.0, ..Desk::with(A4) });
    let seen = follow((0..14).map(|_| blurred.clone()));
    assert!(seen.iter().all(|(hint, _, ready)| *hint == Hint::HoldStill && !ready), "{seen:?}");
    let empty = Desk { sheet: Sheet { size: (0.0, 0.0), ..A4 }, ..Desk::with(A4) };
    let seen = follow((0..10).map(|_| live(&empty)));
    assert!(seen.iter().all(|sight| *sight == (Hint::LayPage, 0, false)), "{seen:?}");
}

#[test]
fn the_live_picture_says_what_to_do_better_and_counts_pages() {
    let good = || Desk::with(A4);
    for (hint, desk) in [
        (Hint::Closer, Desk { scale: 2.55, ..good() }),
        (Hint::Dark, Desk { light: 0.2, ..good() }),
        (Hint::Cut, Desk { shift: (1700.0, 0.0), ..good() }),
        (Hint::Cut, Desk { corner: 0.1, ..good() }),
        (Hint::Glare, Desk { glare: 0.18, light: 0.85, ..good() }),
        (Hint::Finger, Desk { finger: 0.25, ..good() }),
    ] {
        let frame = live(&desk);
        let seen = follow((0..10).map(|_| frame.clone()));
        assert!(seen[9].0 == hint && !seen.iter().any(|(.., ready)| *ready), "wanted {hint:?}: {seen:?}");
    }
    // One page, an empty desk, the next page: each has its number.
    let (one, none) = (live(&good()), live(&Desk { sheet: Sheet { size: (0.0, 0.0), ..A4 }, ..good() }));
    let frames = [&one, &none, &one].into_iter().flat_map(|frame| (0..9).map(move |_| frame.clone()));
    let seen = follow(frames);
    assert_eq!((seen[8].1, seen[26].1), (1, 2), "{seen:?}");
}

/// Grey paper on a desk so many steps darker, both with the grain of a camera; and where the paper lies.
fn faint(step: i32) -> (RgbImage, Quad) {
    let quad = Quad([[300.0, 60.0], [640.0, 84.0], [612.0, 490.0], [268.0, 466.0]]);
    let inside = |x: f64, y: f64| {
        (0..4).all(|i| {
            let (a, b) = (quad.0[i], quad.0[(i + 1) % 4]);
            (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0
        })
    };
    let mut grain = 1_u32;
    let picture = RgbImage::from_fn(960, 540, |x, y| {
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let paper = if inside(f64::from(x), f64::from(y)) { step } else { 0 };
        let grey = (90 + paper + (grain >> 24) as i32 % 7 - 3) as u8;
        image::Rgb([grey; 3])
    });
    (picture, quad)
}

#[test]
fn paper_hardly_lighter_than_its_desk_is_found_and_none_is_where_there_is_none() {
    let look = |step| {
        let (picture, truth) = faint(step);
        let mat = picture::from_packed(picture.as_raw(), picture.width(), picture.height(), 3).expect("a picture");
        find(&mat, &mut Workbench::default()).expect("looked at").map(|found| iou(&found.quad, &truth))
    };
    for step in [9, 11, 14, 20, 60] {
        assert!(look(step).is_some_and(|agreement| agreement > 0.995), "{step} steps: {:?}", look(step));
    }
    for step in [0, 3] {
        assert_eq!(look(step), None, "{step} steps are grain");
    }
}
