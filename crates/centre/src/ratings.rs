//! 好差评: one rating a service, one addition, follow-up clocks for a bad one; nobody rated sees by whom.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::tickets::TicketKind;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};

pub(crate) const RATINGS: &str = "rating";
/// Working days to contact and to fix after a bad rating.
const CONTACT_DAYS: u16 = 1;
const FIX_DAYS: u16 = 15;

/// 满意度 (GB/T 39046-2020 table A.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 1 非常满意.
    VerySatisfied,
    /// 2 满意.
    Satisfied,
    /// 3 基本满意.
    Fair,
    /// 4 不满意.
    Dissatisfied,
    /// 5 非常不满意.
    VeryDissatisfied,
}

impl Grade {
    /// Code of table A.8.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8 + 1
    }

    /// 差评.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Dissatisfied | Self::VeryDissatisfied)
    }
}

/// 评价 as kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The service: case and occasion, for example `…/intake`.
    pub service: String,
    /// The case.
    pub case: String,
    /// 渠道: `kiosk`, `window`, `web`, `phone`.
    pub channel: String,
    /// Window or station.
    pub place: String,
    /// The member of staff rated, where one served.
    pub staff: Option<String>,
    /// 满意度.
    pub grade: Grade,
    /// Labels of the indicator set chosen.
    pub tags: Vec<String>,
    /// 文字.
    pub text: String,
    /// Keyed index of who rated; never shown to the one rated.
    pub by_index: String,
    /// Version of the indicator set.
    pub indicators: u32,
    /// When, ms.
    pub at_ms: i64,
    /// 追评.
    pub addition: Option<(Grade, String, i64)>,
    /// The follow-up ticket of a bad rating.
    pub ticket: Option<String>,
    /// To be contacted and fixed by.
    pub contact_by: Option<String>,
    /// 整改期限.
    pub fix_by: Option<String>,
    /// 误评、恶意差评 excluded after review: why.
    pub excluded: Option<String>,
}

impl std::fmt::Debug for Rating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rating({}, {:?})", self.service, self.grade)
    }
}

/// What the window sees of a rating: the mark and the words, never who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRating {
    /// 满意度.
    pub grade: Grade,
    /// Labels.
    pub tags: Vec<String>,
    /// Words.
    pub text: String,
    /// Day.
    pub day: String,
}

/// A rating on its way in.
#[derive(Debug, Clone)]
pub struct NewRating<'a> {
    /// The case.
    pub case: CaseId,
    /// `intake`, `acceptance` or `end`.
    pub occasion: &'a str,
    /// Where from.
    pub channel: &'a str,
    /// Window or station.
    pub place: &'a str,
    /// Who served.
    pub staff: Option<&'a str>,
    /// 满意度.
    pub grade: Grade,
    /// Labels.
    pub tags: &'a [String],
    /// Words.
    pub text: &'a str,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Ratings<'a>(pub(crate) &'a Centre);

impl Ratings<'_> {
    /// 一次一评. A second one of the same service is refused; a bad one opens a follow-up.
    pub fn rate(&self, new: &NewRating<'_>) -> Result<Rating> {
        let centre = self.0;
        let occasions = ["intake", "acceptance", "end"];
        if !occasions.contains(&new.occasion) || new.text.chars().count() > 500 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "occasion or text"));
        }
        centre.office(|tx| {
            let service = format!("{}/{}", new.case, new.occasion);
            if office::get::<Rating>(tx, RATINGS, &service)?.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::RatedBefore, "rated before"));
            }
            let loaded = centre.load_known(tx, new.case)?;
            let who = loaded.case.card().map(|card| card.number.clone()).unwrap_or_default();
            let today = local_day(centre.now());
            let bad = new.grade.is_bad();
            let due = |days| centre.limits().due(today, days).map(|due| date_text(due.date));
            let ticket = if bad {
                let text = format!("差评回访：{}", if new.text.is_empty() { "未留言" } else { new.text });
                Some(centre.open_ticket(tx, TicketKind::BadRating, &service, &text, "rating")?.id)
            } else {
                None
            };
            let rating = Rating {
                service,
                case: new.case.to_string(),
                channel: new.channel.to_owned(),
                place: new.place.to_owned(),
                staff: new.staff.map(str::to_owned),
                grade: new.grade,
                tags: new.tags.to_vec(),
                text: new.text.to_owned(),
                by_index: centre.keys.index(&tongban_domain::check::normalise(&who)).to_string(),
                indicators: 1,
                at_ms: centre.now_ms(),
                addition: None,
                ticket,
                contact_by: if bad { Some(due(CONTACT_DAYS)?) } else { None },
                fix_by: if bad { Some(due(FIX_DAYS)?) } else { None },
                excluded: None,
            };
            self.save(tx, &rating)?;
            log(tx, rating.at_ms, "applicant", "rating.give", &rating.service, "ok", &rating.grade.code().to_string())?;
            Ok(rating)
        })
    }

    /// 追评: one, after the first.
    pub fn add(&self, service: &str, grade: Grade, text: &str) -> Result<()> {
        self.0.office(|tx| {
            let mut rating: Rating = office::known(tx, RATINGS, service)?;
            if rating.addition.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::RatedBefore, "added to before"));
            }
            rating.addition = Some((grade, text.to_owned(), self.0.now_ms()));
            self.save(tx, &rating)?;
            log(tx, self.0.now_ms(), "applicant", "rating.add", service, "ok", &grade.code().to_string())
        })
    }

    /// Excludes a mistaken or malicious rating after review, by somebody it is not about.
    pub fn exclude(&self, by: &Member, service: &str, reason: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.0.office(|tx| {
            let mut rating: Rating = office::known(tx, RATINGS, service)?;
            if rating.staff.as_deref() == Some(by.id.0.as_str()) || reason.trim().is_empty() {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "about oneself, or no reason"));
            }
            rating.excluded = Some(reason.trim().to_owned());
            self.save(tx, &rating)?;
            log(tx, self.0.now_ms(), &by.id.0, "rating.exclude", service, "ok", reason)
        })
    }

    fn save(&self, tx: &Tx<'_>, rating: &Rating) -> Result<()> {
        let state = if rating.grade.is_bad() { "bad" } else { "good" };
        let staff = rating.staff.as_deref().unwrap_or_default();
        let place = Place { room: RATINGS, id: &rating.service, a: &rating.case, b: staff, state, at_ms: rating.at_ms };
        office::put(tx, place, rating)?;
        self.0.tell_rating(tx, rating)
    }

    /// What a member of staff sees of the marks given: none of them says who gave it.
    pub fn of_staff(&self, by: &Member) -> Result<Vec<SeenRating>> {
        let all: Vec<Rating> = self.0.look(|tx| office::list(tx, RATINGS, Key::B(&by.id.0)))?;
        Ok(all.into_iter().filter(|rating| rating.excluded.is_none()).map(|rating| self.seen(rating)).collect())
    }

    fn seen(&self, rating: Rating) -> SeenRating {
        let day = date_text(local_day(tongban_domain::clock::WallTime(rating.at_ms)));
        SeenRating { grade: rating.grade, tags: rating.tags, text: rating.text, day }
    }

    /// Every rating that counts given since a time (ms), for statistics.
    pub(crate) fn counted_since(&self, from_ms: i64) -> Result<Vec<Rating>> {
        let all: Vec<Rating> = self.0.look(|tx| office::list(tx, RATINGS, Key::Between(from_ms, i64::MAX)))?;
        Ok(all.into_iter().filter(|rating| rating.excluded.is_none()).collect())
    }
}
