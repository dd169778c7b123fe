//! 并联: one intake, a child case for each item, each with its own clock, review and result.
//!
//! A child's chain is the centre's own: `Opened`, `PartOf`, then the usual handling. Form and
//! materials are the parent's, read through the combined item's mapping. A correction in one child
//! stops only that child; the parent ends when all children have.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::vals;
use tongban_crypto::DataKey;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CloseCode, Event, FormValues};
use tongban_domain::ids::CaseId;
use tongban_domain::item::{PartItem, ServiceItem, View};
use tongban_protocol::action::Actor;

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Joint<'a>(pub(crate) &'a Centre);

impl Joint<'_> {
    /// The children of a joint case, in the order of the combined item.
    pub fn parts(&self, by: &Member, parent: CaseId) -> Result<Vec<CaseId>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, parent)?;
            let loaded = self.0.load_known(tx, parent)?;
            Ok(loaded.case.handling().parts.keys().copied().collect())
        })
    }

    /// The form a child is judged by: the parent's values under the child's names.
    pub fn form(&self, by: &Member, part: CaseId) -> Result<FormValues> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, part)?;
            let loaded = self.0.load_known(tx, part)?;
            self.0.form_of(tx, &loaded.case)
        })
    }
}

impl Centre {
    /// Opens the children of a joint case that was just received.
    pub(crate) fn open_parts(&self, tx: &Tx<'_>, parent: &mut Loaded, item: &ServiceItem) -> Result<()> {
        let applies = |part: &&PartItem| {
            let records = parent.case.standing_records();
            let view = View { values: parent.case.form(), card: parent.case.card(), records: &records };
            part.when.as_ref().is_none_or(|condition| condition.holds(&view))
        };
        let wanted: Vec<PartItem> = item.parts.iter().filter(applies).cloned().collect();
        let mut ids = Vec::new();
        for (n, part) in wanted.iter().enumerate() {
            ids.push(self.open_part(tx, &parent.case, part, n + 1)?);
        }
        self.append(tx, parent, Actor::System, None, Event::PartsOpened { parts: ids, deliver_each: true })
    }

    fn open_part(&self, tx: &Tx<'_>, parent: &Case, part: &PartItem, number: usize) -> Result<CaseId> {
        let refused = |detail: &str| CentreError::invalid(ErrorCode::ItemUnknown, detail);
        let item = self.catalogue().latest(&part.item).ok_or_else(|| refused("item of a part"))?;
        let opening = parent.opened().ok_or_else(|| refused("parent without an opening"))?;
        let receipt = parent.receipt().ok_or_else(|| refused("parent without a receipt"))?;
        let id = CaseId(self.ids.next());
        let fill = &mut |buffer: &mut [u8]| self.rng.fill(buffer);
        let key = DataKey::generate(fill);
        let sealed = self.keys.wrapping.public().wrap(&key, fill).map_err(CentreError::crypto("case key"))?;
        tx.exec("key.insert", vals![id.0, crate::cases::CENTRE, sealed])?;
        let mut child = Loaded { recorded: Vec::new(), events: Vec::new(), case: Case::new(id), key };
        let opened =
            Event::Opened { channel: opening.channel, station: opening.station.clone(), hall: opening.hall.clone() };
        self.append(tx, &mut child, Actor::System, None, opened)?;
        let of = Event::PartOf {
            parent: parent.id(),
            item: item.key.clone(),
            version: item.version,
            firm: parent.firm().map(str::to_owned),
            receipt: format!("{receipt}-{number}"),
            delivery: parent.delivery().unwrap_or(tongban_domain::event::Delivery::Pickup),
        };
        self.append(tx, &mut child, Actor::System, None, of)?;
        self.workflow().receive_in(tx, &mut child)?;
        Ok(id)
    }

    /// The form a case is judged by: its own as put right on the spot, or the parent's for a part.
    pub(crate) fn form_of(&self, tx: &Tx<'_>, case: &Case) -> Result<FormValues> {
        let Some(parent) = case.handling().parent else { return Ok(case.form_as_fixed()) };
        let parent = self.load_known(tx, parent)?;
        let whole = self.item_of(&parent.case)?;
        let own = self.item_of(case)?;
        let values = parent.case.form_as_fixed();
        let part = whole.parts.iter().find(|part| part.item == own.key);
        let named = |field: &tongban_domain::ids::FieldId| {
            let source = part.and_then(|part| part.fields.get(field)).unwrap_or(field);
            values.get(source).cloned()
        };
        let fields = own.form.fields();
        let mut form: FormValues = fields.filter_map(|field| Some((field.id.clone(), named(&field.id)?))).collect();
        form.extend(case.handling().fixes.iter().map(|fix| (fix.field.clone(), fix.value.clone())));
        Ok(form)
    }

    /// Tells the parent when a part has ended, and ends the parent with its last part.
    pub(crate) fn part_moved(&self, tx: &Tx<'_>, part: &Loaded) -> Result<()> {
        let Some(parent) = part.case.handling().parent else { return Ok(()) };
        if !part.case.status().is_final() {
            return Ok(());
        }
        let mut parent = self.load_known(tx, parent)?;
        let known = parent.case.handling().parts.get(&part.id());
        if known.is_none_or(Option::is_some) || parent.case.status().is_final() {
            return Ok(());
        }
        let ended = Event::PartEnded { part: part.id(), status: part.case.status().as_str().to_owned() };
        self.append(tx, &mut parent, Actor::System, None, ended)?;
        if parent.case.handling().parts_ended() {
            self.append(tx, &mut parent, Actor::System, None, Event::Closed { code: CloseCode::Done })?;
            log(tx, self.now_ms(), "system", "case.joint_end", &parent.id().to_string(), "ok", "")?;
        }
        Ok(())
    }
}
