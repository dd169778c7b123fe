//! The gallery's pages in every look: nothing is cut, nothing is too small for
//! a finger, every letter has a glyph, and every picture comes out the same.

#[path = "../examples/gallery/journey.rs"]
mod journey;
#[path = "../examples/gallery/kiosk.rs"]
mod kiosk;
#[path = "../examples/gallery/pages.rs"]
mod pages;
#[path = "../examples/gallery/shot.rs"]
mod shot;
#[path = "../examples/gallery/staff.rs"]
mod staff;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use iced::Size;
use pages::{Message, PAGES, World};
use tongban_ui::inspect::{self, Kind, Seen};
use tongban_ui::{I18n, Look, Tokens, Ui, font};

const LOOKS: [Look; 3] = [Look::Standard, Look::Elder, Look::HighContrast];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts() -> Arc<I18n> {
    Arc::new(I18n::load(&root().join("i18n"), "zh-CN").expect("the texts load"))
}

fn use_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let fonts = font::load(&root().join("assets/fonts"));
        shot::use_fonts(fonts.expect("run assets/fonts/fetch.sh first"));
    });
}

#[test]
fn nothing_is_cut_or_too_small_on_any_page_in_any_look() {
    use_fonts();
    let (i18n, world) = (texts(), World::load(&root()));
    let mut faults = Vec::new();
    for look in LOOKS {
        for (name, profile, size, view) in PAGES {
            let ui = Ui::new(*profile, look, i18n.clone());
            let seen = shot::survey(view(&ui, &world), *size);
            assert!(seen.len() > 5, "{name} was looked at");
            let found = inspect::lint(&seen, *size, &ui.tokens);
            faults.extend(found.into_iter().map(|fault| format!("{name} {look:?}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_lint_sees_what_is_cut() {
    use_fonts();
    let world = World::load(&root());
    let ui = Ui::new(tongban_ui::Profile::Kiosk, Look::Elder, texts());
    let narrow = Size::new(420.0, 700.0);
    let seen = shot::survey(kiosk::home(&ui, &world), narrow);
    let faults = inspect::lint(&seen, narrow, &ui.tokens);
    assert!(faults.iter().any(|fault| fault.contains("cut")), "{faults:?}");
}

#[test]
fn the_survey_names_what_can_be_pressed() {
    use_fonts();
    let world = World::load(&root());
    let ui = Ui::new(tongban_ui::Profile::Kiosk, Look::Standard, texts());
    let seen = shot::survey(kiosk::home(&ui, &world), Size::new(1080.0, 1920.0));
    let find = |id: &str| -> &Seen {
        let named = |thing: &&Seen| thing.id.as_deref() == Some(id) && matches!(thing.kind, Kind::Press { .. });
        seen.iter().find(named).unwrap_or_else(|| panic!("{id} is not on the page"))
    };
    let state = |id: &str| match &find(id).kind {
        Kind::Press { label, enabled, .. } => (label.clone(), *enabled),
        other => panic!("{id} is {other:?}"),
    };
    assert_eq!(state("home.tile.apply"), ("办理申请".to_owned(), true));
    assert_eq!(state("bottom.back"), ("上一步".to_owned(), false));
    assert!(seen.iter().any(|thing| thing.id.as_deref() == Some("top.link")));
}

#[test]
fn the_same_page_gives_the_same_pixels() {
    use_fonts();
    let (i18n, world) = (texts(), World::load(&root()));
    for (_, profile, size, view) in PAGES.iter().take(3) {
        let ui = Ui::new(*profile, Look::Standard, i18n.clone());
        let draw = || shot::draw::<Message>(view(&ui, &world), *size, &ui.theme());
        let (first, second) = (draw(), draw());
        assert!(first == second, "two drawings differ");
        let colours: BTreeSet<&[u8]> = first.chunks_exact(4).collect();
        assert!(colours.len() > 40, "the page is not blank: {}", colours.len());
    }
}

#[test]
fn high_contrast_pages_are_dark() {
    use_fonts();
    let world = World::load(&root());
    let size = Size::new(1080.0, 1920.0);
    let mean = |look| {
        let ui = Ui::new(tongban_ui::Profile::Kiosk, look, texts());
        let pixels = shot::draw::<Message>(kiosk::home(&ui, &world), size, &ui.theme());
        pixels.iter().step_by(4).map(|red| u64::from(*red)).sum::<u64>() / (1080 * 1920)
    };
    assert!(mean(Look::Standard) > 200);
    assert!(mean(Look::HighContrast) < 60);
}

#[test]
fn every_letter_of_every_text_has_a_glyph_in_both_weights() {
    let i18n = texts();
    let letters: BTreeSet<char> = i18n
        .keys()
        .iter()
        .flat_map(|key| i18n.text(key).chars().collect::<Vec<_>>())
        .filter(|c| !c.is_control())
        .collect();
    assert!(letters.len() > 800, "{}", letters.len());
    for bytes in font::load(&root().join("assets/fonts")).expect("the fonts load") {
        let face = ttf_parser::Face::parse(&bytes, 0).expect("a font");
        let lacking: Vec<&char> = letters.iter().filter(|c| face.glyph_index(**c).is_none()).collect();
        assert!(lacking.is_empty(), "{lacking:?}");
        assert!(face.glyph_index('\u{1F600}').is_none(), "the control has no glyph");
    }
}

#[test]
fn a_missing_font_is_named() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let error = font::load(folder.path()).expect_err("no fonts there");
    assert!(error.to_string().contains("NotoSansSC-Regular.ttf"), "{error}");
    for name in font::FILES {
        std::fs::write(folder.path().join(name), b"not a font").expect("written");
    }
    assert!(matches!(font::load(folder.path()), Err(font::FontError::NotAFont { .. })));
}

#[test]
fn zoom_makes_bars_grow_without_losing_a_control() {
    use_fonts();
    let (i18n, world) = (texts(), World::load(&root()));
    for zoom in 0..=Tokens::ZOOM_MAX {
        let tokens = Tokens::with_zoom(tongban_ui::Profile::Kiosk, Look::Standard, zoom);
        let ui = Ui { tokens, i18n: i18n.clone() };
        let size = Size::new(1080.0, 1920.0);
        let seen = shot::survey(journey::number(&ui, &world), size);
        let faults = inspect::lint(&seen, size, &tokens);
        assert!(faults.is_empty(), "zoom {zoom}: {}", faults.join("\n"));
    }
}
