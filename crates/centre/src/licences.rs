//! 制证: numbers after a grant, the certificate window's queue, steps that happen once.

use crate::cases::{Loaded, firm_name};
use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::feed;
use crate::numbers::day8;
use crate::public;
use crate::rights::Action;
use crate::staff::{self, Member};
use crate::stations::Station;
use crate::stock;
use crate::storage::Tx;
use crate::vals;
use sha2::{Digest as _, Sha256};
use time::Date;
use tongban_domain::case::{Case, CaseStatus, PrintState};
use tongban_domain::code::ErrorCode;
use tongban_domain::elicence_id::ElicenceId;
use tongban_domain::event::{CloseCode, Delivery, Digest, Event, FormValues, PaperKind, Value};
use tongban_domain::ids::{CaseId, PrintId, StaffId};
use tongban_domain::item::{FieldKind, ServiceItem};
use tongban_domain::licence_number::{NumberParts, NumberPattern};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::mask;
use tongban_protocol::action::Actor;
use tongban_protocol::api::{FeedItem, LicenceJob, LicenceStep, LicenceStepKind};

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Licences<'a>(pub(crate) &'a Centre);

fn config(detail: impl std::fmt::Display) -> CentreError {
    CentreError::invalid(ErrorCode::ConfigInvalid, format!("licence number: {detail}"))
}

/// `years` later, the day before: 2026-11-23 and 5 years end on 2031-11-22.
fn valid_to(from: Date, years: u16) -> Option<Date> {
    let year = from.year() + i32::from(years);
    let same = Date::from_calendar_date(year, from.month(), from.day())
        .or_else(|_| Date::from_calendar_date(year, from.month(), 28));
    same.ok()?.previous_day()
}

impl Licences<'_> {
    /// 分配证号 after a grant: number by the item's rule, identifier, verify token; then the queue.
    pub(crate) fn allot(&self, tx: &Tx<'_>, loaded: &mut Loaded, item: &ServiceItem) -> Result<()> {
        let centre = self.0;
        let today = local_day(centre.now());
        let hall = loaded.case.opened().map(|opening| opening.hall.clone());
        let hall = hall.ok_or_else(|| CentreError::Damaged("case without opening".into()))?;
        let rule = item.result.number_rule.as_deref().ok_or_else(|| config("the item has no rule"))?;
        let pattern = NumberPattern::parse(rule).map_err(config)?;
        let serial = tx.count(&format!("licence/{}", item.key))?;
        let region = centre.deciding_region(&hall);
        let form = centre.form_of(tx, &loaded.case)?;
        let parts = NumberParts { region: &region, date: today, serial, form: &form };
        let number = pattern.render(&parts).map_err(config)?;
        let identifier = ElicenceId::new(
            &format!("{}001", item.org.code),
            &item.org.code,
            &format!("{}{serial:05}", day8(today)),
            1,
        )
        .map_err(config)?;
        let token = centre.token();
        let until =
            item.result.validity_years.and_then(|years| valid_to(today, years)).map_or("长期".to_owned(), date_text);
        let event = Event::LicenceAllotted {
            number: number.clone(),
            identifier: identifier.to_string(),
            verify_token: token.clone(),
            valid_from: date_text(today),
            valid_to: until.clone(),
        };
        centre.append(tx, loaded, Actor::System, None, event)?;
        let id = loaded.id();
        let now = centre.now_ms();
        centre.note_holder(tx, loaded)?;
        centre.note_ending(tx, loaded)?;
        tx.exec("licence.insert", vals![id.0, &number, identifier.as_str(), &token, &item.key.0, &hall.0, now])?;
        let facts = [
            ("持证主体", centre.holder_of(tx, &loaded.case, item)?),
            ("有效期", format!("{} 至 {until}", date_text(today))),
        ];
        public::insert(
            tx,
            &public::NewToken {
                token: &token,
                kind: "licence",
                case: id,
                title: &item.result.name,
                number: &number,
                issuer: &item.org.name,
                facts: &facts,
                valid_to: Some(&until),
                at_ms: now,
            },
        )?;
        feed::push(tx, now, Some(&hall.0), &FeedItem::LicenceReady { case: id })
    }

    /// The queue of a certificate station's hall.
    pub fn queue(&self, station: &Station) -> Result<Vec<LicenceJob>> {
        certificate(station)?;
        self.0.db.read("licence queue", |tx| {
            let ids: Vec<CaseId> = tx
                .rows("licence.open", vals![&station.hall])?
                .iter()
                .map(|row| Ok(CaseId(row.uuid(0)?)))
                .collect::<Result<_>>()?;
            ids.into_iter().map(|id| self.job(tx, &self.0.load_known(tx, id)?)).collect()
        })
    }

    /// The last two hundred licences, for the staff page.
    pub fn list(&self, by: &Member) -> Result<Vec<LicenceJob>> {
        by.require(Action::ViewLicences)?;
        self.0.db.read("licences", |tx| {
            let ids: Vec<CaseId> =
                tx.rows("licence.all", vals![])?.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect::<Result<_>>()?;
            let seen = ids.into_iter().filter(|id| self.0.row_for(tx, by, *id).is_ok());
            seen.map(|id| self.job(tx, &self.0.load_known(tx, id)?)).collect()
        })
    }

    fn job(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<LicenceJob> {
        let case = &loaded.case;
        let item = self.0.item_of(case)?;
        let row = tx.row("licence.get", vals![case.id().0])?.ok_or_else(|| CentreError::not_found("licence"))?;
        let token = row.text(3)?;
        let print = case.live_print().or_else(|| case.confirmed_print());
        Ok(LicenceJob {
            case: case.id(),
            receipt: case.receipt().unwrap_or_default().to_owned(),
            item_name: item.name.clone(),
            holder: self.0.holder_of(tx, case, &item)?,
            collector_masked: case.card().map(|card| mask::number(&card.number)).unwrap_or_default(),
            number: row.text(1)?,
            identifier: row.text(2)?,
            verify_url: self.0.verify_url(&token),
            face: face(case, &self.0.form_of(tx, case)?, &item),
            state: row.text(6)?,
            print: print.map(|print| print.id),
            serial: print.map(|print| print.serial.clone()),
            version: loaded.version(),
        })
    }

    /// One step at the certificate window. The same `idem` changes nothing the second time.
    pub fn step(&self, station: &Station, id: CaseId, step: &LicenceStep) -> Result<LicenceJob> {
        let done = self.checked_step(station, id, step);
        if let Err(CentreError::Refused { code, detail, .. }) = &done {
            self.0.staff().note(&step.operator.0, "licence.step", &id.to_string(), code.as_str(), detail)?;
        }
        done
    }

    fn checked_step(&self, station: &Station, id: CaseId, step: &LicenceStep) -> Result<LicenceJob> {
        certificate(station)?;
        let centre = self.0;
        let body = serde_json::to_vec(step).map_err(|error| CentreError::Damaged(format!("step: {error}")))?;
        let digest = Digest(Sha256::digest(&body).into());
        centre.db.write("licence step", |tx| {
            let operator = operator(tx, &step.operator)?;
            let mut loaded = centre.load_known(tx, id)?;
            if let Some(row) = tx.row("step.get", vals![step.idem])? {
                if row.uuid(0)? != id.0 || row.digest(1)? != digest {
                    return Err(CentreError::refused(
                        Refusal::Conflict,
                        ErrorCode::StaleVersion,
                        "this step id came before with another content",
                    ));
                }
                return self.job(tx, &loaded);
            }
            let licence = tx.row("licence.get", vals![id.0])?.ok_or_else(|| CentreError::not_found("licence"))?;
            if licence.text(5)? != station.hall {
                return Err(CentreError::not_found("licence"));
            }
            let kind = licence.text(4)?;
            let event = self.books(tx, &loaded.case, &kind, &operator, &step.step)?;
            let actor = Actor::Staff(operator.clone());
            centre.append(tx, &mut loaded, actor, Some(step.base), event)?;
            let fetched = loaded.case.delivery() != Some(Delivery::Courier);
            if fetched && matches!(step.step, LicenceStepKind::Confirm { .. }) {
                let says = crate::papers::Says::new([("place", format!("{} 统一制证窗口", station.hall))]);
                centre.tell_on_paper(tx, &mut loaded, PaperKind::Pickup, &says, Some(&operator))?;
            }
            if matches!(step.step, LicenceStepKind::HandOver { .. }) {
                self.receipt_of_delivery(tx, &mut loaded, &operator)?;
                centre.append(tx, &mut loaded, Actor::System, None, Event::Closed { code: CloseCode::Issued })?;
                centre.part_moved(tx, &loaded)?;
            }
            centre.licence_moved(tx, &loaded)?;
            tx.exec("step.insert", vals![step.idem, id.0, digest, centre.now_ms()])?;
            self.job(tx, &loaded)
        })
    }

    /// Keeps the blank stock's books for a step and answers the event it becomes.
    fn books(&self, tx: &Tx<'_>, case: &Case, kind: &str, operator: &StaffId, step: &LicenceStepKind) -> Result<Event> {
        let now = self.0.now_ms();
        let id = case.id();
        let serial_of = |print: PrintId| {
            let known = case.prints().iter().find(|known| known.id == print);
            known
                .map(|known| known.serial.clone())
                .ok_or_else(|| CentreError::invalid(ErrorCode::CaseState, "no such print"))
        };
        Ok(match step {
            LicenceStepKind::Intend { print, serial, pdf_sha256 } => {
                let event = Event::PrintIntended {
                    print: *print,
                    serial: serial.clone(),
                    pdf_sha256: *pdf_sha256,
                    operator: operator.clone(),
                };
                // The case's own rules speak first, so that a second intent is not taken for a stock fault.
                case.allows(&event).map_err(crate::cases::rule)?;
                self.0.must_seal(tx, &self.0.item_of(case)?.org)?;
                stock::intend(tx, kind, serial, operator, id, *print, now)?;
                event
            }
            LicenceStepKind::Sent { print, job_uuid } => Event::PrintSent { print: *print, job_uuid: job_uuid.clone() },
            LicenceStepKind::Done { print } => Event::PrintDone { print: *print },
            LicenceStepKind::Confirm { print, serial } => {
                let event = Event::PrintConfirmed { print: *print, serial: serial.clone() };
                case.allows(&event).map_err(crate::cases::rule)?;
                stock::mark_used(tx, kind, serial, id, *print, now)?;
                event
            }
            LicenceStepKind::Void { print, spoiled, reason } => {
                let event = Event::PrintVoided { print: *print, spoiled: *spoiled, reason: reason.clone() };
                case.allows(&event).map_err(crate::cases::rule)?;
                stock::void(tx, kind, &serial_of(*print)?, *spoiled, id, *print, now)?;
                event
            }
            LicenceStepKind::HandOver { number_sm3, line_sha256 } => {
                self.check_collector(tx, case, number_sm3)?;
                Event::HandedOver { line_sha256: *line_sha256, operator: operator.clone(), receipt: None }
            }
        })
    }
}

impl Centre {
    /// Where the licence of a case stands, as the certificate window's list shows it.
    pub(crate) fn licence_moved(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let live = loaded.case.live_print().or_else(|| loaded.case.confirmed_print());
        let (print, serial) = (live.map(|print| print.id.0), live.map(|print| print.serial.clone()));
        tx.exec("licence.state", vals![loaded.id().0, state(&loaded.case), print, serial])?;
        Ok(())
    }

    /// 持证主体; a part's is its parent's.
    fn holder_of(&self, tx: &Tx<'_>, case: &Case, item: &ServiceItem) -> Result<String> {
        let Some(parent) = case.handling().parent else { return Ok(holder(case, item)) };
        let parent = self.load_known(tx, parent)?;
        let whole = self.item_of(&parent.case)?;
        Ok(holder(&parent.case, &whole))
    }
}

impl Licences<'_> {
    /// 送达回证, where the fonts are there to print it with.
    fn receipt_of_delivery(&self, tx: &Tx<'_>, loaded: &mut Loaded, operator: &StaffId) -> Result<()> {
        let says = crate::papers::Says::new([
            ("place", "统一制证窗口".to_owned()),
            ("collector", "持有效居民身份证领取".to_owned()),
            ("officer", operator.0.clone()),
        ]);
        self.0.tell_on_paper(tx, loaded, PaperKind::Delivery, &says, Some(operator)).map(|_| ())
    }

    /// Whose card may collect: the applicant's, the principal's, the guardian's; an agent's only
    /// where the authorisation says so. A part is collected as its parent is.
    fn check_collector(&self, tx: &Tx<'_>, case: &Case, number_sm3: &Digest) -> Result<()> {
        let parent = case.handling().parent.map(|parent| self.0.load_known(tx, parent)).transpose()?;
        let whole = parent.as_ref().map_or(case, |parent| &parent.case);
        let today = local_day(self.0.now());
        let handling = whole.handling();
        let card = whole.card().map(|card| card.number.clone());
        let principal = handling.agent.as_ref().map(|agent| agent.principal.number.clone());
        let guardian = handling.guardian.as_ref().map(|guardian| guardian.card.number.clone());
        let held = |number: &String| {
            let number = tongban_domain::check::normalise(number);
            tongban_crypto::sm3(number.as_bytes()) == number_sm3.0
        };
        let known = card.into_iter().chain(principal).chain(guardian).find(held);
        let known = known.ok_or_else(|| {
            CentreError::refused(Refusal::Forbidden, ErrorCode::CardOtherPerson, "the card is not the applicant's")
        })?;
        if tongban_domain::people::may_collect(whole, &known, today) {
            return Ok(());
        }
        Err(CentreError::forbidden(ErrorCode::AgentRefused, "the agent may not collect"))
    }
}

fn certificate(station: &Station) -> Result<()> {
    if station.kind == "certificate" || station.kind == "window" {
        return Ok(());
    }
    Err(CentreError::forbidden(ErrorCode::NotAllowed, "not a certificate station"))
}

/// The operator named by the station is an active account with that right.
fn operator(tx: &Tx<'_>, id: &StaffId) -> Result<StaffId> {
    let member = staff::find(tx, &id.0)?.filter(|member| member.active);
    let member = member.ok_or_else(|| CentreError::forbidden(ErrorCode::NotAllowed, "operator unknown"))?;
    member.require(Action::OperateLicences)?;
    Ok(member.id)
}

fn state(case: &Case) -> &'static str {
    match case.status() {
        CaseStatus::Closed => "closed",
        CaseStatus::Delivered => "handed-over",
        CaseStatus::Ready => "confirmed",
        _ => match case.live_print().map(|print| print.state) {
            Some(PrintState::Intended) => "intended",
            Some(PrintState::Sent) => "sent",
            Some(PrintState::Done) => "done",
            Some(PrintState::Confirmed | PrintState::Spoiled | PrintState::NotPrinted) | None => "allotted",
        },
    }
}

/// 持证主体: the firm, or the masked person.
pub(crate) fn holder(case: &Case, item: &ServiceItem) -> String {
    let person = || case.card().map(|card| mask::name(&card.name)).unwrap_or_default();
    firm_name(case, Some(item)).or_else(|| case.firm().map(str::to_owned)).unwrap_or_else(person)
}

/// Face of the licence: what the form says, then number, validity, issuer. Lists, phone and ID
/// numbers never stand on a face.
fn face(case: &Case, form: &FormValues, item: &ServiceItem) -> Vec<(String, String)> {
    let mut face = Vec::new();
    for field in item.form.fields() {
        let text = match (form.get(&field.id), &field.kind) {
            (_, FieldKind::List { .. } | FieldKind::Phone | FieldKind::IdNumber) => continue,
            (Some(Value::Text(key)), FieldKind::Choice { options }) => options
                .iter()
                .find(|option| &option.key == key)
                .map_or_else(|| key.clone(), |option| option.label.clone()),
            (Some(Value::Text(text)), FieldKind::Number { unit, .. }) => format!("{text}{unit}"),
            (Some(Value::Text(text)), _) => text.clone(),
            (Some(Value::Bool(yes)), _) => if *yes { "是" } else { "否" }.to_owned(),
            (Some(Value::Rows(_)) | None, _) => continue,
        };
        face.push((field.label.clone(), text));
    }
    if let Some(licence) = case.licence() {
        face.push(("证书编号".into(), licence.number.clone()));
        face.push(("有效期起".into(), licence.valid_from.clone()));
        face.push(("有效期止".into(), licence.valid_to.clone()));
        face.push(("发证日期".into(), licence.valid_from.clone()));
    }
    face.push(("发证机关".into(), item.org.name.clone()));
    face
}
