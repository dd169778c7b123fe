//! 办公桌: what the staff pages read beside what the rooms already tell. Nothing is changed here,
//! but for a hall's notice.

mod form;

use crate::appointments::{self, Appointments, Booking, QueueTicket};
use crate::archive::{self, Archive, Manifest};
use crate::cases::{CaseView, Cases, Loaded, scope_of};
use crate::centre::Centre;
use crate::courier::{self, Courier, Parcel};
use crate::error::{CentreError, Result};
use crate::feed;
use crate::handling::{self, GivenApproval, Handling};
use crate::library::{self, Claim, Library};
use crate::office::{self, EVER, Key};
use crate::operations::{self, Duty, Operations, Stop, Window};
use crate::org::{self, Leave, Organisation};
use crate::payments::{self, Payment, Payments};
use crate::people::PersonLook;
use crate::public::Public;
use crate::ratings::{self, Rating, Ratings};
use crate::rights::{Action, region_prefix};
use crate::sharing::{ShareCallLine, Sharing};
use crate::staff::{LogLine, Member, Staff, log, log_line};
use crate::storage::{Row, Tx};
use crate::supervision::{self, Supervision};
use crate::vals;
use tongban_domain::case::Handling as Handled;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::MaterialVerdict;
use tongban_domain::ids::CaseId;
use tongban_domain::item::Flow;
use tongban_domain::limits::{Clocks, date_text, local_day};
use tongban_domain::readiness::judge;
use tongban_protocol::api::FeedItem;

/// What somebody needs beside the case's page to act on it.
pub struct AtDesk {
    /// Notices, stops, promises, steps, papers, parts.
    pub handled: Handled,
    /// Where it stands in its workflow.
    pub flow: Flow,
    /// Its clocks, now.
    pub clocks: Clocks,
    /// What each material is judged as, now.
    pub verdicts: Vec<MaterialVerdict>,
    /// Consents given and not used.
    pub approvals: Vec<GivenApproval>,
}

impl std::fmt::Debug for AtDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtDesk").finish_non_exhaustive()
    }
}

impl Cases<'_> {
    /// A case of the member's region as somebody at a desk needs it.
    pub fn at_desk(&self, by: &Member, id: CaseId) -> Result<AtDesk> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            self.0.row_for(tx, by, id)?;
            self.0.at_desk(tx, &self.0.load_known(tx, id)?)
        })
    }

    /// [`Cases::view`] and [`Cases::at_desk`] from one reading of the chain.
    pub fn whole(&self, by: &Member, id: CaseId) -> Result<(CaseView, AtDesk)> {
        by.require(Action::ViewCases)?;
        self.0.db.read("view case", |tx| {
            let row = self.0.row_for(tx, by, id)?;
            let loaded = self.0.load_known(tx, id)?;
            Ok((self.0.view_of(tx, row, &loaded)?, self.0.at_desk(tx, &loaded)?))
        })
    }
}

impl Centre {
    fn at_desk(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<AtDesk> {
        let item = self.item_of(&loaded.case)?;
        let given: Vec<GivenApproval> = office::list(tx, handling::APPROVALS, Key::A(&loaded.id().to_string()))?;
        Ok(AtDesk {
            flow: tongban_domain::item::flow(&item, &loaded.case),
            clocks: self.clocks_of(&loaded.case, &item),
            verdicts: judge(&item, &loaded.case, local_day(self.now())),
            approvals: given.into_iter().filter(|approval| !approval.used).collect(),
            handled: loaded.case.handling().clone(),
        })
    }
}

impl Handling<'_> {
    /// Consents waiting to be used by other people than this one.
    pub fn approvals(&self, by: &Member, id: CaseId) -> Result<Vec<GivenApproval>> {
        by.require(Action::ViewCases)?;
        let given: Vec<GivenApproval> =
            self.0.look(|tx| office::list(tx, handling::APPROVALS, Key::A(&id.to_string())))?;
        Ok(given.into_iter().filter(|approval| !approval.used && approval.by != by.id).collect())
    }
}

impl Operations<'_> {
    /// Every 停用, oldest first; lifted ones too.
    pub fn stops(&self) -> Result<Vec<Stop>> {
        self.0.look(|tx| office::list(tx, operations::STOPS, EVER))
    }

    /// The whole 责任表.
    pub fn duties(&self) -> Result<Vec<Duty>> {
        self.0.look(|tx| office::list(tx, operations::DUTY, EVER))
    }

    /// Every window of every hall.
    pub fn all_windows(&self) -> Result<Vec<Window>> {
        self.0.look(|tx| office::list(tx, operations::WINDOWS, EVER))
    }

    /// 公告 to the stations of a hall, or to all with an empty `hall`.
    pub fn notice(&self, by: &Member, hall: &str, text: &str) -> Result<()> {
        by.require(Action::RunHall)?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 200 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "notice"));
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            feed::push(
                tx,
                now,
                Some(hall).filter(|hall| !hall.is_empty()),
                &FeedItem::Notice { text: text.to_owned() },
            )?;
            log(tx, now, &by.id.0, "hall.notice", hall, "ok", text)
        })
    }
}

impl Organisation<'_> {
    /// Leaves not taken back, oldest first.
    pub fn leaves(&self) -> Result<Vec<Leave>> {
        self.0.look(|tx| office::list(tx, org::LEAVES, Key::State("open")))
    }
}

impl Library<'_> {
    /// Every 认领, oldest first.
    pub fn claims(&self) -> Result<Vec<Claim>> {
        self.0.look(|tx| office::list(tx, library::CLAIMS, EVER))
    }
}

impl Ratings<'_> {
    /// Every rating, for whoever supervises; who gave it stands in none of them.
    pub fn all(&self, by: &Member) -> Result<Vec<Rating>> {
        by.require(Action::Supervise)?;
        let mut all: Vec<Rating> = self.0.look(|tx| office::list(tx, ratings::RATINGS, EVER))?;
        for rating in &mut all {
            rating.by_index.clear();
        }
        Ok(all)
    }
}

impl Supervision<'_> {
    /// 抽查: case, who looked, what was found; oldest first.
    pub fn checks(&self, by: &Member) -> Result<Vec<(String, String)>> {
        by.require(Action::Supervise)?;
        self.0.look(|tx| office::list(tx, supervision::CHECKS, EVER))
    }
}

impl Appointments<'_> {
    /// Today's line of a hall, in the order the tickets were taken.
    pub fn line(&self, hall: &str) -> Result<Vec<QueueTicket>> {
        let today = date_text(local_day(self.0.now()));
        self.0.look(|tx| office::list(tx, appointments::QUEUE, Key::A(&format!("{hall}/{today}"))))
    }

    /// Bookings of a hall not past, by day and slot.
    pub fn bookings(&self, hall: &str) -> Result<Vec<Booking>> {
        let today = date_text(local_day(self.0.now()));
        let mut all: Vec<Booking> = self.0.look(|tx| office::list(tx, appointments::BOOKINGS, Key::State("booked")))?;
        all.retain(|booking| booking.hall == hall && booking.day >= today);
        all.sort_by(|a, b| (&a.day, &a.slot, &a.id).cmp(&(&b.day, &b.slot, &b.id)));
        Ok(all)
    }
}

impl Appointments<'_> {
    /// [`Appointments::close_day`] for every day before today.
    pub fn close_past_days(&self) -> Result<usize> {
        let yesterday = local_day(self.0.now()).previous_day();
        yesterday.map_or(Ok(0), |day| self.close_day(&date_text(day)))
    }
}

impl Payments<'_> {
    /// Every order, oldest first.
    pub fn all(&self, by: &Member) -> Result<Vec<Payment>> {
        by.require(Action::TakePayments)?;
        self.0.look(|tx| office::list(tx, payments::ORDERS, EVER))
    }
}

impl Courier<'_> {
    /// Every parcel, oldest first.
    pub fn all(&self, by: &Member) -> Result<Vec<Parcel>> {
        by.require(Action::ViewLicences)?;
        self.0.look(|tx| office::list(tx, courier::PARCELS, EVER))
    }
}

/// An ended case as the archive's list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The case.
    pub case: String,
    /// 受理号.
    pub receipt: String,
    /// 事项.
    pub item: String,
    /// Status key.
    pub status: String,
    /// When it ended, ms.
    pub at_ms: i64,
}

impl Archive<'_> {
    /// Every package, oldest first.
    pub fn all(&self, by: &Member) -> Result<Vec<Manifest>> {
        by.require(Action::ViewArchive)?;
        self.0.look(|tx| office::list(tx, archive::PACKAGES, EVER))
    }

    /// Ended cases of the member's region, newest first, at most `max`.
    pub fn ended(&self, by: &Member, max: u32) -> Result<Vec<Ended>> {
        by.require(Action::ViewArchive)?;
        let region = format!("{}%", region_prefix(&by.region));
        self.0.look(|tx| {
            let line = |row: &Row| {
                Ok(Ended {
                    case: row.text(0)?,
                    receipt: row.text(1)?,
                    item: row.opt_text(2)?.unwrap_or_default(),
                    status: row.text(3)?,
                    at_ms: row.int(4)?,
                })
            };
            tx.rows("desk.ended", vals![scope_of(&by.region), max, &region])?.iter().map(line).collect()
        })
    }
}

impl Staff<'_> {
    /// Lines of the log about an object, by an actor or of an action, newest first.
    pub fn log_of(&self, word: &str, max: u32) -> Result<Vec<LogLine>> {
        self.0.look(|tx| tx.rows("desk.log_of", vals![word, max])?.iter().map(log_line).collect())
    }
}

/// Calls of a resource with one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// Resource.
    pub resource: String,
    /// Outcome key.
    pub outcome: String,
    /// Calls.
    pub calls: u64,
    /// Sum of their durations, ms.
    pub took_ms: u64,
}

impl Sharing<'_> {
    /// The newest calls, of one resource or of all, each with its item.
    pub fn recent_calls(&self, resource: Option<&str>, max: u32) -> Result<Vec<(ShareCallLine, String)>> {
        let resource = resource.map(str::to_owned);
        self.0.look(|tx| {
            let rows = tx.rows("desk.calls", vals![&resource, max])?;
            rows.iter().map(|row| Ok((call_line(row)?, row.text(8)?))).collect()
        })
    }

    /// Calls since a moment by resource and outcome.
    pub fn call_counts(&self, since_ms: i64) -> Result<Vec<CallCount>> {
        self.0.look(|tx| {
            let count = |row: &Row| {
                Ok(CallCount {
                    resource: row.text(0)?,
                    outcome: row.text(1)?,
                    calls: row.uint(2)?,
                    took_ms: row.uint(3)?,
                })
            };
            tx.rows("desk.call_counts", vals![since_ms])?.iter().map(count).collect()
        })
    }
}

fn call_line(row: &Row) -> Result<ShareCallLine> {
    Ok(ShareCallLine {
        at_ms: row.int(0)?,
        station: row.text(1)?,
        resource: row.text(2)?,
        purpose: row.text(3)?,
        basis: row.text(4)?,
        fields: row.text(5)?,
        outcome: row.text(6)?,
        took_ms: row.uint(7)?,
    })
}

impl Public<'_> {
    /// The case behind a receipt number and the six digits on its slip, with the guess limit of
    /// [`Public::progress`].
    pub fn own_case(&self, receipt: &str, password: &str) -> Result<CaseId> {
        self.progress(receipt, password)?;
        let receipt: String = receipt.chars().filter(char::is_ascii_digit).collect();
        self.0.look(|tx| {
            let row = tx.row("case.by_receipt", vals![&receipt])?;
            row.map(|row| row.uuid(0).map(CaseId)).transpose()?.ok_or_else(|| CentreError::not_found("case"))
        })
    }

    /// 谁在何时查询了我的信息: share calls made for the case, and looks of staff at the person.
    pub fn looks(&self, receipt: &str, password: &str) -> Result<(Vec<ShareCallLine>, Vec<PersonLook>)> {
        let id = self.own_case(receipt, password)?;
        let number = self.0.look(|tx| {
            let loaded = self.0.load_known(tx, id)?;
            Ok(loaded.case.card().map(|card| card.number.clone()))
        })?;
        let looks = number.map_or(Ok(Vec::new()), |number| self.0.people().looks(&number))?;
        Ok((self.0.sharing().of_case(id)?, looks))
    }
}
