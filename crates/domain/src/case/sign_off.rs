//! What the applicant's sign-off covers, as bytes.
//!
//! Layout (all lengths and counts are 4 bytes, big endian; `text` is its length and its UTF-8 bytes):
//!
//! ```text
//! text "tongban-sign-off/1"
//! text item key · 4 bytes item version
//! byte 0, or byte 1 and text firm code
//! byte 0, or byte 1 and text card number
//! count of form values; per value, sorted by field id: text id · value
//! count of shares; per share, sorted by resource: text resource · byte outcome · 32 bytes answer SHA-256
//!     · count of fields; per field, in order: text key · text value
//!     · byte 0 no answer, 1 confirmed, 2 objected and text reason
//! count of requirements with pages; per requirement, sorted by id: text id
//!     · count of pages; per page, in order: 32 bytes SHA-256 of the plain image
//!
//! value: byte 1 and text · byte 2 and byte 0/1 · byte 3, count of rows; per row: count of cells;
//!     per cell, sorted by field id: text id · value
//! outcome: 1 found, 2 no record, 3 timed out, 4 refused, 5 garbage, 6 unreachable
//! ```
//!
//! Every part carries its length or count, so no two contents share their bytes. The digest in
//! `SignedOff` is SM3 over these bytes; hashing is the caller's, this crate does no cryptography.

use super::Case;
use crate::event::{Digest, FormValues, ShareAnswer, ShareOutcome, Value};
use crate::ids::FieldId;
use std::collections::BTreeMap;

const MAGIC: &str = "tongban-sign-off/1";

/// The bytes the sign-off covers, as the case stands now.
#[must_use]
pub fn sign_off_content(case: &Case) -> Vec<u8> {
    let mut out = Content(Vec::new());
    out.text(MAGIC);
    match case.item() {
        Some((key, version)) => {
            out.text(&key.0);
            out.0.extend(version.to_be_bytes());
        }
        None => {
            out.text("");
            out.0.extend(0u32.to_be_bytes());
        }
    }
    out.optional(case.firm());
    out.optional(case.card().map(|card| card.number.as_str()));
    out.values(case.form());
    out.count(case.shares().len());
    for (resource, share) in case.shares() {
        out.text(&resource.0);
        out.0.push(outcome_byte(share.record.outcome));
        out.0.extend(share.record.answer_sha256.0);
        out.count(share.record.fields.len());
        for (key, value) in &share.record.fields {
            out.text(&key.0);
            out.text(value);
        }
        match &share.answer {
            None => out.0.push(0),
            Some(ShareAnswer::Confirmed) => out.0.push(1),
            Some(ShareAnswer::Objected { reason }) => {
                out.0.push(2);
                out.text(reason);
            }
        }
    }
    let materials = case.pages_by_requirement();
    out.count(materials.len());
    for (requirement, pages) in materials {
        out.text(&requirement.0);
        out.count(pages.len());
        for page in pages {
            out.0.extend(page.blob.plain_sha256.0);
        }
    }
    out.0
}

impl Case {
    /// Whether the sign-off still fits the content; `sm3` is the hash. `None` without a sign-off.
    #[must_use]
    pub fn sign_off_holds(&self, sm3: impl FnOnce(&[u8]) -> Digest) -> Option<bool> {
        self.sign_off().map(|sign_off| sm3(&sign_off_content(self)) == sign_off.digest)
    }
}

struct Content(Vec<u8>);

impl Content {
    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("a case has fewer than four thousand million parts");
        self.0.extend(count.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn values(&mut self, values: &FormValues) {
        self.count(values.len());
        for (id, value) in values {
            self.text(&id.0);
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => {
                self.0.push(1);
                self.text(text);
            }
            Value::Bool(yes) => self.0.extend([2, u8::from(*yes)]),
            Value::Rows(rows) => {
                self.0.push(3);
                self.count(rows.len());
                for row in rows {
                    let row: &BTreeMap<FieldId, Value> = row;
                    self.values(row);
                }
            }
        }
    }
}

const fn outcome_byte(outcome: ShareOutcome) -> u8 {
    match outcome {
        ShareOutcome::Found => 1,
        ShareOutcome::NoRecord => 2,
        ShareOutcome::TimedOut => 3,
        ShareOutcome::Refused => 4,
        ShareOutcome::Garbage => 5,
        ShareOutcome::Unreachable => 6,
    }
}
