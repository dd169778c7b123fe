//! Asks the running terminal where a widget is; the touch itself goes through the display server.

use super::display::Display;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A widget with an id, or a visible text.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    /// Stable id, empty for plain texts.
    pub id: String,
    /// Text content, empty for containers.
    pub text: String,
    /// Can be pressed now.
    pub enabled: bool,
    /// Visible bounds in window coordinates: x, y, width, height.
    pub bounds: [f32; 4],
    /// `screen.main` or `screen.customer`.
    #[serde(skip)]
    pub screen: String,
}

/// What the terminal says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct State {
    /// Where the wizard or face is, for example `apply.capture`.
    pub screen: String,
    /// Open case, if any.
    pub case: Option<String>,
    /// Link to the centre.
    pub online: bool,
    /// Bundles waiting.
    pub queue: u32,
    /// Pages captured in the open case.
    pub pages: usize,
    /// Role → state of every device.
    pub devices: std::collections::BTreeMap<String, String>,
    /// Camera → live pictures shown and missed.
    #[serde(default)]
    pub pictures: std::collections::BTreeMap<String, [u64; 2]>,
}

/// One station under test.
pub struct Inspector {
    socket: PathBuf,
    /// Screen → its origin on the display.
    origins: Vec<(String, i32, i32)>,
}

impl Inspector {
    /// `origins`: screen → top-left of its window on the display; others stand at the corner.
    pub fn new(socket: &Path, origins: &[(&str, i32, i32)]) -> Self {
        let origins = origins.iter().map(|(name, x, y)| ((*name).to_owned(), *x, *y)).collect();
        Self { socket: socket.to_owned(), origins }
    }

    fn ask<T: for<'a> Deserialize<'a>>(&self, question: &str) -> Result<T> {
        let mut stream = UnixStream::connect(&self.socket).context("connecting to the inspector")?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        writeln!(stream, "{question}")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("inspector answered {} bytes to {question}", line.len()))
    }

    /// Is the program up?
    pub fn alive(&self) -> bool {
        self.ask::<State>("state").is_ok()
    }

    /// Current state.
    pub fn state(&self) -> Result<State> {
        self.ask("state")
    }

    /// Everything visible.
    pub fn seen(&self) -> Result<Vec<Seen>> {
        let mut all: Vec<Seen> = self.ask("seen")?;
        // A screen's name comes before what stands on it.
        let mut screen = "screen.main".to_owned();
        for seen in &mut all {
            if seen.id.starts_with("screen.") {
                screen.clone_from(&seen.id);
            }
            seen.screen.clone_from(&screen);
        }
        Ok(all)
    }

    /// Waits for a visible widget with this id.
    pub fn wait(&self, id: &str, limit: Duration) -> Result<Seen> {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(all) = self.seen()
                && let Some(found) = all.iter().find(|seen| seen.id == id && seen.enabled && seen.bounds[2] > 1.0)
            {
                return Ok(found.clone());
            }
            if Instant::now() > deadline {
                let state = self.state().map_or_else(|e| e.to_string(), |state| state.screen);
                let ids: Vec<_> = self.seen().unwrap_or_default().into_iter().map(|s| s.id + &s.text).collect();
                bail!("{id} not on screen {state} after {} s; seen: {}", limit.as_secs(), ids.join(" | "));
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits for one of two widgets and says which came.
    pub fn wait_either(&self, one: &str, other: &str, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let all = self.seen().unwrap_or_default();
            if let Some(found) = all.iter().find(|seen| (seen.id == one || seen.id == other) && seen.enabled) {
                return Ok(found.id.clone());
            }
            if Instant::now() > deadline {
                bail!("neither {one} nor {other} after {} s", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits for any enabled widget whose id begins so; its id.
    pub fn wait_prefix(&self, prefix: &str, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let seen = self.seen().unwrap_or_default();
            if let Some(found) = seen.into_iter().find(|seen| seen.id.starts_with(prefix) && seen.enabled) {
                return Ok(found.id);
            }
            if Instant::now() > deadline {
                bail!("no {prefix}* after {} s; seen: {:?}", limit.as_secs(), self.texts());
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits until the terminal is at this screen.
    pub fn wait_screen(&self, screen: &str, limit: Duration) -> Result<State> {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok(state) = self.state()
                && state.screen == screen
            {
                return Ok(state);
            }
            if Instant::now() > deadline {
                let at = self.state().map_or_else(|e| e.to_string(), |state| state.screen);
                bail!("screen {screen} not reached in {} s, still at {at}", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits until the terminal has left a screen.
    pub fn wait_leaving(&self, screen: &str, limit: Duration) -> Result<State> {
        self.wait_state(limit, &format!("leaving {screen}"), |now| now.screen != screen)
    }

    /// Waits until `ready` holds for the state.
    fn wait_state(&self, limit: Duration, what: &str, ready: impl Fn(&State) -> bool) -> Result<State> {
        let deadline = Instant::now() + limit;
        loop {
            let state = self.state();
            if let Ok(state) = &state
                && ready(state)
            {
                return Ok(state.clone());
            }
            if Instant::now() > deadline {
                bail!(
                    "{what} not reached in {} s: {state:?}; seen: {:?}",
                    limit.as_secs(),
                    self.texts().unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits until a device has a state.
    pub fn wait_device(&self, role: &str, state: &str, limit: Duration) -> Result<()> {
        let what = format!("{role} {state}");
        self.wait_state(limit, &what, |now| now.devices.get(role).is_some_and(|have| have == state)).map(drop)
    }

    /// Waits until a device can be used: up, or up and seeing nothing it can use.
    pub fn wait_device_usable(&self, role: &str, limit: Duration) -> Result<()> {
        let usable = |state: &String| matches!(state.as_str(), "Online" | "Busy" | "UserError");
        self.wait_state(limit, &format!("{role} usable"), |now| now.devices.get(role).is_some_and(usable)).map(drop)
    }

    /// Waits for the link to the centre.
    pub fn wait_online(&self, online: bool, limit: Duration) -> Result<()> {
        self.wait_state(limit, if online { "online" } else { "offline" }, |now| now.online == online).map(drop)
    }

    /// Waits until so many bundles wait.
    pub fn wait_queue(&self, queue: u32, limit: Duration) -> Result<()> {
        self.wait_state(limit, "empty queue", |now| now.queue == queue).map(drop)
    }

    /// Waits until something waits: a program that has just started has not looked yet.
    pub fn wait_queued(&self, limit: Duration) -> Result<()> {
        self.wait_state(limit, "something in the queue", |now| now.queue > 0).map(drop)
    }

    /// Pages captured so far.
    pub fn pages_captured(&self) -> Result<usize> {
        Ok(self.state()?.pages)
    }

    /// Waits until so many pages are captured.
    pub fn wait_pages(&self, pages: usize, limit: Duration) -> Result<()> {
        self.wait_state(limit, &format!("{pages} pages"), |now| now.pages >= pages).map(drop)
    }

    /// Waits until no more than so many pages are left.
    pub fn wait_pages_left(&self, pages: usize, limit: Duration) -> Result<()> {
        self.wait_state(limit, &format!("{pages} pages left"), |now| now.pages <= pages).map(drop)
    }

    /// Waits for one of these widgets or for a screen.
    pub fn wait_any(&self, ids: &[&str], screen: &str, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            if self.state().is_ok_and(|state| state.screen == screen) {
                return Ok(());
            }
            if self.seen().is_ok_and(|all| all.iter().any(|seen| ids.contains(&seen.id.as_str()) && seen.enabled)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("neither {ids:?} nor {screen} in {} s; seen: {:?}", limit.as_secs(), self.texts()?);
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Every text on screen.
    pub fn texts(&self) -> Result<Vec<String>> {
        Ok(self.seen()?.into_iter().map(|seen| seen.text).filter(|text| !text.is_empty()).collect())
    }

    /// Waits for exactly this text.
    pub fn wait_text(&self, text: &str, limit: Duration) -> Result<()> {
        self.wait_texts(limit, text, |all| all.iter().any(|seen| seen == text))
    }

    /// Waits for a text with this part.
    pub fn wait_text_containing(&self, part: &str, limit: Duration) -> Result<()> {
        self.wait_texts(limit, part, |all| all.iter().any(|seen| seen.contains(part)))
    }

    fn wait_texts(&self, limit: Duration, what: &str, ready: impl Fn(&[String]) -> bool) -> Result<()> {
        let deadline = Instant::now() + limit;
        while !self.texts().is_ok_and(|texts| ready(&texts)) {
            if Instant::now() > deadline {
                bail!("{what} not on screen in {} s; seen: {:?}", limit.as_secs(), self.texts()?);
            }
            std::thread::sleep(Duration::from_millis(60));
        }
        Ok(())
    }

    /// Waits until the texts differ from these.
    pub fn wait_change(&self, before: &[String], limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        while self.texts()? == before {
            if Instant::now() > deadline {
                bail!("nothing changed in {} s; seen: {before:?}", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(60));
        }
        Ok(())
    }

    /// Scrolls until the widget lies inside the visible part; false when it is not on this page.
    pub fn reveal(&self, display: &Display, id: &str) -> Result<bool> {
        for _ in 0..40 {
            let Some(seen) = self.seen()?.into_iter().find(|seen| seen.id == id) else { return Ok(false) };
            let (_, y) = self.middle(&seen);
            // Bars and buttons take the top and bottom of the window.
            if (220..820).contains(&y) {
                return Ok(true);
            }
            let (x, _) = self.middle(&seen);
            display.wheel(x, 520, if y < 220 { -1 } else { 1 })?;
            std::thread::sleep(Duration::from_millis(70));
        }
        bail!("{id} cannot be scrolled into sight")
    }

    /// The simulator panel's network switch.
    pub fn network(&self, on: bool) -> Result<()> {
        let _: serde_json::Value = self.ask(if on { "network on" } else { "network off" })?;
        self.wait_online(on, Duration::from_secs(20))
    }

    /// Touches the middle of a widget through the display server.
    pub fn touch(&self, display: &Display, id: &str, limit: Duration) -> Result<Seen> {
        let seen = self.settled(id, limit)?;
        let (x, y) = self.middle(&seen);
        display.touch(x, y)?;
        Ok(seen)
    }

    /// Waits until the widget stands still, so that a layout change does not move it under the finger.
    fn settled(&self, id: &str, limit: Duration) -> Result<Seen> {
        let mut last = self.wait(id, limit)?;
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(60));
            let next = self.wait(id, limit)?;
            if next.bounds == last.bounds {
                return Ok(next);
            }
            last = next;
        }
        Ok(last)
    }

    /// Middle of a widget on the display.
    #[allow(clippy::cast_possible_truncation, reason = "a place on a screen fits")]
    pub fn middle(&self, seen: &Seen) -> (i32, i32) {
        let origin = self.origins.iter().find(|(name, ..)| seen.screen == *name);
        let (x, y) = origin.map_or((0, 0), |(_, x, y)| (*x, *y));
        let [left, top, width, height] = seen.bounds;
        (x + (left + width / 2.0) as i32, y + (top + height / 2.0) as i32)
    }
}
