//! 人: ages, guardians, agents and what each may do.

use crate::case::Case;
use crate::event::CardFacts;
use crate::ids::ItemKey;
use crate::limits::parse_date;
use time::Date;

/// 完全民事行为能力 begins (民法典 Art. 17, 18).
pub const ADULT_YEARS: u16 = 18;
/// Below this age face and fingerprint need the guardian's consent (个人信息保护法 Art. 28, 31).
pub const SENSITIVE_YEARS: u16 = 14;

/// Whole years between a birthday `YYYYMMDD` and a day.
#[must_use]
pub fn age_on(birth: &str, day: Date) -> Option<u16> {
    if birth.len() != 8 || !birth.is_ascii() {
        return None;
    }
    let born = parse_date(&format!("{}-{}-{}", &birth[..4], &birth[4..6], &birth[6..]))?;
    let had_birthday = (day.month() as u8, day.day()) >= (born.month() as u8, born.day());
    u16::try_from(day.year() - born.year() - i32::from(!had_birthday)).ok()
}

/// Whether the holder of this card applies with a guardian only.
#[must_use]
pub fn needs_guardian(card: &CardFacts, today: Date) -> bool {
    age_on(&card.birth, today).is_some_and(|years| years < ADULT_YEARS)
}

/// Whether face or finger of this card's holder may be taken only with the guardian's consent.
#[must_use]
pub fn is_sensitive(card: &CardFacts, today: Date) -> bool {
    age_on(&card.birth, today).is_some_and(|years| years < SENSITIVE_YEARS)
}

/// 代理监护错误: why a guardian or agent does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// A minor without a guardian's consent.
    #[error("a minor applies with a guardian")]
    GuardianNeeded,
    /// The guardian is a minor.
    #[error("the guardian is no adult")]
    GuardianMinor,
    /// The item takes no agents.
    #[error("the item takes no agents")]
    AgentsBarred,
    /// The authorisation is for other items, or over.
    #[error("the authorisation does not cover this")]
    NotAuthorised,
}

/// Whether those present suffice for the case: a guardian for a minor, a valid authorisation for an agent.
///
/// # Errors
/// [`PeopleError`].
pub fn may_apply(case: &Case, agents_allowed: bool, today: Date) -> Result<(), PeopleError> {
    let Some(card) = case.card() else { return Ok(()) };
    if needs_guardian(card, today) {
        let guardian = case.handling().guardian.as_ref().ok_or(PeopleError::GuardianNeeded)?;
        if needs_guardian(&guardian.card, today) {
            return Err(PeopleError::GuardianMinor);
        }
    }
    match (&case.handling().agent, case.item()) {
        (Some(_), _) if !agents_allowed => Err(PeopleError::AgentsBarred),
        (Some(agent), Some((item, _))) if !agent_covers(agent, item, today) => Err(PeopleError::NotAuthorised),
        _ => Ok(()),
    }
}

fn agent_covers(agent: &crate::case::Agent, item: &ItemKey, today: Date) -> bool {
    let until = parse_date(&agent.valid_to).is_some_and(|until| today <= until);
    until && (agent.items.is_empty() || agent.items.contains(item))
}

/// Whether the holder of this number may collect the result: the applicant, whom the agent acts
/// for, the guardian; the agent only where the authorisation says so.
#[must_use]
pub fn may_collect(case: &Case, number: &str, today: Date) -> bool {
    let same = |known: &str| crate::check::normalise(known) == crate::check::normalise(number);
    let handling = case.handling();
    let applicant = case.card().is_some_and(|card| same(&card.number));
    match &handling.agent {
        None => applicant || handling.guardian.as_ref().is_some_and(|guardian| same(&guardian.card.number)),
        Some(agent) if same(&agent.principal.number) => true,
        Some(agent) => {
            let until = parse_date(&agent.valid_to).is_some_and(|until| today <= until);
            applicant && agent.pickup && until
        }
    }
}
