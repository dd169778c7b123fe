//! 第二因素: a one-time code beside the password (RFC 6238: SHA-1, thirty seconds, six digits, the
//! form every authenticator application reads). A code counts once; five wrong ones lock.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Place};
use crate::rights::Action;
use crate::staff::{FAILURES_MAX, LOCK_MS, Member, log};
use crate::storage::Tx;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;

const FACTORS: &str = "second_factor";
/// Seconds one code lasts (RFC 6238 section 5.2).
const STEP_S: i64 = 30;
/// Steps a telephone's clock may be off, either way.
const DRIFT: i64 = 1;

/// A factor as kept. The secret is sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Factor {
    staff: StaffId,
    secret_sealed_hex: String,
    confirmed: bool,
    last_step: i64,
    failures: i64,
    locked_until_ms: i64,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct SecondFactor<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 第二因素.
    #[must_use]
    pub const fn second_factor(&self) -> SecondFactor<'_> {
        SecondFactor(self)
    }

    fn factor(&self, tx: &Tx<'_>, staff: &StaffId) -> Result<Option<Factor>> {
        office::get(tx, FACTORS, &staff.0)
    }

    fn save_factor(&self, tx: &Tx<'_>, factor: &Factor) -> Result<()> {
        let state = if factor.confirmed { "in_force" } else { "new" };
        let place = Place { room: FACTORS, id: &factor.staff.0, a: "", b: "", state, at_ms: self.now_ms() };
        office::put(tx, place, factor)
    }

    fn factor_secret(&self, factor: &Factor) -> Result<Vec<u8>> {
        let sealed = hex::decode(&factor.secret_sealed_hex)
            .map_err(|error| CentreError::Damaged(format!("second factor: {error}")))?;
        self.keys.open_sealed("second_factor", &sealed)
    }
}

impl SecondFactor<'_> {
    /// Whether the account signs in with a code.
    pub fn is_set(&self, staff: &StaffId) -> Result<bool> {
        self.0.look(|tx| Ok(self.0.factor(tx, staff)?.is_some_and(|factor| factor.confirmed)))
    }

    /// A secret to be put into an authenticator, base 32; the same one until it is confirmed.
    pub fn begin(&self, by: &Member) -> Result<String> {
        let fresh: [u8; 20] = self.0.random();
        self.0.office(|tx| {
            if let Some(known) = self.0.factor(tx, &by.id)? {
                if known.confirmed {
                    return Err(CentreError::refused(Refusal::Conflict, ErrorCode::FieldInvalid, "set before"));
                }
                return Ok(base32(&self.0.factor_secret(&known)?));
            }
            let sealed = self.0.keys.seal("second_factor", &fresh, self.0.rng.as_ref());
            let factor = Factor {
                staff: by.id.clone(),
                secret_sealed_hex: hex::encode(sealed),
                confirmed: false,
                last_step: 0,
                failures: 0,
                locked_until_ms: 0,
            };
            self.0.save_factor(tx, &factor)?;
            Ok(base32(&fresh))
        })
    }

    /// The first code: from now on the account signs in with one.
    pub fn confirm(&self, by: &Member, code: &str) -> Result<()> {
        self.take(&by.id, code, true)
    }

    /// A code at sign-in. A code already used is refused as a wrong one.
    pub fn check(&self, staff: &StaffId, code: &str) -> Result<()> {
        self.take(staff, code, false)
    }

    fn take(&self, staff: &StaffId, code: &str, first: bool) -> Result<()> {
        let now = self.0.now_ms();
        let step = now.div_euclid(1000 * STEP_S);
        // A wrong code must be counted durably, so the verdict leaves the transaction as a value.
        let verdict = self.0.office(|tx| {
            let known = self.0.factor(tx, staff)?.filter(|factor| factor.confirmed != first);
            let mut factor = known.ok_or_else(|| CentreError::not_found("second factor"))?;
            if factor.locked_until_ms > now {
                return Ok(Err(ErrorCode::AccountLocked));
            }
            let secret = self.0.factor_secret(&factor)?;
            let typed: String = code.chars().filter(char::is_ascii_digit).collect();
            let fits = (step - DRIFT..=step + DRIFT).find(|at| *at > factor.last_step && otp(&secret, *at) == typed);
            let result = if let Some(at) = fits {
                (factor.last_step, factor.failures, factor.confirmed) = (at, 0, true);
                Ok(())
            } else {
                factor.failures += 1;
                if factor.failures >= FAILURES_MAX {
                    (factor.failures, factor.locked_until_ms) = (0, now + LOCK_MS);
                }
                Err(ErrorCode::SignInWrong)
            };
            self.0.save_factor(tx, &factor)?;
            let action = if first { "second_factor.set" } else { "second_factor.check" };
            log(tx, now, &staff.0, action, "", result.map_or_else(ErrorCode::as_str, |()| "ok"), "")?;
            Ok(result)
        })?;
        verdict.map_err(|code| CentreError::refused(Refusal::Unauthorised, code, "one-time code"))
    }

    /// Takes the factor away from somebody who lost the telephone; never one's own.
    pub fn reset(&self, by: &Member, staff: &StaffId, reason: &str) -> Result<()> {
        by.require(Action::GrantRights)?;
        if by.id == *staff {
            return Err(CentreError::forbidden(ErrorCode::SamePerson, "own second factor"));
        }
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "reset without a reason"));
        }
        let fresh: [u8; 20] = self.0.random();
        self.0.office(|tx| {
            let known = self.0.factor(tx, staff)?.ok_or_else(|| CentreError::not_found("second factor"))?;
            let sealed = self.0.keys.seal("second_factor", &fresh, self.0.rng.as_ref());
            let factor = Factor {
                secret_sealed_hex: hex::encode(sealed),
                confirmed: false,
                failures: 0,
                locked_until_ms: 0,
                ..known
            };
            self.0.save_factor(tx, &factor)?;
            log(tx, self.0.now_ms(), &by.id.0, "second_factor.reset", &staff.0, "ok", reason)
        })
    }
}

/// The six digits of one step (RFC 4226 section 5.3 over RFC 6238's counter).
#[must_use]
pub fn otp(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("an HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let sum = mac.finalize().into_bytes();
    let at = usize::from(sum[19] & 15);
    let number = u32::from_be_bytes([sum[at] & 0x7f, sum[at + 1], sum[at + 2], sum[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// RFC 4648 base 32 without padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = bytes.len() * 8;
    let bit = |n: usize| bytes.get(n / 8).map_or(0, |byte| byte >> (7 - n % 8) & 1);
    (0..bits.div_ceil(5))
        .map(|n| char::from(LETTERS[usize::from((0..5).fold(0, |sum, k| sum << 1 | bit(n * 5 + k)))]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(otp(secret, seconds / STEP_S), code, "{seconds} s");
        }
        assert_eq!(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
