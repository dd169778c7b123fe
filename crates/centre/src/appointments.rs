//! 预约与排队: slots with quota, the no-show rule, check-in by card, tickets called to windows.

mod kiosk;

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::hours::Period;
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use time::Date;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;
use tongban_domain::limits::{date_text, local_day, local_time, parse_date};
use uuid::Uuid;

pub(crate) const BOOKINGS: &str = "booking";
pub(crate) const QUEUE: &str = "queue";
/// Missed bookings in ninety days before booking rests.
const NO_SHOWS_MAX: usize = 3;
const NO_SHOW_DAYS: i64 = 90;

/// 预约.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// 预约号.
    pub id: String,
    /// Hall.
    pub hall: String,
    /// 事项.
    pub item: ItemKey,
    /// Day `YYYY-MM-DD`.
    pub day: String,
    /// 时段, for example `09:00-10:00`.
    pub slot: String,
    /// Keyed index of the person.
    pub who: String,
    /// Masked name, for the window.
    pub name: String,
    /// `booked`, `here`, `missed`, `cancelled`.
    pub state: String,
}

impl std::fmt::Debug for Booking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Booking({}, {} {})", self.id, self.day, self.slot)
    }
}

/// 排队号.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueTicket {
    /// For example `A012`.
    pub number: String,
    /// Hall.
    pub hall: String,
    /// 事项.
    pub item: ItemKey,
    /// Taken at, ms.
    pub at_ms: i64,
    /// 优先: elderly, disabled, military, booked.
    pub priority: bool,
    /// Called to which window, when.
    pub called: Option<(String, i64)>,
    /// 过号 or done.
    pub ended: Option<String>,
    /// Keyed index of whose card it was taken with.
    #[serde(default)]
    pub who: Option<String>,
    /// The kiosk's question it answers.
    #[serde(default)]
    pub ask: Option<Uuid>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Appointments<'a>(pub(crate) &'a Centre);

impl Appointments<'_> {
    /// Books a slot. The places a day are the item's; a slot takes an eighth of them, at least one.
    pub fn book(&self, person: (&str, &str), hall: &str, item: &ItemKey, day: &str, slot: &str) -> Result<Booking> {
        let refused = |detail: &str| CentreError::refused(Refusal::Conflict, ErrorCode::SlotRefused, detail);
        let known = self.0.catalogue().latest(item).ok_or_else(|| CentreError::not_found("item"))?;
        let places = known.guide.as_ref().map_or(0, |guide| guide.bookings_a_day);
        let date = parse_date(day).ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "day"))?;
        let today = local_day(self.0.now());
        if date < today || !self.0.calendar().is_working_day(date) || places == 0 {
            return Err(refused("no places that day"));
        }
        self.open_for(hall, date, slot)?;
        let who = self.0.keys.index(&normalise(person.1)).to_string();
        self.0.office(|tx| {
            let mine: Vec<Booking> = office::list(tx, BOOKINGS, Key::B(&who))?;
            let oldest = today - time::Duration::days(NO_SHOW_DAYS);
            let missed = |booking: &&Booking| {
                booking.state == "missed" && parse_date(&booking.day).is_some_and(|day| day >= oldest)
            };
            if mine.iter().filter(missed).count() >= NO_SHOWS_MAX {
                return Err(refused("missed too often"));
            }
            let same = |booking: &&Booking| booking.day == day && &booking.item == item && booking.state == "booked";
            if mine.iter().any(|booking| same(&booking)) {
                return Err(refused("booked before"));
            }
            let key = format!("{hall}/{item}/{day}/{slot}");
            let taken: Vec<Booking> = office::list(tx, BOOKINGS, Key::A(&key))?;
            let live = taken.iter().filter(|booking| booking.state != "cancelled").count();
            if live >= usize::from(places.div_ceil(8)) {
                return Err(refused("the slot is full"));
            }
            let booking = Booking {
                id: self.0.series(tx, "YY")?,
                hall: hall.to_owned(),
                item: item.clone(),
                day: day.to_owned(),
                slot: slot.to_owned(),
                who: who.clone(),
                name: tongban_domain::mask::name(person.0),
                state: "booked".to_owned(),
            };
            self.save(tx, &booking)?;
            log(tx, self.0.now_ms(), "applicant", "booking.make", &booking.id, "ok", &key)?;
            Ok(booking)
        })
    }

    /// A slot outside the hall's hours, begun before now, or of a hall that is stopped today is refused in words.
    fn open_for(&self, hall: &str, day: Date, slot: &str) -> Result<()> {
        let centre = self.0;
        let refused = |words: String| Err(CentreError::refused(Refusal::Conflict, ErrorCode::HallClosed, words));
        if self.open_slots(hall, day, &[slot])?.is_empty() {
            let all: Vec<String> = match centre.operations().hours(hall)? {
                Some(hours) => hours.working.iter().map(ToString::to_string).collect(),
                None => Vec::new(),
            };
            return refused(format!("{} {slot} 不在开放时间。工作日开放：{}。", date_text(day), all.join("、")));
        }
        let now = local_time(centre.now());
        let minute = u16::from(now.hour()) * 60 + u16::from(now.minute());
        if day == now.date() {
            if Period::parse(slot).is_some_and(|slot| slot.to <= minute) {
                return refused(format!("今天 {slot} 已经过了，请选以后的时段。"));
            }
            if let Some(stop) = centre.look(|tx| centre.stop_of(tx, hall))? {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::ServiceStopped, stop.notice));
            }
        }
        Ok(())
    }

    fn save(&self, tx: &Tx<'_>, booking: &Booking) -> Result<()> {
        let key = format!("{}/{}/{}/{}", booking.hall, booking.item, booking.day, booking.slot);
        let place = Place {
            room: BOOKINGS,
            id: &booking.id,
            a: &key,
            b: &booking.who,
            state: &booking.state,
            at_ms: self.0.now_ms(),
        };
        office::put(tx, place, booking)
    }

    /// Check-in by card: today's booking of this person becomes a priority ticket; without one, a plain ticket.
    pub fn check_in(&self, number: &str, hall: &str, item: &ItemKey) -> Result<QueueTicket> {
        let who = self.0.keys.index(&normalise(number)).to_string();
        self.0.office(|tx| self.seat(tx, Some(&who), hall, item, None))
    }

    /// The next number of the hall's day; a booking of this person for the item is used up by it.
    fn seat(
        &self,
        tx: &Tx<'_>,
        who: Option<&str>,
        hall: &str,
        item: &ItemKey,
        ask: Option<Uuid>,
    ) -> Result<QueueTicket> {
        let today = date_text(local_day(self.0.now()));
        self.0.must_serve(tx, hall, &item.0)?;
        let mine: Vec<Booking> =
            who.map(|who| office::list(tx, BOOKINGS, Key::B(who))).transpose()?.unwrap_or_default();
        let booked = mine.into_iter().find(|booking| {
            booking.state == "booked" && booking.day == today && booking.hall == hall && &booking.item == item
        });
        let priority = booked.is_some();
        if let Some(mut booking) = booked {
            booking.state = "here".to_owned();
            self.save(tx, &booking)?;
        }
        let serial = tx.count(&format!("queue/{hall}/{today}"))?;
        let letter = if priority { 'Y' } else { 'A' };
        let ticket = QueueTicket {
            number: format!("{letter}{serial:03}"),
            hall: hall.to_owned(),
            item: item.clone(),
            at_ms: self.0.now_ms(),
            priority,
            called: None,
            ended: None,
            who: who.map(str::to_owned),
            ask,
        };
        self.save_ticket(tx, &ticket)?;
        Ok(ticket)
    }

    fn save_ticket(&self, tx: &Tx<'_>, ticket: &QueueTicket) -> Result<()> {
        let day = date_text(local_day(tongban_domain::clock::WallTime(ticket.at_ms)));
        let id = format!("{}/{day}/{}", ticket.hall, ticket.number);
        let state = match (&ticket.called, &ticket.ended) {
            (_, Some(_)) => "ended",
            (Some(_), None) => "called",
            (None, None) => "waiting",
        };
        let line = format!("{}/{day}", ticket.hall);
        office::put(tx, Place { room: QUEUE, id: &id, a: &line, b: "", state, at_ms: ticket.at_ms }, ticket)
    }

    /// 叫号: the next ticket this window serves, priority first, then by time; `None` when nobody waits.
    pub fn call(&self, by: &Member, hall: &str, window: &str) -> Result<Option<QueueTicket>> {
        by.require(Action::Accept)?;
        let windows = self.0.operations().windows(hall)?;
        let seat = windows.into_iter().find(|seat| seat.number == window);
        let seat = seat.ok_or_else(|| CentreError::not_found("window"))?;
        if seat.paused {
            return Err(CentreError::refused(Refusal::Conflict, ErrorCode::ServiceStopped, "window pauses"));
        }
        let today = date_text(local_day(self.0.now()));
        self.0.office(|tx| {
            // Who holds a ticket is served after closing too, but not while the hall is stopped.
            if let Some(stop) = self.0.stop_of(tx, hall)? {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::ServiceStopped, stop.notice));
            }
            let line: Vec<QueueTicket> = office::list(tx, QUEUE, Key::A(&format!("{hall}/{today}")))?;
            let serves = |ticket: &&QueueTicket| seat.serves(&ticket.item.0);
            let waiting = line.iter().filter(|ticket| ticket.called.is_none() && ticket.ended.is_none());
            let next =
                waiting.filter(serves).min_by_key(|ticket| (!ticket.priority, ticket.at_ms, ticket.number.clone()));
            let Some(mut ticket) = next.cloned() else { return Ok(None) };
            ticket.called = Some((window.to_owned(), self.0.now_ms()));
            self.save_ticket(tx, &ticket)?;
            Ok(Some(ticket))
        })
    }

    /// 过号, 办结 or 转窗: what became of a called ticket.
    pub fn end(&self, by: &Member, hall: &str, number: &str, outcome: &str) -> Result<()> {
        by.require(Action::Accept)?;
        let today = date_text(local_day(self.0.now()));
        self.0.office(|tx| {
            let mut ticket: QueueTicket = office::known(tx, QUEUE, &format!("{hall}/{today}/{number}"))?;
            ticket.ended = Some(outcome.to_owned());
            self.save_ticket(tx, &ticket)
        })
    }

    /// At the end of a day: who did not come is noted; answers how many.
    pub fn close_day(&self, day: &str) -> Result<usize> {
        self.0.office(|tx| {
            let booked: Vec<Booking> = office::list(tx, BOOKINGS, Key::State("booked"))?;
            let mut missed = 0;
            for mut booking in booked.into_iter().filter(|booking| booking.day.as_str() <= day) {
                booking.state = "missed".to_owned();
                self.save(tx, &booking)?;
                missed += 1;
            }
            Ok(missed)
        })
    }
}
