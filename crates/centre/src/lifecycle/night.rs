//! The night's work: the look at every chain and file, in slices, and reminders.
//!
//! A round over a million cases takes longer than a night. It goes on the next night where it stopped: the place
//! after each slice is durable, so that a crash, a restart or another server of the city costs one slice at most.
//! Cases are looked at in the order of their ids; what is filed during a round has a later id and is met by it.

use super::Lifecycle;
use crate::error::{CentreError, Result};
use crate::office::{self, Place};
use crate::staff::log;
use crate::storage::{Tx, journal};
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day, local_time};
use uuid::Uuid;

/// The night's work of a day.
const NIGHTS: &str = "night";
/// From this hour on.
const NIGHT_HOUR: u8 = 2;
/// The look at the cases takes no more of a night.
const BUDGET_MS: i64 = 3 * 3_600_000;
/// Begun and not done for this long: another server takes it over.
const NIGHT_LOST_MS: i64 = 6 * 3_600_000;
/// Cases between two notes of the place.
const SLICE: usize = 200;
/// Where the round stands.
const ROUNDS: &str = "audit_round";

/// What a night's work found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Night {
    /// Cases looked at.
    pub seen: usize,
    /// Cases that do not verify.
    pub broken: usize,
    /// Holders reminded of a licence that ends soon.
    pub reminded: usize,
    /// The round came to its end; else it goes on the next night.
    pub whole: bool,
}

/// What one slice of a round found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Cases looked at.
    pub seen: usize,
    /// Cases that do not verify, and why.
    pub broken: Vec<(CaseId, String)>,
    /// No case is left of this round.
    pub last: bool,
}

/// Where a round stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stand {
    /// The last case looked at; `None` before the first.
    after: Option<CaseId>,
    /// Rounds that came to their end.
    rounds: u64,
    /// When the last of them did, ms.
    whole_ms: Option<i64>,
}

impl Lifecycle<'_> {
    /// 完整性巡检: every chain, signature and file, at once; a case that does not verify is blocked, has a red card
    /// and waits for a person. One changed file does not stop the look at the others.
    pub fn audit(&self) -> Result<Vec<(CaseId, String)>> {
        let ids = self.0.look(journal::cases)?;
        self.look_at(&ids)
    }

    fn look_at(&self, ids: &[CaseId]) -> Result<Vec<(CaseId, String)>> {
        let mut broken = Vec::new();
        for id in ids {
            let detail = match self.0.cases().verify_with_blobs(*id) {
                Ok(state) if state.holds => continue,
                Ok(state) => state.detail,
                Err(CentreError::Damaged(detail)) => detail,
                Err(error) => return Err(error),
            };
            self.0.office(|tx| self.0.set_aside(tx, *id))?;
            self.0.stuck(*id, ErrorCode::SealBroken.as_str(), &detail)?;
            broken.push((*id, detail));
        }
        Ok(broken)
    }

    /// The next cases of the round, at most `max`; what was found is durable before the place is.
    pub fn audit_slice(&self, max: usize) -> Result<Slice> {
        let (stand, ids) = self.0.look(|tx| {
            let stand: Stand = office::get(tx, ROUNDS, "stand")?.unwrap_or_default();
            let after = stand.after.map_or(Uuid::nil(), |case| case.0);
            Ok((stand, journal::cases_after(tx, CaseId(after), max)?))
        })?;
        let broken = self.look_at(&ids)?;
        let last = ids.len() < max;
        let now = self.0.now_ms();
        let next = if last {
            Stand { after: None, rounds: stand.rounds + 1, whole_ms: Some(now) }
        } else {
            Stand { after: ids.last().copied(), ..stand }
        };
        self.0.office(|tx| {
            let place = Place { room: ROUNDS, id: "stand", a: "", b: "", state: "in_force", at_ms: now };
            office::put(tx, place, &next)
        })?;
        Ok(Slice { seen: ids.len(), broken, last })
    }

    /// How many rounds came to their end, and when the last did, ms.
    pub fn rounds(&self) -> Result<(u64, Option<i64>)> {
        let stand: Stand = self.0.look(|tx| office::get(tx, ROUNDS, "stand"))?.unwrap_or_default();
        Ok((stand.rounds, stand.whole_ms))
    }

    /// The night's work, once a day after two: the look at chains and files, for three hours at most, and reminders of
    /// what ends soon. `None` when it is not the hour, or it was done, or another server of the city has begun it.
    pub fn night(&self) -> Result<Option<Night>> {
        self.night_in(SLICE, usize::MAX)
    }

    /// [`Lifecycle::night`] in slices of `slice` cases, no more than `most` of them.
    pub fn night_in(&self, slice: usize, most: usize) -> Result<Option<Night>> {
        let now = self.0.now();
        let day = date_text(local_day(now));
        let ours = local_time(now).hour() >= NIGHT_HOUR && self.0.office(|tx| self.begin_night(tx, &day))?;
        if !ours {
            return Ok(None);
        }
        self.0.handover().lapse()?;
        let mut night = Night { reminded: self.0.notices().remind_expiring()?, ..Night::default() };
        for _ in 0..most {
            let part = self.audit_slice(slice.max(1))?;
            night.seen += part.seen;
            night.broken += part.broken.len();
            night.whole = part.last;
            if part.last || self.0.now_ms() - now.0 >= BUDGET_MS {
                break;
            }
        }
        self.0.office(|tx| {
            let whole = if night.whole { "whole" } else { "goes on" };
            let detail = format!("{} seen, {} broken, {} reminded, {whole}", night.seen, night.broken, night.reminded);
            log(tx, self.0.now_ms(), "system", "night.done", &day, "ok", &detail)?;
            self.mark_night(tx, &day, "done")
        })?;
        Ok(Some(night))
    }

    /// Whether this server does it: nobody has, or who began it has been silent for hours.
    fn begin_night(&self, tx: &Tx<'_>, day: &str) -> Result<bool> {
        let begun: Option<(String, i64)> = office::get(tx, NIGHTS, day)?;
        let taken = begun.is_some_and(|(state, at)| state == "done" || self.0.now_ms() - at < NIGHT_LOST_MS);
        if !taken {
            self.mark_night(tx, day, "begun")?;
        }
        Ok(!taken)
    }

    fn mark_night(&self, tx: &Tx<'_>, day: &str, state: &str) -> Result<()> {
        let at_ms = self.0.now_ms();
        let place = Place { room: NIGHTS, id: day, a: "", b: "", state, at_ms };
        office::put(tx, place, &(state.to_owned(), at_ms))
    }
}
