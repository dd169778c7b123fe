//! Facts of cases that do not exist, for measuring; in no product build.

use super::{Fact, kept};
use crate::error::Result;
use crate::storage::Val;
use time::{Date, Duration, Month};
use tongban_domain::case::CaseStatus;
use tongban_domain::event::Channel;
use tongban_domain::ids::CaseId;

/// Days the cases are spread over: three years.
pub(crate) const DAYS: usize = 1095;

/// The records of the fact of the bench's case of this number, as they are kept.
pub(crate) fn fact_rows(case: CaseId, number: usize) -> Result<Vec<Val>> {
    let first = Date::from_calendar_date(2024, Month::January, 2).unwrap_or(Date::MIN);
    let received = first + Duration::days((number % DAYS) as i64);
    let open = number.is_multiple_of(crate::bench::OPEN_EVERY);
    let accepted = received + Duration::DAY;
    let taken = (number % 7) as i64;
    let fact = Fact {
        case,
        item: "jz_first".into(),
        org: "118901000000401224".into(),
        region: "890102".into(),
        hall: "890102-001".into(),
        channel: if number.is_multiple_of(3) { Channel::Kiosk } else { Channel::Window },
        received: Some(received),
        accepted: Some(accepted),
        ended: (!open).then(|| accepted + Duration::days(taken)),
        status: if open { CaseStatus::InReview } else { CaseStatus::Closed },
        promised: true,
        same_day: taken == 0 && !open,
        counted: (!open).then_some((taken as u32, 10)),
        in_time: !open,
        materials: (12, 7),
        trips: (1, 1),
        corrections: usize::from(number.is_multiple_of(11)),
        returned: false,
        avoidable: 0,
        promised_complete: number.is_multiple_of(2),
        station: format!("890102-001-W{:02}", number % 12),
        people: vec![format!("staff{}", number % 40)],
    };
    kept::rows(&fact)
}
