//! The power button, pressed where the journey allows it.

use super::{LATE, SOON};
use crate::demo::inspect::State;
use crate::demo::station::Station;
use crate::demo::world::{World, kind};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest way back, from the program's first answer on.
const BACK_MS: u64 = 3_000;

/// Cuts the power of one terminal, or leaves it alone.
pub struct Power<'a> {
    world: &'a World,
    station: &'a Station,
    person: &'static str,
    on: bool,
    offline: bool,
    /// The kiosk went back to its home page after the last cut.
    left: bool,
    /// Screen and milliseconds until it was back.
    pub cuts: Vec<Value>,
}

impl<'a> Power<'a> {
    /// `on`: the button is pressed wherever the walk comes by; `person` swipes again at a kiosk.
    pub fn new(world: &'a World, station: &'a Station, person: &'static str, on: bool) -> Self {
        Self { world, station, person, on, offline: false, left: false, cuts: Vec::new() }
    }

    /// Pulls the network cable; it stays out through power cuts.
    pub fn go_offline(&mut self) -> Result<()> {
        self.station.plug(false)?;
        self.offline = true;
        Ok(())
    }

    /// The power is cut at every step: what takes a moment longer is done on such a walk.
    pub fn is_cut(&self) -> bool {
        self.on
    }

    /// The cable is out.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// After a finished case a kiosk does not come back to anybody's screen.
    pub fn left_the_visit(&self) -> bool {
        self.left
    }

    /// Cuts the power and comes back to the same screen, case and pages.
    pub fn cut(&mut self) -> Result<()> {
        if !self.on {
            return Ok(());
        }
        let before = self.station.inspector.state()?;
        self.station.kill()?;
        self.station.launch(self.world)?;
        let (ms, back) = if kind(&self.station.name) == "kiosk" {
            self.swipe_again(&before.screen)?
        } else {
            self.back(&before.screen)?
        };
        ensure!(ms <= BACK_MS, "back after {ms} ms at {}", before.screen);
        for role in ["reader", "face", "document", "finger", "printer"] {
            self.station.inspector.wait_device_usable(role, Duration::from_secs(20))?;
        }
        if self.offline {
            self.station.inspector.wait_online(false, Duration::from_secs(20))?;
        } else {
            self.station.inspector.wait_online(true, Duration::from_secs(20))?;
        }
        if !self.left {
            ensure!(back.case == before.case, "another case after a power cut at {}", before.screen);
            ensure!(back.pages == before.pages, "{} pages, {} before the power cut", back.pages, before.pages);
        }
        self.cuts.push(json!({"screen": before.screen, "back_after_ms": ms}));
        Ok(())
    }

    /// The window comes back to the same screen by itself.
    fn back(&self, screen: &str) -> Result<(u64, State)> {
        let up = Instant::now();
        let back = self.station.inspector.wait_screen(screen, SOON).context("the same screen after a power cut")?;
        Ok((u64::try_from(up.elapsed().as_millis())?, back))
    }

    /// The kiosk names nobody and shows nothing until the same card is swiped again.
    fn swipe_again(&mut self, screen: &str) -> Result<(u64, State)> {
        let (see, display, reader) =
            (&self.station.inspector, &self.station.display, self.world.reader(&self.station.name));
        reader.say("take")?;
        let up = Instant::now();
        let home = see.wait_screen("home", SOON)?;
        if screen == "apply.done" {
            self.left = true;
            return Ok((u64::try_from(up.elapsed().as_millis())?, home));
        }
        see.wait("kiosk.home.continue", SOON).context("an unfinished visit is offered, without a name")?;
        let ms = u64::try_from(up.elapsed().as_millis())?;
        ensure!(!see.texts()?.iter().any(|text| text.contains(self.person)), "the kiosk names {}", self.person);
        see.touch(display, "kiosk.home.continue", SOON)?;
        see.wait_screen("apply.identify", SOON)?;
        reader.say(&format!("put {}", self.person))?;
        see.touch(display, "kiosk.identify.continue", LATE)?;
        let back = see.wait_screen(screen, LATE).context("the same step after the new swipe")?;
        Ok((ms, back))
    }
}
