//! Steps 3 and 5: what other departments know, and what is laid under the camera.

use super::{LATE, Power, SOON, Walk};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// From a turn of the list to its row under the finger.
const TURN: Duration = Duration::from_secs(3);
/// How long a page lies there before a hand goes to 拍摄.
const BY_ITSELF: Duration = Duration::from_secs(6);
/// No item asks more departments.
const SHARES_MAX: u32 = 12;

impl Walk<'_> {
    /// The applicant reads each record to its end and confirms it.
    pub fn shares(&self, power: &mut Power<'_>) -> Result<Value> {
        let see = self.see();
        let confirm = self.applicant("share.confirm");
        let mut confirmed = 0;
        while self.record_to_confirm(&confirm)? {
            if confirmed == 0 {
                self.applicant_shot("share")?;
                if !self.is_kiosk() {
                    self.shot("shares")?;
                }
            }
            let before = see.texts()?;
            see.touch(&self.station.display, &confirm, SOON)?;
            see.wait_change(&before, SOON)?;
            confirmed += 1;
            if confirmed == 3 {
                power.cut()?;
            }
            ensure!(confirmed <= SHARES_MAX, "more confirmations than any item has shares");
        }
        Ok(json!({"confirmed": confirmed}))
    }

    /// Waits for a record and reads it; false when the page of records was left.
    fn record_to_confirm(&self, confirm: &str) -> Result<bool> {
        let deadline = Instant::now() + LATE;
        loop {
            if !matches!(self.see().state()?.screen.as_str(), "apply.shares" | "apply.choose") {
                return Ok(false);
            }
            if self.see().seen()?.iter().any(|seen| seen.id == confirm && seen.enabled) {
                return Ok(true);
            }
            if !self.turn(true)? {
                std::thread::sleep(Duration::from_millis(60));
            }
            ensure!(Instant::now() < deadline, "no record to confirm: {:?}", self.see().texts()?);
        }
    }

    /// Lays page after page under the camera; something that is no picture comes first.
    pub fn capture(&self, power: &mut Power<'_>) -> Result<Value> {
        let see = self.see();
        see.wait_screen("apply.capture", SOON)?;
        let Some((first, _)) = self.pages.first() else { return self.leave_capture(0) };
        // Something that is no picture first: it has a code, a sentence, and the journey goes on.
        self.cameras.no_picture()?;
        self.slot(first)?;
        see.wait(&self.officer("capture.camera-fault"), LATE)
            .context("a file that is no picture is named by its code")?;
        see.wait_text_containing("D132", SOON)?;
        self.shot("capture-no-picture")?;
        let mut by_itself = 0;
        for (number, (slot, page)) in self.pages.iter().enumerate() {
            // Both ways are shown: the machine takes the first page it will, a hand takes the others.
            let missing = !self.pages[..number].iter().any(|(earlier, _)| earlier == slot);
            let alone = missing && by_itself == 0;
            let taken = if alone { self.lie_still(slot, page) } else { self.shoot(slot, page) };
            by_itself += u32::from(taken.with_context(|| format!("page {} ({page})", number + 1))?);
            if alone && by_itself > 0 && !self.is_kiosk() {
                self.shot("capture-by-itself")?;
                if power.is_cut() {
                    self.undo(number)?;
                }
                // From here on the officer wants to press the button.
                self.touch_officer("capture.by-itself")?;
            }
            if number == self.pages.len() / 2 {
                self.shot("capture")?;
                power.cut()?;
            }
        }
        if self.pages.last().is_some_and(|(_, page)| page.starts_with("photo")) {
            self.throw_last_away()?;
        }
        self.shot("capture-done")?;
        let mut evidence = self.leave_capture(self.pages.len())?;
        evidence["taken_by_the_machine"] = json!(by_itself);
        Ok(evidence)
    }

    /// Lays a page and presses 拍摄; the slot first, so that a machine that is quicker files it there as well.
    fn shoot(&self, slot: &str, page: &str) -> Result<bool> {
        self.slot(slot)?;
        let before = self.see().pages_captured()?;
        self.cameras.page(page)?;
        std::thread::sleep(Duration::from_millis(450));
        self.press_shoot(before)
    }

    fn press_shoot(&self, before: usize) -> Result<bool> {
        self.see().touch(&self.station.display, &self.officer("capture.shoot"), LATE)?;
        self.see().wait_pages(before + 1, LATE)?;
        Ok(false)
    }

    /// Throws the page taken last away and takes the same page by hand; `before`: how many there were without it.
    fn undo(&self, before: usize) -> Result<()> {
        self.touch_officer("capture.undo")?;
        self.see().wait_pages_left(before, SOON)?;
        // The page lies there still, and nobody asked for it again.
        std::thread::sleep(Duration::from_millis(900));
        ensure!(self.see().pages_captured()? == before, "a page that was thrown away is taken again by itself");
        self.press_shoot(before).map(drop)
    }

    /// Lays a page and touches nothing: the machine takes it as it lies still. 拍摄 is there for a page it does not
    /// take.
    fn lie_still(&self, slot: &str, page: &str) -> Result<bool> {
        self.slot(slot)?;
        let before = self.see().pages_captured()?;
        self.cameras.page(page)?;
        if self.see().wait_pages(before + 1, BY_ITSELF).is_ok() {
            return Ok(true);
        }
        self.press_shoot(before)
    }

    /// The last page is a photograph of somebody else's letter: looked at, and removed again.
    fn throw_last_away(&self) -> Result<()> {
        let see = self.see();
        let reading = |text: &String| matches!(text.as_str(), "检查中" | "正在检查这一页");
        let deadline = Instant::now() + LATE;
        while see.texts()?.iter().any(reading) {
            ensure!(Instant::now() < deadline, "a page is read for ever");
            std::thread::sleep(Duration::from_millis(100));
        }
        self.shot("capture-judged")?;
        let before = see.pages_captured()?;
        self.touch_officer("capture.page.1")?;
        see.wait(&self.officer("capture.remove"), SOON)?;
        self.shot("capture-page")?;
        self.touch_officer("capture.remove")?;
        see.wait_pages_left(before - 1, SOON)
    }

    fn leave_capture(&self, wanted: usize) -> Result<Value> {
        let kept = self.see().pages_captured()?;
        // Pages still being read are waited for, and one to be taken again is shown before the way is free.
        let deadline = Instant::now() + LATE;
        while self.see().state()?.screen == "apply.capture" {
            let before = self.see().texts()?;
            if before.iter().any(|text| text == "下一步") {
                self.touch_officer("capture.next")?;
                self.see().wait_change(&before, SOON)?;
            }
            std::thread::sleep(Duration::from_millis(150));
            ensure!(Instant::now() < deadline, "the page of materials stays: {:?}", self.see().texts()?);
        }
        Ok(json!({"captured": wanted, "kept": kept}))
    }

    /// Chooses the material a page belongs to.
    fn slot(&self, slot: &str) -> Result<()> {
        let id = self.officer(&format!("capture.slot.{slot}"));
        let mut tries = 0;
        loop {
            ensure!(self.bring(&id)? || self.bring_from_the_first(&id)?, "no material {slot}");
            tries += 1;
            // A verdict that comes in between turns the list back to the material in hand.
            match self.see().touch(&self.station.display, &id, TURN) {
                Err(_) if tries < 4 => {}
                touched => return touched.map(drop),
            }
        }
    }

    /// Turns back to the first page and looks again.
    fn bring_from_the_first(&self, id: &str) -> Result<bool> {
        let see = self.see();
        while let Some(back) = see.seen()?.into_iter().find(|seen| seen.id == "pager.previous" && seen.enabled) {
            let (x, y) = see.middle(&back);
            let before = see.texts()?;
            self.station.display.touch(x, y)?;
            see.wait_change(&before, SOON)?;
        }
        self.bring(id)
    }
}
