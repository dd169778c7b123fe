//! 公众查询: a licence or proof by its token, a case by receipt number and password.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::storage::Tx;
use crate::vals;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tongban_crypto::DataKey;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::item::{ServiceItem, material_state};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::receipt_number::ReceiptNumber;

/// Wrong passwords per receipt number before it rests.
const GUESSES_MAX: u32 = 5;
/// How long it rests, ms.
const REST_MS: i64 = 15 * 60_000;
/// Most receipt numbers remembered as guessed at.
const GUESSED_MAX: usize = 10_000;

/// The six digits on the slip.
pub(crate) fn query_password(key: &DataKey, receipt: &str) -> String {
    tongban_protocol::query::query_password(key.expose(), receipt)
}

/// Materials nobody had to bring: confirmed shares and the card itself.
fn without_paper(item: Option<&ServiceItem>, case: &Case) -> usize {
    item.map_or(0, |item| material_state(item, case).iter().filter(|state| state.no_paper).count())
}

/// What a token shows to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// `licence` or `proof`.
    pub kind: String,
    /// 证照或证明名称.
    pub title: String,
    /// 编号.
    pub number: String,
    /// 发证机关.
    pub issuer: String,
    /// Masked facts, label and value.
    pub facts: Vec<(String, String)>,
    /// 有效, 已过期 or 已失效.
    pub state: Validity,
    /// When it was issued, ms.
    pub at_ms: i64,
}

/// Whether it holds today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// 有效.
    Valid,
    /// 已过有效期.
    Expired,
    /// 已失效.
    Revoked,
}

/// Progress of a case as the applicant sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Status key.
    pub status: String,
    /// 事项名称.
    pub item_name: String,
    /// 受理号.
    pub receipt: String,
    /// Masked applicant.
    pub applicant: String,
    /// Milestones: label, ms when reached.
    pub milestones: Vec<(&'static str, Option<i64>)>,
    /// Due date.
    pub due: Option<String>,
    /// 准予 or 不予, once decided.
    pub granted: Option<bool>,
    /// 跑动次数: days somebody came, counted from the actions.
    pub trips: usize,
    /// 免提交材料数: materials that departments or the card gave.
    pub without_paper: usize,
    /// 用时 in minutes from the first swipe to the closing, once closed.
    pub minutes: Option<i64>,
    /// What the applicant still has to bring.
    pub owed: Vec<Owed>,
}

/// 待补: what an open notice or a deferral asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// 材料.
    pub name: String,
    /// What is wrong or asked for.
    pub why: String,
    /// Last day.
    pub due: String,
    /// 容缺, while the case goes on; else the case waits for it.
    pub deferred: bool,
}

/// What a case waits for from its applicant.
fn owed(case: &Case) -> Vec<Owed> {
    let handled = case.handling();
    let owe = |missing: &tongban_domain::event::Missing, due: &str, deferred| Owed {
        name: missing.name.clone(),
        why: missing.why.clone(),
        due: due.to_owned(),
        deferred,
    };
    let notice = handled.open_notice().into_iter();
    let asked = notice.flat_map(|notice| notice.missing.iter().map(|missing| owe(missing, &notice.due, false)));
    let deferral = handled.deferral.iter();
    let later = deferral.flat_map(|deferral| deferral.open().map(|missing| owe(missing, &deferral.supply_by, true)));
    asked.chain(later).collect()
}

/// A token to store.
pub(crate) struct NewToken<'a> {
    pub token: &'a str,
    pub kind: &'a str,
    pub case: CaseId,
    pub title: &'a str,
    pub number: &'a str,
    pub issuer: &'a str,
    pub facts: &'a [(&'a str, String)],
    pub valid_to: Option<&'a str>,
    pub at_ms: i64,
}

pub(crate) fn insert(tx: &Tx<'_>, new: &NewToken<'_>) -> Result<()> {
    let facts = serde_json::to_string(new.facts).map_err(|error| CentreError::Damaged(format!("facts: {error}")))?;
    tx.exec(
        "token.insert",
        vals![
            new.token,
            new.kind,
            new.case.0,
            new.title,
            new.number,
            new.issuer,
            facts,
            new.valid_to,
            "valid",
            new.at_ms
        ],
    )?;
    Ok(())
}

/// Wrong passwords per receipt number.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<BTreeMap<String, (u32, i64)>>);

impl Guesses {
    fn blocked(&self, receipt: &str, now: i64) -> bool {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.get(receipt).is_some_and(|(_, until)| *until <= now) {
            map.remove(receipt);
        }
        map.get(receipt).is_some_and(|(count, _)| *count >= GUESSES_MAX)
    }

    pub(crate) fn wrong(&self, receipt: &str, now: i64) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= GUESSED_MAX {
            map.retain(|_, (_, until)| *until > now);
        }
        let entry = map.entry(receipt.to_owned()).or_insert((0, now + REST_MS));
        entry.0 += 1;
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Public<'a>(pub(crate) &'a Centre);

impl Public<'_> {
    /// What a token stands for.
    pub fn verify(&self, token: &str) -> Result<Option<Verified>> {
        let token: String = token.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        if token.is_empty() || token.len() > 64 {
            return Ok(None);
        }
        let today = date_text(local_day(self.0.now()));
        self.0.db.read("verify token", |tx| {
            let Some(row) = tx.row("token.get", vals![&token])? else { return Ok(None) };
            let facts =
                serde_json::from_str(&row.text(4)?).map_err(|error| CentreError::Damaged(format!("facts: {error}")))?;
            let expired = row.opt_text(5)?.is_some_and(|until| until.len() == 10 && until < today);
            let state = match (row.text(6)?.as_str(), expired) {
                ("valid", false) => Validity::Valid,
                ("valid", true) => Validity::Expired,
                _ => Validity::Revoked,
            };
            Ok(Some(Verified {
                kind: row.text(0)?,
                title: row.text(1)?,
                number: row.text(2)?,
                issuer: row.text(3)?,
                facts,
                state,
                at_ms: row.int(7)?,
            }))
        })
    }

    /// Progress by receipt number and the six digits on the slip. A wrong number and a wrong
    /// password get the same answer; after five wrong ones the number rests for a quarter hour.
    pub fn progress(&self, receipt: &str, password: &str) -> Result<Progress> {
        let centre = self.0;
        let refused = || CentreError::refused(Refusal::NotFound, ErrorCode::NotFound, "receipt number or password");
        let number = ReceiptNumber::parse(receipt).map_err(|_| refused())?;
        let receipt = number.as_str();
        let now = centre.now_ms();
        if centre.guesses.blocked(receipt, now) {
            return Err(CentreError::refused(Refusal::TooMany, ErrorCode::TooManyRequests, "too many wrong passwords"));
        }
        let wanted = centre.keys.index(&format!("password:{receipt}:{}", password.trim()));
        let found = centre.db.read("progress", |tx| {
            let Some(row) = tx.row("case.by_receipt", vals![receipt])? else { return Ok(None) };
            let id = CaseId(row.uuid(0)?);
            let fits = row.opt_bytes(1)?.is_some_and(|held| held == wanted.0);
            if !fits {
                return Ok(None);
            }
            let row = tx.row("case.get", vals![id.0])?.ok_or_else(|| CentreError::not_found("case"))?;
            let row = crate::cases::read_row(centre, &row)?;
            let loaded = centre.load_known(tx, id)?;
            Ok(Some((row, loaded)))
        })?;
        let Some((row, loaded)) = found else {
            centre.guesses.wrong(receipt, now);
            return Err(refused());
        };
        let item = row.item.as_ref().and_then(|(key, version)| centre.catalogue().item(key, *version));
        Ok(Progress {
            status: row.status.clone(),
            item_name: item.as_ref().map(|item| item.name.clone()).unwrap_or_default(),
            receipt: number.grouped(),
            applicant: row.applicant_masked(),
            milestones: vec![
                ("提交", row.submitted_ms),
                ("收件", row.received_ms),
                ("受理", row.accepted_ms),
                ("决定", row.decided_ms),
                ("办结", row.closed_ms),
            ],
            due: row.due,
            granted: row.granted,
            trips: loaded.case.trips(),
            without_paper: without_paper(item.as_deref(), &loaded.case),
            owed: if row.closed_ms.is_some() { Vec::new() } else { owed(&loaded.case) },
            minutes: row
                .closed_ms
                .zip(loaded.recorded.first())
                .map(|(end, first)| (end - first.action.header.wall.0) / 60_000),
        })
    }
}
