//! 一次到访: where the person at the machine stands, kept so that a crash loses nothing
//! and a person who left leaves nothing.

use crate::point::Commit;
use crate::{Store, StoreError};
use rusqlite::OptionalExtension;
use tongban_domain::check::normalise;
use tongban_domain::clock::{BootTime, WallTime};
use tongban_domain::ids::CaseId;
use uuid::Uuid;

/// The visit that was going on when the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitState {
    /// The case in hand.
    pub case: CaseId,
    /// The wizard's own name for the step (screen), as given to `touch_visit`.
    pub step: String,
    /// Boot time of the last touch.
    pub boot: BootTime,
    /// Wall time of the last touch.
    pub wall: WallTime,
    /// What is left of the idle limit, ms.
    pub left_ms: u64,
}

impl Store {
    /// Starts a visit on `case`. `idle_ms` is how long it may rest untouched.
    ///
    /// # Errors
    /// `Database`.
    pub fn begin_visit(&self, case: CaseId, step: &str, idle_ms: u64) -> Result<(), StoreError> {
        self.write(Commit::Visit, |tx| {
            tx.execute(
                "INSERT INTO visit (one, case_id, step, boot_id, boot_ms, wall_ms, idle_ms)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (one) DO UPDATE SET case_id = excluded.case_id, step = excluded.step,
                     boot_id = excluded.boot_id, boot_ms = excluded.boot_ms, wall_ms = excluded.wall_ms,
                     idle_ms = excluded.idle_ms",
                (
                    case.0.as_bytes(),
                    step,
                    &self.config.boot_id,
                    self.clock.boot().0 as i64,
                    self.clock.wall().0,
                    idle_ms as i64,
                ),
            )?;
            Ok(())
        })
    }

    /// The person did something and stands at `step`; no visit, no effect.
    ///
    /// # Errors
    /// `Database`.
    pub fn touch_visit(&self, step: &str) -> Result<(), StoreError> {
        self.write(Commit::Visit, |tx| {
            tx.execute(
                "UPDATE visit SET step = ?1, boot_id = ?2, boot_ms = ?3, wall_ms = ?4",
                (step, &self.config.boot_id, self.clock.boot().0 as i64, self.clock.wall().0),
            )?;
            Ok(())
        })
    }

    /// The person of `case` did something: the idle limit of an open visit counts from now.
    pub(crate) fn keep_visit_in(&self, tx: &rusqlite::Connection, case: CaseId) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE visit SET boot_id = ?2, boot_ms = ?3, wall_ms = ?4 WHERE case_id = ?1",
            (case.0.as_bytes(), &self.config.boot_id, self.clock.boot().0 as i64, self.clock.wall().0),
        )?;
        Ok(())
    }

    /// The visit to take up again. One whose idle limit has passed, counted from the stored
    /// boot time (a machine that booted since counts as passed), is wiped and not answered;
    /// its draft stays a draft.
    ///
    /// # Errors
    /// `Database`.
    pub fn last_visit(&self) -> Result<Option<VisitState>, StoreError> {
        let row = self.read(|conn| {
            Ok(conn
                .query_row("SELECT case_id, step, boot_id, boot_ms, wall_ms, idle_ms FROM visit", [], |row| {
                    Ok((
                        row.get::<_, [u8; 16]>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                        row.get::<_, i64>(3)?,
                        row.get::<_, i64>(4)?,
                        row.get::<_, i64>(5)?,
                    ))
                })
                .optional()?)
        })?;
        let Some((case, step, boot_id, boot_ms, wall_ms, idle_ms)) = row else {
            return Ok(None);
        };
        let (boot_ms, idle_ms) = (boot_ms.max(0) as u64, idle_ms.max(0) as u64);
        let rested = self.clock.boot().0.checked_sub(boot_ms);
        let left = rested.and_then(|rested| idle_ms.checked_sub(rested)).filter(|left| *left > 0);
        match left {
            Some(left_ms) if boot_id == self.config.boot_id => Ok(Some(VisitState {
                case: CaseId(Uuid::from_bytes(case)),
                step,
                boot: BootTime(boot_ms),
                wall: WallTime(wall_ms),
                left_ms,
            })),
            _ => {
                self.end_visit(true)?;
                Ok(None)
            }
        }
    }

    /// Ends the visit. With `wipe` the log of the database is cut too, so that nothing of the
    /// visit's steps stays in it. The case itself is not touched.
    ///
    /// # Errors
    /// `Database`.
    pub fn end_visit(&self, wipe: bool) -> Result<(), StoreError> {
        self.write(Commit::VisitEnd, |tx| {
            tx.execute("DELETE FROM visit WHERE true", [])?;
            Ok(())
        })?;
        if wipe {
            self.read(|conn| Ok(tongban_sqlite::erase_wal(conn)?))?;
        }
        Ok(())
    }

    /// Whether a card just swiped is the card the case was begun with: the condition for
    /// showing anything of a visit taken up after a crash at an unattended machine.
    ///
    /// # Errors
    /// `NoCase`, `Database`.
    pub fn is_same_card(&self, case: CaseId, card_number: &str) -> Result<bool, StoreError> {
        let known = self.read(|conn| {
            conn.query_row("SELECT applicant_index FROM case_file WHERE case_id = ?1", [case.0.as_bytes()], |row| {
                row.get::<_, Option<[u8; 32]>>(0)
            })
            .optional()?
            .ok_or(StoreError::NoCase(case))
        })?;
        Ok(known == Some(self.card_index(card_number)))
    }

    /// The newest draft at this station begun with this card.
    ///
    /// # Errors
    /// `Database`.
    pub fn open_case_for(&self, card_number: &str) -> Result<Option<CaseId>, StoreError> {
        let index = self.card_index(card_number);
        self.read(|conn| {
            let found = conn
                .query_row(
                    "SELECT case_id FROM case_file
                     WHERE applicant_index = ?1 AND released = 0 AND key_station IS NOT NULL AND status = 'draft'
                     ORDER BY rowid DESC LIMIT 1",
                    [index],
                    |row| row.get::<_, [u8; 16]>(0),
                )
                .optional()?;
            Ok(found.map(|id| CaseId(Uuid::from_bytes(id))))
        })
    }

    pub(crate) fn card_index(&self, card_number: &str) -> [u8; 32] {
        self.keys.blind_key.of(&normalise(card_number))
    }
}
