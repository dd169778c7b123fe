//! The whole verification of a bundle, before anything of it is stored.

use super::{Fault, links};
use crate::cases::{CENTRE, Loaded};
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::stations::Station;
use crate::storage::Tx;
use crate::storage::journal::{self, Recorded};
use crate::vals;
use sha2::{Digest as _, Sha256};
use tongban_crypto::{DataKey, open_blob_stream};
use tongban_domain::case::{Case, CaseStatus};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, Digest, Event};
use tongban_domain::ids::CaseId;
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_protocol::FormatError;
use tongban_protocol::action::{Origin, SignedAction};
use tongban_protocol::bundle::{BundleHead, StationLink, check_addresses};
use tongban_protocol::chain::{ChainHead, check_chain_after};
use tongban_protocol::payload::blob_context;
use uuid::Uuid;

/// A sealed file by its address, as it lies in the bundle's bytes.
pub(super) type Body<'a> = (Digest, &'a [u8]);

/// A bundle that may be stored.
pub(super) struct Examined<'a> {
    pub head: BundleHead,
    pub bodies: Vec<Body<'a>>,
    /// Every action of the bundle, those held before included.
    pub actions: Vec<SignedAction>,
    /// The case as held before; `store` adds the new actions.
    pub loaded: Loaded,
    pub held_before: u64,
    /// The station that signed it; the one that sends it may be another.
    pub author: Station,
    /// Where the first body begins.
    pub bodies_at: usize,
}

fn wrong(code: ErrorCode, detail: impl Into<String>) -> Fault {
    Fault::Wrong(code, detail.into())
}

fn format(error: FormatError) -> Fault {
    Fault::Wrong(error.code(), error.to_string())
}

impl Centre {
    /// Examines a complete bundle against what is held.
    pub(super) fn examine<'a>(&self, station: &Station, id: Uuid, bytes: &'a [u8]) -> Result<Examined<'a>, Fault> {
        let (head, bodies_at) = BundleHead::decode(bytes).map_err(format)?;
        let bodies = head.bodies(bodies_at, bytes).map_err(format)?;
        // Half of an examination is hashing these bodies, half is signatures and opening them.
        let (addresses, examined) = std::thread::scope(|scope| {
            let addresses = scope.spawn(|| check_addresses(&bodies));
            let examined = self.examine_head(station, id, &head, &bodies);
            (addresses.join(), examined)
        });
        addresses.map_err(|_| CentreError::Damaged("the hashing thread panicked".into()))?.map_err(format)?;
        let (author, actions, loaded) = examined?;
        let held_before = loaded.version();
        Ok(Examined { head, bodies, actions, loaded, held_before, author, bodies_at })
    }

    /// Everything but the addresses of the bodies.
    fn examine_head(
        &self,
        station: &Station,
        id: Uuid,
        head: &BundleHead,
        bodies: &[Body<'_>],
    ) -> Result<(Station, Vec<SignedAction>, Loaded), Fault> {
        if head.id != id {
            return Err(wrong(ErrorCode::SyncQuarantined, "bundle names another id than it was sent under"));
        }
        let author = self.author(station, head)?;
        let actions = check_head(head)?;
        let read = self.db.read("examine", |tx| Ok(self.examine_in(tx, &author, (head, bodies), &actions)))?;
        Ok((author, actions, read?))
    }

    /// The station a bundle belongs to: the sender, or another enrolled one it is carried for.
    fn author(&self, sender: &Station, head: &BundleHead) -> Result<Station, Fault> {
        if head.station == sender.id {
            return Ok(sender.clone());
        }
        let known = self.stations().get(&head.station.0)?.filter(|station| station.state == "enrolled");
        known.ok_or_else(|| wrong(ErrorCode::SyncQuarantined, "bundle of a station that is not enrolled"))
    }

    fn examine_in(
        &self,
        tx: &Tx<'_>,
        station: &Station,
        (head, bodies): (&BundleHead, &[Body<'_>]),
        actions: &[SignedAction],
    ) -> Result<Loaded, Fault> {
        self.check_signatures(tx, station, actions)?;
        links::check(tx, &station.id, &head.links)?;
        let key = self.bundle_key(tx, head)?;
        let loaded = match self.load(tx, head.case)? {
            Some(loaded) => loaded,
            None => Loaded { recorded: Vec::new(), events: Vec::new(), case: Case::new(head.case), key: key.clone() },
        };
        let fresh = fresh_actions(tx, &loaded, actions)?;
        let mut after = Loaded {
            recorded: loaded.recorded.clone(),
            events: loaded.events.clone(),
            case: loaded.case.clone(),
            key: key.clone(),
        };
        for action in fresh {
            self.check_event(tx, station, &after, action)?;
            after.push(Recorded { action: action.clone(), recorded_ms: 0 }).map_err(|error| match error {
                CentreError::Refused { code, detail, .. } => Fault::Wrong(code, detail),
                CentreError::Damaged(detail) => Fault::Wrong(ErrorCode::SealBroken, detail),
                other => Fault::Internal(other),
            })?;
        }
        self.check_blobs(tx, bodies, &after.case, &key)?;
        Ok(loaded)
    }

    /// Every action is signed by this station's own key and says so.
    fn check_signatures(&self, tx: &Tx<'_>, station: &Station, actions: &[SignedAction]) -> Result<(), Fault> {
        let origin = Origin::Station(station.id.clone());
        let keys = self.origin_keys(tx, &origin)?;
        for action in actions {
            let place = action.header.case_seq;
            if action.header.origin != origin {
                return Err(wrong(
                    ErrorCode::SealBroken,
                    format!("action {place} names another origin than the sender"),
                ));
            }
            if !keys.iter().any(|key| action.verify(key).is_ok()) {
                return Err(wrong(ErrorCode::SealBroken, format!("signature of action {place} is not this station's")));
            }
        }
        Ok(())
    }

    /// The case key: from the bundle, and the same as any held.
    fn bundle_key(&self, tx: &Tx<'_>, head: &BundleHead) -> Result<DataKey, Fault> {
        let held = self.case_key(tx, head.case)?;
        let sent = head
            .keys
            .iter()
            .find(|key| key.reader == CENTRE)
            .map(|key| self.keys.wrapping.unwrap_key(&key.sealed))
            .transpose()
            .map_err(|_| wrong(ErrorCode::SealBroken, "case key is not wrapped for this centre"))?;
        match (held, sent) {
            (Some(held), Some(sent)) if held.expose() != sent.expose() => {
                Err(wrong(ErrorCode::SealBroken, "another case key than the one held"))
            }
            (Some(key), _) | (None, Some(key)) => Ok(key),
            (None, None) => Err(wrong(ErrorCode::SealBroken, "no case key for the centre")),
        }
    }

    /// What a station may say on a case's chain, and what must agree with the centre's own books.
    fn check_event(&self, tx: &Tx<'_>, station: &Station, before: &Loaded, action: &SignedAction) -> Result<(), Fault> {
        let event = action.open(&before.key).map_err(format)?;
        match &event {
            Event::Received { .. }
            | Event::Accepted { .. }
            | Event::Reviewed { .. }
            | Event::Decided { .. }
            | Event::LicenceAllotted { .. }
            | Event::PrintIntended { .. }
            | Event::PrintSent { .. }
            | Event::PrintDone { .. }
            | Event::PrintConfirmed { .. }
            | Event::PrintVoided { .. }
            | Event::HandedOver { .. } => {
                Err(wrong(ErrorCode::CaseState, format!("{} is for the centre to say", action.header.kind)))
            }
            // A proof is made, printed and closed where the applicant stands; everything else the centre closes.
            Event::Closed { .. } if before.case.proof().is_none() => {
                Err(wrong(ErrorCode::CaseState, "Closed is for the centre to say"))
            }
            Event::Closed { .. } | Event::EvidenceViewed { .. } => Ok(()),
            Event::Opened { station: at, hall, .. } => {
                if *at != station.id || hall.0 != station.hall {
                    return Err(wrong(
                        ErrorCode::SyncQuarantined,
                        "opened at another station or hall than the sender's",
                    ));
                }
                Ok(())
            }
            // Handling is the centre's; what the applicant brings belongs before submission or into a correction.
            event if self.is_for_the_centre(event) => {
                Err(wrong(ErrorCode::CaseState, format!("{} is for the centre to say", action.header.kind)))
            }
            Event::ItemChosen { item, version, .. } => match self.catalogue().item(item, *version) {
                Some(_) => Ok(()),
                None => {
                    Err(wrong(ErrorCode::ItemUnknown, format!("item {item} version {version} was never published")))
                }
            },
            Event::Submitted { receipt, .. } => self.check_receipt(tx, station, receipt),
            Event::ProofIssued { number, verify_token, pdf_sha256 } => {
                let row = tx.row("proof.get", vals![before.id().0])?;
                let fits = match row {
                    Some(row) => {
                        row.text(0)? == *number && row.text(1)? == *verify_token && row.digest(3)? == *pdf_sha256
                    }
                    None => false,
                };
                if fits { Ok(()) } else { Err(wrong(ErrorCode::CaseState, "no such proof was made for this case")) }
            }
            _ if before.case.status() != CaseStatus::Draft => {
                Err(wrong(ErrorCode::CaseState, format!("{} after submission", action.header.kind)))
            }
            _ => Ok(()),
        }
    }

    const fn is_for_the_centre(&self, event: &Event) -> bool {
        let by_the_applicant = matches!(
            event,
            Event::Identified { .. }
                | Event::ConsentGiven { .. }
                | Event::PresenceProved { .. }
                | Event::ItemChosen { .. }
                | Event::ShareFetched { .. }
                | Event::ShareAnswered { .. }
                | Event::FormFilled { .. }
                | Event::PageCaptured { .. }
                | Event::PageRemoved { .. }
                | Event::PagesOrdered { .. }
                | Event::SignedOff { .. }
                | Event::Submitted { .. }
                | Event::Blocked { .. }
                | Event::Withdrawn { .. }
                | Event::ProofIssued { .. }
                | Event::Continues { .. }
                | Event::HandedOn { .. }
                | Event::GuardianConsented { .. }
                | Event::AgentNamed { .. }
                | Event::PageJudged { .. }
                | Event::CompletenessIssued { .. }
        );
        !by_the_applicant
    }

    /// A receipt number is one leased to this station and not given before.
    fn check_receipt(&self, tx: &Tx<'_>, station: &Station, receipt: &str) -> Result<(), Fault> {
        let refused = |why: &str| wrong(ErrorCode::FieldInvalid, format!("receipt number: {why}"));
        let number = ReceiptNumber::parse(receipt).map_err(|error| refused(&error.to_string()))?;
        let day = &number.as_str()[6..12];
        let holder = tx.row(
            "lease.holder",
            vals![number.region(), format!("{:03}", number.station()), day, u64::from(number.serial())],
        )?;
        match holder {
            Some(row) if row.text(0)? == station.id.0 => {}
            _ => return Err(refused("not leased to this station")),
        }
        if tx.row("case.by_receipt", vals![number.as_str()])?.is_some() {
            return Err(refused("given to another case"));
        }
        Ok(())
    }

    /// Every file the case now names is here, opens, and is the plain file named. What shows the
    /// applicant's face or finger and was not consented to stay out of the station must not come.
    fn check_blobs(&self, tx: &Tx<'_>, bodies: &[Body<'_>], case: &Case, key: &DataKey) -> Result<(), Fault> {
        let kept_back = kept_back(case);
        let named = case.blobs();
        for (address, body) in bodies {
            if kept_back.contains(address) {
                return Err(wrong(ErrorCode::CaseState, "presence evidence came without consent to its upload"));
            }
            let Some(reference) = named.iter().find(|reference| reference.address == *address) else { continue };
            check_plain(key, case.id(), reference, body)?;
        }
        for reference in named {
            let here = bodies.iter().any(|(address, _)| *address == reference.address);
            if !here
                && !kept_back.contains(&reference.address)
                && tx.row("blob.place", vals![reference.address])?.is_none()
            {
                return Err(wrong(
                    ErrorCode::SyncQuarantined,
                    format!("names blob {} that did not come", reference.address),
                ));
            }
        }
        Ok(())
    }

    /// Case and links of a bundle that goes to the quarantine, when its head and signatures are
    /// sound: the station chain goes on even then.
    pub(super) fn readable_links(&self, station: &Station, bytes: &[u8]) -> Result<Option<(CaseId, Vec<StationLink>)>> {
        let Ok((head, _)) = BundleHead::decode(bytes) else { return Ok(None) };
        let Ok(actions) = check_head(&head) else { return Ok(None) };
        self.db.read("readable links", |tx| {
            let sound = head.station == station.id
                && self.check_signatures(tx, station, &actions).is_ok()
                && links::check(tx, &station.id, &head.links).is_ok();
            Ok(sound.then(|| (head.case, head.links.clone())))
        })
    }
}

/// The actions beyond those held; those held must be the same ones.
fn fresh_actions<'a>(
    tx: &Tx<'_>,
    loaded: &Loaded,
    actions: &'a [SignedAction],
) -> Result<Vec<&'a SignedAction>, Fault> {
    let held = loaded.version();
    let mut fresh = Vec::new();
    for action in actions {
        let header = &action.header;
        if header.case_seq > held {
            fresh.push(action);
            continue;
        }
        match journal::at(tx, header.case, header.case_seq)? {
            Some((id, hash)) if id == header.id && hash == action.hash => {}
            _ => {
                return Err(wrong(
                    ErrorCode::StaleVersion,
                    format!("place {} of the case is taken by another action", header.case_seq),
                ));
            }
        }
    }
    if let Some(first) = fresh.first() {
        if first.header.case_seq != held + 1 {
            return Err(Fault::Early(format!("case is held up to {held}, this begins at {}", first.header.case_seq)));
        }
        let before = loaded.recorded.last().map_or(tongban_protocol::action::NO_HASH, |last| last.action.hash);
        if first.header.prev_case_hash != before {
            return Err(wrong(
                ErrorCode::StaleVersion,
                format!("action {} does not follow the one held", first.header.case_seq),
            ));
        }
    }
    Ok(fresh)
}

/// Takes in what a file opens to without keeping it.
#[derive(Default)]
struct Opened(Sha256, u64);

impl std::io::Write for Opened {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        self.1 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn check_plain(key: &DataKey, case: CaseId, reference: &BlobRef, sealed: &[u8]) -> Result<(), Fault> {
    let mut opened = Opened::default();
    open_blob_stream(key, &blob_context(case), &mut &sealed[..], &mut opened)
        .map_err(|_| wrong(ErrorCode::SealBroken, format!("blob {} does not open", reference.address)))?;
    let digest: [u8; 32] = opened.0.finalize().into();
    if digest != reference.plain_sha256.0 || opened.1 != reference.len {
        return Err(wrong(ErrorCode::SealBroken, format!("blob {} is not the file named", reference.address)));
    }
    Ok(())
}

/// Parses the actions and checks them: one stretch of the case's chain, each covered by a link.
///
/// The links may cover more than the actions: they are the station's whole run since its last
/// acknowledged one, with headers of drafts and of actions in other bundles.
fn check_head(head: &BundleHead) -> Result<Vec<SignedAction>, Fault> {
    let mut actions = Vec::with_capacity(head.actions.len());
    for (bytes, signature) in &head.actions {
        actions.push(SignedAction::parse(bytes.clone(), signature.clone()).map_err(format)?);
    }
    let first = actions.first().ok_or_else(|| wrong(ErrorCode::NetworkGarbage, "bundle without actions"))?;
    let before = ChainHead { case: head.case, case_seq: first.header.case_seq - 1, hash: first.header.prev_case_hash };
    check_chain_after(before, &actions).map_err(|fault| {
        wrong(ErrorCode::NetworkGarbage, format!("actions are not one stretch of the case's chain: {fault}"))
    })?;
    for action in &actions {
        let linked = head.links.iter().any(|link| link.action == action.header.id && link.action_hash == action.hash);
        if !linked {
            return Err(wrong(
                ErrorCode::NetworkGarbage,
                format!("no station link for action {}", action.header.case_seq),
            ));
        }
    }
    Ok(actions)
}

/// Addresses that stay at the station: still and clip without consent to their upload.
fn kept_back(case: &Case) -> Vec<Digest> {
    if case.consent().is_none_or(|consent| consent.evidence_upload) {
        return Vec::new();
    }
    let presence = case.presence();
    let files = presence.iter().flat_map(|proof| proof.still.iter().chain(proof.clip.iter()));
    files.map(|reference| reference.address).collect()
}
