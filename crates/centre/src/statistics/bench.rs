//! Facts of cases that do not exist, for measuring; in no product build.

use super::{Fact, kept};
use crate::error::Result;
use crate::storage::Tx;
use time::{Date, Duration, Month};
use tongban_domain::case::CaseStatus;
use tongban_domain::event::Channel;
use tongban_domain::ids::CaseId;

/// Days the cases are spread over: three years.
pub(crate) const DAYS: usize = 1095;

/// The fact of the bench's case of this number; one in twenty is open.
pub(crate) fn put_fact(tx: &Tx<'_>, case: CaseId, number: usize) -> Result<()> {
    let first = Date::from_calendar_date(2024, Month::January, 2).unwrap_or(Date::MIN);
    let received = first + Duration::days((number % DAYS) as i64);
    let open = number.is_multiple_of(20);
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
    };
    kept::put(tx, &fact)
}
