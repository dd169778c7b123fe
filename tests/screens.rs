//! Every state of the journey in every look, drawn without a display: nothing is cut, nothing
//! leaves the window, nothing is too small for a finger, no text is missing. The pictures lie in
//! `target/shots/`.

#[path = "screens/capture.rs"]
mod capture;
#[path = "screens/shot.rs"]
mod shot;
#[path = "screens/stage.rs"]
mod stage;
#[path = "screens/ways.rs"]
mod ways;

use iced::Size;
use stage::{root, show, stage};
use tongban::app::Message;
use tongban_ui::Look;
use tongban_ui::inspect::{self, Kind, Seen};

/// Pressable things that lie on each other: a finger could mean either.
fn overlapping(seen: &[Seen]) -> Vec<String> {
    let pressed: Vec<_> = seen.iter().filter(|thing| matches!(thing.kind, Kind::Press { .. })).collect();
    let mut faults = Vec::new();
    for (n, one) in pressed.iter().enumerate() {
        for other in &pressed[n + 1..] {
            let shared = one.bounds.intersection(&other.bounds);
            if shared.is_some_and(|shared| shared.width > 1.0 && shared.height > 1.0) {
                faults.push(format!("{:?} lies on {:?}", one.id, other.id));
            }
        }
    }
    faults
}

/// Draws all states of a face; returns what is wrong with them.
fn walk(face: &str, looks: &[Look], wanted: &dyn Fn(&str, Look) -> bool) -> Vec<String> {
    shot::use_fonts(&root().join("assets/fonts"));
    let mut stage = stage(face);
    let folder = root().join("target/shots");
    std::fs::create_dir_all(&folder).expect("a directory");
    let only = std::env::var("SCREENS").unwrap_or_default();
    let mut faults = Vec::new();
    for at in 0..stage.presets.len() {
        for look in looks {
            let (name, customer) = (stage.presets[at].name, stage.presets[at].customer);
            if !wanted(name, *look) || !name.contains(&only) {
                continue;
            }
            show(&mut stage, at, *look);
            let size = match (face, customer) {
                ("kiosk", _) => Size::new(1080.0, 1920.0),
                (_, false) => Size::new(1920.0, 1080.0),
                (_, true) => Size::new(1280.0, 800.0),
            };
            stage.settle(customer, size);
            let ui = stage.app.ui(customer);
            let (seen, pixels) = shot::take(stage.app.draw(customer), size, &ui.theme());
            assert!(seen.iter().any(|thing| matches!(thing.kind, Kind::Text(_))), "{name} shows something");
            let found = inspect::lint(&seen, size, &ui.tokens);
            // The officer's form is the one page that scrolls: mouse and keyboard are at hand there.
            let scrolls = name.starts_with("window-form");
            if !scrolls && name != "idle" {
                faults.extend(overlapping(&seen).into_iter().map(|fault| format!("{name} {look:?}: {fault}")));
            }
            let found = found.into_iter().filter(|fault| !(scrolls && fault.contains("leaves the window")));
            faults.extend(found.map(|fault| format!("{name} {look:?}: {fault}")));
            let suffix = match look {
                Look::Standard => "",
                Look::Elder => "-elder",
                Look::HighContrast => "-contrast",
            };
            shot::save(&folder.join(format!("{name}{suffix}.png")), size, &pixels);
        }
    }
    faults
}

#[test]
fn no_page_of_the_kiosk_cuts_or_hides_anything_in_any_look() {
    let contrast = ["home-online", "consent", "done-printed"];
    let wanted = |name: &str, look: Look| look != Look::HighContrast || contrast.contains(&name);
    let faults = walk("kiosk", &[Look::Standard, Look::Elder, Look::HighContrast], &wanted);
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_page_of_the_kiosk_cuts_anything_when_type_is_made_bigger() {
    shot::use_fonts(&root().join("assets/fonts"));
    let mut stage = stage("kiosk");
    let mut faults = Vec::new();
    for zoom in 1..=tongban_ui::Tokens::ZOOM_MAX {
        for at in 0..stage.presets.len() {
            show(&mut stage, at, Look::Standard);
            // A visit that ended took the zoom with it.
            while stage.app.ui(false).tokens.zoom < zoom {
                drop(stage.app.update(Message::Zoomed(1)));
            }
            let size = Size::new(1080.0, 1920.0);
            let ui = stage.app.ui(false);
            let (seen, _) = shot::take(stage.app.draw(false), size, &ui.theme());
            let name = stage.presets[at].name;
            assert_eq!(ui.tokens.zoom, zoom, "{name}");
            faults.extend(
                inspect::lint(&seen, size, &ui.tokens).into_iter().map(|fault| format!("{name} zoom {zoom}: {fault}")),
            );
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_page_of_the_window_cuts_or_hides_anything() {
    let wanted = |name: &str, look: Look| look == Look::Standard || name.starts_with("customer-");
    let faults = walk("window", &[Look::Standard, Look::Elder], &wanted);
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn things_on_each_other_and_texts_outside_are_found() {
    let press = |id: &str, y: f32| Seen {
        id: Some(id.to_owned()),
        kind: Kind::Press { label: id.to_owned(), enabled: true, wants: Size::ZERO },
        bounds: iced::Rectangle { x: 0.0, y, width: 200.0, height: 100.0 },
    };
    assert_eq!(overlapping(&[press("a", 0.0), press("b", 99.0), press("c", 150.0)]).len(), 1);
    let tokens = tongban_ui::Tokens::new(tongban_ui::Profile::Kiosk, Look::Standard);
    let faults = inspect::lint(&[press("a", 350.0)], Size::new(400.0, 400.0), &tokens);
    assert!(faults.iter().any(|fault| fault.contains("leaves the window")), "{faults:?}");
}
