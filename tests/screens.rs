//! Every state of the journey in every look, drawn without a display: nothing is cut, nothing
//! leaves the window, nothing is too small for a finger, no text is missing. The pictures lie in
//! `target/shots/`.

#[path = "screens/shot.rs"]
mod shot;

use iced::Size;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tongban::app::{App, Message};
use tongban::boot::boot;
use tongban::config::{Config, load};
use tongban::preset::{self, Preset};
use tongban_domain::clock::{BootTime, Clock, WallTime};
use tongban_ui::inspect::{self, Kind, Seen};
use tongban_ui::{I18n, Look};

/// A clock that stands still until it is told to go on.
struct Standing(AtomicU64);

impl Clock for Standing {
    fn wall(&self) -> WallTime {
        WallTime(1_795_397_400_000)
    }

    fn boot(&self) -> BootTime {
        BootTime(self.0.load(Ordering::Relaxed))
    }
}

struct Stage {
    app: App,
    clock: Arc<Standing>,
    presets: Vec<Preset>,
    _state: tempfile::TempDir,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn config(face: &str, state: &Path) -> Config {
    let text = format!(
        "[identity]\nstation = \"890102-001-K03\"\nhall = \"890102-001\"\nhall_name = \"示范市城东区政务服务中心\"\n\
         face = \"{face}\"\nwindow_no = \"3\"\n[paths]\nstate = \"{state}\"\nassets = \"{root}/assets\"\n\
         i18n = \"{root}/i18n\"\nworkers = \"{state}\"\n[staff]\non_duty = \"C301\"\non_duty_name = \"孙丽\"\n",
        state = state.display(),
        root = root().display()
    );
    let file = state.join("station.toml");
    std::fs::write(&file, text).expect("written");
    load(&[file], &[]).expect("the configuration loads").0
}

/// The program without devices and without a centre.
fn stage(face: &str) -> Stage {
    let state = tempfile::tempdir().expect("a directory");
    for worker in ["tongban-worker", "tongban-vision"] {
        std::fs::write(state.path().join(worker), b"").expect("written");
    }
    let mut booted = boot(config(face, state.path())).expect("the station starts");
    let clock = Arc::new(Standing(AtomicU64::new(1_000_000)));
    booted.services.clock = clock.clone();
    let presets = if face == "kiosk" {
        preset::kiosk(&booted.services.catalogue)
    } else {
        preset::desk(&booted.services.catalogue)
    };
    let i18n = Arc::new(I18n::load(&root().join("i18n"), "zh-CN").expect("the texts load"));
    let (app, _) = App::start(booted, i18n);
    Stage { app, clock, presets, _state: state }
}

/// Puts a preset on screen in a look.
fn show(stage: &mut Stage, at: usize, look: Look) {
    for message in preset::calm() {
        drop(stage.app.update(message));
    }
    let (messages, idle) = (stage.presets[at].messages.clone(), stage.presets[at].idle_s);
    for message in messages {
        drop(stage.app.update(message));
    }
    let toggle = |look| if look == Look::Elder { Message::ElderToggled } else { Message::ContrastToggled };
    let before = stage.app.ui(false).tokens.look;
    if before != look {
        drop(stage.app.update(toggle(if look == Look::Standard { before } else { look })));
    }
    assert_eq!(stage.app.ui(false).tokens.look, look);
    if idle > 0 {
        let extra = if look == Look::Elder { 60 } else { 0 };
        stage.clock.0.fetch_add((idle + extra) * 1_000, Ordering::Relaxed);
        drop(stage.app.update(Message::Tick));
    }
}

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
