//! 取号 at a kiosk: today's booking of the card's holder, else a place for the item named.

use super::{Appointments, BOOKINGS, Booking, QUEUE, QueueTicket};
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Key};
use crate::storage::Tx;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::queue::{QueueAsk, QueueCall, QueueCalls, QueuePlace, QueueReply};

impl Appointments<'_> {
    /// A place in the queue. The same question, or the same person for the same item while the ticket waits, has
    /// one place; without an item only a booking of today is turned into one.
    ///
    /// # Errors
    /// `Refused`: the hall is stopped or shut, or nobody knows the item.
    pub fn take(&self, hall: &str, ask: &QueueAsk) -> Result<QueueReply> {
        let who = ask.number.as_deref().map(|number| self.0.keys.index(&normalise(number)).to_string());
        let today = date_text(local_day(self.0.now()));
        self.0.office(|tx| {
            let line: Vec<QueueTicket> = office::list(tx, QUEUE, Key::A(&format!("{hall}/{today}")))?;
            if let Some(known) = line.iter().find(|ticket| ticket.ask == Some(ask.ask)) {
                return Ok(QueueReply { ticket: Some(place(known, &line)) });
            }
            let booked = who.as_deref().map(|who| booked_today(tx, who, hall, &today)).transpose()?.flatten();
            let Some(item) = booked.or_else(|| ask.item.clone()) else { return Ok(QueueReply { ticket: None }) };
            if self.0.catalogue().latest(&item).is_none() {
                return Err(CentreError::refused(Refusal::NotFound, ErrorCode::ItemUnknown, "item of the queue"));
            }
            let own = |ticket: &&QueueTicket| {
                who.is_some() && ticket.who == who && ticket.item == item && ticket.called.is_none()
            };
            if let Some(waiting) = line.iter().filter(|ticket| ticket.ended.is_none()).find(own) {
                return Ok(QueueReply { ticket: Some(place(waiting, &line)) });
            }
            let ticket = self.seat(tx, who.as_deref(), hall, &item, Some(ask.ask))?;
            let place = place(&ticket, &line);
            Ok(QueueReply { ticket: Some(place) })
        })
    }

    /// 叫号 of a hall today, the newest first: tickets called whose holders are not done.
    ///
    /// # Errors
    /// Storage.
    pub fn calls(&self, hall: &str) -> Result<QueueCalls> {
        let today = date_text(local_day(self.0.now()));
        let line: Vec<QueueTicket> = self.0.look(|tx| office::list(tx, QUEUE, Key::A(&format!("{hall}/{today}"))))?;
        let open = line.into_iter().filter(|ticket| ticket.ended.is_none());
        let mut calls: Vec<QueueCall> = open
            .filter_map(|ticket| {
                let (window, at_ms) = ticket.called?;
                Some(QueueCall { number: ticket.number, window, at_ms })
            })
            .collect();
        calls.sort_by_key(|call| std::cmp::Reverse(call.at_ms));
        calls.truncate(QueueCalls::MAX);
        Ok(QueueCalls { calls })
    }
}

/// The item somebody booked here for today and has not yet come for.
fn booked_today(tx: &Tx<'_>, who: &str, hall: &str, today: &str) -> Result<Option<ItemKey>> {
    let mine: Vec<Booking> = office::list(tx, BOOKINGS, Key::B(who))?;
    let mut open: Vec<Booking> =
        mine.into_iter().filter(|one| one.state == "booked" && one.day == today && one.hall == hall).collect();
    open.sort_by(|a, b| a.slot.cmp(&b.slot));
    Ok(open.into_iter().next().map(|booking| booking.item))
}

/// A ticket with how many are called before it: those first by right, then those who came before.
fn place(ticket: &QueueTicket, line: &[QueueTicket]) -> QueuePlace {
    let rank = |one: &QueueTicket| (!one.priority, one.at_ms, one.number.clone());
    let mine = rank(ticket);
    let waits = |one: &&QueueTicket| one.called.is_none() && one.ended.is_none();
    let ahead = line.iter().filter(waits).filter(|one| rank(one) < mine).count();
    QueuePlace {
        number: ticket.number.clone(),
        item: ticket.item.clone(),
        priority: ticket.priority,
        ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
        at_ms: ticket.at_ms,
    }
}
