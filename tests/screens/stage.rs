//! A station without devices and centre, put into any state of the presets.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::shot;
use iced::Size;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tongban::app::{App, Message};
use tongban::boot::boot;
use tongban::config::{Config, load};
use tongban::preset::{self, Preset};
use tongban_domain::clock::{BootTime, Clock, WallTime};
use tongban_ui::inspect::Seen;
use tongban_ui::{I18n, Look};

/// A clock that stands still until it is told to go on.
pub struct Standing(pub AtomicU64);

impl Clock for Standing {
    fn wall(&self) -> WallTime {
        WallTime(1_795_397_400_000)
    }

    fn boot(&self) -> BootTime {
        BootTime(self.0.load(Ordering::Relaxed))
    }
}

/// A running program.
pub struct Stage {
    pub app: App,
    pub clock: Arc<Standing>,
    pub presets: Vec<Preset>,
    _state: tempfile::TempDir,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn config(face: &str, state: &Path, more: &str) -> Config {
    config_with_workers(face, state, more, state)
}

/// The same with the workers of another folder.
pub fn config_with_workers(face: &str, state: &Path, more: &str, workers: &Path) -> Config {
    let text = format!(
        "[identity]\nstation = \"890102-001-K03\"\nhall = \"890102-001\"\nhall_name = \"示范市城东区政务服务中心\"\n\
         face = \"{face}\"\nwindow_no = \"3\"\n[paths]\nstate = \"{state}\"\nassets = \"{root}/assets\"\n\
         i18n = \"{root}/i18n\"\nworkers = \"{workers}\"\n[staff]\non_duty = \"C301\"\non_duty_name = \"孙丽\"\n{more}",
        state = state.display(),
        workers = workers.display(),
        root = root().display()
    );
    let file = state.join("station.toml");
    std::fs::write(&file, text).expect("written");
    load(&[file], &[]).expect("the configuration loads").0
}

/// The program without devices and without a centre.
pub fn stage(face: &str) -> Stage {
    // Nobody wants to hear the tests.
    stage_with(face, "[speech]\nprogram = \"\"\n")
}

/// The same with more configuration.
pub fn stage_with(face: &str, more: &str) -> Stage {
    let state = tempfile::tempdir().expect("a directory");
    for worker in ["tongban-worker", "tongban-vision"] {
        std::fs::write(state.path().join(worker), b"").expect("written");
    }
    let workers = state.path().to_owned();
    started(face, more, &workers, state)
}

/// A program whose devices are driven by the workers of this folder.
pub fn stage_with_workers(face: &str, more: &str, workers: &Path) -> Stage {
    started(face, more, workers, tempfile::tempdir().expect("a directory"))
}

fn started(face: &str, more: &str, workers: &Path, state: tempfile::TempDir) -> Stage {
    let mut booted = boot(config_with_workers(face, state.path(), more, workers)).expect("the station starts");
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

impl Stage {
    /// Lets the page say what it has to say once it is drawn.
    pub fn settle(&mut self, customer: bool, size: Size) {
        for message in shot::said(self.app.draw(customer), size) {
            drop(self.app.update(message));
        }
    }

    /// A finger presses what has this name (or nothing); what comes of it is carried out.
    pub fn touch(&mut self, hand: &mut shot::Hand, customer: bool, size: Size, press: Option<&str>) -> Vec<Seen> {
        let (_, messages) = hand.frame(self.app.draw(customer), size, press);
        for message in messages {
            drop(self.app.update(message));
        }
        let (_, messages) = hand.frame(self.app.draw(customer), size, None);
        for message in messages {
            drop(self.app.update(message));
        }
        hand.frame(self.app.draw(customer), size, None).0
    }

    /// Number of the preset with this name.
    pub fn preset(&self, name: &str) -> usize {
        self.presets.iter().position(|preset| preset.name == name).unwrap_or_else(|| panic!("no preset {name}"))
    }
}

/// Puts a preset on screen in a look.
pub fn show(stage: &mut Stage, at: usize, look: Look) {
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
