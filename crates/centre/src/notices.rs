//! 个人消息: what an applicant is told of a case by itself, and of a licence that ends soon.
//!
//! A notice names the item and what is to be done, nobody and no number. It lies under the keyed index of
//! the person or firm, so that one list serves every channel. Carrying it to a telephone is the city's own gateway.

use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::Result;
use crate::office::{self, Key, Place};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use time::Duration;
use tongban_domain::case::Case;
use tongban_domain::check::normalise;
use tongban_domain::clock::WallTime;
use tongban_domain::event::{Delivery, Event};
use tongban_domain::ids::CaseId;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{date_text, local_day};

pub(crate) const NOTICES: &str = "notice";
/// Days before its end on which a licence's holder is reminded.
pub const REMIND_DAYS: [i64; 3] = [90, 30, 7];
/// Licences by the day they end; see [`crate::exchange`] for those by holder.
const ENDING: &str = "licence_ending";

/// 个人消息.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The case it is about.
    pub case: String,
    /// `accepted`, `correction`, `supplied`, `suspended`, `decided`, `ready`, `ended`, `expiring`.
    pub kind: String,
    /// Words; nothing personal.
    pub text: String,
    /// When, ms.
    pub at_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct Ending {
    case: CaseId,
    valid_to: String,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Notices<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 个人消息.
    #[must_use]
    pub const fn notices(&self) -> Notices<'_> {
        Notices(self)
    }

    /// Firm code, else the number of the card; a part's are its parent's.
    fn addressee(&self, tx: &Tx<'_>, case: &Case) -> Result<Option<String>> {
        let parent = case.handling().parent.map(|parent| self.load_known(tx, parent)).transpose()?;
        let whole = parent.as_ref().map_or(case, |parent| &parent.case);
        let person = || whole.card().map(|card| normalise(&card.number));
        let holder = whole.firm().map(normalise).or_else(person);
        Ok(holder.map(|holder| self.keys.index(&holder).to_string()))
    }

    /// Tells the applicant of an event that asks something of them or ends something.
    pub(crate) fn inform(&self, tx: &Tx<'_>, loaded: &Loaded, event: &Event) -> Result<()> {
        let Some((kind, template, values)) = words(&loaded.case, event) else { return Ok(()) };
        let item = self.item_of(&loaded.case)?;
        let words = self.worded(tx, template, &values)?;
        self.tell_applicant(tx, loaded, &item, kind, &words)
    }

    /// Tells the applicant something of a case; `words` follow the name of the item.
    pub(crate) fn tell_applicant(
        &self,
        tx: &Tx<'_>,
        loaded: &Loaded,
        item: &ServiceItem,
        kind: &str,
        words: &str,
    ) -> Result<()> {
        let Some(who) = self.addressee(tx, &loaded.case)? else { return Ok(()) };
        let (id, case, at_ms) = (self.record_id(), loaded.id().to_string(), self.now_ms());
        let notice =
            Notice { case: case.clone(), kind: kind.to_owned(), text: format!("“{}”{words}", item.name), at_ms };
        office::put(tx, Place { room: NOTICES, id: &id, a: &who, b: &case, state: kind, at_ms }, &notice)
    }

    /// Keeps the day a licence ends, for the reminders.
    pub(crate) fn note_ending(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        let Some(licence) = loaded.case.licence() else { return Ok(()) };
        let (id, valid_to) = (loaded.id().to_string(), licence.valid_to.clone());
        let ending = Ending { case: loaded.id(), valid_to: valid_to.clone() };
        let place = Place { room: ENDING, id: &id, a: &valid_to, b: "", state: "in_force", at_ms: self.now_ms() };
        office::put(tx, place, &ending)
    }
}

/// Kind of the notice, its template, and what stands in the template's places.
type Wording = (&'static str, &'static str, Vec<(&'static str, String)>);

fn words(case: &Case, event: &Event) -> Option<Wording> {
    let day = |due: &str| due.get(..10).unwrap_or(due).to_owned();
    Some(match event {
        Event::Accepted { due, .. } | Event::DeemedAccepted { due, .. } => {
            ("accepted", "accepted", vec![("due", day(due))])
        }
        Event::CorrectionAsked { missing, due, .. } => {
            let names: Vec<&str> = missing.iter().map(|one| one.name.as_str()).collect();
            ("correction", "correction", vec![("missing", names.join("、")), ("due", day(due))])
        }
        Event::Suspended { name, expected_days, .. } => {
            ("suspended", "suspended", vec![("name", name.clone()), ("days", expected_days.to_string())])
        }
        Event::Rejected { .. } | Event::Returned { .. } => ("ended", "rejected", Vec::new()),
        Event::Terminated { .. } => ("ended", "terminated", Vec::new()),
        Event::Decided { granted: true, .. } => ("decided", "granted", Vec::new()),
        Event::Decided { granted: false, .. } => ("decided", "denied", Vec::new()),
        Event::PrintConfirmed { .. } if case.delivery() == Some(Delivery::Courier) => {
            ("ready", "ready_courier", Vec::new())
        }
        Event::PrintConfirmed { .. } => ("ready", "ready", Vec::new()),
        _ => return None,
    })
}

impl Notices<'_> {
    /// A person's or firm's notices, newest first, at most a hundred. The caller has read the card.
    pub fn of(&self, number: &str) -> Result<Vec<Notice>> {
        let who = self.0.keys.index(&normalise(number)).to_string();
        self.0.look(|tx| {
            let mut all: Vec<Notice> = office::list(tx, NOTICES, Key::A(&who))?;
            all.reverse();
            all.truncate(100);
            Ok(all)
        })
    }

    /// The notices of the case on a slip, newest first.
    pub fn of_slip(&self, receipt: &str, password: &str) -> Result<Vec<Notice>> {
        let case = self.0.public().own_case(receipt, password)?.to_string();
        self.0.look(|tx| {
            let mut all: Vec<Notice> = office::list(tx, NOTICES, Key::B(&case))?;
            all.reverse();
            Ok(all)
        })
    }

    /// 到期提醒 for licences that end in 90, 30 or 7 days; answers how many. The same day again reminds nobody twice.
    pub fn remind_expiring(&self) -> Result<usize> {
        let centre = self.0;
        let today = local_day(centre.now());
        let mut reminded = 0;
        for days in REMIND_DAYS {
            let day = date_text(today + Duration::days(days));
            reminded += centre.office(|tx| {
                let mut count = 0;
                for ending in office::list::<Ending>(tx, ENDING, Key::A(&day))? {
                    let loaded = centre.load_known(tx, ending.case)?;
                    let told: Vec<Notice> = office::list(tx, NOTICES, Key::B(&ending.case.to_string()))?;
                    let values = [("valid_to", ending.valid_to.clone()), ("days", days.to_string())];
                    let words = centre.worded(tx, "expiring", &values)?;
                    // Each of the three days is reached once; the words may change between two rounds of it.
                    let told_today = |one: &Notice| one.kind == "expiring" && local_day(WallTime(one.at_ms)) == today;
                    let before = told.iter().any(told_today);
                    if before || loaded.case.handling().revoked.is_some() {
                        continue;
                    }
                    let item = centre.item_of(&loaded.case)?;
                    centre.tell_applicant(tx, &loaded, &item, "expiring", &words)?;
                    count += 1;
                }
                Ok(count)
            })?;
        }
        Ok(reminded)
    }
}
