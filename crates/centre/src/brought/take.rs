//! What an applicant brings, taken in: all or nothing, in one transaction.

use super::{
    Brought, BroughtPage, Kept, Owing, PAGES_MAX, PICTURE_BYTES_MAX, SIDE_MIN, Slip, Took, Unfit, Verdict, fit,
};
use crate::cases::{Loaded, rule};
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::papers::Says;
use crate::staff::log;
use crate::storage::Tx;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event, PaperKind, SentBy, SignOffMethod};
use tongban_domain::ids::{CaseId, PageId, RequirementId};
use tongban_domain::item::ServiceItem;
use tongban_protocol::action::{Actor, Origin};

/// What the applicant declares by ticking it; kept word for word as the evidence of the sign-off.
pub const DECLARATION: &str = "本人承诺：本次补交的材料真实、完整，与原件一致，并对其真实性负责。";

type Pages<'a> = BTreeMap<&'a RequirementId, Vec<(&'a [u8], (u32, u32))>>;

fn unfit(fault: Unfit) -> CentreError {
    let (kind, code) = match fault {
        Unfit::TooLarge => (Refusal::TooLarge, ErrorCode::BodyTooLarge),
        Unfit::Empty | Unfit::NotPhotograph => (Refusal::Invalid, ErrorCode::FieldInvalid),
        Unfit::Broken | Unfit::TooSmall(..) => (Refusal::Invalid, ErrorCode::PagePoor),
    };
    CentreError::refused(kind, code, format!("{fault:?}"))
}

impl Brought<'_> {
    /// Takes in what an applicant brings. Refused as a whole when one page is unfit, when something was not asked for,
    /// when a correction is not complete, or when the last day is over.
    pub fn bring(&self, slip: &Slip<'_>, pages: &[BroughtPage], declared: bool) -> Result<Took> {
        let cases = self.own(slip)?;
        if !declared {
            return Err(CentreError::invalid(ErrorCode::SignOffBroken, "not declared"));
        }
        let mut sorted: BTreeMap<CaseId, Pages<'_>> = BTreeMap::new();
        for page in pages {
            let size = fit(&page.picture, PICTURE_BYTES_MAX, SIDE_MIN).map_err(unfit)?;
            if !cases.contains(&page.case) {
                return Err(CentreError::not_found("case"));
            }
            sorted.entry(page.case).or_default().entry(&page.requirement).or_default().push((&page.picture, size));
        }
        if sorted.is_empty() {
            return Err(CentreError::invalid(ErrorCode::MaterialMissing, "no page"));
        }
        if sorted.values().flat_map(BTreeMap::values).any(|pages| pages.len() > PAGES_MAX) {
            return Err(CentreError::refused(Refusal::TooLarge, ErrorCode::BodyTooLarge, "too many pages"));
        }
        let taken = self.0.office(|tx| {
            let mut took = Took { receipts: Vec::new(), lines: Vec::new(), at_ms: self.0.now_ms(), corrected: false };
            for (id, pages) in &sorted {
                self.0.take_in(tx, *id, pages, &mut took)?;
            }
            Ok(took)
        });
        if let Err(CentreError::Refused { code, detail, .. }) = &taken {
            let object = cases.first().map(ToString::to_string).unwrap_or_default();
            self.0.staff().note("applicant", "case.bring", &object, code.as_str(), detail)?;
        }
        taken
    }
}

impl Centre {
    fn take_in(&self, tx: &Tx<'_>, id: CaseId, pages: &Pages<'_>, took: &mut Took) -> Result<()> {
        let loaded = self.load_known(tx, id)?;
        let owing = self.owing(tx, &loaded)?;
        let owed = |requirement: &RequirementId| owing.iter().find(|one| &one.requirement == requirement);
        for requirement in pages.keys() {
            let one = owed(requirement);
            let one =
                one.ok_or_else(|| CentreError::invalid(ErrorCode::CaseState, format!("{requirement} not asked for")))?;
            if one.late {
                let detail = format!("{requirement} was due {}", one.due);
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::SupplyLate, detail));
            }
            if one.verdict == Some(Verdict::Waiting) {
                let detail = format!("{requirement} is being looked at");
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, detail));
            }
        }
        let item = self.item_of(&loaded.case)?;
        let mut hand = Hand { centre: self, tx, loaded, item };
        let (deferred, asked): (Vec<&Owing>, Vec<&Owing>) = owing.iter().partition(|one| one.deferred);
        let brings = |list: &[&Owing]| list.iter().any(|one| pages.contains_key(&one.requirement));
        if brings(&asked) {
            hand.correct(&asked, pages)?;
            took.corrected = true;
        }
        for one in deferred.into_iter().filter(|one| pages.contains_key(&one.requirement)) {
            hand.defer(one, &pages[&one.requirement])?;
        }
        let lines: Vec<(String, usize)> = pages
            .iter()
            .map(|(requirement, pages)| (owed(requirement).map_or(String::new(), |one| one.name.clone()), pages.len()))
            .collect();
        took.receipts.push(hand.receipt(&lines)?);
        let detail = format!("{} pages", lines.iter().map(|(_, pages)| pages).sum::<usize>());
        log(tx, self.now_ms(), "applicant", "case.bring", &id.to_string(), "ok", &detail)?;
        took.lines.extend(lines);
        self.part_moved(tx, &hand.loaded)
    }
}

/// The applicant's hand in one case.
struct Hand<'a, 'tx> {
    centre: &'a Centre,
    tx: &'a Tx<'tx>,
    loaded: Loaded,
    item: Arc<ServiceItem>,
}

impl Hand<'_, '_> {
    fn say(&mut self, event: Event) -> Result<()> {
        self.centre.append_from(self.tx, &mut self.loaded, (Actor::Applicant, Origin::Web), None, event)
    }

    /// Everything the notice named, signed off anew; the case is back with the hall.
    fn correct(&mut self, asked: &[&Owing], pages: &Pages<'_>) -> Result<()> {
        let lacking: Vec<&str> =
            asked.iter().filter(|one| !pages.contains_key(&one.requirement)).map(|one| one.name.as_str()).collect();
        if !lacking.is_empty() {
            return Err(CentreError::invalid(ErrorCode::MaterialMissing, lacking.join("、")));
        }
        let requirements: BTreeSet<RequirementId> = asked.iter().map(|one| one.requirement.clone()).collect();
        let old: Vec<PageId> =
            requirements.iter().flat_map(|id| self.loaded.case.pages(id)).map(|page| page.id).collect();
        old.into_iter().try_for_each(|page| self.say(Event::PageRemoved { page }))?;
        for requirement in &requirements {
            for (picture, (width, height)) in &pages[requirement] {
                let blob = self.centre.seal_file(self.tx, &self.loaded, picture, "image/jpeg")?;
                let (page, thumb) = (PageId(self.centre.ids.next()), blob.clone());
                let (requirement, width, height) = (requirement.clone(), *width, *height);
                self.say(Event::PageCaptured { page, requirement, blob, thumb, width, height })?;
            }
        }
        // A part has its parent's form and sign-off; what it lacked is what now came.
        if self.loaded.case.handling().parent.is_none() {
            if self.item.sign_off {
                let evidence = self.centre.seal_file(self.tx, &self.loaded, DECLARATION.as_bytes(), "text/plain")?;
                let content = tongban_domain::case::sign_off_content(&self.loaded.case);
                let digest = Digest(tongban_crypto::sm3(&content));
                self.say(Event::SignedOff { method: SignOffMethod::Declared, evidence, quality: 100, digest })?;
            }
            self.loaded.case.complete(&self.item).map_err(rule)?;
        }
        self.say(Event::CorrectionDone { by: None, requirements: requirements.into_iter().collect() })
    }

    /// A deferred material: kept with the case until a person has looked.
    fn defer(&self, one: &Owing, pages: &[(&[u8], (u32, u32))]) -> Result<()> {
        let sealed = pages
            .iter()
            .map(|(picture, _)| self.centre.seal_file(self.tx, &self.loaded, picture, "image/jpeg"))
            .collect::<Result<Vec<_>>>()?;
        let kept = Kept {
            id: self.centre.record_id(),
            case: one.case,
            requirement: one.requirement.clone(),
            name: one.name.clone(),
            pages: sealed,
            at_ms: self.centre.now_ms(),
            verdict: Verdict::Waiting,
        };
        kept.save(self.tx)
    }

    /// 补交材料收件凭证, delivered on the page.
    fn receipt(&mut self, lines: &[(String, usize)]) -> Result<String> {
        let points = lines.iter().map(|(name, pages)| format!("{name}：{pages} 页"));
        let says =
            Says::new([("delivered", crate::papers::day_words(tongban_domain::limits::local_day(self.centre.now())))]);
        let says = says.points(points);
        let (document_no, pdf_sha256) =
            self.centre.print_paper(self.tx, &self.loaded, &self.item, PaperKind::SupplyReceipt, &says)?;
        let (kind, by, sent) = (PaperKind::SupplyReceipt, None, SentBy::Online);
        let event = Event::PaperIssued { kind, document_no: document_no.clone(), pdf_sha256, by, sent };
        self.centre.append(self.tx, &mut self.loaded, Actor::System, None, event)?;
        Ok(document_no)
    }
}
