//! Replays a case as far as the sign-off and the printing need it, and recomputes the
//! bytes the applicant signed off (docs/formats.md, "Sign-off content").

use crate::cbor::Item;
use crate::keys;
use std::collections::{BTreeMap, BTreeSet};

type Id = [u8; 16];

struct Share {
    record: Item,
    answer: Option<Item>,
}

#[derive(PartialEq, Eq)]
enum Print {
    Live(String),
    Confirmed,
    Over,
}

/// The case so far.
#[derive(Default)]
pub(crate) struct Replay {
    item: Option<(String, u64)>,
    firm: Option<String>,
    card: Option<String>,
    form: Option<Item>,
    shares: BTreeMap<String, Share>,
    pages: BTreeMap<Id, [u8; 32]>,
    order: BTreeMap<String, Vec<Id>>,
    signed: Option<[u8; 32]>,
    submitted: bool,
    prints: BTreeMap<Id, Print>,
    spent_serials: BTreeSet<String>,
    /// May presence evidence leave the station? Not before the consent.
    pub(crate) evidence_may_leave: bool,
    /// Digests of bytes read on the line, from card readings.
    pub(crate) lines: BTreeSet<[u8; 32]>,
    /// Digests of documents printed for the applicant.
    pub(crate) pdfs: BTreeSet<[u8; 32]>,
    /// How many sign-offs were recomputed.
    pub(crate) sign_offs: u64,
}

impl Replay {
    /// Takes one event; an error says which rule it breaks.
    pub(crate) fn take(&mut self, kind: &str, body: &Item) -> Result<(), String> {
        match kind {
            "Identified" => {
                self.card = Some(body.get("card")?.get("number")?.text()?.to_owned());
                self.lines.insert(body.get("line_sha256")?.digest()?);
            }
            "ConsentGiven" => self.evidence_may_leave = body.get("evidence_upload")?.boolean()?,
            "ItemChosen" => self.choose(body)?,
            "ShareFetched" if !self.submitted => {
                let record = body.get("record")?.clone();
                let resource = record.get("resource")?.text()?.to_owned();
                self.shares.insert(resource, Share { record, answer: None });
            }
            "ShareAnswered" => {
                if let Some(share) = self.shares.get_mut(body.get("resource")?.text()?) {
                    share.answer = Some(body.get("answer")?.clone());
                }
            }
            "FormFilled" => self.form = Some(body.get("values")?.clone()),
            "PageCaptured" => {
                let page: Id = body.get("page")?.fixed()?;
                self.pages.insert(page, body.get("blob")?.get("plain_sha256")?.digest()?);
                self.order.entry(body.get("requirement")?.text()?.to_owned()).or_default().push(page);
            }
            "PageRemoved" => self.drop_pages(&[body.get("page")?.fixed()?]),
            "PagesOrdered" => {
                let pages: Vec<Id> = body.get("pages")?.array()?.iter().map(Item::fixed).collect::<Result<_, _>>()?;
                self.drop_pages(&pages);
                self.order.insert(body.get("requirement")?.text()?.to_owned(), pages);
            }
            "SignedOff" => {
                let digest = body.get("digest")?.digest()?;
                if digest != keys::sm3(&self.content()?) {
                    return Err("the sign-off digest is not that of the form and pages before it".to_owned());
                }
                self.signed = Some(digest);
                self.sign_offs += 1;
            }
            "Submitted" => {
                self.submitted = true;
                if let Some(digest) = self.signed
                    && digest != keys::sm3(&self.content()?)
                {
                    return Err("form or pages were changed after the sign-off".to_owned());
                }
            }
            _ => self.take_print(kind, body)?,
        }
        Ok(())
    }

    fn take_print(&mut self, kind: &str, body: &Item) -> Result<(), String> {
        match kind {
            "PrintIntended" => {
                if self.prints.values().any(|print| *print != Print::Over) {
                    return Err("a second print while one is live or confirmed".to_owned());
                }
                let serial = body.get("serial")?.text()?.to_owned();
                if self.spent_serials.contains(&serial) {
                    return Err(format!("blank {serial} was used before"));
                }
                self.pdfs.insert(body.get("pdf_sha256")?.digest()?);
                self.prints.insert(body.get("print")?.fixed()?, Print::Live(serial));
            }
            "PrintConfirmed" => {
                let print: Id = body.get("print")?.fixed()?;
                match self.prints.insert(print, Print::Confirmed) {
                    Some(Print::Live(serial)) if serial == body.get("serial")?.text()? => {
                        self.spent_serials.insert(serial);
                    }
                    _ => return Err("the serial confirmed is not the one intended".to_owned()),
                }
            }
            "PrintVoided" => {
                let old = self.prints.insert(body.get("print")?.fixed()?, Print::Over);
                if let Some(Print::Live(serial)) = old
                    && body.get("spoiled")?.boolean()?
                {
                    self.spent_serials.insert(serial);
                }
            }
            "ProofIssued" => {
                self.pdfs.insert(body.get("pdf_sha256")?.digest()?);
            }
            "HandedOver" => {
                self.lines.insert(body.get("line_sha256")?.digest()?);
            }
            _ => {}
        }
        Ok(())
    }

    fn choose(&mut self, body: &Item) -> Result<(), String> {
        let item = Some((body.get("item")?.text()?.to_owned(), body.get("version")?.uint()?));
        let firm = body.optional("firm")?.map(Item::text).transpose()?.map(str::to_owned);
        if self.item != item || self.firm != firm {
            self.shares.clear();
            self.form = None;
            self.pages.clear();
            self.order.clear();
            (self.item, self.firm) = (item, firm);
        }
        Ok(())
    }

    fn drop_pages(&mut self, gone: &[Id]) {
        self.order.values_mut().for_each(|pages| pages.retain(|page| !gone.contains(page)));
    }

    /// The bytes the applicant signs off.
    fn content(&self) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        text(&mut out, "tongban-sign-off/1");
        let (item, version) = self.item.as_ref().map_or(("", 0), |(item, version)| (item.as_str(), *version));
        text(&mut out, item);
        count(&mut out, version)?;
        optional(&mut out, self.firm.as_deref());
        optional(&mut out, self.card.as_deref());
        match &self.form {
            Some(values) => fields(&mut out, values)?,
            None => count(&mut out, 0)?,
        }
        count(&mut out, self.shares.len() as u64)?;
        for (resource, share) in &self.shares {
            text(&mut out, resource);
            share_content(&mut out, share)?;
        }
        let with_pages: Vec<_> = self.order.iter().filter(|(_, pages)| !pages.is_empty()).collect();
        count(&mut out, with_pages.len() as u64)?;
        for (requirement, pages) in with_pages {
            text(&mut out, requirement);
            count(&mut out, pages.len() as u64)?;
            for page in pages {
                out.extend_from_slice(self.pages.get(page).ok_or("an order names a page never captured")?);
            }
        }
        Ok(out)
    }
}

fn share_content(out: &mut Vec<u8>, share: &Share) -> Result<(), String> {
    out.push(match share.record.get("outcome")?.text()? {
        "Found" => 1,
        "NoRecord" => 2,
        "TimedOut" => 3,
        "Refused" => 4,
        "Garbage" => 5,
        "Unreachable" => 6,
        other => return Err(format!("share outcome {other} is not published")),
    });
    out.extend_from_slice(&share.record.get("answer_sha256")?.digest()?);
    let pairs = share.record.get("fields")?.array()?;
    count(out, pairs.len() as u64)?;
    for pair in pairs {
        let [key, value] = pair.array()? else {
            return Err("a shared field is [key, value]".to_owned());
        };
        text(out, key.text()?);
        text(out, value.text()?);
    }
    match &share.answer {
        None => out.push(0),
        Some(Item::Text(word)) if word == "Confirmed" => out.push(1),
        Some(answer) => {
            out.push(2);
            text(out, answer.get("Objected")?.get("reason")?.text()?);
        }
    }
    Ok(())
}

fn count(out: &mut Vec<u8>, value: u64) -> Result<(), String> {
    out.extend_from_slice(&u32::try_from(value).map_err(|_| "a count beyond 32 bits".to_owned())?.to_be_bytes());
    Ok(())
}

fn text(out: &mut Vec<u8>, value: &str) {
    // Lengths of texts inside one payload fit in 32 bits: a payload is at most 1 MiB.
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(value.as_bytes());
}

fn optional(out: &mut Vec<u8>, value: Option<&str>) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        text(out, value);
    }
}

/// A map of field → value, sorted by field.
fn fields(out: &mut Vec<u8>, values: &Item) -> Result<(), String> {
    let mut sorted = BTreeMap::new();
    for (key, value) in values.map()? {
        if sorted.insert(key.text()?, value).is_some() {
            return Err("a form field twice".to_owned());
        }
    }
    count(out, sorted.len() as u64)?;
    for (key, value) in sorted {
        text(out, key);
        let [(Item::Text(kind), content)] = value.map()? else {
            return Err("a form value is {kind: content}".to_owned());
        };
        match (kind.as_str(), content) {
            ("Text", Item::Text(value)) => {
                out.push(1);
                text(out, value);
            }
            ("Bool", Item::Bool(value)) => out.extend_from_slice(&[2, u8::from(*value)]),
            ("Rows", Item::Array(rows)) => {
                out.push(3);
                count(out, rows.len() as u64)?;
                rows.iter().try_for_each(|row| fields(out, row))?;
            }
            _ => return Err(format!("form value {kind} is not published")),
        }
    }
    Ok(())
}
