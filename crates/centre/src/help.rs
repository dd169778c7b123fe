//! 帮助呼叫: who of a hall's kiosks asks for a person now.
//!
//! A call is about somebody standing there this minute, so it lives in memory: its kiosk
//! repeats it every few seconds, and a centre that was restarted knows it again at the next
//! repeat. Who went is written into the log.

use crate::error::{CentreError, Refusal, Result};
use crate::stations::Station;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tongban_domain::code::ErrorCode;
use tongban_protocol::help::{HELP_EVERY_S, HelpAnswer, HelpAsk, HelpCall};
use uuid::Uuid;

/// A call not repeated for so long has ended: the kiosk lost its power or its network.
pub const SILENT_MS: i64 = 6 * 1_000 * HELP_EVERY_S as i64;
/// Longest name kept.
const NAME_CHARS: usize = 40;

struct Held {
    hall: String,
    since_ms: i64,
    repeated_ms: i64,
    call: HelpCall,
}

impl Held {
    fn told(&self, now: i64) -> HelpCall {
        let waited_s = u32::try_from((now - self.since_ms).max(0) / 1_000).unwrap_or(u32::MAX);
        HelpCall { waited_s, ..self.call.clone() }
    }
}

/// Calls of all halls by kiosk: a kiosk has one.
#[derive(Default)]
pub struct HelpBoard {
    calls: Mutex<BTreeMap<String, Held>>,
}

impl std::fmt::Debug for HelpBoard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HelpBoard")
    }
}

impl HelpBoard {
    /// The board without the calls that fell silent.
    fn at(&self, now: i64) -> MutexGuard<'_, BTreeMap<String, Held>> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|_, held| now - held.repeated_ms < SILENT_MS);
        calls
    }

    /// A kiosk calls, repeats its call, or ends it; `now` in milliseconds.
    ///
    /// # Errors
    /// `Refused`, A104 for a station that is no kiosk.
    pub fn ask(&self, station: &Station, ask: &HelpAsk, now: i64) -> Result<HelpCall> {
        if station.kind != "kiosk" {
            return Err(CentreError::forbidden(ErrorCode::NotAllowed, "only a kiosk calls"));
        }
        let mut calls = self.at(now);
        let same = calls.remove(&station.id.0).filter(|held| held.call.call == ask.call);
        let mut held = same.unwrap_or_else(|| Held {
            hall: station.hall.clone(),
            since_ms: now,
            repeated_ms: now,
            call: HelpCall { call: ask.call, station: station.id.clone(), waited_s: 0, answer: None },
        });
        held.repeated_ms = now;
        let told = held.told(now);
        if !ask.ended {
            calls.insert(station.id.0.clone(), held);
        }
        Ok(told)
    }

    /// Open calls of a hall, the oldest first.
    #[must_use]
    pub fn open(&self, hall: &str, now: i64) -> Vec<HelpCall> {
        let calls = self.at(now);
        let mut open: Vec<&Held> = calls.values().filter(|held| held.hall == hall).collect();
        open.sort_by_key(|held| held.since_ms);
        open.into_iter().map(|held| held.told(now)).collect()
    }

    /// The kiosk's open call, for the staff page.
    #[must_use]
    pub fn of(&self, station: &str, now: i64) -> Option<HelpCall> {
        self.at(now).get(station).map(|held| held.told(now))
    }

    /// 已去, said at a station of the same hall. Whoever said so first goes; the second element
    /// says whether that was now.
    ///
    /// # Errors
    /// `Refused`, C111 when the call has ended or is another hall's, A104 from a kiosk.
    pub fn answer(&self, station: &Station, call: Uuid, answer: HelpAnswer, now: i64) -> Result<(HelpCall, bool)> {
        if station.kind == "kiosk" {
            return Err(CentreError::forbidden(ErrorCode::NotAllowed, "a kiosk answers nobody"));
        }
        let mut calls = self.at(now);
        let held = calls
            .values_mut()
            .find(|held| held.call.call == call && held.hall == station.hall)
            .ok_or_else(|| CentreError::refused(Refusal::NotFound, ErrorCode::NotFound, "call"))?;
        let first = held.call.answer.is_none();
        if first {
            let name = answer.name.chars().take(NAME_CHARS).collect();
            held.call.answer = Some(HelpAnswer { name, ..answer });
        }
        Ok((held.told(now), first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_domain::ids::{StaffId, StationId};

    fn station(id: &str, hall: &str, kind: &str) -> Station {
        Station {
            id: StationId(id.into()),
            hall: hall.into(),
            region: "890102".into(),
            station3: "003".into(),
            kind: kind.into(),
            state: "enrolled".into(),
            signing_key: None,
            wrapping_key: None,
            cert_serial: None,
            cert_until_ms: None,
            seen_ms: None,
            program: None,
            queue: None,
            devices: None,
            skew_ms: None,
        }
    }

    fn ask(call: u128) -> HelpAsk {
        HelpAsk { call: Uuid::from_u128(call), ended: false }
    }

    fn going(name: &str) -> HelpAnswer {
        HelpAnswer { by: StaffId(name.into()), name: name.into() }
    }

    #[test]
    fn a_call_is_seen_in_its_own_hall_alone_and_the_first_answer_stands() {
        let board = HelpBoard::default();
        let (kiosk, window) = (station("K03", "hall-1", "kiosk"), station("W01", "hall-1", "window"));
        board.ask(&kiosk, &ask(1), 0).unwrap();
        assert_eq!(board.open("hall-1", 7_000).len(), 1);
        assert_eq!(board.open("hall-1", 7_000)[0].waited_s, 7);
        assert!(board.open("hall-2", 7_000).is_empty(), "another hall is not disturbed");
        let far = station("W09", "hall-2", "window");
        assert!(board.answer(&far, Uuid::from_u128(1), going("far"), 8_000).is_err());
        assert!(board.answer(&kiosk, Uuid::from_u128(1), going("self"), 8_000).is_err());
        assert!(board.answer(&window, Uuid::from_u128(1), going("chen"), 8_000).unwrap().1);
        let (call, first) = board.answer(&window, Uuid::from_u128(1), going("wang"), 9_000).unwrap();
        assert!(!first);
        assert_eq!(call.answer.unwrap().name, "chen");
        assert_eq!(board.ask(&kiosk, &ask(1), 10_000).unwrap().answer, Some(going("chen")), "the kiosk learns of it");
    }

    #[test]
    fn a_call_ends_when_told_and_when_its_kiosk_falls_silent() {
        let board = HelpBoard::default();
        let kiosk = station("K03", "hall-1", "kiosk");
        board.ask(&kiosk, &ask(1), 0).unwrap();
        board.ask(&kiosk, &ask(1), SILENT_MS - 1).unwrap();
        assert_eq!(board.open("hall-1", 2 * SILENT_MS - 2).len(), 1, "repeated in time");
        assert!(board.open("hall-1", 2 * SILENT_MS).is_empty());
        board.ask(&kiosk, &ask(2), 3 * SILENT_MS).unwrap();
        board.ask(&kiosk, &HelpAsk { ended: true, ..ask(2) }, 3 * SILENT_MS + 1).unwrap();
        assert!(board.open("hall-1", 3 * SILENT_MS + 2).is_empty());
    }

    #[test]
    fn a_new_call_takes_the_place_of_the_old_and_only_kiosks_call() {
        let board = HelpBoard::default();
        let (kiosk, window) = (station("K03", "hall-1", "kiosk"), station("W01", "hall-1", "window"));
        board.ask(&kiosk, &ask(1), 0).unwrap();
        board.answer(&window, Uuid::from_u128(1), going("chen"), 1).unwrap();
        assert!(board.ask(&kiosk, &ask(2), 2).unwrap().answer.is_none(), "nobody goes for the new one yet");
        assert_eq!(board.open("hall-1", 3).len(), 1);
        assert!(board.ask(&window, &ask(3), 4).is_err());
    }
}
