//! 员工: accounts, passwords, lock-out, and the chained log of what they did.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::rights::{Action, Role, any_allows};
use crate::storage::{Row, Tx};
use crate::vals;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tongban_domain::clock::Rng;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::StaffId;

/// Wrong passwords in a row before an account locks.
pub const FAILURES_MAX: i64 = 5;
/// How long it stays locked, milliseconds.
pub const LOCK_MS: i64 = 15 * 60_000;
/// Shortest password.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Account name.
    pub id: StaffId,
    /// 姓名.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Region whose cases are seen.
    pub region: String,
    /// Locked until, ms; 0 when not.
    pub locked_until_ms: i64,
    /// May sign in.
    pub active: bool,
}

impl Member {
    /// Refuses with `NotAllowed` unless one of the roles allows the action.
    pub fn require(&self, action: Action) -> Result<()> {
        if any_allows(&self.roles, action) {
            return Ok(());
        }
        Err(CentreError::forbidden(ErrorCode::NotAllowed, format!("{action:?} is not for this role")))
    }

    /// Whether one of the roles allows the action.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        any_allows(&self.roles, action)
    }

    /// Titles of the roles.
    #[must_use]
    pub fn titles(&self) -> String {
        self.roles.iter().map(|role| role.title()).collect::<Vec<_>>().join("、")
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Position.
    pub seq: u64,
    /// When, ms.
    pub at_ms: i64,
    /// Account or `station:…` or `system`.
    pub actor: String,
    /// What.
    pub action: String,
    /// On what (identifiers only).
    pub object: String,
    /// `ok` or a code.
    pub result: String,
    /// Reason given, or details; no personal data.
    pub detail: String,
    prev: Digest,
    hash: Digest,
}

/// Adds a line to the chained log.
pub(crate) fn log(
    tx: &Tx<'_>,
    at_ms: i64,
    actor: &str,
    action: &str,
    object: &str,
    result: &str,
    detail: &str,
) -> Result<()> {
    let prev = match tx.row("log.last", vals![])? {
        Some(row) => row.digest(1)?,
        None => Digest([0; 32]),
    };
    let seq = tx.count("staff_log")?;
    let hash = link(&prev, seq, at_ms, &[actor, action, object, result, detail]);
    tx.exec("log.insert", vals![seq, at_ms, actor, action, object, result, detail, prev, hash])?;
    Ok(())
}

fn link(prev: &Digest, seq: u64, at_ms: i64, texts: &[&str]) -> Digest {
    let mut sm3 = tongban_crypto::Sm3::new();
    sm3.update(b"tongban centre log v1");
    sm3.update(&prev.0);
    sm3.update(&seq.to_be_bytes());
    sm3.update(&at_ms.to_be_bytes());
    for text in texts {
        sm3.update(&(text.len() as u64).to_be_bytes());
        sm3.update(text.as_bytes());
    }
    Digest(sm3.finish())
}

fn member(row: &Row) -> Result<Member> {
    Ok(Member {
        id: StaffId(row.text(0)?),
        name: row.text(1)?,
        roles: row.text(2)?.split(',').filter_map(Role::parse).collect(),
        region: row.text(3)?,
        locked_until_ms: row.int(6)?,
        active: row.int(7)? != 0,
    })
}

/// The account with this name.
pub(crate) fn find(tx: &Tx<'_>, id: &str) -> Result<Option<Member>> {
    tx.row("staff.get", vals![id])?.map(|row| member(&row)).transpose()
}

pub(crate) fn log_line(row: &Row) -> Result<LogLine> {
    Ok(LogLine {
        seq: row.uint(0)?,
        at_ms: row.int(1)?,
        actor: row.text(2)?,
        action: row.text(3)?,
        object: row.text(4)?,
        result: row.text(5)?,
        detail: row.text(6)?,
        prev: row.digest(7)?,
        hash: row.digest(8)?,
    })
}

/// Argon2id of a secret, PHC string.
pub(crate) fn hash_secret(rng: &dyn Rng, secret: &str) -> Result<String> {
    let mut salt = [0_u8; 16];
    rng.fill(&mut salt);
    Argon2::default()
        .hash_password_with_salt(secret.as_bytes(), &salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|error| CentreError::Crypto(format!("argon2: {error}")))
}

/// Whether a secret fits a PHC string.
pub(crate) fn secret_fits(hash: &str, secret: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Staff<'a>(pub(crate) &'a Centre);

impl Staff<'_> {
    /// Adds an account. Four eyes are kept per case as well, but no account may hold both seats from the start.
    pub fn add(&self, by: &str, id: &str, name: &str, roles: &[Role], region: &str, password: &str) -> Result<()> {
        let centre = self.0;
        let plain =
            !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if !plain || name.is_empty() || name.chars().count() > 20 || roles.is_empty() {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "account name, name or roles"));
        }
        check_password(id, password)?;
        let roles = roles.iter().map(|role| role.key()).collect::<Vec<_>>().join(",");
        let hash = hash_secret(centre.rng.as_ref(), password)?;
        let now = centre.now_ms();
        centre.db.write("add staff", |tx| {
            if tx.row("staff.get", vals![id])?.is_some() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::FieldInvalid, "account exists"));
            }
            tx.exec("staff.insert", vals![id, name, &roles, region, &hash, now])?;
            log(tx, now, by, "staff.add", id, "ok", &roles)
        })
    }

    /// The account, if it exists and may sign in.
    pub fn get(&self, id: &str) -> Result<Option<Member>> {
        self.0.db.read("get staff", |tx| find(tx, id))
    }

    /// All accounts.
    pub fn list(&self) -> Result<Vec<Member>> {
        self.0.db.read("list staff", |tx| tx.rows("staff.all", vals![])?.iter().map(member).collect())
    }

    /// Lets an account sign in or not.
    pub fn set_active(&self, by: &Member, id: &str, active: bool) -> Result<()> {
        by.require(Action::ManageStaff)?;
        if by.id.0 == id {
            return Err(CentreError::forbidden(ErrorCode::NotAllowed, "own account"));
        }
        let now = self.0.now_ms();
        self.0.db.write("activate staff", |tx| {
            if tx.exec("staff.active", vals![id, active])? == 0 {
                return Err(CentreError::not_found("account"));
            }
            log(tx, now, &by.id.0, if active { "staff.activate" } else { "staff.deactivate" }, id, "ok", "")
        })
    }

    /// Checks account and password; counts failures and locks after [`FAILURES_MAX`].
    ///
    /// An unknown account costs the same time and gives the same answer as a wrong password.
    pub fn sign_in(&self, id: &str, password: &str) -> Result<Member> {
        let centre = self.0;
        let now = centre.now_ms();
        let row = centre.db.read("sign in", |tx| tx.row("staff.get", vals![id]))?;
        let Some(row) = row else {
            let _ = secret_fits(&centre.dummy_hash, password);
            centre.db.write("sign in", |tx| log(tx, now, "anonymous", "sign-in", "unknown account", "A102", ""))?;
            return Err(CentreError::refused(Refusal::Unauthorised, ErrorCode::SignInWrong, "account or password"));
        };
        let known = member(&row)?;
        if known.locked_until_ms > now {
            return Err(CentreError::refused(Refusal::Unauthorised, ErrorCode::AccountLocked, "account locked"));
        }
        let fits = secret_fits(&row.text(4)?, password) && known.active;
        centre.db.write("sign in", |tx| {
            if fits {
                tx.exec("staff.failures", vals![id, 0, 0])?;
                return log(tx, now, id, "sign-in", "", "ok", "");
            }
            let failures = row.int(5)? + 1;
            let locked = failures >= FAILURES_MAX;
            tx.exec(
                "staff.failures",
                vals![id, if locked { 0 } else { failures }, if locked { now + LOCK_MS } else { 0 }],
            )?;
            log(tx, now, id, "sign-in", "", if locked { "A103" } else { "A102" }, "")
        })?;
        if fits {
            return Ok(known);
        }
        Err(CentreError::refused(Refusal::Unauthorised, ErrorCode::SignInWrong, "account or password"))
    }

    /// Writes a refusal of the server's own (CSRF, route policy) into the log.
    pub fn note(&self, actor: &str, action: &str, object: &str, result: &str, detail: &str) -> Result<()> {
        let now = self.0.now_ms();
        self.0.db.write("note", |tx| log(tx, now, actor, action, object, result, detail))
    }

    /// The last lines of the log, newest first.
    pub fn recent(&self, count: u32) -> Result<Vec<LogLine>> {
        self.0.db.read("read log", |tx| tx.rows("log.recent", vals![count])?.iter().map(log_line).collect())
    }

    /// Checks the whole log; `Err` names the first line that does not fit.
    pub fn verify_log(&self) -> Result<u64> {
        self.0.db.read("verify log", |tx| {
            let mut prev = Digest([0; 32]);
            let mut count = 0;
            for row in tx.rows("log.all", vals![])? {
                let line = log_line(&row)?;
                count += 1;
                let hash = link(
                    &prev,
                    line.seq,
                    line.at_ms,
                    &[&line.actor, &line.action, &line.object, &line.result, &line.detail],
                );
                if line.seq != count || line.prev != prev || line.hash != hash {
                    return Err(CentreError::Damaged(format!("log line {count}")));
                }
                prev = hash;
            }
            Ok(count)
        })
    }
}

fn check_password(id: &str, password: &str) -> Result<()> {
    let kinds = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    let good = password.chars().count() >= PASSWORD_CHARS_MIN
        && password.len() <= 128
        && kinds.iter().filter(|kind| **kind).count() >= 3
        && !password.contains(id);
    if good {
        return Ok(());
    }
    Err(CentreError::invalid(
        ErrorCode::FieldInvalid,
        "password: at least 8 characters of three kinds, not the account name",
    ))
}
