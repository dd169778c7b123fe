//! The projection row of a case.

use super::Loaded;
use super::places::Standing;
use crate::centre::Centre;
use crate::error::Result;
use crate::public::query_password;
use crate::storage::{Row, Tx};
use crate::vals;
use tongban_domain::case::Case;
use tongban_domain::event::{Channel, CloseCode, Delivery, Event, Value};
use tongban_domain::ids::{CaseId, ItemKey};
use tongban_domain::item::{ServiceItem, ShareSubject};
use tongban_domain::limits::{LimitKind, date_text};
use tongban_domain::mask;

/// A case as lists show it.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// The case.
    pub case: CaseId,
    /// Status key.
    pub status: String,
    /// `case_seq` of the last action.
    pub version: u64,
    /// Station it was opened at.
    pub station: String,
    /// Hall.
    pub hall: String,
    /// Region, six digits.
    pub region: String,
    /// `kiosk`, `window`, `web`.
    pub channel: String,
    /// Item and its version.
    pub item: Option<(ItemKey, u32)>,
    /// 受理号.
    pub receipt: Option<String>,
    /// 办件编号.
    pub project_no: Option<String>,
    /// 申请人, whole; mask before showing.
    pub applicant: String,
    /// 证件号码, whole; mask before showing.
    pub number: String,
    /// 统一社会信用代码.
    pub firm: Option<String>,
    /// 单位名称.
    pub firm_name: Option<String>,
    /// `pickup`, `courier`, `on_the_spot`.
    pub delivery: Option<String>,
    /// Submitted while offline.
    pub offline: bool,
    /// Submitted at, ms.
    pub submitted_ms: Option<i64>,
    /// Received at, ms.
    pub received_ms: Option<i64>,
    /// Accepted at, ms.
    pub accepted_ms: Option<i64>,
    /// Decided at, ms.
    pub decided_ms: Option<i64>,
    /// Closed at, ms.
    pub closed_ms: Option<i64>,
    /// Due date `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Last reviewer.
    pub reviewer: Option<String>,
    /// Decider.
    pub decider: Option<String>,
    /// Granted or denied.
    pub granted: Option<bool>,
    /// Close code.
    pub close_code: Option<String>,
    /// 证书编号.
    pub licence_number: Option<String>,
    /// Code it is blocked with.
    pub blocked: Option<String>,
}

impl std::fmt::Debug for CaseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseRow").field("case", &self.case).field("status", &self.status).finish_non_exhaustive()
    }
}

impl CaseRow {
    /// `陈*国`.
    #[must_use]
    pub fn applicant_masked(&self) -> String {
        mask::name(&self.applicant)
    }

    /// `890102********0113`.
    #[must_use]
    pub fn number_masked(&self) -> String {
        mask::number(&self.number)
    }
}

/// 单位名称: what the departments answered for the firm, else the form's own line.
pub(crate) fn firm_name(case: &Case, item: Option<&ServiceItem>) -> Option<String> {
    case.firm()?;
    let item = item?;
    let named = |label: &str| {
        label.contains("企业名称") || label.contains("单位名称") || label == "名称" || label.contains("主体名称")
    };
    let calls = item.shares.iter().filter(|call| call.subject == ShareSubject::Firm);
    let shared = calls
        .filter_map(|call| {
            let field = call.fields.iter().find(|field| named(&field.label))?;
            let share = case.shares().get(&call.resource)?;
            share.record.fields.iter().find(|(key, _)| key == &field.key).map(|(_, value)| value.clone())
        })
        .next();
    shared.or_else(|| {
        let field = item.form.fields().find(|field| named(&field.label))?;
        match case.form().get(&field.id)? {
            Value::Text(text) => Some(text.clone()),
            Value::Bool(_) | Value::Rows(_) => None,
        }
    })
}

fn channel_key(channel: Channel) -> &'static str {
    match channel {
        Channel::Kiosk => "kiosk",
        Channel::Window => "window",
        Channel::Web => "web",
    }
}

fn delivery_key(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pickup => "pickup",
        Delivery::Courier => "courier",
        Delivery::OnTheSpot => "on_the_spot",
    }
}

/// Stable key of a close code.
fn close_key(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Issued => "issued",
        CloseCode::Returned => "returned",
        CloseCode::Voided => "voided",
        CloseCode::Deleted => "deleted",
        CloseCode::Forwarded => "forwarded",
        CloseCode::NotSupplied => "not_supplied",
        CloseCode::Done => "done",
    }
}

/// Wall times (ms, at the origin) of the milestones.
#[derive(Default)]
struct Times {
    submitted: Option<i64>,
    received: Option<i64>,
    accepted: Option<i64>,
    decided: Option<i64>,
    closed: Option<i64>,
}

fn times(loaded: &Loaded) -> Times {
    let mut times = Times::default();
    for (event, entry) in loaded.events.iter().zip(&loaded.recorded) {
        let wall = Some(entry.action.header.wall.0);
        match event {
            Event::Submitted { .. } => times.submitted = wall,
            Event::Received { .. } => times.received = wall,
            Event::Accepted { .. } | Event::DeemedAccepted { .. } => times.accepted = wall,
            Event::Decided { .. } => times.decided = wall,
            Event::PartOf { .. } => times.submitted = wall,
            Event::Closed { .. }
            | Event::Withdrawn { .. }
            | Event::Terminated { .. }
            | Event::Rejected { .. }
            | Event::Returned { .. } => times.closed = wall,
            _ => {}
        }
    }
    times
}

impl Centre {
    /// Due date as the clocks count it: stops and extension included; none while the clock is stopped.
    fn due_of(&self, case: &Case, item: Option<&ServiceItem>) -> Option<String> {
        let accepted = case.acceptance()?;
        let Some(item) = item else { return Some(accepted.due.clone()) };
        let clocks = self.clocks_of(case, item);
        match clocks.get(LimitKind::Promise) {
            Some(limit) => limit.due.map(|due| date_text(due.date)),
            None => Some(accepted.due.clone()),
        }
    }

    /// Writes the projection row of a case.
    pub(crate) fn save_projection(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let case = &loaded.case;
        let item = case.item().and_then(|(key, version)| self.catalogue().item(key, version));
        let times = times(loaded);
        let opening = case.opened();
        let hall = opening.map(|opening| opening.hall.clone());
        let rng = self.rng.as_ref();
        let card = case.card();
        let region = hall.as_ref().map(super::region_of).unwrap_or_default();
        let due = self.due_of(case, item.as_deref());
        let before = Standing::before(tx, case.id())?;
        let password = case.receipt().map(|receipt| {
            let password = query_password(&loaded.key, receipt);
            self.keys.index(&format!("password:{receipt}:{password}"))
        });
        tx.exec(
            "case.put",
            vals![
                case.id().0,
                case.status().as_str(),
                loaded.version(),
                opening.map_or("", |opening| opening.station.0.as_str()),
                hall.as_ref().map_or("", |hall| hall.0.as_str()),
                &region,
                opening.map_or("", |opening| channel_key(opening.channel)),
                case.item().map(|(key, _)| key.0.as_str()),
                case.item().map(|(_, version)| version),
                case.receipt(),
                case.project_no(),
                card.map(|card| self.keys.seal("applicant", card.name.as_bytes(), rng)),
                card.map(|card| self.keys.seal("number", card.number.as_bytes(), rng)),
                card.map(|card| self.keys.index(&tongban_domain::check::normalise(&card.name))),
                card.map(|card| self.keys.index(&tongban_domain::check::normalise(&card.number))),
                case.firm(),
                firm_name(case, item.as_deref()),
                case.delivery().map(delivery_key),
                case.submitted_offline(),
                times.submitted,
                times.received,
                times.accepted,
                times.decided,
                times.closed,
                &due,
                case.reviews().last().map(|review| review.by.0.as_str()),
                case.decision().map(|decision| decision.by.0.as_str()),
                case.decision().map(|decision| decision.granted),
                case.close_code().map(close_key),
                case.licence().map(|licence| licence.number.as_str()),
                case.blocked(),
                password
            ],
        )?;
        Standing::of(loaded, item.as_deref(), &region, (times.submitted, times.closed))
            .due(due.as_deref(), times.closed.is_some())
            .keep(tx, case.id(), &before)?;
        self.note_objections(tx, loaded)?;
        self.moved(tx, loaded)?;
        self.keep_fact(tx, loaded)
    }
}

/// Reads a row of `case.get` or `case.list`.
pub(crate) fn read_row(centre: &Centre, row: &Row) -> Result<CaseRow> {
    let open = |index: usize, column: &str| -> Result<String> {
        match row.opt_bytes(index)? {
            Some(sealed) => Ok(String::from_utf8_lossy(&centre.keys.open_sealed(column, &sealed)?).into_owned()),
            None => Ok(String::new()),
        }
    };
    let item = match (row.opt_text(7)?, row.opt_int(8)?) {
        (Some(key), Some(version)) => Some((ItemKey(key), u32::try_from(version).unwrap_or(0))),
        _ => None,
    };
    Ok(CaseRow {
        case: CaseId(row.uuid(0)?),
        status: row.text(1)?,
        version: row.uint(2)?,
        station: row.text(3)?,
        hall: row.text(4)?,
        region: row.text(5)?,
        channel: row.text(6)?,
        item,
        receipt: row.opt_text(9)?,
        project_no: row.opt_text(10)?,
        applicant: open(11, "applicant")?,
        number: open(12, "number")?,
        firm: row.opt_text(13)?,
        firm_name: row.opt_text(14)?,
        delivery: row.opt_text(15)?,
        offline: row.int(16)? != 0,
        submitted_ms: row.opt_int(17)?,
        received_ms: row.opt_int(18)?,
        accepted_ms: row.opt_int(19)?,
        decided_ms: row.opt_int(20)?,
        closed_ms: row.opt_int(21)?,
        due: row.opt_text(22)?,
        reviewer: row.opt_text(23)?,
        decider: row.opt_text(24)?,
        granted: row.opt_int(25)?.map(|granted| granted != 0),
        close_code: row.opt_text(26)?,
        licence_number: row.opt_text(27)?,
        blocked: row.opt_text(28)?,
    })
}
