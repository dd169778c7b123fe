//! 中介服务: who produces the materials a department does not, at which price, and how applicants rated it.
//!
//! An agency stands under the very names of the materials in the item library. It is entered and checked by two
//! people; a mark is given once a case by somebody whose item asks for that material.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::ratings::Grade;
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::tickets::TicketKind;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::credit_code::CreditCode;
use tongban_domain::ids::{CaseId, StaffId};

const AGENCIES: &str = "agency";
const MARKS: &str = "agency_mark";

/// 服务项目 of an agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyService {
    /// Name of the material, as the item library has it.
    pub material: String,
    /// 收费, fen.
    pub fen: u64,
    /// 收费依据 or 计价方式.
    pub basis: String,
    /// 服务时限, working days.
    pub days: u16,
}

/// 中介机构.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// 统一社会信用代码.
    pub code: String,
    /// 名称.
    pub name: String,
    /// 资质.
    pub qualification: String,
    /// 电话.
    pub phone: String,
    /// What it does.
    pub services: Vec<AgencyService>,
    /// `entered`, `listed`, `suspended`.
    pub state: String,
    /// Who entered it.
    pub entered_by: StaffId,
    /// Why it was suspended; empty otherwise.
    pub reason: String,
}

/// A mark of an agency.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    agency: String,
    case: String,
    material: String,
    grade: Grade,
    at_ms: i64,
}

/// An agency's offer for one material, as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Code.
    pub code: String,
    /// 名称.
    pub name: String,
    /// 资质.
    pub qualification: String,
    /// 电话.
    pub phone: String,
    /// The material and its price and days.
    pub service: AgencyService,
    /// Marks given, and the mean of their stars (5 best) in tenths.
    pub marks: u64,
    /// Tenths of a star; `None` before the first mark.
    pub stars: Option<u64>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Intermediaries<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 中介服务.
    #[must_use]
    pub const fn intermediaries(&self) -> Intermediaries<'_> {
        Intermediaries(self)
    }
}

impl Intermediaries<'_> {
    /// 录入 or change; it is listed again after another person's check.
    pub fn enter(&self, by: &Member, agency: &Agency) -> Result<()> {
        by.require(Action::EditItems)?;
        let known = self.materials();
        let sound = CreditCode::parse(&agency.code).is_ok()
            && !agency.name.trim().is_empty()
            && !agency.services.is_empty()
            && agency.services.iter().all(|service| service.days > 0 && !service.basis.trim().is_empty());
        if !sound {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "code, name, days or basis of the agency"));
        }
        if let Some(other) = agency.services.iter().find(|service| !known.contains(&service.material)) {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, format!("no item asks for {}", other.material)));
        }
        let entered =
            Agency { state: "entered".into(), entered_by: by.id.clone(), reason: String::new(), ..agency.clone() };
        self.0.office(|tx| self.save(tx, &by.id.0, "agency.enter", &entered))
    }

    /// The demonstration's agencies, into an empty list.
    pub(crate) fn load_demo(&self, path: &std::path::Path) -> Result<()> {
        let Ok(text) = std::fs::read_to_string(path) else { return Ok(()) };
        let agencies: Vec<Agency> = serde_json::from_str(&text)
            .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("agencies: {error}")))?;
        self.0.office(|tx| {
            if !office::list::<Agency>(tx, AGENCIES, EVER)?.is_empty() {
                return Ok(());
            }
            agencies.iter().try_for_each(|agency| self.save(tx, "system", "agency.demo", agency))
        })
    }

    /// 核验: listed by somebody else.
    pub fn list(&self, by: &Member, code: &str) -> Result<()> {
        by.require(Action::CheckItems)?;
        self.0.office(|tx| {
            let mut agency: Agency = office::known(tx, AGENCIES, code)?;
            if agency.entered_by == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "entered by the same person"));
            }
            agency.state = "listed".to_owned();
            agency.reason.clear();
            self.save(tx, &by.id.0, "agency.list", &agency)
        })
    }

    /// 暂停, with a reason the agency is told.
    pub fn suspend(&self, by: &Member, code: &str, reason: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "suspension without a reason"));
        }
        self.0.office(|tx| {
            let mut agency: Agency = office::known(tx, AGENCIES, code)?;
            agency.state = "suspended".to_owned();
            agency.reason = reason.trim().to_owned();
            self.save(tx, &by.id.0, "agency.suspend", &agency)
        })
    }

    fn save(&self, tx: &Tx<'_>, by: &str, action: &str, agency: &Agency) -> Result<()> {
        let now = self.0.now_ms();
        let place = Place { room: AGENCIES, id: &agency.code, a: "", b: "", state: &agency.state, at_ms: now };
        office::put(tx, place, agency)?;
        log(tx, now, by, action, &agency.code, "ok", &agency.reason)
    }

    /// Materials an intermediary produces, by name: what an item's guide says comes from one (来源渠道 30).
    #[must_use]
    pub fn materials(&self) -> Vec<String> {
        let items = self.0.catalogue().all();
        let from_agency = |material: &&tongban_domain::item::Requirement| {
            material.detail.as_ref().is_some_and(|detail| detail.source == "30")
        };
        let all = items.iter().flat_map(|item| item.materials.iter().filter(from_agency));
        let names: std::collections::BTreeSet<String> = all.map(|material| material.name.clone()).collect();
        names.into_iter().collect()
    }

    /// Offers for a material (empty: for every one), cheapest first, those listed alone.
    pub fn offers(&self, material: &str) -> Result<Vec<Offer>> {
        let (agencies, marks): (Vec<Agency>, Vec<Mark>) = self
            .0
            .look(|tx| Ok((office::list(tx, AGENCIES, Key::State("listed"))?, office::list(tx, MARKS, EVER)?)))?;
        let mut offers = Vec::new();
        for agency in &agencies {
            for service in agency.services.iter().filter(|one| material.is_empty() || one.material == material) {
                let own =
                    || marks.iter().filter(|mark| mark.agency == agency.code && mark.material == service.material);
                let count = own().count() as u64;
                let stars: u64 = own().map(|mark| 60 - 10 * u64::from(mark.grade.code())).sum();
                offers.push(Offer {
                    code: agency.code.clone(),
                    name: agency.name.clone(),
                    qualification: agency.qualification.clone(),
                    phone: agency.phone.clone(),
                    service: service.clone(),
                    marks: count,
                    stars: (stars * 2 + count).checked_div(count * 2),
                });
            }
        }
        offers.sort_by(|a, b| {
            (&a.service.material, a.service.fen, &a.name).cmp(&(&b.service.material, b.service.fen, &b.name))
        });
        Ok(offers)
    }

    /// Every agency, for the staff.
    pub fn all(&self, by: &Member) -> Result<Vec<Agency>> {
        if ![Action::EditItems, Action::CheckItems, Action::Supervise].iter().any(|action| by.may(*action)) {
            by.require(Action::Supervise)?;
        }
        self.0.look(|tx| office::list(tx, AGENCIES, EVER))
    }

    /// One mark a case and agency, by an applicant whose item asks for the material; a bad one opens a ticket.
    pub fn mark(&self, case: CaseId, code: &str, material: &str, grade: Grade, text: &str) -> Result<()> {
        if text.chars().count() > 500 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "text of the mark"));
        }
        self.0.office(|tx| {
            let agency: Agency = office::known(tx, AGENCIES, code)?;
            let loaded = self.0.load_known(tx, case)?;
            let item = self.0.item_of(&loaded.case)?;
            let asked = item.materials.iter().any(|one| one.name == material);
            if !asked || !agency.services.iter().any(|service| service.material == material) {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "not a material of this case and agency"));
            }
            let id = format!("{case}/{code}/{material}");
            if office::get::<Mark>(tx, MARKS, &id)?.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::RatedBefore, "marked before"));
            }
            let (own, now) = (case.to_string(), self.0.now_ms());
            let mark =
                Mark { agency: code.to_owned(), case: own.clone(), material: material.to_owned(), grade, at_ms: now };
            let state = if grade.is_bad() { "bad" } else { "good" };
            office::put(tx, Place { room: MARKS, id: &id, a: code, b: &own, state, at_ms: now }, &mark)?;
            if grade.is_bad() {
                let words = format!("中介服务差评：{}：{}", agency.name, if text.is_empty() { "未留言" } else { text });
                self.0.open_ticket(tx, TicketKind::Complaint, "", &words, "rating")?;
            }
            log(tx, now, "applicant", "agency.mark", code, "ok", &grade.code().to_string())
        })
    }
}
