//! 办件: the chain read, folded and continued; the projection people search in.
//!
//! The projection row is a cache of the journal: [`Cases::rebuild`] throws it away and makes it anew.

mod audit;
mod doubt;
mod lines;
mod places;
mod project;
mod timeline;
mod verified;
mod view;

pub use audit::Audit;
pub use lines::{
    ChainState, CheckLine, FieldLine, MaterialLine, PageLine, PresenceLine, SectionLines, ShareLine, SignOffLine,
    SourceMark, TimelineLine,
};
pub(crate) use places::scope_of;
pub use places::{Counts, Waiting};
pub use project::CaseRow;
pub(crate) use project::{firm_name, read_row};
#[cfg(feature = "bench")]
pub(crate) use verified::forget as forget_signatures;
pub use view::CaseView;

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::feed;
use crate::rights::region_prefix;
use crate::staff::Member;
use crate::storage::journal::{self, Recorded};
use crate::storage::{Row, Tx};
use crate::vals;
use tongban_crypto::{DataKey, VerifyingKey};
use tongban_domain::case::{Case, CaseRuleError, Seen};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, Event};
use tongban_domain::ids::{ActionId, CaseId, HallId, StationId};
use tongban_protocol::action::{ActionDraft, Actor, NO_HASH, Origin, SignedAction};
use tongban_protocol::api::FeedItem;
use tongban_protocol::chain::{ChainFault, ChainHead, check_chain_after};

/// Longest list.
const LIST_MAX: usize = 200;
/// Digits of a receipt number.
const RECEIPT_DIGITS: usize = 19;

/// Reader name of case keys wrapped for the centre.
pub const CENTRE: &str = "centre";

/// A case in memory: chain, key, events and their fold.
pub(crate) struct Loaded {
    pub recorded: Vec<Recorded>,
    pub events: Vec<Event>,
    pub case: Case,
    pub key: DataKey,
}

impl Loaded {
    /// `case_seq` of the last action.
    pub fn version(&self) -> u64 {
        self.recorded.last().map_or(0, |last| last.action.header.case_seq)
    }

    fn hash(&self) -> Digest {
        self.recorded.last().map_or(NO_HASH, |last| last.action.hash)
    }

    pub fn id(&self) -> CaseId {
        self.case.id()
    }
}

/// Where an action was recorded, for counting visits.
pub(crate) fn station_of(origin: &Origin) -> StationId {
    match origin {
        Origin::Station(station) => station.clone(),
        Origin::Centre => StationId::from("centre"),
        Origin::Web => StationId::from("web"),
    }
}

/// Region (six, nine or twelve digits) a hall lies in: its id begins with it.
pub(crate) fn region_of(hall: &HallId) -> String {
    hall.0.chars().take_while(char::is_ascii_digit).take(12).collect()
}

/// Refuses with the code of the broken rule; a stale or wrong state is a conflict.
pub(crate) fn rule(error: CaseRuleError) -> CentreError {
    let kind = match error {
        CaseRuleError::FourEyes | CaseRuleError::HearingHost | CaseRuleError::Approval => Refusal::Forbidden,
        CaseRuleError::Status { .. } | CaseRuleError::Blocked | CaseRuleError::Print | CaseRuleError::Parts => {
            Refusal::Conflict
        }
        CaseRuleError::Opening
        | CaseRuleError::Order { .. }
        | CaseRuleError::OtherPerson
        | CaseRuleError::CardExpired
        | CaseRuleError::NotConsented
        | CaseRuleError::DeciderMissing
        | CaseRuleError::Pages
        | CaseRuleError::NoRecord
        | CaseRuleError::Serial
        | CaseRuleError::CloseCode
        | CaseRuleError::NotTold
        | CaseRuleError::Extension
        | CaseRuleError::Deferral
        | CaseRuleError::Annotation
        | CaseRuleError::Blank { .. }
        | CaseRuleError::Incomplete => Refusal::Invalid,
    };
    CentreError::refused(kind, error.code(), error.to_string())
}

impl Centre {
    /// The case key, opened with the centre's own key.
    pub(crate) fn case_key(&self, tx: &Tx<'_>, case: CaseId) -> Result<Option<DataKey>> {
        let Some(row) = tx.row("key.get", vals![case.0, CENTRE])? else { return Ok(None) };
        self.keys.wrapping.unwrap_key(&row.bytes(0)?).map(Some).map_err(CentreError::crypto("case key"))
    }

    /// Reads and folds a case.
    pub(crate) fn load(&self, tx: &Tx<'_>, id: CaseId) -> Result<Option<Loaded>> {
        let recorded = journal::read(tx, id)?;
        if recorded.is_empty() {
            return Ok(None);
        }
        let key = self.case_key(tx, id)?.ok_or_else(|| CentreError::Damaged(format!("case {id} has no key")))?;
        let mut loaded = Loaded { recorded: Vec::new(), events: Vec::new(), case: Case::new(id), key };
        for entry in recorded {
            loaded.push(entry)?;
        }
        Ok(Some(loaded))
    }

    /// [`Centre::load`], refusing a case that is not there.
    pub(crate) fn load_known(&self, tx: &Tx<'_>, id: CaseId) -> Result<Loaded> {
        self.load(tx, id)?.ok_or_else(|| CentreError::not_found("case"))
    }

    /// Continues a case's chain with an action of the centre's own, saves the projection and
    /// tells the hall. `base` is the version the actor saw; `None` for the program itself.
    pub(crate) fn append(
        &self,
        tx: &Tx<'_>,
        loaded: &mut Loaded,
        actor: Actor,
        base: Option<u64>,
        event: Event,
    ) -> Result<()> {
        self.append_from(tx, loaded, (actor, Origin::Centre), base, event)
    }

    /// [`Centre::append`] for whoever did it, wherever it was done.
    pub(crate) fn append_from(
        &self,
        tx: &Tx<'_>,
        loaded: &mut Loaded,
        (actor, origin): (Actor, Origin),
        base: Option<u64>,
        event: Event,
    ) -> Result<()> {
        let version = loaded.version();
        if base.is_some_and(|base| base != version) {
            let detail = format!("case is at version {version}");
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::StaleVersion, detail));
        }
        loaded.case.allows(&event).map_err(rule)?;
        let draft = ActionDraft {
            id: ActionId(self.ids.next()),
            case: loaded.id(),
            case_seq: version + 1,
            prev_case_hash: loaded.hash(),
            base_version: version,
            wall: self.clock.wall(),
            boot: self.clock.boot(),
            actor,
            origin,
        };
        let fill = &mut |buffer: &mut [u8]| self.rng.fill(buffer);
        let action = draft
            .seal_and_sign(&event, &loaded.key, &self.keys.signing, fill)
            .map_err(|error| CentreError::Crypto(format!("sign action: {error}")))?;
        let now = self.now_ms();
        journal::append(tx, &action, now)?;
        loaded.push(Recorded { action, recorded_ms: now })?;
        self.save_projection(tx, loaded)?;
        self.inform(tx, loaded, &event)?;
        self.announce(tx, loaded)
    }

    /// Tells the hall where its case is.
    fn announce(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let hall = loaded.case.opened().map(|opening| opening.hall.0.clone());
        let item = FeedItem::CaseMoved {
            case: loaded.id(),
            status: loaded.case.status().as_str().to_owned(),
            case_seq: loaded.version(),
        };
        feed::push(tx, self.now_ms(), hall.as_deref(), &item)
    }

    /// The keys an origin has signed with.
    pub(crate) fn origin_keys(&self, tx: &Tx<'_>, origin: &Origin) -> Result<Vec<VerifyingKey>> {
        let Origin::Station(station) = origin else { return Ok(vec![self.keys.signing.verifying_key()]) };
        tx.rows("station.keys", vals![&station.0])?
            .iter()
            .map(|row| VerifyingKey::from_hex(&row.text(0)?).map_err(CentreError::crypto("station key")))
            .collect()
    }

    /// The key that made this action's signature, if any of its origin's did.
    pub(crate) fn signer_of(&self, tx: &Tx<'_>, action: &SignedAction) -> Result<Option<VerifyingKey>> {
        Ok(self.origin_keys(tx, &action.header.origin)?.into_iter().find(|key| verified::holds(action, key)))
    }

    /// Checks numbers, hashes and every signature of a case's chain.
    pub(crate) fn check_case(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<ChainState> {
        let actions = loaded.recorded.len();
        let broken = |detail: String| Ok(ChainState { holds: false, actions, detail });
        let mut head = ChainHead { case: loaded.id(), case_seq: 0, hash: NO_HASH };
        let mut keys: Vec<(&Origin, Vec<VerifyingKey>)> = Vec::new();
        for (index, Recorded { action, .. }) in loaded.recorded.iter().enumerate() {
            if let Err(fault) = check_chain_after(head, std::slice::from_ref(action)) {
                return broken(ChainFault { at: index, ..fault }.to_string());
            }
            head = ChainHead::of(action);
            let origin = &action.header.origin;
            if !keys.iter().any(|(known, _)| *known == origin) {
                keys.push((origin, self.origin_keys(tx, origin)?));
            }
            let known = keys.iter().find(|(known, _)| *known == origin);
            if !known.is_some_and(|(_, keys)| keys.iter().any(|key| verified::holds(action, key))) {
                return broken(format!("signature of action {}", index + 1));
            }
        }
        Ok(ChainState { holds: true, actions, detail: String::new() })
    }
}

impl Loaded {
    /// Adds an action whose place was checked, opening and folding its event.
    pub fn push(&mut self, entry: Recorded) -> Result<()> {
        let header = &entry.action.header;
        let event = entry.action.open(&self.key).map_err(|error| {
            CentreError::Damaged(format!("action {} of case {}: {error}", header.case_seq, header.case))
        })?;
        let station = station_of(&header.origin);
        self.case.apply_seen(&event, Seen { station: &station, wall: header.wall }).map_err(rule)?;
        self.events.push(event);
        self.recorded.push(entry);
        Ok(())
    }
}

/// What a list of cases is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Status key.
    pub status: Option<String>,
    /// Digits of a receipt number, a whole name, or a whole ID number.
    pub text: Option<String>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Cases<'a>(pub(crate) &'a Centre);

impl Cases<'_> {
    /// Cases a member may see, open ones first, newest first, at most 200.
    pub fn list(&self, by: &Member, filter: &Filter) -> Result<Vec<CaseRow>> {
        self.page(by, filter, None)
    }

    /// [`Cases::list`] from before a case: its time of submission, ms, and its id. A search has one page.
    pub fn page(&self, by: &Member, filter: &Filter, before: Option<(i64, CaseId)>) -> Result<Vec<CaseRow>> {
        by.require(crate::rights::Action::ViewCases)?;
        let text = filter.text.as_deref().map(tongban_domain::check::normalise).filter(|text| !text.is_empty());
        let status = filter.status.clone().filter(|status| !status.is_empty());
        let region = format!("{}%", region_prefix(&by.region));
        self.0.db.read("list cases", |tx| match (&text, &status) {
            (Some(text), _) => {
                let rows = self.search(tx, text, &region, &status)?;
                rows.iter().map(|row| project::read_row(self.0, row)).collect()
            }
            (None, Some(status)) => self.0.listed(tx, by, status, before, LIST_MAX),
            (None, None) => {
                let mut rows = self.0.listed(tx, by, places::OPEN, before, LIST_MAX)?;
                if rows.len() < LIST_MAX && before.is_none() {
                    rows.extend(self.0.listed(tx, by, places::ENDED, None, LIST_MAX - rows.len())?);
                }
                Ok(rows)
            }
        })
    }

    /// The most urgent cases of a list, due first, each with the names of the steps that wait.
    pub fn urgent(&self, by: &Member, list: Waiting<'_>, max: usize) -> Result<Vec<(CaseRow, String)>> {
        by.require(crate::rights::Action::ViewCases)?;
        self.0.db.read("list cases", |tx| self.0.urgent(tx, by, list, max.min(LIST_MAX)))
    }

    /// How many stand in each list of the member's region.
    pub fn waiting(&self, by: &Member) -> Result<Counts> {
        by.require(crate::rights::Action::ViewCases)?;
        self.0.db.read("count cases", |tx| self.0.counted(tx, by))
    }

    /// By a receipt number or digits of one, else by a whole name or a whole ID number.
    fn search(&self, tx: &Tx<'_>, text: &str, region: &str, status: &Option<String>) -> Result<Vec<Row>> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.len() == 18 {
            return tx.rows("case.by_index", vals![region, LIST_MAX, self.0.keys.index(text), status]);
        }
        if text.len() == RECEIPT_DIGITS {
            return tx.rows("case.by_number", vals![region, LIST_MAX, text, status]);
        }
        tx.rows("case.by_digits", vals![region, LIST_MAX, format!("%{text}%"), status])
    }

    /// How many cases stand in each status, in the order of a case's life.
    pub fn counts(&self, by: &Member) -> Result<Vec<(String, u64)>> {
        Ok(self.waiting(by)?.by_status())
    }

    /// The projection row of a case in the member's region; another region's case is not there.
    pub fn row(&self, by: &Member, id: CaseId) -> Result<CaseRow> {
        self.0.db.read("case row", |tx| self.0.row_for(tx, by, id))
    }

    /// Checks a case's chain: numbers, hashes, signatures.
    pub fn verify(&self, id: CaseId) -> Result<ChainState> {
        self.0.db.read("verify case", |tx| self.0.check_case(tx, &self.0.load_known(tx, id)?))
    }

    /// Checks every case's chain and every stored blob's address.
    pub fn verify_all(&self) -> Result<Vec<(CaseId, ChainState)>> {
        let ids = self.0.db.read("cases", journal::cases)?;
        ids.into_iter().map(|id| Ok((id, self.verify_with_blobs(id)?))).collect()
    }

    pub(crate) fn verify_with_blobs(&self, id: CaseId) -> Result<ChainState> {
        let state = self.verify(id)?;
        let addresses: Vec<Digest> = self
            .0
            .db
            .read("blobs", |tx| tx.rows("blob.of_case", vals![id.0])?.iter().map(|row| row.digest(0)).collect())?;
        for address in addresses {
            let sound = self.0.blob(&address)?.is_some_and(|bytes| tongban_crypto::sm3(&bytes) == address.0);
            if !sound {
                return Ok(ChainState { holds: false, detail: format!("blob {address}"), ..state });
            }
        }
        Ok(state)
    }

    /// Throws every projection row away and makes them anew from the journal; answers how many.
    pub fn rebuild(&self) -> Result<usize> {
        self.0.db.write("rebuild cases", |tx| {
            for table in ["case.clear", "place.clear", "place.clear_counts"] {
                tx.exec(table, vals![])?;
            }
            let ids = journal::cases(tx)?;
            for id in &ids {
                let loaded = self.0.load_known(tx, *id)?;
                self.0.save_projection(tx, &loaded)?;
            }
            Ok(ids.len())
        })
    }

    /// The projection without its randomly sealed columns, a line a case, for comparing before and after.
    pub fn dump(&self) -> Result<String> {
        self.dumped(&["case.dump"])
    }

    /// The places of the cases in their lists and how many stand in each, for comparing before and after.
    pub fn dump_lists(&self) -> Result<String> {
        self.dumped(&["place.dump", "place.dump_counts"])
    }

    fn dumped(&self, tables: &[&str]) -> Result<String> {
        self.0.db.read("dump cases", |tx| {
            let mut dump = String::new();
            for table in tables {
                dump.extend(tx.rows(table, vals![])?.iter().map(|row| row.plain() + "\n"));
            }
            Ok(dump)
        })
    }
}

impl Centre {
    pub(crate) fn row_for(&self, tx: &Tx<'_>, by: &Member, id: CaseId) -> Result<CaseRow> {
        let row = tx.row("case.get", vals![id.0])?.ok_or_else(|| CentreError::not_found("case"))?;
        let row = project::read_row(self, &row)?;
        if !row.region.starts_with(region_prefix(&by.region)) || row.receipt.is_none() {
            return Err(CentreError::not_found("case"));
        }
        Ok(row)
    }
}
