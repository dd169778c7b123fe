//! 转接续办: drafts left with the centre at one station, to be gone on with at another.
//!
//! A draft is here only because its applicant handed it on (`HandedOn`). It is offered to whoever reads the same card
//! at a kiosk or a window of the same city, and goes to the first case that takes it: `ContinuedBy` names that case,
//! so the same case may ask again after a power cut and no other case gets it.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::staff::log;
use crate::stations::Station;
use crate::storage::Tx;
use crate::vals;
use tongban_crypto::WrapPublic;
use tongban_domain::case::Case;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;
use tongban_protocol::handover::{DRAFT_DAYS, DraftOffer, DraftTake, DraftTaken};

/// Digits of a region that name its city.
const CITY: usize = 4;
/// Most offers answered.
const OFFERS_MAX: usize = 5;
const DAY_MS: i64 = 86_400_000;

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Handover<'a>(pub(crate) &'a Centre);

/// Only where an applicant stands, and in the city the draft was begun in.
fn may_take(station: &Station, draft: &Case) -> bool {
    let city = |region: &str| region.get(..CITY).map(str::to_owned);
    let begun = draft.opened().and_then(|opened| city(&opened.hall.0));
    matches!(station.kind.as_str(), "kiosk" | "window") && begun.is_some() && begun == city(&station.region)
}

impl Handover<'_> {
    /// Drafts of the holder of a card that wait for them, the newest first.
    pub fn offers(&self, station: &Station, number: &str) -> Result<Vec<DraftOffer>> {
        let centre = self.0;
        let since = centre.now_ms() - DRAFT_DAYS * DAY_MS;
        centre.db.read("handed drafts", |tx| {
            let mut offers = Vec::new();
            for row in tx.rows("handover.drafts", vals![self.index(number)])? {
                let loaded = centre.load_known(tx, CaseId(row.uuid(0)?))?;
                let draft = &loaded.case;
                let handed = loaded.recorded.iter().find(|entry| entry.action.header.kind == HANDED_ON);
                let (Some((item, version)), Some(handed)) = (draft.item(), handed) else { continue };
                if draft.is_handed_on() && handed.recorded_ms >= since && may_take(station, draft) {
                    offers.push(DraftOffer {
                        case: draft.id(),
                        station: draft.opened().map_or_else(|| station.id.clone(), |opened| opened.station.clone()),
                        item: (item.clone(), version),
                        pages: u32::try_from(draft.pages_by_requirement().values().map(Vec::len).sum::<usize>())
                            .unwrap_or(u32::MAX),
                        handed_ms: handed.recorded_ms,
                    });
                }
            }
            offers.sort_by_key(|offer| std::cmp::Reverse(offer.handed_ms));
            offers.truncate(OFFERS_MAX);
            Ok(offers)
        })
    }

    /// Gives the draft to the case that goes on with it, its key wrapped for the station that asks.
    ///
    /// # Errors
    /// `Refused`: C111 for a draft that is not this person's or was never handed on, C110 when another case goes on
    /// with it, A104 for a station that takes none.
    pub fn take(&self, station: &Station, id: CaseId, take: &DraftTake) -> Result<DraftTaken> {
        let centre = self.0;
        let unknown = || CentreError::refused(Refusal::NotFound, ErrorCode::NotFound, "draft");
        let reader = station.wrapping_key.as_deref().ok_or_else(unknown)?;
        let reader = WrapPublic::from_hex(reader).map_err(CentreError::crypto("station key"))?;
        centre.office(|tx| {
            let mut loaded = centre.load(tx, id)?.ok_or_else(unknown)?;
            let draft = &loaded.case;
            let theirs = draft.card().is_some_and(|card| normalise(&card.number) == normalise(&take.number));
            if !theirs || !draft.is_handed_on() {
                return Err(unknown());
            }
            if !may_take(station, draft) {
                return Err(CentreError::forbidden(ErrorCode::NotAllowed, "not where this draft is gone on with"));
            }
            match draft.continued_by() {
                Some((into, at)) if (*into, at) == (take.into, &station.id) => {}
                Some(_) => {
                    let detail = "another case goes on with this draft";
                    return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, detail));
                }
                None => {
                    let event = Event::ContinuedBy { case: take.into, station: station.id.clone() };
                    centre.append(tx, &mut loaded, Actor::System, None, event)?;
                    let actor = format!("station:{}", station.id);
                    log(tx, centre.now_ms(), &actor, "draft.taken", &id.to_string(), "ok", &take.into.to_string())?;
                }
            }
            let fill = &mut |buffer: &mut [u8]| centre.rng.fill(buffer);
            let key = reader.wrap(&loaded.key, fill).map_err(CentreError::crypto("case key"))?;
            let actions: Vec<_> = loaded.recorded.iter().map(|entry| entry.action.clone()).collect();
            Ok(DraftTaken::new(id, &key, &actions))
        })
    }

    /// A sealed file of a draft, for the station that took it.
    ///
    /// # Errors
    /// `Refused`, C111 for a draft of another station or a file it does not name.
    pub fn file(&self, station: &Station, id: CaseId, address: &Digest) -> Result<Vec<u8>> {
        let centre = self.0;
        let named = centre.db.read("file of a draft", |tx| {
            let Some(loaded) = centre.load(tx, id)? else { return Ok(false) };
            let taken = loaded.case.continued_by().is_some_and(|(_, at)| *at == station.id);
            Ok(taken && loaded.case.blobs().iter().any(|blob| blob.address == *address))
        })?;
        let file = if named { centre.blob(address)? } else { None };
        file.ok_or_else(|| CentreError::refused(Refusal::NotFound, ErrorCode::NotFound, "file"))
    }

    /// Drafts nobody went on with in time are withdrawn; how many.
    pub(crate) fn lapse(&self) -> Result<usize> {
        let centre = self.0;
        let before = centre.now_ms() - DRAFT_DAYS * DAY_MS;
        let waiting: Vec<CaseId> = centre.db.read("handed drafts", |tx| {
            tx.rows("handover.waiting", vals![])?.iter().map(|row| Ok(CaseId(row.uuid(0)?))).collect()
        })?;
        let mut lapsed = 0;
        for case in waiting {
            lapsed += usize::from(centre.office(|tx| self.lapse_in(tx, case, before))?);
        }
        Ok(lapsed)
    }

    fn lapse_in(&self, tx: &Tx<'_>, case: CaseId, before: i64) -> Result<bool> {
        let mut loaded = self.0.load_known(tx, case)?;
        let handed = loaded.recorded.iter().find(|entry| entry.action.header.kind == HANDED_ON);
        let late = handed.is_some_and(|entry| entry.recorded_ms < before) && loaded.case.continued_by().is_none();
        if late {
            let reason = format!("草稿转接后 {DRAFT_DAYS} 日内没有续办");
            self.0.append(tx, &mut loaded, Actor::System, None, Event::Withdrawn { reason })?;
        }
        Ok(late)
    }

    fn index(&self, number: &str) -> Digest {
        self.0.keys.index(&normalise(number))
    }
}

/// Kind of the action a draft is handed on by.
const HANDED_ON: &str = "HandedOn";
