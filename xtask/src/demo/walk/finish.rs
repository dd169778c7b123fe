//! Steps 6 and 7: sign-off and submission.

use super::{Done, LATE, Power, SOON, Walk};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

impl Walk<'_> {
    /// The applicant reads the summary and puts a finger on the glass.
    pub fn sign_off(&self) -> Result<Value> {
        let (see, finger) = (self.see(), self.world.finger(&self.station.name));
        self.read_to_the_end(true)?;
        see.wait(&self.applicant("sign-off.finger"), SOON)?;
        self.applicant_shot("sign-off")?;
        self.touch_applicant("sign-off.finger")?;
        finger.say(&format!("press {}", self.who.name))?;
        see.wait_screen("apply.submit", LATE)?;
        finger.say("lift")?;
        let line = finger.evidence(&self.world.out, &format!("finger-{}", self.station.name))?;
        // The fingerprint's line is kept as evidence of real bytes; the case holds the picture, not this hash.
        Ok(json!({"file": line["capture_file"], "sha256": line["line_sha256"], "bytes_on_line": line["line_bytes"]}))
    }

    /// Submits; the receipt comes out of the printer once, however often the power goes.
    pub fn submit(&self, power: &mut Power<'_>) -> Result<(Done, Value)> {
        let see = self.see();
        let printer = self.world.printer(&self.station.name);
        let before = printer.printed_sheets()?.len();
        self.shot("submit")?;
        self.touch_officer("submit.send")?;
        let state = see.wait_screen("apply.done", LATE)?;
        let printed = self.officer("done.printed");
        see.wait(&printed, LATE)?;
        self.shot("done")?;
        if !self.is_kiosk() {
            self.applicant_shot("done")?;
        }
        let case = state.case.context("the case is still in hand")?;
        power.cut()?;
        if !self.is_kiosk() {
            see.wait(&printed, LATE)?;
        }
        let sheets = printer.printed_sheets()?;
        ensure!(sheets.len() == before + 1, "{} sheets for one receipt", sheets.len() - before);
        let paper = if self.is_kiosk() { "kiosk-receipt.pdf" } else { "receipt.pdf" };
        std::fs::copy(sheets.last().context("a receipt came out of the printer")?, self.world.out.join(paper))?;
        let receipt = receipt_number(&pdf_text(&self.world.out.join(paper))?)?;
        self.world.reader(&self.station.name).say("take")?;
        self.send(power)?;
        if !power.left_the_visit() {
            self.see().touch(&self.station.display, &self.officer("done.finish"), LATE)?;
        }
        see.wait_screen(if self.is_kiosk() { "home" } else { "desk" }, SOON)?;
        let evidence = json!({
            "receipt": receipt, "offline": power.is_offline(), "file": paper,
            "sha256": crate::demo::sha256(&self.world.out.join(paper))?, "sheets_printed": 1, "power_cuts": power.cuts,
        });
        Ok((Done { case, receipt }, evidence))
    }

    /// What waited goes to the centre as soon as there is a network again.
    fn send(&self, power: &Power<'_>) -> Result<()> {
        let see = self.see();
        if power.is_offline() {
            see.wait_queued(SOON).context("offline, but nothing waits to be sent")?;
            self.station.plug(true)?;
        }
        see.wait_queue(0, Duration::from_secs(60))
    }
}

fn pdf_text(path: &Path) -> Result<String> {
    crate::processes::output(Command::new("pdftotext").args(["-layout"]).arg(path).arg("-"))
}

/// The 20 digits in groups of 6-6-3-5 on the paper.
fn receipt_number(text: &str) -> Result<String> {
    for line in text.lines() {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        if let Some(at) = digits.find("890102")
            && digits.len() >= at + 20
        {
            return Ok(digits[at..at + 20].to_owned());
        }
    }
    bail!("no receipt number on the paper: {text}")
}
