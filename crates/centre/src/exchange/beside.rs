//! What happens beside a case: items published, money, parcels, ratings, tickets, cards. Told in the very
//! transaction it happens in: the record as it is now, an insertion at first, changes afterwards.

use super::compose::Composed;
use super::outward::Post;
use super::{Exchange, PEERS, Peer};
use crate::centre::Centre;
use crate::courier::Parcel;
use crate::error::{CentreError, Result};
use crate::office::{self, EVER, Place};
use crate::payments::Payment;
use crate::ratings::Rating;
use crate::staff::log;
use crate::storage::Tx;
use crate::supervision::{Card, Colour};
use crate::tickets::Ticket;
use crate::vals;
use serde::{Deserialize, Serialize};
use tongban_crypto::sm3;
use tongban_domain::clock::WallTime;
use tongban_domain::ids::CaseId;
use tongban_domain::item::{CaseType, KioskScope, ServiceItem};
use tongban_protocol::exchange::{Content, MessageKind, Op, Record, moment};

/// What was told last of a record.
const TOLD: &str = "exchange_told";
/// A change is later than what it changes: the exchange counts in seconds.
const TICK_MS: i64 = 1000;

/// A record as it is now.
struct Told {
    kind: MessageKind,
    /// Its id in its room.
    key: String,
    case: Option<CaseId>,
    gone: bool,
    record: Record,
}

#[derive(Serialize, Deserialize)]
struct Last {
    at_ms: i64,
    content: String,
}

impl Told {
    fn new(kind: MessageKind, key: &str, case: Option<CaseId>) -> Self {
        let guid = hex::encode(&sm3(format!("{}|{key}", kind.name()).as_bytes())[..16]);
        let record = Record::new(kind, Op::Insert).set("row_guid", &guid);
        Self { kind, key: key.to_owned(), case, gone: false, record }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.record = self.record.set(name, value);
        self
    }

    /// SM3 over the fields: what tells whether anything changed.
    fn content(&self) -> String {
        let mut text = format!("{}|", self.gone);
        for (name, content) in &self.record.fields {
            if let Content::Text(value) = content {
                text.push_str(&format!("{name}={value}\n"));
            }
        }
        hex::encode(sm3(text.as_bytes()))
    }
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn case_id(text: &str) -> Option<CaseId> {
    text.parse().ok().map(CaseId)
}

fn time(ms: i64) -> String {
    moment(WallTime(ms))
}

impl Centre {
    /// The case's number and its item's, once the centre received it.
    fn numbered(&self, tx: &Tx<'_>, case: &str) -> Result<Option<(CaseId, String, String)>> {
        let Some(id) = case_id(case) else { return Ok(None) };
        let Some(row) = tx.row("case.get", vals![id.0])? else { return Ok(None) };
        let row = crate::cases::read_row(self, &row)?;
        let item = row.item.and_then(|(key, version)| self.catalogue().item(&key, version));
        let code = item.map(|item| item.task_code.clone()).unwrap_or_default();
        Ok(row.project_no.map(|number| (id, number, code)))
    }

    /// Queues a record for every partner that gets its type. What cannot be put into the exchange's form is
    /// noted and does not hold up the business it came from.
    fn tell_peers(&self, tx: &Tx<'_>, told: Told, project_no: &str, item: &str) -> Result<()> {
        let peers: Vec<Peer> = office::list(tx, PEERS, EVER)?;
        if peers.is_empty() {
            return Ok(());
        }
        let name = format!("{}/{}", told.kind.name(), told.key);
        let (content, known) = (told.content(), office::get::<Last>(tx, TOLD, &name)?);
        if known.as_ref().is_some_and(|last| last.content == content) {
            return Ok(());
        }
        let at_ms = known.map_or(self.now_ms(), |last| self.now_ms().max(last.at_ms + TICK_MS));
        let place = Place { room: TOLD, id: &name, a: "", b: "", state: told.kind.name(), at_ms };
        office::put(tx, place, &Last { at_ms, content: content.clone() })?;
        for peer in peers.iter().filter(|peer| peer.gets(&told.record)) {
            self.tell_one(tx, peer, &told, (project_no, item), (at_ms, &content))?;
        }
        Ok(())
    }

    fn tell_one(
        &self,
        tx: &Tx<'_>,
        peer: &Peer,
        told: &Told,
        (project_no, item): (&str, &str),
        (at_ms, content): (i64, &str),
    ) -> Result<()> {
        let (kind, guid) = (told.kind.name(), told.record.get("row_guid").to_owned());
        let sent = tx.row("xout.get", vals![Exchange::number(peer, kind, &guid)])?.is_some();
        let (op, key) = match (told.gone, sent) {
            (true, false) => return Ok(()),
            (false, false) => (Op::Insert, guid),
            (gone, true) => (if gone { Op::Delete } else { Op::Update }, format!("{guid}/{at_ms}/{}", &content[..16])),
        };
        let record = Record { op, ..told.record.clone() };
        let one = Composed { item: item.to_owned(), project_no: project_no.to_owned(), at: WallTime(at_ms), record };
        let case = told.case.map(|case| case.to_string()).unwrap_or_default();
        match self.exchange().queue(tx, peer, &Post { case, one: &one, key }, &mut None) {
            Err(CentreError::Refused { code, detail, .. }) => {
                log(tx, self.now_ms(), "system", "exchange.unfit", &told.key, code.as_str(), &cut(&detail, 200))
            }
            other => other.map(|_| ()),
        }
    }

    /// 缴费.
    pub(crate) fn tell_payment(&self, tx: &Tx<'_>, payment: &Payment, state: &str) -> Result<()> {
        let Some((case, number, item)) = self.numbered(tx, &payment.case)? else { return Ok(()) };
        let paid = payment.paid.as_ref().map(|(_, at)| time(*at)).unwrap_or_default();
        let told = Told::new(MessageKind::Payment, &payment.order, Some(case))
            .set("project_no", &number)
            .set("order_no", &payment.order)
            .set("amount", &format!("{}.{:02}", payment.fen / 100, payment.fen % 100))
            .set("state", state)
            .set("bill_no", payment.bill.as_deref().unwrap_or_default())
            .set("order_time", &time(payment.at_ms))
            .set("paid_time", &paid);
        self.tell_peers(tx, told, &number, &item)
    }

    /// 寄递.
    pub(crate) fn tell_parcel(&self, tx: &Tx<'_>, parcel: &Parcel) -> Result<()> {
        let Some((case, number, item)) = self.numbered(tx, &parcel.case)? else { return Ok(()) };
        let at = parcel.steps.last().map_or_else(|| self.now_ms(), |(at, _)| *at);
        let told = Told::new(MessageKind::Logistics, &parcel.id, Some(case))
            .set("project_no", &number)
            .set("parcel_no", &parcel.id)
            .set("tracking_no", &parcel.tracking)
            .set("state", &parcel.state)
            .set("state_time", &time(at));
        self.tell_peers(tx, told, &number, &item)
    }

    /// 好差评: the newest mark; an excluded one is taken back. Who gave it stays here.
    pub(crate) fn tell_rating(&self, tx: &Tx<'_>, rating: &Rating) -> Result<()> {
        let Some((case, number, item)) = self.numbered(tx, &rating.case)? else { return Ok(()) };
        let first = (rating.grade, rating.text.as_str(), rating.at_ms);
        let added = rating.addition.as_ref().map(|(grade, text, at)| (*grade, text.as_str(), *at));
        let (grade, text, at) = added.unwrap_or(first);
        let mut told = Told::new(MessageKind::Evaluation, &rating.service, Some(case))
            .set("project_no", &number)
            .set("channel", &rating.channel)
            .set("satisfaction", &grade.code().to_string())
            .set("tags", &cut(&rating.tags.join("、"), 500))
            .set("content", &cut(text, 2000))
            .set("evaluate_time", &time(at));
        told.gone = rating.excluded.is_some();
        self.tell_peers(tx, told, &number, &item)
    }

    /// 办事互动: kind, number and state; not a word of what was written.
    pub(crate) fn tell_ticket(&self, tx: &Tx<'_>, ticket: &Ticket, kind: &str, state: &str) -> Result<()> {
        let about = self.numbered(tx, ticket.about.split('/').next().unwrap_or_default())?;
        let (case, number, item) =
            about.map_or((None, String::new(), String::new()), |(id, no, item)| (Some(id), no, item));
        let told = Told::new(MessageKind::Complaint, &ticket.id, case)
            .set("project_no", &number)
            .set("ticket_no", &ticket.id)
            .set("ticket_kind", kind)
            .set("state", state)
            .set("ticket_time", &time(ticket.at_ms));
        self.tell_peers(tx, told, &number, &item)
    }

    /// 电子监察; a revoked card is taken back.
    pub(crate) fn tell_card(&self, tx: &Tx<'_>, card: &Card) -> Result<()> {
        let Some((case, number, item)) = self.numbered(tx, &card.case)? else { return Ok(()) };
        let mut told = Told::new(MessageKind::Supervision, &card.id, Some(case));
        let own = told.record.get("row_guid").to_owned();
        told.gone = card.revoked.is_some();
        let told = told
            .set("project_no", &number)
            .set("supervise_no", &own)
            .set("rule_no", &cut(&card.rule, 64))
            .set("warn_type", if card.colour == Colour::Red { "红牌" } else { "黄牌" })
            .set("supervised_org", &card.org)
            .set("state_time", &time(card.at_ms))
            .set("result_explain", &cut(&card.text, 2000));
        self.tell_peers(tx, told, &number, &item)
    }

    /// 事项发布: every version is a record of its own.
    pub(crate) fn tell_item(&self, tx: &Tx<'_>, item: &ServiceItem) -> Result<()> {
        published(item).map_or(Ok(()), |told| self.tell_peers(tx, told, "", &item.task_code))
    }

    /// The library in force, for a partner that is new.
    pub(super) fn tell_items(&self, tx: &Tx<'_>, peer: &Peer) -> Result<()> {
        for item in self.catalogue().all() {
            let Some(told) = published(&item).filter(|told| peer.gets(&told.record)) else { continue };
            let sent =
                tx.row("xout.get", vals![Exchange::number(peer, told.kind.name(), told.record.get("row_guid"))])?;
            if sent.is_none() {
                let content = told.content();
                self.tell_one(tx, peer, &told, ("", &item.task_code), (self.now_ms(), &content))?;
            }
        }
        Ok(())
    }
}

/// None for an item without a guide: it is handled, not published.
fn published(item: &ServiceItem) -> Option<Told> {
    let guide = item.guide.as_ref()?;
    let basis = |law: &tongban_domain::item::LegalBasis| format!("{}{}", law.law, law.article);
    let bases: Vec<String> = guide.basis.iter().map(basis).collect();
    let flag = |yes: bool| if yes { "1" } else { "0" };
    let type_ = if item.case_type == CaseType::Immediate { "1" } else { "2" };
    Some(
        Told::new(MessageKind::ItemPublish, &format!("{}@{}", item.key, item.version), None)
            .set("task_name", &item.name)
            .set("catalog_code", &item.catalog_code)
            .set("task_code", &item.task_code)
            .set("task_handle_item", &item.task_handle_item)
            .set("task_type", &item.task_type)
            .set("by_law", &cut(&bases.join("；"), 4000))
            .set("use_level", item.level.code())
            .set("task_state", if guide.state.is_empty() { "1" } else { &guide.state })
            .set("task_version", &item.version.to_string())
            .set("dept_name", &item.org.name)
            .set("dept_code", &item.org.code)
            .set("anticipate_day", &item.statutory_days.to_string())
            .set("anticipate_type", "G")
            .set("promise_day", &item.promised_days.to_string())
            .set("promise_type", "G")
            .set("is_fee", flag(item.fee.is_some()))
            .set("project_type", type_)
            .set("limit_scene_num", &item.visits_max.to_string())
            .set("is_service_terminals", flag(item.channels.kiosk != KioskScope::None)),
    )
}
