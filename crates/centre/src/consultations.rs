//! 意见征询和听证公告: a notice with a term, opinions of anybody, looked at before they are published, and an answer
//! with what became of them.
//!
//! A notice is drafted and published by two people. An opinion names nobody unless its writer gives a name; who signs
//! up for a hearing leaves a telephone, which lies sealed and is shown to those who supervise alone.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_domain::limits::{date_text, local_day, parse_date};

const NOTICES: &str = "consultation";
const OPINIONS: &str = "opinion";
/// Opinions one address may give to one notice in a day.
pub const OPINIONS_A_DAY: usize = 3;
/// Opinions all addresses together may give to one notice in a day.
pub const OPINIONS_ALL_A_DAY: usize = 2_000;
/// Digits in a row that may be a number of a person.
const DIGITS_MAX: usize = 14;

/// 公告类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultationKind {
    /// 意见征询.
    Survey,
    /// 听证公告: people sign up besides.
    Hearing,
}

/// A notice to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsultation {
    /// Which.
    pub kind: ConsultationKind,
    /// 标题.
    pub title: String,
    /// 内容.
    pub text: String,
    /// First day, `YYYY-MM-DD`.
    pub opens: String,
    /// Last day.
    pub closes: String,
    /// 听证时间地点; empty for a survey.
    pub place: String,
}

/// 公告.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    /// 编号.
    pub id: String,
    /// Which.
    pub kind: ConsultationKind,
    /// 标题.
    pub title: String,
    /// 内容.
    pub text: String,
    /// First day.
    pub opens: String,
    /// Last day.
    pub closes: String,
    /// 听证时间地点.
    pub place: String,
    /// Who wrote it.
    pub drafted_by: StaffId,
    /// Who published it, when (ms).
    pub published: Option<(StaffId, i64)>,
    /// 反馈 and when (ms).
    pub answer: Option<(String, i64)>,
}

/// 意见.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// 编号.
    pub id: String,
    /// Of which notice.
    pub of: String,
    /// Words.
    pub text: String,
    /// 署名, as the writer wants it; empty for none.
    pub name: String,
    /// 报名参加听证: telephone, sealed.
    pub contact_hex: Option<String>,
    /// When, ms.
    pub at_ms: i64,
    /// `waiting`, `shown`, `withheld`.
    pub state: String,
    /// Why it is withheld.
    pub reason: String,
    /// Keyed index of address and day: for the limit of a day, and for nothing else.
    pub from: String,
}

impl std::fmt::Debug for Opinion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opinion({}, {})", self.id, self.state)
    }
}

/// What came of a notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Opinions received.
    pub received: usize,
    /// Published.
    pub shown: usize,
    /// Withheld, with a reason.
    pub withheld: usize,
    /// Not yet looked at.
    pub waiting: usize,
    /// 报名参加听证.
    pub signed_up: usize,
}

/// What somebody writes.
#[derive(Clone, Default)]
pub struct NewOpinion<'a> {
    /// Words.
    pub text: &'a str,
    /// 署名; empty for none.
    pub name: &'a str,
    /// Telephone of who wants to attend the hearing; empty for who does not.
    pub phone: &'a str,
    /// Address it came from, for the limit of a day; kept as a keyed index alone.
    pub from: &'a str,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Consultations<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 意见征询和听证.
    #[must_use]
    pub const fn consultations(&self) -> Consultations<'_> {
        Consultations(self)
    }
}

impl Consultations<'_> {
    /// 起草.
    ///
    /// # Errors
    /// `Invalid`: no title or text, a term that ends before it begins, a hearing without place.
    pub fn draft(&self, by: &Member, new: &NewConsultation) -> Result<Consultation> {
        by.require(Action::HandleTickets)?;
        let wrong = |what: &str| Err(CentreError::invalid(ErrorCode::FieldInvalid, what));
        let (opens, closes) = (parse_date(&new.opens), parse_date(&new.closes));
        if new.title.trim().is_empty() || new.text.trim().is_empty() || new.text.chars().count() > 8_000 {
            return wrong("title or text of the notice");
        }
        if opens.zip(closes).is_none_or(|(opens, closes)| closes < opens) {
            return wrong("term of the notice");
        }
        if new.kind == ConsultationKind::Hearing && new.place.trim().is_empty() {
            return wrong("time and place of the hearing");
        }
        self.0.office(|tx| {
            let notice = Consultation {
                id: self.0.series(tx, "YJ")?,
                kind: new.kind,
                title: new.title.trim().to_owned(),
                text: new.text.trim().to_owned(),
                opens: new.opens.clone(),
                closes: new.closes.clone(),
                place: new.place.trim().to_owned(),
                drafted_by: by.id.clone(),
                published: None,
                answer: None,
            };
            self.save(tx, &by.id.0, "consultation.draft", &notice)?;
            Ok(notice)
        })
    }

    /// 发布, by another person than who wrote it.
    ///
    /// # Errors
    /// A108 for the same person, C101 for a notice that is published.
    pub fn publish(&self, by: &Member, id: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        self.0.office(|tx| {
            let mut notice: Consultation = office::known(tx, NOTICES, id)?;
            if notice.drafted_by == by.id {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "drafted by the same person"));
            }
            if notice.published.is_some() {
                return Err(state("the notice is published"));
            }
            notice.published = Some((by.id.clone(), self.0.now_ms()));
            self.save(tx, &by.id.0, "consultation.publish", &notice)
        })
    }

    /// An opinion of anybody, within the term. Numbers of persons are not taken.
    ///
    /// # Errors
    /// C101 outside the term, N112 beyond the limits of a day, C103 for words that are none or hold a number.
    pub fn say(&self, id: &str, new: &NewOpinion<'_>) -> Result<Opinion> {
        let (text, name, phone) = (new.text.trim(), new.name.trim(), new.phone.trim());
        let long = text.chars().count() > 1_000 || name.chars().count() > 40 || phone.chars().count() > 20;
        if text.is_empty() || long || holds_number(text) || holds_number(name) {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "words of the opinion"));
        }
        let today = date_text(local_day(self.0.now()));
        let from = self.0.keys.index(&format!("opinion:{id}:{today}:{}", new.from)).to_string();
        self.0.office(|tx| {
            let notice: Consultation = office::known(tx, NOTICES, id)?;
            if !notice.is_open(&today) {
                return Err(state("not within the term"));
            }
            let all: Vec<Opinion> = office::list(tx, OPINIONS, Key::A(id))?;
            let of_today = |one: &&Opinion| date_text(local_day(tongban_domain::clock::WallTime(one.at_ms))) == today;
            let own: Vec<Opinion> = office::list(tx, OPINIONS, Key::B(&from))?;
            if own.len() >= OPINIONS_A_DAY || all.iter().filter(of_today).count() >= OPINIONS_ALL_A_DAY {
                let detail = "opinions of this day";
                return Err(CentreError::refused(Refusal::TooMany, ErrorCode::TooManyRequests, detail));
            }
            let attends = notice.kind == ConsultationKind::Hearing && !phone.is_empty();
            let sealed = attends.then(|| self.0.keys.seal("opinion", phone.as_bytes(), self.0.rng.as_ref()));
            let opinion = Opinion {
                id: self.0.record_id(),
                of: id.to_owned(),
                text: text.to_owned(),
                name: name.to_owned(),
                contact_hex: sealed.map(hex::encode),
                at_ms: self.0.now_ms(),
                state: "waiting".to_owned(),
                reason: String::new(),
                from: from.clone(),
            };
            keep(tx, &opinion)?;
            log(tx, opinion.at_ms, "applicant", "opinion.give", id, "ok", "")?;
            Ok(opinion)
        })
    }

    /// 审看: published as it stands, or withheld with a reason. No word of it is changed.
    ///
    /// # Errors
    /// A105 for withholding without a reason.
    pub fn moderate(&self, by: &Member, opinion: &str, show: bool, reason: &str) -> Result<()> {
        by.require(Action::HandleTickets)?;
        if !show && reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "withheld without a reason"));
        }
        self.0.office(|tx| {
            let mut known: Opinion = office::known(tx, OPINIONS, opinion)?;
            if known.state != "waiting" {
                return Err(state("looked at before"));
            }
            known.state = if show { "shown" } else { "withheld" }.to_owned();
            known.reason = if show { String::new() } else { reason.trim().to_owned() };
            keep(tx, &known)?;
            log(tx, self.0.now_ms(), &by.id.0, "opinion.moderate", &known.of, "ok", &known.state)
        })
    }

    /// 反馈: after the term, when every opinion was looked at.
    ///
    /// # Errors
    /// C101 while the term runs or an opinion waits.
    pub fn answer(&self, by: &Member, id: &str, text: &str) -> Result<()> {
        by.require(Action::Supervise)?;
        if text.trim().is_empty() || text.chars().count() > 8_000 {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "answer"));
        }
        let today = date_text(local_day(self.0.now()));
        self.0.office(|tx| {
            let mut notice: Consultation = office::known(tx, NOTICES, id)?;
            if notice.published.is_none() || notice.closes >= today || notice.answer.is_some() {
                return Err(state("the term runs, or it is answered"));
            }
            if counts(&office::list::<Opinion>(tx, OPINIONS, Key::A(id))?).waiting > 0 {
                return Err(state("an opinion waits to be looked at"));
            }
            notice.answer = Some((text.trim().to_owned(), self.0.now_ms()));
            self.save(tx, &by.id.0, "consultation.answer", &notice)
        })
    }

    fn save(&self, tx: &Tx<'_>, by: &str, action: &str, notice: &Consultation) -> Result<()> {
        let stands = match (&notice.published, &notice.answer) {
            (None, _) => "draft",
            (Some(_), None) => "published",
            (Some(_), Some(_)) => "answered",
        };
        let now = self.0.now_ms();
        let place = Place { room: NOTICES, id: &notice.id, a: &notice.closes, b: "", state: stands, at_ms: now };
        office::put(tx, place, notice)?;
        log(tx, now, by, action, &notice.id, "ok", stands)
    }

    /// Every notice, drafts included, newest last.
    pub fn all(&self, by: &Member) -> Result<Vec<Consultation>> {
        by.require(Action::HandleTickets)?;
        self.0.look(|tx| office::list(tx, NOTICES, EVER))
    }

    /// What anybody may read, newest last.
    pub fn published(&self) -> Result<Vec<Consultation>> {
        let all: Vec<Consultation> = self.0.look(|tx| office::list(tx, NOTICES, EVER))?;
        Ok(all.into_iter().filter(|notice| notice.published.is_some()).collect())
    }

    /// A published notice with its published opinions and all counts.
    ///
    /// # Errors
    /// `NotFound`, also for a draft.
    pub fn open(&self, id: &str) -> Result<(Consultation, Vec<Opinion>, Counts)> {
        let (notice, all) = self.whole(id)?;
        if notice.published.is_none() {
            return Err(CentreError::not_found("consultation"));
        }
        let counts = counts(&all);
        Ok((notice, all.into_iter().filter(|one| one.state == "shown").collect(), counts))
    }

    fn whole(&self, id: &str) -> Result<(Consultation, Vec<Opinion>)> {
        self.0.look(|tx| Ok((office::known(tx, NOTICES, id)?, office::list(tx, OPINIONS, Key::A(id))?)))
    }

    /// A notice with every opinion, for the staff; telephones only for who supervises.
    pub fn seen_by(&self, by: &Member, id: &str) -> Result<(Consultation, Vec<Heard>)> {
        by.require(Action::HandleTickets)?;
        let (notice, all) = self.whole(id)?;
        let may = by.may(Action::Supervise);
        let phone = |one: &Opinion| {
            let hex = one.contact_hex.as_deref().filter(|_| may)?;
            let sealed = hex::decode(hex).ok()?;
            String::from_utf8(self.0.keys.open_sealed("opinion", &sealed).ok()?).ok()
        };
        let all = all.into_iter().map(|one| (phone(&one), one)).map(|(phone, one)| (one, phone)).collect();
        Ok((notice, all))
    }
}

/// An opinion, and the telephone left with it where the reader may see it.
pub type Heard = (Opinion, Option<String>);

impl Consultation {
    /// Whether opinions are taken on this day, `YYYY-MM-DD`.
    #[must_use]
    pub fn is_open(&self, today: &str) -> bool {
        self.published.is_some() && self.opens.as_str() <= today && today <= self.closes.as_str()
    }
}

/// What came of these opinions.
#[must_use]
pub fn counts(all: &[Opinion]) -> Counts {
    let of = |state: &str| all.iter().filter(|one| one.state == state).count();
    Counts {
        received: all.len(),
        shown: of("shown"),
        withheld: of("withheld"),
        waiting: of("waiting"),
        signed_up: all.iter().filter(|one| one.contact_hex.is_some()).count(),
    }
}

fn keep(tx: &Tx<'_>, opinion: &Opinion) -> Result<()> {
    let Opinion { id, of, from, state, at_ms, .. } = opinion;
    office::put(tx, Place { room: OPINIONS, id, a: of, b: from, state, at_ms: *at_ms }, opinion)
}

fn state(detail: &str) -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, detail)
}

/// A run of digits as long as a number of a person.
fn holds_number(text: &str) -> bool {
    let mut run = 0;
    text.chars().any(|letter| {
        run = if letter.is_ascii_digit() || (run > 0 && matches!(letter, ' ' | '-')) { run + 1 } else { 0 };
        run > DIGITS_MAX
    })
}
