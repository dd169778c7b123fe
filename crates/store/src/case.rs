//! 办件: writing an event so that it is there for good, and reading a case back.

use crate::audit::Note;
use crate::blob::blobs_of;
use crate::point::Commit;
use crate::projection::{self, CaseSummary};
use crate::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension, Transaction};
use tongban_crypto::DataKey;
use tongban_domain::case::{Case, CaseRuleError, Seen};
use tongban_domain::clock::WallTime;
use tongban_domain::event::{Channel, Delivery, Digest, Event};
use tongban_domain::ids::{ActionId, CaseId, StationId};
use tongban_protocol::action::{ActionDraft, Actor, NO_HASH, Origin, SignedAction};
use tongban_protocol::bundle::StationLink;
use tongban_protocol::chain::check_chain;
use uuid::Uuid;

/// An event with its place and time.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Place in the case's chain.
    pub case_seq: u64,
    /// The action that carries it.
    pub action: ActionId,
    /// When, by the clock of where it was made.
    pub wall: WallTime,
    /// Who acted.
    pub actor: Actor,
    /// Where.
    pub origin: Origin,
    /// What happened.
    pub event: Event,
}

/// A case's row as the write path needs it.
struct Head {
    seq: u64,
    hash: Digest,
    released: bool,
    key: DataKey,
}

impl Store {
    /// Begins a case: `Opened` is its first action.
    ///
    /// # Errors
    /// `Full` when new cases have stopped; `Database`.
    pub fn open_case(&self, channel: Channel) -> Result<CaseId, StoreError> {
        if !self.has_room() && !self.restore_reserve() {
            return Err(StoreError::Full);
        }
        let case = CaseId(self.ids.next());
        let key = DataKey::generate(&mut |buffer: &mut [u8]| self.fill(buffer));
        let event = Event::Opened { channel, station: self.config.station.clone(), hall: self.config.hall.clone() };
        self.write(Commit::OpenCase, |tx| {
            let fill = &mut |buffer: &mut [u8]| self.fill(buffer);
            let for_us = self.keys.kek.wrap(case.0.as_bytes(), &key, fill);
            let for_centre = self.keys.centre_wrap.as_ref().map(|reader| reader.wrap(&key, fill)).transpose()?;
            let wall = self.clock.wall().0;
            tx.execute(
                "INSERT INTO case_file
                    (case_id, opened_wall, status, head_seq, head_hash, key_station, key_centre, changed_wall)
                 VALUES (?1, ?2, 'draft', 0, zeroblob(32), ?3, ?4, ?2)",
                (case.0.as_bytes(), wall, &for_us, &for_centre),
            )?;
            self.append_in(tx, case, &event, &Actor::Applicant)?;
            Ok(())
        })?;
        Ok(case)
    }

    /// Adds an event: rules, sealed and signed action, station link, projection and outbox in one
    /// durable transaction. Answers the case after it.
    ///
    /// # Errors
    /// `Refused` when the rules do not allow it (nothing is written); `BlobMissing`; `Erased`; `Database`.
    pub fn append(&self, case: CaseId, event: Event, actor: Actor) -> Result<Case, StoreError> {
        refuse_submission(&event)?;
        self.write(Commit::Append, |tx| {
            let folded = self.append_in(tx, case, &event, &actor)?;
            // Whoever records is there: one flush for both.
            self.keep_visit_in(tx, case)?;
            Ok(folded)
        })
    }

    /// [`Store::append`] that has its effect once however often it is called with the same `idem`;
    /// a repetition answers the case as it stands.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub fn append_once(&self, idem: Uuid, case: CaseId, event: Event, actor: Actor) -> Result<Case, StoreError> {
        refuse_submission(&event)?;
        self.write(Commit::Append, |tx| {
            let known: Option<[u8; 16]> = tx
                .query_row("SELECT case_id FROM idem WHERE idem = ?1", [idem.as_bytes()], |row| row.get(0))
                .optional()?;
            match known {
                Some(known) if known == *case.0.as_bytes() => return self.fold(tx, case),
                Some(_) => return Err(StoreError::IdemReused),
                None => {}
            }
            let folded = self.append_in(tx, case, &event, &actor)?;
            tx.execute(
                "INSERT INTO idem (idem, case_id, case_seq)
                 SELECT ?1, case_id, head_seq FROM case_file WHERE case_id = ?2",
                (idem.as_bytes(), case.0.as_bytes()),
            )?;
            Ok(folded)
        })
    }

    /// 提交: takes a receipt number and writes `Submitted` with it, both or neither. From here on
    /// the case travels to the centre. A case submitted before answers the number it has.
    ///
    /// # Errors
    /// `LeaseExhausted` (S105), `Refused`, `Database`.
    pub fn submit(&self, case: CaseId, delivery: Delivery, offline: bool) -> Result<(Case, String), StoreError> {
        self.write(Commit::Submit, |tx| {
            let known: Option<String> = tx
                .query_row("SELECT number FROM receipt WHERE case_id = ?1", [case.0.as_bytes()], |row| row.get(0))
                .optional()?;
            if let Some(number) = known {
                return Ok((self.fold(tx, case)?, number));
            }
            let receipt = self.take_receipt(tx, case)?;
            let event = Event::Submitted { receipt: receipt.clone(), delivery, offline };
            let folded = self.append_in(tx, case, &event, &Actor::Applicant)?;
            tx.execute("UPDATE case_file SET released = 1 WHERE case_id = ?1", [case.0.as_bytes()])?;
            self.note_in(tx, &Note { actor: "applicant", action: "case.submitted", object: &receipt, result: "ok" })?;
            Ok((folded, receipt))
        })
    }

    /// The case as it stands at this station.
    ///
    /// # Errors
    /// `NoCase`, `Erased`, `Seal`, `Format`.
    pub fn case(&self, case: CaseId) -> Result<Case, StoreError> {
        self.read(|conn| self.fold(conn, case))
    }

    /// The case's events, oldest first.
    ///
    /// # Errors
    /// As [`Store::case`].
    pub fn events(&self, case: CaseId) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|conn| {
            let key = self.case_key(conn, case)?;
            stored_events(conn, case, &key)
        })
    }

    /// The case's actions as signed, oldest first; readable also after the case was erased.
    ///
    /// # Errors
    /// `Database`, `Format`.
    pub fn actions(&self, case: CaseId) -> Result<Vec<SignedAction>, StoreError> {
        self.read(|conn| actions_of(conn, case))
    }

    /// The case's data key, for the receipt slip's query password and for export.
    ///
    /// # Errors
    /// `NoCase`, `Erased`, `Seal`.
    pub fn data_key(&self, case: CaseId) -> Result<DataKey, StoreError> {
        self.read(|conn| self.case_key(conn, case))
    }

    /// 查询密码 printed on the receipt slip; the centre computes the same.
    ///
    /// # Errors
    /// As [`Store::data_key`].
    pub fn query_password(&self, case: CaseId, receipt: &str) -> Result<String, StoreError> {
        Ok(tongban_protocol::query::query_password(self.data_key(case)?.expose(), receipt))
    }

    /// Every case of this station, newest first.
    ///
    /// # Errors
    /// `Database`, `Seal`.
    pub fn cases(&self) -> Result<Vec<CaseSummary>, StoreError> {
        self.read(|conn| projection::summaries(self, conn))
    }

    pub(crate) fn case_key(&self, conn: &Connection, case: CaseId) -> Result<DataKey, StoreError> {
        Ok(self.head(conn, case)?.key)
    }

    fn head(&self, conn: &Connection, case: CaseId) -> Result<Head, StoreError> {
        let row = conn
            .query_row(
                "SELECT head_seq, head_hash, released, key_station FROM case_file WHERE case_id = ?1",
                [case.0.as_bytes()],
                |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, [u8; 32]>(1)?,
                        row.get::<_, bool>(2)?,
                        row.get::<_, Option<Vec<u8>>>(3)?,
                    ))
                },
            )
            .optional()?;
        let (seq, hash, released, wrapped) = row.ok_or(StoreError::NoCase(case))?;
        let wrapped = wrapped.ok_or(StoreError::Erased(case))?;
        let key = self.keys.kek.unwrap_key(case.0.as_bytes(), &wrapped)?;
        Ok(Head { seq: seq.max(0) as u64, hash: Digest(hash), released, key })
    }

    pub(crate) fn fold(&self, conn: &Connection, case: CaseId) -> Result<Case, StoreError> {
        let key = self.case_key(conn, case)?;
        fold_with(conn, case, &key, &self.config.station)
    }

    pub(crate) fn append_in(
        &self,
        tx: &Transaction<'_>,
        case: CaseId,
        event: &Event,
        actor: &Actor,
    ) -> Result<Case, StoreError> {
        let head = self.head(tx, case)?;
        let mut folded = fold_with(tx, case, &head.key, &self.config.station)?;
        let wall = self.clock.wall();
        folded.apply_seen(event, Seen { station: &self.config.station, wall }).map_err(refused)?;
        let seq = head.seq + 1;
        self.name_blobs(tx, case, seq, event)?;
        let draft = ActionDraft {
            id: ActionId(self.ids.next()),
            case,
            case_seq: seq,
            prev_case_hash: if head.seq == 0 { NO_HASH } else { head.hash },
            base_version: head.seq,
            wall,
            boot: self.clock.boot(),
            actor: actor.clone(),
            origin: Origin::Station(self.config.station.clone()),
        };
        let fill = &mut |buffer: &mut [u8]| self.fill(buffer);
        let action = draft.seal_and_sign(event, &head.key, &self.keys.signing, fill)?;
        insert_action(tx, &action)?;
        let summary = projection::seal(&folded, &head.key, fill);
        let index = folded.card().map(|card| self.card_index(&card.number));
        tx.execute(
            "UPDATE case_file SET status = ?2, item = ?3, head_seq = ?4, head_hash = ?5, summary = ?6,
                 applicant_index = ?7, changed_wall = ?8, acked_wall = NULL
             WHERE case_id = ?1",
            (
                case.0.as_bytes(),
                folded.status().as_str(),
                folded.item().map(|(key, _)| key.0.as_str()),
                seq as i64,
                action.hash.0,
                &summary,
                index,
                wall.0,
            ),
        )?;
        tracing::debug!(kind = action.header.kind, seq, released = head.released, "action appended");
        Ok(folded)
    }

    /// The files an event names must be there, whole, before the event is.
    fn name_blobs(&self, tx: &Transaction<'_>, case: CaseId, seq: u64, event: &Event) -> Result<(), StoreError> {
        for blob in blobs_of(event) {
            if !self.blob_path(case.0.as_bytes(), &blob.address.0).is_file() {
                return Err(StoreError::BlobMissing(blob.address.to_string()));
            }
            tx.execute(
                "INSERT OR IGNORE INTO blob (address, case_id, case_seq, media) VALUES (?1, ?2, ?3, ?4)",
                (blob.address.0, case.0.as_bytes(), seq as i64, &blob.media),
            )?;
        }
        Ok(())
    }
}

fn refuse_submission(event: &Event) -> Result<(), StoreError> {
    match event {
        // A receipt number is only given out by `submit`, together with its use.
        Event::Submitted { .. } => {
            Err(refused(CaseRuleError::Order { what: "submission", needs: "a receipt number of the lease" }))
        }
        _ => Ok(()),
    }
}

fn refused(rule: CaseRuleError) -> StoreError {
    StoreError::Refused(rule.code(), Box::new(rule))
}

/// Writes the action and its link in the station chain.
fn insert_action(tx: &Transaction<'_>, action: &SignedAction) -> Result<(), StoreError> {
    let (epoch, seq) = insert_link(tx, action.header.id, action.hash)?;
    tx.execute(
        "INSERT INTO action (case_id, case_seq, id, kind, bytes, signature, hash, epoch, link_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        (
            action.header.case.0.as_bytes(),
            action.header.case_seq as i64,
            action.header.id.0.as_bytes(),
            &action.header.kind,
            &action.bytes,
            &action.signature,
            action.hash.0,
            epoch,
            seq,
        ),
    )?;
    Ok(())
}

/// Writes the next link of the station chain and the chain's new head; its epoch and number.
pub(crate) fn insert_link(
    tx: &Transaction<'_>,
    action: ActionId,
    action_hash: Digest,
) -> Result<(u32, i64), StoreError> {
    let (epoch, seq, hash): (u32, i64, [u8; 32]) =
        tx.query_row("SELECT epoch, link_seq, link_hash FROM station", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let link = StationLink { epoch, seq: seq.max(0) as u64 + 1, action, action_hash, prev_link_hash: Digest(hash) };
    let link_hash = link.hash();
    tx.execute(
        "INSERT INTO link (epoch, seq, action, action_hash, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (epoch, seq + 1, action.0.as_bytes(), action_hash.0, hash, link_hash.0),
    )?;
    tx.execute("UPDATE station SET link_seq = ?1, link_hash = ?2", (seq + 1, link_hash.0))?;
    Ok((epoch, seq + 1))
}

pub(crate) fn actions_of(conn: &Connection, case: CaseId) -> Result<Vec<SignedAction>, StoreError> {
    let mut statement = conn.prepare("SELECT bytes, signature FROM action WHERE case_id = ?1 ORDER BY case_seq")?;
    let rows = statement.query_map([case.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (bytes, signature) = row?;
        Ok(SignedAction::parse(bytes, signature)?)
    })
    .collect()
}

fn stored_events(conn: &Connection, case: CaseId, key: &DataKey) -> Result<Vec<StoredEvent>, StoreError> {
    let actions = actions_of(conn, case)?;
    // Fails closed: what was cut, swapped or put in is not shown as the case.
    check_chain(&actions).map_err(|fault| StoreError::Unsound(format!("case {case}: {fault}")))?;
    actions
        .into_iter()
        .map(|action| {
            let event = action.open(key)?;
            let header = action.header;
            Ok(StoredEvent {
                case_seq: header.case_seq,
                action: header.id,
                wall: header.wall,
                actor: header.actor,
                origin: header.origin,
                event,
            })
        })
        .collect()
}

pub(crate) fn fold_with(conn: &Connection, case: CaseId, key: &DataKey, here: &StationId) -> Result<Case, StoreError> {
    let events = stored_events(conn, case, key)?;
    let seen = events.iter().map(|stored| {
        let station = match &stored.origin {
            Origin::Station(station) => station,
            Origin::Centre | Origin::Web => here,
        };
        (&stored.event, Seen { station, wall: stored.wall })
    });
    Case::fold_seen(case, seen).map_err(refused)
}
