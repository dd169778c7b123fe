//! What hands do: turn pages, scroll, type with a keyboard or on the glass.

use super::{SOON, Walk};
use anyhow::{Context, Result, bail};

impl Walk<'_> {
    /// Turns the page on the applicant's or the officer's screen; false when this is the last one.
    pub(super) fn turn(&self, applicant: bool) -> Result<bool> {
        let screen = if applicant && !self.is_kiosk() { "screen.customer" } else { "screen.main" };
        let see = self.see();
        let before = see.seen()?;
        let next = before.iter().find(|seen| seen.id == "pager.next" && seen.screen == screen && seen.enabled);
        let Some(next) = next else { return Ok(false) };
        let (x, y) = see.middle(next);
        let texts = see.texts()?;
        self.station.display.touch(x, y)?;
        see.wait_change(&texts, SOON).context("the page turns")?;
        Ok(true)
    }

    /// Reads to the last page, as somebody who is to confirm it.
    pub(super) fn read_to_the_end(&self, applicant: bool) -> Result<()> {
        for _ in 0..40 {
            if !self.turn(applicant)? {
                return Ok(());
            }
        }
        bail!("more than forty pages to read");
    }

    /// Brings something of the officer's screen into sight: the window scrolls, the kiosk turns pages.
    pub(super) fn bring(&self, id: &str) -> Result<bool> {
        if !self.is_kiosk() {
            return self.see().reveal(&self.station.display, id);
        }
        for _ in 0..40 {
            if self.see().seen()?.iter().any(|seen| seen.id == id) {
                return Ok(true);
            }
            if !self.turn(false)? {
                break;
            }
        }
        Ok(false)
    }

    /// Types into a field: at a window with the keyboard, at the kiosk on the glass.
    pub(super) fn write(&self, id: &str, text: &str, syllables: &[String]) -> Result<()> {
        self.see().touch(&self.station.display, id, SOON)?;
        if !self.is_kiosk() {
            return self.write_checked(id, text);
        }
        self.see().wait("keyboard.done", SOON).context("the keyboard opens")?;
        if syllables.is_empty() {
            self.strike(text)?;
        }
        for (character, syllable) in text.chars().zip(syllables) {
            self.strike(syllable)?;
            self.pick(&character.to_string())?;
        }
        self.see().touch(&self.station.display, "keyboard.done", SOON).map(drop)
    }

    /// Types and looks whether it stands there, as somebody at a keyboard does: on a busy machine the window
    /// manager may hand over the focus after the first key.
    fn write_checked(&self, id: &str, text: &str) -> Result<()> {
        self.station.display.keys(text)?;
        for _ in 0..2 {
            for _ in 0..20 {
                if self.see().seen()?.iter().any(|seen| seen.screen == "screen.main" && seen.text == text) {
                    return Ok(());
                }
                std::thread::sleep(std::time::Duration::from_millis(60));
            }
            self.see().touch(&self.station.display, id, SOON)?;
            self.station.display.clear(text.chars().count() + 4)?;
            self.station.display.keys(text)?;
        }
        // The form judges what stands there.
        Ok(())
    }

    /// Presses keys of the on-screen keyboard one after another.
    pub(super) fn strike(&self, text: &str) -> Result<()> {
        let keys = self.see().seen()?;
        for character in text.chars() {
            let id = format!("keyboard.key.{character}");
            let key = keys.iter().find(|seen| seen.id == id).with_context(|| format!("no key {id} on the glass"))?;
            let (x, y) = self.see().middle(key);
            self.station.display.touch(x, y)?;
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Ok(())
    }

    /// Chooses the candidate with this text, looking through the pages of candidates.
    fn pick(&self, text: &str) -> Result<()> {
        let mut seen = self.see().seen()?;
        for _ in 0..20 {
            // Keys may still be on their way through the display server.
            std::thread::sleep(std::time::Duration::from_millis(120));
            seen = self.see().seen()?;
            let found = seen.iter().find(|seen| seen.id.starts_with("keyboard.candidate.") && seen.text == text);
            if let Some(candidate) = found {
                let (x, y) = self.see().middle(candidate);
                self.station.display.touch(x, y)?;
                std::thread::sleep(std::time::Duration::from_millis(120));
                return Ok(());
            }
            if let Some(later) = seen.iter().find(|seen| seen.id == "keyboard.later" && seen.enabled) {
                let (x, y) = self.see().middle(later);
                self.station.display.touch(x, y)?;
            }
        }
        let offered: Vec<_> =
            seen.iter().filter(|s| s.id.starts_with("keyboard.candidate.")).map(|s| &s.text).collect();
        bail!("{text} is not among the candidates: {offered:?}");
    }
}
