//! Rows for measuring searches; in no product build.

use crate::centre::Centre;
use crate::error::Result;
use crate::statistics::bench;
use crate::vals;
use tongban_domain::ids::CaseId;

/// Rows of one transaction.
const STEP: usize = 2000;

impl Centre {
    /// Fills the projection with `count` cases of people who do not exist: 测试0000000 and so on,
    /// number `8901021978` + seven digits + `X`, receipt `890102260302` + seven digits, spread over three
    /// years from 2024, each with its fact.
    pub fn fill_for_bench(&self, count: usize) -> Result<()> {
        for first in (0..count).step_by(STEP) {
            self.db.write("rebuild cases", |tx| {
                for number in first..(first + STEP).min(count) {
                    let (name, card) = (format!("测试{number:07}"), format!("8901021978{number:07}X"));
                    let closed = (number % 20 != 0).then_some(1_772_500_000_000_i64);
                    let status = if closed.is_some() { "closed" } else { "in_review" };
                    let nothing = || None::<&str>;
                    let case = CaseId(self.ids.next());
                    let submitted = 1_704_158_000_000_i64 + (number % bench::DAYS) as i64 * 86_400_000 + number as i64;
                    bench::put_fact(tx, case, number)?;
                    tx.exec(
                        "case.put",
                        vals![
                            case.0,
                            status,
                            9,
                            "890102-001-K03",
                            "890102-001",
                            "890102",
                            "kiosk",
                            "jz_first",
                            1,
                            format!("890102260302{number:07}"),
                            nothing(),
                            self.keys.seal("applicant", name.as_bytes(), self.rng.as_ref()),
                            self.keys.seal("number", card.as_bytes(), self.rng.as_ref()),
                            self.keys.index(&name),
                            self.keys.index(&card),
                            nothing(),
                            nothing(),
                            nothing(),
                            false,
                            submitted,
                            nothing_ms(),
                            nothing_ms(),
                            nothing_ms(),
                            closed,
                            nothing(),
                            nothing(),
                            nothing(),
                            nothing_ms(),
                            nothing(),
                            nothing(),
                            nothing(),
                            None::<Vec<u8>>
                        ],
                    )?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

const fn nothing_ms() -> Option<i64> {
    None
}
