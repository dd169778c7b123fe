//! From the events of a case to the records of the exchange, each under the id of the action it comes from.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::Result;
use crate::storage::Tx;
use tongban_domain::clock::WallTime;
use tongban_domain::event::{Channel, CloseCode, Event, Missing, ShareOutcome, SharedRecord, SpecialKind};
use tongban_domain::ids::{CaseId, StaffId};
use tongban_domain::item::{Audience, CaseType, ServiceItem, ShareSubject};
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::exchange::{MessageKind, Op, Record, moment};

/// What every record of a case needs.
struct Facts<'a> {
    item: &'a ServiceItem,
    project_no: &'a str,
    receipt: &'a str,
    applicant: String,
    code: String,
    firm: bool,
    contact: String,
    channel: &'static str,
    applied: String,
    licence: String,
    area: String,
}

impl Facts<'_> {
    const fn page_type(&self) -> &'static str {
        if self.firm { "001" } else { "111" }
    }

    const fn applicant_type(&self) -> &'static str {
        if self.firm { "2" } else { "1" }
    }

    const fn project_type(&self) -> &'static str {
        match self.item.case_type {
            CaseType::Immediate => "1",
            CaseType::Promised => "2",
        }
    }
}

const fn close_code(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Issued => "0",
        CloseCode::Returned => "1",
        CloseCode::Voided => "2",
        CloseCode::Deleted => "3",
        CloseCode::Forwarded => "4",
        CloseCode::NotSupplied => "5",
        CloseCode::Done => "6",
    }
}

/// A record on its way: `cd_time` and `cd_batch` are still to come.
pub(super) struct Composed {
    /// National code of the item, for the purpose.
    pub item: String,
    /// 办件编号.
    pub project_no: String,
    /// When it happened.
    pub at: WallTime,
    /// The record.
    pub record: Record,
}

impl Centre {
    /// Every record of a case, oldest first; empty before the centre received it.
    pub(super) fn composed(&self, tx: &Tx<'_>, id: CaseId) -> Result<Vec<Composed>> {
        let loaded = self.load_known(tx, id)?;
        let Some(project_no) = loaded.case.project_no() else { return Ok(Vec::new()) };
        let item = self.item_of(&loaded.case)?;
        let facts = self.facts(tx, &loaded, &item, project_no)?;
        let mut composed = Vec::new();
        for (entry, event) in loaded.recorded.iter().zip(&loaded.events) {
            let guid = entry.action.header.id.0.simple().to_string();
            let at = WallTime(entry.recorded_ms);
            let asked = match event {
                Event::ShareFetched { record } => open_query(&guid, &facts, &loaded, record),
                _ => None,
            };
            for record in asked.into_iter().chain(records(tx, &facts, &loaded, event, &guid, at)?) {
                let item = item.task_code.clone();
                composed.push(Composed { item, project_no: project_no.to_owned(), at, record });
            }
        }
        Ok(composed)
    }

    fn facts<'a>(
        &self,
        tx: &Tx<'_>,
        loaded: &'a Loaded,
        item: &'a ServiceItem,
        project_no: &'a str,
    ) -> Result<Facts<'a>> {
        // Who applies for a part of a joint case stands on the whole.
        let parent = loaded.case.handling().parent.map(|parent| self.load_known(tx, parent)).transpose()?;
        let whole = parent.as_ref().unwrap_or(loaded);
        let row = tx.row("case.get", crate::vals![whole.case.id().0])?;
        let row = row.map(|row| crate::cases::read_row(self, &row)).transpose()?;
        let firm_name = row.and_then(|row| row.firm_name).unwrap_or_default();
        let card = whole.case.card();
        let person = card.map(|card| card.name.clone()).unwrap_or_default();
        let number = card.map(|card| card.number.clone()).unwrap_or_default();
        let firm = whole.case.firm().filter(|_| item.audience == Audience::Firm);
        let channel = channel(&whole.events);
        let (mut applied, mut licence) = (String::new(), String::new());
        for (entry, event) in loaded.recorded.iter().zip(&loaded.events) {
            match event {
                Event::Submitted { .. } | Event::PartOf { .. } => applied = moment(entry.action.header.wall),
                Event::LicenceAllotted { number, .. } => licence.clone_from(number),
                _ => {}
            }
        }
        Ok(Facts {
            item,
            project_no,
            receipt: loaded.case.receipt().unwrap_or_default(),
            applicant: if firm.is_some() && !firm_name.is_empty() { firm_name } else { person.clone() },
            code: firm.map_or(number, str::to_owned),
            firm: firm.is_some(),
            contact: person,
            channel,
            applied,
            licence,
            area: area(item, loaded),
        })
    }
}

/// 申请途径 of who opened the case.
fn channel(events: &[Event]) -> &'static str {
    let by = events.iter().find_map(|event| match event {
        Event::Opened { channel, .. } => Some(*channel),
        _ => None,
    });
    match by {
        Some(Channel::Kiosk) => "5",
        Some(Channel::Window) | None => "1",
        Some(Channel::Web) => "2",
    }
}

/// 行政区划 of the department that decides: digits 3 to 8 of its code (GB 32100-2015), else the hall's region.
fn area(item: &ServiceItem, loaded: &Loaded) -> String {
    let digits = item.org.code.get(2..8).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let hall = || loaded.case.opened().map(|opening| crate::cases::region_of(&opening.hall)).unwrap_or_default();
    digits.map_or_else(hall, str::to_owned)
}

/// 补核: what a department did not answer in time is asked of it by message, unless an answer came since.
fn open_query(guid: &str, facts: &Facts<'_>, loaded: &Loaded, asked: &SharedRecord) -> Option<Record> {
    let silent = |outcome| matches!(outcome, ShareOutcome::TimedOut | ShareOutcome::Unreachable);
    let latest = &loaded.case.shares().get(&asked.resource)?.record;
    let call = facts.item.share(&asked.resource)?;
    if !silent(asked.outcome) || !silent(latest.outcome) || latest != asked {
        return None;
    }
    let (kind, subject) = match call.subject {
        ShareSubject::Person => ("person", loaded.case.card()?.number.as_str()),
        ShareSubject::Firm => ("firm", loaded.case.firm()?),
    };
    let wanted = call.fields.iter().map(|field| vec![("field", field.key.0.clone())]).collect();
    let record = Record::new(MessageKind::ResourceQuery, Op::Insert).set("row_guid", guid);
    let record = record
        .set("project_no", facts.project_no)
        .set("resource", &call.resource.0)
        .set("subject_kind", kind)
        .set("subject", subject);
    Some(record.set("purpose", &call.purpose).set("basis", &call.basis).rows("wanted", wanted))
}

fn name_of(tx: &Tx<'_>, id: &StaffId) -> Result<String> {
    Ok(crate::staff::find(tx, &id.0)?.map_or_else(|| id.0.clone(), |member| member.name))
}

/// 证照颁发 by number and identifier, valid from and to.
fn issued(record: Record, facts: &Facts<'_>, time: &str, marks: (&str, &str), valid: (&str, &str)) -> Record {
    record
        .set("holder", &facts.applicant)
        .set("holder_code", &facts.code)
        .set("licence_name", &facts.item.name)
        .set("licence_number", marks.0)
        .set("source_id", marks.1)
        .set("issue_date", time)
        .set("valid_from", valid.0)
        .set("valid_to", valid.1)
        .set("issue_dept", &facts.item.org.name)
        .set("issue_dept_code", &facts.item.org.code)
        .set("area_code", &facts.area)
}

/// 证照废止, when and why.
fn revoked(record: Record, facts: &Facts<'_>, time: &str, reason: &str) -> Record {
    record.set("licence_number", &facts.licence).set("revoke_date", time).set("reason", reason)
}

/// 特别程序 that begins: its kind and name, why, for how many days.
fn special(record: Record, what: (&str, &str), reason: &str, days: impl ToString, document_no: &str) -> Record {
    record
        .set("special_type", what.0)
        .set("special_name", what.1)
        .set("special_reason", reason)
        .set("expected_days", &days.to_string())
        .set("document_no", document_no)
}

fn records(
    tx: &Tx<'_>,
    facts: &Facts<'_>,
    loaded: &Loaded,
    event: &Event,
    guid: &str,
    at: WallTime,
) -> Result<Vec<Record>> {
    use MessageKind as K;
    let time = moment(at);
    let new = |kind| Record::new(kind, Op::Insert).set("row_guid", guid).set("project_no", facts.project_no);
    let one = match event {
        Event::Submitted { .. } | Event::PartOf { .. } => {
            return Ok(vec![applied(new(K::ProjectApply), facts), materials(new(K::MaterialList), facts, loaded)]
                .into_iter()
                .flatten()
                .collect());
        }
        Event::Accepted { by, document_no, due, .. } => {
            let name = name_of(tx, by)?;
            accepted(new(K::ProjectAccept), facts, &time, document_no, due).set("handle_user_name", &name)
        }
        Event::DeemedAccepted { on, document_no, due } => {
            accepted(new(K::ProjectAccept), facts, &format!("{on}T00:00:00+08:00"), document_no, due)
        }
        Event::CorrectionAsked { by, document_no, missing, due, .. } => {
            let name = name_of(tx, by)?;
            correction(new(K::CorrectionNotice), &time, document_no, due, missing).set("handle_user_name", &name)
        }
        Event::CorrectionDone { requirements, .. } => {
            new(K::CorrectionDone).set("done_time", &time).set("material_count", &requirements.len().to_string())
        }
        Event::Reviewed { by, passed, opinion, .. } => {
            step(new(K::ProcessStep), if *passed { "1" } else { "2" }, "审查", &name_of(tx, by)?, opinion, &time)
        }
        Event::StepDone { step: name, by, passed, opinion, .. } => {
            step(new(K::ProcessStep), if *passed { "1" } else { "2" }, name, &name_of(tx, by)?, opinion, &time)
        }
        Event::StepReturned { step: name, by, reason, .. } => {
            step(new(K::ProcessStep), "2", name, &name_of(tx, by)?, reason, &time)
        }
        Event::Decided { by, opinion, granted, .. } => {
            step(new(K::ProcessStep), if *granted { "1" } else { "3" }, "决定", &name_of(tx, by)?, opinion, &time)
        }
        Event::Suspended { by, kind, name, document_no, expected_days, reason, .. } => {
            let kind = if *kind == SpecialKind::Extension { "1" } else { "2" };
            special(new(K::SpecialStart), (kind, name), reason, *expected_days, document_no)
                .set("special_time", &time)
                .set("applyer_user_name", &name_of(tx, by)?)
        }
        Event::Resumed { by, result, .. } => {
            new(K::SpecialEnd).set("end_time", &time).set("result", result).set("handle_user_name", &name_of(tx, by)?)
        }
        Event::Closed { code } => ended(new(K::Result), facts, &time, close_code(*code), ""),
        Event::Rejected { reason, .. } | Event::Returned { reason, .. } => {
            ended(new(K::Result), facts, &time, "1", reason)
        }
        Event::Withdrawn { reason } | Event::Terminated { reason, .. } => {
            ended(new(K::Result), facts, &time, "2", reason)
        }
        Event::LicenceAllotted { number, identifier, valid_from, valid_to, .. } => {
            issued(new(K::LicenceIssue), facts, &time, (number, identifier), (valid_from, valid_to))
        }
        Event::LicenceRevoked { reason, document_no, .. } => {
            revoked(new(K::LicenceRevoke), facts, &time, reason).set("document_no", document_no)
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![one])
}

fn applied(record: Record, facts: &Facts<'_>) -> Option<Record> {
    Some(
        record
            .set("receipt_no", facts.receipt)
            .set("task_code", &facts.item.task_code)
            .set("task_name", &facts.item.name)
            .set("task_version", &facts.item.version.to_string())
            .set("applyer_name", &facts.applicant)
            .set("applyer_type", facts.applicant_type())
            .set("applyer_page_type", facts.page_type())
            .set("applyer_page_code", &facts.code)
            .set("contact_name", &facts.contact)
            .set("apply_type", facts.channel)
            .set("apply_date", &facts.applied),
    )
}

/// 收取方式: 2 captured, 3 shared. Materials nobody gave are not listed.
fn materials(record: Record, facts: &Facts<'_>, loaded: &Loaded) -> Option<Record> {
    let pages = loaded.case.pages_by_requirement();
    let shared = loaded.case.standing_records();
    let mut rows = Vec::new();
    for material in &facts.item.materials {
        let count = pages.get(&material.id).map_or(0, Vec::len);
        let by_share = matches!(&material.how, tongban_domain::item::How::Share { resource, .. } if shared.iter().any(|record| record.resource == *resource));
        let (kind, number) = match (count, by_share) {
            (0, false) => continue,
            (0, true) => ("3", 1),
            (count, _) => ("2", count),
        };
        rows.push(vec![
            ("material_name", material.name.clone()),
            ("get_type", kind.to_owned()),
            ("get_num", number.to_string()),
        ]);
    }
    rows.truncate(200);
    (!rows.is_empty()).then(|| record.rows("materials", rows))
}

fn accepted(record: Record, facts: &Facts<'_>, time: &str, document_no: &str, due: &str) -> Record {
    let item = facts.item;
    record
        .set("catalog_code", &item.catalog_code)
        .set("task_code", &item.task_code)
        .set("task_handle_item", &item.task_handle_item)
        .set("task_name", &item.name)
        .set("task_version", &item.version.to_string())
        .set("org_name", &item.org.name)
        .set("org_code", &item.org.code)
        .set("project_type", facts.project_type())
        .set("applyer_name", &facts.applicant)
        .set("applyer_type", facts.applicant_type())
        .set("applyer_page_type", facts.page_type())
        .set("applyer_page_code", &facts.code)
        .set("apply_type", facts.channel)
        .set("apply_date", &facts.applied)
        .set("accept_date", time)
        .set("accept_doc_no", document_no)
        .set("promise_date", due.get(..10).unwrap_or(due))
}

fn correction(record: Record, time: &str, document_no: &str, due: &str, missing: &[Missing]) -> Record {
    let row = |one: &Missing| vec![("material_name", one.name.clone()), ("reason", one.why.clone())];
    record
        .set("notice_time", time)
        .set("document_no", document_no)
        .set("due_date", due.get(..10).unwrap_or(due))
        .rows("materials", missing.iter().map(row).collect())
}

fn step(record: Record, event: &str, name: &str, by: &str, opinion: &str, time: &str) -> Record {
    let opinion = if opinion.trim().is_empty() { "无意见" } else { opinion };
    record
        .set("event_name", event)
        .set("process_name", name)
        .set("handle_user_name", by)
        .set("handle_explain", opinion)
        .set("event_start_time", time)
        .set("event_end_time", time)
}

fn ended(record: Record, facts: &Facts<'_>, time: &str, code: &str, reason: &str) -> Record {
    let licence = if code == "0" { facts.licence.as_str() } else { "" };
    record
        .set("result_date", time)
        .set("result_type", code)
        .set("result_cetr_name", if licence.is_empty() { "" } else { &facts.item.name })
        .set("result_cetr_no", licence)
        .set("result_explain", reason)
}

/// `YYYYMMDD` of a moment.
pub(super) fn compact_day(at: WallTime) -> String {
    date_text(local_day(at)).replace('-', "")
}
