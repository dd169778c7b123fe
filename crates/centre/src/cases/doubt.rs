//! 时间存疑: whether a case's times come from a clock that was off. The centre orders by its own time;
//! a receipt from such a clock says 时间以中心入库为准.

use super::{Cases, Loaded};
use crate::error::Result;
use tongban_domain::event::Event;
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Origin;

/// A clock may be so far ahead of the centre's, ms (domain rule: 120 s).
pub const AHEAD_MAX_MS: i64 = 120_000;
/// A case filed online comes within this, ms: batches wait for a slow line, not longer.
pub const BEHIND_MAX_MS: i64 = 10 * 60_000;

/// A case filed offline comes within this, ms: a clock that was alone for longer is not trusted (domain rule: 24 h).
pub const ALONE_MAX_MS: i64 = 24 * 3_600_000;

/// By how much the station's clock was off where that can be told, ms; positive when it was ahead.
pub(crate) fn of(loaded: &Loaded) -> Option<i64> {
    let mut worst: i64 = 0;
    for (event, entry) in loaded.events.iter().zip(&loaded.recorded) {
        let header = &entry.action.header;
        if !matches!(header.origin, Origin::Station(_)) {
            continue;
        }
        let off = header.wall.0 - entry.recorded_ms;
        let online = matches!(event, Event::Submitted { offline: false, .. });
        let alone = matches!(event, Event::Submitted { offline: true, .. }) && off < -ALONE_MAX_MS;
        if (off > AHEAD_MAX_MS || (online && off < -BEHIND_MAX_MS) || alone) && off.abs() > worst.abs() {
            worst = off;
        }
    }
    (worst != 0).then_some(worst)
}

impl Cases<'_> {
    /// `time_untrusted`: by how many ms the station's clock was off; `None` when nothing speaks against it.
    pub fn time_doubt(&self, id: CaseId) -> Result<Option<i64>> {
        self.0.look(|tx| Ok(of(&self.0.load_known(tx, id)?)))
    }
}
