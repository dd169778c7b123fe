//! 文书: every paper of a case, numbered, laid out, sealed, kept, and named on the case's chain.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::numbers::document_no;
use crate::rights::Action;
use crate::staff::Member;
use crate::storage::Tx;
use crate::vals;
use crate::workflow::org_short;
use std::collections::BTreeMap;
use time::Date;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event, Missing, PaperKind, SentBy};
use tongban_domain::ids::{CaseId, StaffId};
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::local_day;
use tongban_licence::{PaperText, SealFace};
use tongban_protocol::action::Actor;

/// What a paper says beyond the case itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Says {
    /// Values for the placeholders.
    pub values: Vec<(&'static str, String)>,
    /// Numbered points.
    pub points: Vec<String>,
    /// What the code on the paper says, where it is not the way to the case's progress.
    pub qr: Option<String>,
}

impl Says {
    pub(crate) fn new(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { values: values.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn points(mut self, points: impl IntoIterator<Item = String>) -> Self {
        self.points = points.into_iter().collect();
        self
    }

    pub(crate) fn qr(mut self, payload: impl Into<String>) -> Self {
        self.qr = Some(payload.into());
        self
    }
}

/// One point a missing material: name, and what would be right.
pub(crate) fn points_of(missing: &[Missing]) -> Vec<String> {
    missing.iter().map(|missing| format!("{}：{}", missing.name, missing.why)).collect()
}

/// A paper as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPaper {
    /// 文号.
    pub document_no: String,
    /// Kind.
    pub kind: PaperKind,
    /// SHA-256 of the PDF.
    pub pdf_sha256: Digest,
    /// When, ms.
    pub at_ms: i64,
}

/// `2026年11月23日`.
pub(crate) fn day_words(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month() as u8, day.day())
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Papers<'a>(pub(crate) &'a Centre);

impl Papers<'_> {
    /// The papers of a case the member may see.
    pub fn of_case(&self, by: &Member, id: CaseId) -> Result<Vec<KeptPaper>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            let issued = &loaded.case.handling().papers;
            let place = |number: &str| issued.iter().position(|paper| paper.document_no == number);
            let rows = tx.rows("paper.of_case", vals![id.0])?;
            let mut kept = rows
                .iter()
                .map(|row| {
                    let kind = row.text(1)?;
                    Ok(KeptPaper {
                        document_no: row.text(0)?,
                        kind: PaperKind::parse(&kind)
                            .ok_or_else(|| CentreError::Damaged(format!("kind of paper {kind}")))?,
                        pdf_sha256: row.digest(2)?,
                        at_ms: row.int(3)?,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            // Within one moment the chain knows the order.
            kept.sort_by_key(|paper| (paper.at_ms, place(&paper.document_no)));
            Ok(kept)
        })
    }

    /// The PDF of a paper, exactly as it was handed out.
    pub fn pdf(&self, by: &Member, document_no: &str) -> Result<Vec<u8>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            let row = tx.row("paper.get", vals![document_no])?.ok_or_else(|| CentreError::not_found("paper"))?;
            self.0.row_for(tx, by, CaseId(row.uuid(0)?))?;
            self.0.keys.open_sealed("paper", &row.bytes(2)?)
        })
    }
}

impl Centre {
    /// Prints a paper of a case: number, PDF, copy in the cabinet, `PaperIssued` on the chain.
    /// Answers the number.
    pub(crate) fn issue_paper(
        &self,
        tx: &Tx<'_>,
        loaded: &mut Loaded,
        item: &ServiceItem,
        kind: PaperKind,
        says: &Says,
        by: Option<&StaffId>,
    ) -> Result<String> {
        let (number, sha256) = self.print_paper(tx, loaded, item, kind, says)?;
        let event = Event::PaperIssued {
            kind,
            document_no: number.clone(),
            pdf_sha256: sha256,
            by: by.cloned(),
            sent: SentBy::Hand,
        };
        let actor = by.map_or(Actor::System, |by| Actor::Staff(by.clone()));
        self.append(tx, loaded, actor, None, event)?;
        Ok(number)
    }

    /// A paper that tells of something done already: without fonts it is left out, and the log says so.
    /// Answers its number.
    pub(crate) fn tell_on_paper(
        &self,
        tx: &Tx<'_>,
        loaded: &mut Loaded,
        kind: PaperKind,
        says: &Says,
        by: Option<&StaffId>,
    ) -> Result<Option<String>> {
        if self.press.is_none() {
            tracing::warn!(kind = kind.as_str(), "fonts missing: no paper");
            return Ok(None);
        }
        let item = self.item_of(&loaded.case)?;
        self.issue_paper(tx, loaded, &item, kind, says, by).map(Some)
    }

    /// [`Centre::issue_paper`] without its event, for papers another event names.
    pub(crate) fn print_paper(
        &self,
        tx: &Tx<'_>,
        loaded: &Loaded,
        item: &ServiceItem,
        kind: PaperKind,
        says: &Says,
    ) -> Result<(String, Digest)> {
        let press = self.press.as_ref().ok_or_else(|| CentreError::invalid(ErrorCode::InstallIncomplete, "fonts"))?;
        let form = press
            .paper_form(kind)
            .ok_or_else(|| CentreError::invalid(ErrorCode::InstallIncomplete, "text of the paper"))?;
        let today = local_day(self.now());
        let number = document_no(tx, &item.org.code, &org_short(&item.org.name), &form.word, today)?;
        let sealed = self.seal_holds(tx, &item.org)?;
        let mut text = self.paper_text(&loaded.case, item, &number, says, sealed);
        if let Some(parent) = loaded.case.handling().parent {
            // A part speaks to whom its parent was filed by.
            let parent = self.load_known(tx, parent)?;
            let whole = self.item_of(&parent.case)?;
            text.addressee = addressee(&parent.case, &whole);
            text.values.insert("applicant".to_owned(), text.addressee.clone());
        }
        let paper = press
            .paper(kind, &text)
            .map_err(|error| CentreError::invalid(error.code(), format!("{}: {error}", kind.as_str())))?;
        let sealed = self.keys.seal("paper", &paper.pdf, self.rng.as_ref());
        let now = self.now_ms();
        tx.exec("paper.insert", vals![&number, loaded.id().0, kind.as_str(), sealed, paper.sha256, now])?;
        Ok((number, paper.sha256))
    }

    /// A paper of a department whose seals are stopped or lost leaves the place free for a stamp.
    fn paper_text(&self, case: &Case, item: &ServiceItem, number: &str, says: &Says, sealed: bool) -> PaperText {
        let mut values = case_values(case, item);
        values.extend(says.values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let guide = item.guide.as_ref();
        PaperText {
            number: number.to_owned(),
            addressee: addressee(case, item),
            values,
            points: says.points.clone(),
            issuer: item.org.name.clone(),
            issued_at: self.now(),
            qr: says
                .qr
                .clone()
                .or_else(|| case.receipt().map(|receipt| format!("{}/q/{receipt}", self.public_base_url))),
            hotline: guide.map(|guide| guide.consult.clone()).unwrap_or_default(),
            seal: if sealed {
                SealFace::Drawn {
                    organisation: item.org.name.clone(),
                    purpose: "行政审批专用章".to_owned(),
                    demo: self.demo,
                }
            } else {
                SealFace::Slot
            },
            demo: self.demo,
        }
    }
}

/// 主送: the firm, whom an agent acts for, or the applicant.
fn addressee(case: &Case, item: &ServiceItem) -> String {
    let agent = || case.handling().agent.as_ref().map(|agent| agent.principal.name.clone());
    let person = || case.card().map(|card| card.name.clone()).unwrap_or_default();
    crate::cases::firm_name(case, Some(item)).or_else(agent).unwrap_or_else(person)
}

/// Values every paper may name.
fn case_values(case: &Case, item: &ServiceItem) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut put = |key: &str, value: String| {
        values.insert(key.to_owned(), value);
    };
    put("item", item.name.clone());
    put("org", item.org.name.clone());
    put("receipt", case.receipt().unwrap_or_default().to_owned());
    put("project_no", case.project_no().unwrap_or_default().to_owned());
    put("result", item.result.name.clone());
    put("applicant", addressee(case, item));
    put("delivery", delivery_words(case).to_owned());
    let moments = &case.handling().moments;
    for (key, at) in [("received", moments.received), ("accepted", moments.accepted), ("delivered", moments.delivered)]
    {
        put(key, at.map(|at| day_words(at.date())).unwrap_or_default());
    }
    if let Some(licence) = case.licence() {
        put("licence_no", licence.number.clone());
    }
    if let Some(guide) = &item.guide {
        for (prefix, remedy) in [("review", &guide.review), ("litigation", &guide.litigation)] {
            for (part, text) in [
                ("org", &remedy.org),
                ("address", &remedy.address),
                ("phone", &remedy.phone),
                ("within", &remedy.within),
            ] {
                put(&format!("{prefix}_{part}"), text.clone());
            }
        }
    }
    values
}

fn delivery_words(case: &Case) -> &'static str {
    use tongban_domain::event::Delivery;
    match case.delivery() {
        Some(Delivery::Courier) => "邮寄送达",
        Some(Delivery::OnTheSpot) => "现场领取",
        Some(Delivery::Pickup) | None => "窗口领取",
    }
}
