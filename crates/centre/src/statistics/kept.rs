//! Facts as kept: two records a case, by its day of receipt and its day of acceptance.
//! Nothing in them is of a person.

use super::Fact;
use crate::error::{CentreError, Result};
use crate::office::{self, Key, Place};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::{Date, Duration};
use tongban_domain::case::CaseStatus;
use tongban_domain::event::Channel;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, parse_date};

const RECEIVED: &str = "fact_received";
const ACCEPTED: &str = "fact_accepted";
/// China is eight hours ahead, without daylight saving.
const EIGHT_HOURS: i64 = 8 * 3600;

#[derive(Serialize, Deserialize)]
struct Kept {
    case: CaseId,
    item: String,
    org: String,
    region: String,
    hall: String,
    channel: Channel,
    received: Option<String>,
    accepted: Option<String>,
    ended: Option<String>,
    status: String,
    promised: bool,
    same_day: bool,
    counted: Option<(u32, u16)>,
    in_time: bool,
    materials: (usize, usize),
    trips: (usize, u8),
    corrections: usize,
    returned: bool,
    avoidable: usize,
    promised_complete: bool,
    #[serde(default)]
    station: String,
    #[serde(default)]
    people: Vec<String>,
}

impl Kept {
    fn of(fact: &Fact) -> Self {
        let text = |day: Option<Date>| day.map(date_text);
        Self {
            case: fact.case,
            item: fact.item.clone(),
            org: fact.org.clone(),
            region: fact.region.clone(),
            hall: fact.hall.clone(),
            channel: fact.channel,
            received: text(fact.received),
            accepted: text(fact.accepted),
            ended: text(fact.ended),
            status: fact.status.as_str().to_owned(),
            promised: fact.promised,
            same_day: fact.same_day,
            counted: fact.counted,
            in_time: fact.in_time,
            materials: fact.materials,
            trips: fact.trips,
            corrections: fact.corrections,
            returned: fact.returned,
            avoidable: fact.avoidable,
            promised_complete: fact.promised_complete,
            station: fact.station.clone(),
            people: fact.people.clone(),
        }
    }

    fn fact(self) -> Result<Fact> {
        let day = |text: Option<String>| text.as_deref().and_then(parse_date);
        let status = CaseStatus::parse(&self.status);
        Ok(Fact {
            case: self.case,
            item: self.item,
            org: self.org,
            region: self.region,
            hall: self.hall,
            channel: self.channel,
            received: day(self.received),
            accepted: day(self.accepted),
            ended: day(self.ended),
            status: status.ok_or_else(|| CentreError::Damaged(format!("status of fact {}", self.case)))?,
            promised: self.promised,
            same_day: self.same_day,
            counted: self.counted,
            in_time: self.in_time,
            materials: self.materials,
            trips: self.trips,
            corrections: self.corrections,
            returned: self.returned,
            avoidable: self.avoidable,
            promised_complete: self.promised_complete,
            station: self.station,
            people: self.people,
        })
    }
}

/// Midnight a day begins with in China, ms.
pub(super) fn day_ms(day: Date) -> i64 {
    (day.midnight().assume_utc().unix_timestamp() - EIGHT_HOURS) * 1000
}

/// Keeps a fact anew.
pub(super) fn put(tx: &Tx<'_>, fact: &Fact) -> Result<()> {
    let (id, kept) = (fact.case.to_string(), Kept::of(fact));
    for (room, day) in [(RECEIVED, fact.received), (ACCEPTED, fact.accepted)] {
        let Some(day) = day else { continue };
        let place =
            Place { room, id: &id, a: &fact.region, b: &fact.item, state: fact.status.as_str(), at_ms: day_ms(day) };
        office::put(tx, place, &kept)?;
    }
    Ok(())
}

/// The records of a fact, each as the values of a row.
#[cfg(feature = "bench")]
pub(super) fn rows(fact: &Fact) -> Result<Vec<crate::storage::Val>> {
    let (id, kept) = (fact.case.to_string(), Kept::of(fact));
    let body = serde_json::to_string(&kept).map_err(|error| CentreError::Damaged(format!("fact: {error}")))?;
    let days = [(RECEIVED, fact.received), (ACCEPTED, fact.accepted)];
    let days = days.into_iter().filter_map(|(room, day)| Some((room, day?)));
    let row = |(room, day): (&str, Date)| {
        crate::vals![room, &id, &fact.region, &fact.item, fact.status.as_str(), day_ms(day), &body].to_vec()
    };
    Ok(days.flat_map(row).collect())
}

/// Every case received or accepted from the first to the last day, once each.
pub(super) fn between(tx: &Tx<'_>, from: Date, to: Date) -> Result<Vec<Fact>> {
    let days = Key::Between(day_ms(from), day_ms(to.saturating_add(Duration::DAY)));
    let mut all: BTreeMap<CaseId, Kept> = BTreeMap::new();
    for room in [RECEIVED, ACCEPTED] {
        all.extend(office::list::<Kept>(tx, room, days)?.into_iter().map(|kept| (kept.case, kept)));
    }
    all.into_values().map(Kept::fact).collect()
}
