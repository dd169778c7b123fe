//! 时限: the signed calendar, due dates, clocks of a case, working days left.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::feed;
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use time::Date;
use tongban_crypto::VerifyingKey;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{
    CLOSE_OF_BUSINESS, Calendar, Clocks, Due, Suspension, Timing, clocks, counted_days, due, local_day, local_time,
    parse_date,
};
use tongban_protocol::api::FeedItem;

const CALENDARS: &str = "calendar";

/// How pressing a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressure {
    /// Enough time.
    Calm,
    /// One working day or none left.
    Soon,
    /// Past its promise.
    Late,
}

/// Working days to a due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Working days left; counted past the date when late.
    pub days: u32,
    /// How pressing.
    pub pressure: Pressure,
}

/// 工作日历 as published: the file's exact text and a signature over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCalendar {
    /// Counts up.
    pub version: u32,
    /// The file (`{"v":1,"years":{…}}`), byte for byte.
    pub json: String,
    /// SM2 over `"tongban.calendar.v1" ‖ version (u32be) ‖ json`.
    pub signature_hex: String,
    /// Who published it.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl SignedCalendar {
    fn signed_bytes(version: u32, json: &str) -> Vec<u8> {
        [b"tongban.calendar.v1".as_slice(), &version.to_be_bytes(), json.as_bytes()].concat()
    }

    /// Whether the signature is this key's over exactly this file.
    #[must_use]
    pub fn holds(&self, key: &VerifyingKey) -> bool {
        let signature = hex::decode(&self.signature_hex).unwrap_or_default();
        key.verify(&Self::signed_bytes(self.version, &self.json), &signature).is_ok()
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a>(pub(crate) &'a Centre);

impl Limits<'_> {
    /// Due date of a limit that starts on `day`.
    pub fn due(&self, day: Date, limit_days: u16) -> Result<Due> {
        due(&self.0.calendar(), day, limit_days, &[], CLOSE_OF_BUSINESS)
            .ok_or_else(|| CentreError::invalid(ErrorCode::ConfigInvalid, "limit beyond the calendar"))
    }

    /// The same with the stops a case has behind it.
    pub(crate) fn due_with(&self, case: &Case, day: Date, limit_days: u16) -> Result<Due> {
        let stops: Vec<Suspension> = case
            .handling()
            .specials
            .iter()
            .filter_map(|special| {
                Some(Suspension { from: special.from?, to: special.ended.as_ref().and_then(|e| e.1) })
            })
            .collect();
        due(&self.0.calendar(), day, limit_days, &stops, CLOSE_OF_BUSINESS)
            .ok_or_else(|| CentreError::invalid(ErrorCode::CaseState, "the clock is stopped"))
    }

    /// Working days left until a due date `YYYY-MM-DD`.
    #[must_use]
    pub fn left(&self, due: &str) -> Option<Left> {
        let due = parse_date(due)?;
        let today = local_day(self.0.now());
        let calendar = self.0.calendar();
        let count = |from, to| counted_days(&calendar, from, to, &[], CLOSE_OF_BUSINESS);
        Some(if today > due {
            Left { days: count(due, today), pressure: Pressure::Late }
        } else {
            let days = count(today, due);
            Left { days, pressure: if days <= 1 { Pressure::Soon } else { Pressure::Calm } }
        })
    }

    /// 发布工作日历: a new file, signed by the centre. No year once announced may be taken away.
    pub fn publish_calendar(&self, by: &Member, json: &str, reason: &str) -> Result<SignedCalendar> {
        by.require(Action::PublishItems)?;
        let calendar = Calendar::from_json(json)
            .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("calendar: {error}")))?;
        let known: BTreeSet<i32> = self.0.calendar().years().collect();
        if reason.trim().is_empty() || !known.iter().all(|year| calendar.knows(*year)) {
            return Err(CentreError::invalid(ErrorCode::ConfigInvalid, "a year is missing, or no reason"));
        }
        let published = self.0.office(|tx| {
            let version = u32::try_from(tx.count("calendar")?).unwrap_or(u32::MAX);
            let signature = self.0.keys.signing.sign(&SignedCalendar::signed_bytes(version, json));
            let signature = signature.map_err(CentreError::crypto("calendar"))?;
            let signed = SignedCalendar {
                version,
                json: json.to_owned(),
                signature_hex: hex::encode(signature),
                by: by.id.0.clone(),
                reason: reason.trim().to_owned(),
            };
            let now = self.0.now_ms();
            let id = format!("{version:08}");
            office::put(tx, Place { room: CALENDARS, id: &id, a: "", b: "", state: "in_force", at_ms: now }, &signed)?;
            let text = format!("工作日历第 {version} 版已发布：{}", signed.reason);
            feed::push(tx, now, None, &FeedItem::Notice { text })?;
            log(tx, now, &by.id.0, "calendar.publish", &id, "ok", reason)?;
            Ok(signed)
        })?;
        self.0.set_calendar(calendar);
        Ok(published)
    }

    /// Every calendar ever published, oldest first.
    pub fn calendars(&self) -> Result<Vec<SignedCalendar>> {
        self.0.look(|tx| office::list(tx, CALENDARS, Key::A("")))
    }

    /// Takes the newest published calendar into use; one that does not verify is refused.
    pub(crate) fn load_signed(&self) -> Result<()> {
        let Some(newest) = self.calendars()?.into_iter().max_by_key(|signed| signed.version) else { return Ok(()) };
        if !newest.holds(&self.0.keys.signing.verifying_key()) {
            return Err(CentreError::Damaged("the published calendar does not verify".into()));
        }
        let calendar =
            Calendar::from_json(&newest.json).map_err(|error| CentreError::Damaged(format!("calendar: {error}")))?;
        self.0.set_calendar(calendar);
        Ok(())
    }
}

impl Centre {
    pub(crate) fn calendar(&self) -> Arc<Calendar> {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// Every clock of a case, now.
    pub(crate) fn clocks_of(&self, case: &Case, item: &ServiceItem) -> Clocks {
        let calendar = self.calendar();
        clocks(case, item, Timing { calendar: &calendar, close: CLOSE_OF_BUSINESS, now: local_time(self.now()) })
    }

    /// Cases not ended.
    pub(crate) fn open_cases(&self, tx: &Tx<'_>) -> Result<Vec<tongban_domain::ids::CaseId>> {
        let rows = tx.rows("office.open_cases", crate::vals![])?;
        rows.iter().map(|row| Ok(tongban_domain::ids::CaseId(row.uuid(0)?))).collect()
    }
}
