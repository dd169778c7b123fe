//! Step 4: the form, section by section, as the item's file defines it.

use super::answers::Answer;
use super::{Power, SOON, Walk};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

impl Walk<'_> {
    /// Fills what no department knew.
    pub fn form(&self, power: &mut Power<'_>) -> Result<Value> {
        let see = self.see();
        see.wait_screen("apply.form", SOON)?;
        let mut done = BTreeSet::new();
        let mut sections = 0;
        while see.state()?.screen == "apply.form" {
            sections += 1;
            ensure!(sections <= 12, "the form does not end; seen: {:?}", see.texts()?);
            self.fill_section(&mut done)?;
            self.shot(&format!("form-{sections}"))?;
            let before = see.texts()?;
            self.touch_officer("form.next")?;
            see.wait_change(&before, SOON)?;
            std::thread::sleep(Duration::from_millis(200));
            if sections == 1 {
                power.cut()?;
            }
        }
        let missed: Vec<_> = self.sheet.answers.iter().map(|(id, _)| id).filter(|id| !done.contains(*id)).collect();
        ensure!(missed.is_empty(), "the form never asked for {missed:?}");
        Ok(json!({"sections": sections, "fields_filled": done.len()}))
    }

    /// Everything that can be answered, page by page; an answer may open the next question.
    fn fill_section(&self, done: &mut BTreeSet<String>) -> Result<()> {
        loop {
            while let Some((id, answer)) = self.asked(done)? {
                self.answer(&format!("form.{id}"), answer)?;
                done.insert(id.clone());
            }
            if !self.is_kiosk() || !self.turn(false)? {
                return Ok(());
            }
        }
    }

    /// The first unanswered question on the page.
    fn asked(&self, done: &BTreeSet<String>) -> Result<Option<&(String, Answer)>> {
        let seen = self.see().seen()?;
        let there = |id: &str| seen.iter().any(|seen| seen.id == id);
        Ok(self.sheet.answers.iter().filter(|(id, _)| !done.contains(id)).find(|(id, answer)| {
            let id = self.officer(&format!("form.{id}"));
            match answer {
                Answer::Choice(option) => there(&format!("{id}.{option}")),
                Answer::Rows(_) => there(&format!("{id}.add")),
                _ => there(&id),
            }
        }))
    }

    /// Answers one field.
    fn answer(&self, name: &str, answer: &Answer) -> Result<()> {
        let id = self.officer(name);
        match answer {
            Answer::Text(text) => {
                ensure!(self.bring(&id)?, "{id} is not on the page");
                self.write(&id, text, &[])
            }
            Answer::Chinese(text, syllables) => {
                ensure!(self.bring(&id)?, "{id} is not on the page");
                self.write(&id, text, syllables)
            }
            Answer::Choice(option) => self.press(&format!("{id}.{option}")),
            Answer::Yes => self.press(&id),
            Answer::Rows(rows) => {
                for (n, cells) in rows.iter().enumerate() {
                    self.press(&format!("{id}.add"))?;
                    for (column, cell) in cells {
                        self.answer(&format!("{name}.{n}.{column}"), cell)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Presses something and waits until what it opens is there.
    fn press(&self, id: &str) -> Result<()> {
        ensure!(self.bring(id)?, "{id} is not on the page");
        self.see().touch(&self.station.display, id, SOON)?;
        std::thread::sleep(Duration::from_millis(250));
        Ok(())
    }
}
