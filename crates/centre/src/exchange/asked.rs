//! 资源查询 of a partner: what it may ask of us is answered by message, and shown to whom it is about.

use super::compose::Composed;
use super::outward::Post;
use super::{Exchange, Peer};
use crate::cases::Loaded;
use crate::error::{CentreError, Result};
use crate::office::{self, Key, Place};
use crate::people::{LOOKS, PersonLook};
use crate::staff::log;
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::check::normalise;
use tongban_domain::ids::CaseId;
use tongban_protocol::exchange::{Envelope, MessageKind, Op, Record};

/// 电子证照: the licences of a holder in force that were issued here.
pub const ISSUED: &str = "elicence.issued";
/// Licences by holder's index.
const HOLDERS: &str = "licence_holder";

#[derive(Serialize, Deserialize)]
struct Held {
    case: CaseId,
}

impl crate::Centre {
    /// Keeps by whom a licence is held, so that it is found without reading the city's cases.
    pub(crate) fn note_holder(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let parent = loaded.case.handling().parent.map(|parent| self.load_known(tx, parent)).transpose()?;
        let whole = parent.as_ref().map_or(&loaded.case, |parent| &parent.case);
        let person = || whole.card().map(|card| normalise(&card.number));
        let Some(holder) = whole.firm().map(normalise).or_else(person) else { return Ok(()) };
        let (id, who) = (loaded.id().to_string(), self.keys.index(&holder).to_string());
        let place = Place { room: HOLDERS, id: &id, a: &who, b: "", state: "issued", at_ms: self.now_ms() };
        office::put(tx, place, &Held { case: loaded.id() })
    }
}

impl Exchange<'_> {
    /// Answers a query: found, no record, or refused when the partner has no authorisation for it.
    pub(super) fn reply(&self, tx: &Tx<'_>, peer: &Peer, query: &Envelope) -> Result<()> {
        let (centre, asked) = (self.0, &query.record);
        let resource = asked.get("resource");
        let may = resource == ISSUED && peer.may_ask.iter().any(|known| known == resource);
        let (outcome, values) = match may.then(|| self.issued_to(tx, asked.get("subject"))).transpose()? {
            None => ("refused", Vec::new()),
            Some(list) if list.is_empty() => ("no_record", Vec::new()),
            Some(list) => {
                let text =
                    serde_json::to_string(&list).map_err(|error| CentreError::Damaged(format!("licences: {error}")))?;
                ("found", vec![vec![("field", "licences".to_owned()), ("value", text)]])
            }
        };
        let guid = centre.record_id();
        let record = Record::new(MessageKind::ResourceReply, Op::Insert)
            .set("row_guid", &guid)
            .set("project_no", asked.get("project_no"))
            .set("query_guid", asked.get("row_guid"))
            .set("resource", resource)
            .set("outcome", outcome)
            .rows("values", values);
        let one = Composed { item: query.item.clone(), project_no: query.case.clone(), at: centre.now(), record };
        self.queue(tx, peer, &Post { case: String::new(), one: &one, key: guid }, &mut None)?;
        self.looked(tx, peer, asked, outcome)
    }

    /// Every query is in the person's own list and in the log, the refused ones too.
    fn looked(&self, tx: &Tx<'_>, peer: &Peer, asked: &Record, outcome: &str) -> Result<()> {
        let centre = self.0;
        let who = centre.keys.index(&normalise(asked.get("subject"))).to_string();
        let look = PersonLook {
            at_ms: centre.now_ms(),
            by: peer.name.clone(),
            post: peer.name.clone(),
            basis: "exchange".to_owned(),
            detail: format!("{}（{}）", asked.get("purpose"), asked.get("basis")),
        };
        let id = centre.record_id();
        let place = Place { room: LOOKS, id: &id, a: &who, b: &peer.code, state: "exchange", at_ms: look.at_ms };
        office::put(tx, place, &look)?;
        log(tx, look.at_ms, &peer.code, "exchange.query", &who[..16], outcome, asked.get("resource"))
    }

    fn issued_to(&self, tx: &Tx<'_>, subject: &str) -> Result<Vec<serde_json::Value>> {
        let who = self.0.keys.index(&normalise(subject)).to_string();
        let mut list = Vec::new();
        for held in office::list::<Held>(tx, HOLDERS, Key::A(&who))? {
            let loaded = self.0.load_known(tx, held.case)?;
            let Some(licence) = loaded.case.licence().filter(|_| loaded.case.handling().revoked.is_none()) else {
                continue;
            };
            let item = self.0.item_of(&loaded.case)?;
            list.push(serde_json::json!({
                "name": item.result.name,
                "number": licence.number,
                "identifier": licence.identifier,
                "issuer": item.org.name,
                "valid_from": licence.valid_from,
                "valid_to": licence.valid_to,
            }));
        }
        Ok(list)
    }
}
