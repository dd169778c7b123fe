//! Steps 1 to 3: swipe, presence, item.

use super::{LATE, SOON, Walk};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What the kiosk says when a person has to look.
const CALLS_ATTENDANT: &str = "请工作人员核对并刷卡确认";

impl Walk<'_> {
    /// Begins and swipes the card; the evidence is what went over the line.
    pub fn swipe(&self) -> Result<Value> {
        let reader = self.world.reader(&self.station.name);
        if self.is_kiosk() {
            // The page of whoever was here before may still be leaving.
            self.see().wait_screen("home", SOON)?;
            self.see().wait_prefix("kiosk.item.", SOON)?;
            ensure!(self.bring(&format!("kiosk.item.{}", self.sheet.key))?, "{} is not offered", self.sheet.key);
            self.touch_officer(&format!("item.{}", self.sheet.key))?;
        } else {
            self.touch_officer("begin")?;
        }
        self.see().wait_screen("apply.identify", SOON)?;
        self.applicant_shot("swipe")?;
        reader.say(&format!("put {}", self.who.name))?;
        // A draft of an earlier visit is offered; this one begins anew.
        let anew = self.applicant("identify.start-over");
        self.see().wait_any(&[&anew], "apply.consent", LATE)?;
        if self.see().state()?.screen == "apply.identify" {
            self.applicant_shot("unfinished")?;
            self.touch_applicant("identify.start-over")?;
        }
        let state = self.see().wait_screen("apply.consent", LATE)?;
        if !self.is_kiosk() {
            self.shot("identified")?;
        }
        let case = state.case.context("a case is open after the card was read")?;
        let mut evidence = reader.evidence(&self.world.out, &format!("card-{}", self.station.name))?;
        evidence["case"] = json!(case);
        evidence["port"] = json!(reader.port().file_name().map(|name| name.to_string_lossy()));
        Ok(evidence)
    }

    /// Consent, live picture, clip and still; a person decides where no model may.
    pub fn presence(&self, power: &mut super::Power<'_>) -> Result<Value> {
        self.cameras.face(self.who.face)?;
        self.read_to_the_end(true)?;
        self.see().wait(&self.applicant("consent.face"), SOON)?;
        self.touch_applicant("consent.upload")?;
        self.applicant_shot("consent")?;
        self.touch_applicant("consent.face")?;
        self.see().wait_screen("apply.presence", SOON)?;
        std::thread::sleep(Duration::from_millis(900));
        self.applicant_shot("presence")?;
        power.cut()?;
        let decided = self.decision()?;
        let sealed = self.sealed_files()?;
        ensure!(sealed.len() >= 3, "only {} sealed files after the presence check", sealed.len());
        Ok(json!({"decided_by": decided, "sealed_files": sealed}))
    }

    /// The comparison decides by itself, or hands over to a person: the officer here, an attendant at a kiosk.
    fn decision(&self) -> Result<&'static str> {
        let see = self.see();
        let reason = self.officer("presence.reason.0");
        let deadline = Instant::now() + LATE;
        loop {
            if see.state()?.screen != "apply.presence" {
                return Ok("comparison");
            }
            if self.is_kiosk() && see.texts()?.iter().any(|text| text == CALLS_ATTENDANT) {
                self.attendant()?;
                return Ok("attendant");
            }
            if !self.is_kiosk() && see.seen()?.iter().any(|seen| seen.id == reason) {
                self.shot("presence")?;
                self.touch_officer("presence.reason.0")?;
                self.touch_officer("presence.same")?;
                see.wait_leaving("apply.presence", SOON)?;
                return Ok("officer");
            }
            ensure!(Instant::now() < deadline, "nobody decides: {:?}", see.texts()?);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The attendant looks and confirms with the own card.
    pub fn attendant(&self) -> Result<()> {
        let reader = self.world.reader(&self.station.name);
        self.see().wait_text(CALLS_ATTENDANT, LATE)?;
        reader.say("take")?;
        reader.say("put 王明")?;
        self.see().wait_leaving("apply.presence", LATE)?;
        reader.say("take")?;
        reader.say(&format!("put {}", self.who.name)).map(drop)
    }

    /// Chip photo, clip and still must lie sealed on the station's disk before the step counts.
    fn sealed_files(&self) -> Result<Vec<Value>> {
        let case = self.see().state()?.case.context("the case is in hand")?.replace('-', "");
        let folder = self.station.state().join("store/blobs").join(&case);
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("sealed files in {}", folder.display()))?.flatten();
        entries
            .map(|entry| Ok(json!({"name": entry.file_name().to_string_lossy(), "bytes": entry.metadata()?.len()})))
            .collect()
    }

    /// Chooses the item and, for a firm, gives its credit code.
    pub fn choose(&self) -> Result<()> {
        let see = self.see();
        if !self.is_kiosk() {
            see.wait_prefix("window.choose.item.", SOON)?;
            self.shot("choose")?;
            // A catalogue may have more pages than one.
            let item = self.officer(&format!("choose.item.{}", self.sheet.key));
            while !see.seen()?.iter().any(|seen| seen.id == item) && self.turn(false)? {}
            self.touch_officer(&format!("choose.item.{}", self.sheet.key))?;
        }
        let Some(firm) = self.who.firm.filter(|_| self.sheet.for_firm) else { return Ok(()) };
        if self.is_kiosk() {
            // After a power cut the wish made before the card was read is asked for again.
            let item = self.officer(&format!("choose.item.{}", self.sheet.key));
            if see.wait_either("keyboard.key.9", &item, LATE)? == item {
                self.touch_officer(&format!("choose.item.{}", self.sheet.key))?;
                see.wait("keyboard.key.9", LATE)?;
            }
            self.strike(firm)?;
        } else {
            let field = see.touch(&self.station.display, "window.choose.firm", SOON)?;
            ensure!(field.bounds[2] > 100.0, "the field for the credit code is visible");
            self.station.display.keys(firm)?;
        }
        self.shot("firm")?;
        self.touch_officer("choose.firm-confirm")
    }
}
