//! 共享申请: who may use what, for what, how often and until when.
//!
//! Unconditional: a conformity check, and it is granted. Conditional: the check, then the providing
//! department answers. A refusal gives its reason and may be disputed; the data bureau coordinates.

use super::Sharing;
use super::resources::{RESOURCES, Resource, ResourceState, SharingKind};
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::limits::{date_text, due, local_day, parse_date};

pub(super) const REQUESTS: &str = "share_request";

/// What is applied for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Resource.
    pub resource: String,
    /// 使用单位.
    pub org: String,
    /// 事项; none of an unconditional resource means every item.
    pub items: Vec<String>,
    /// 信息项 needed, no more.
    pub fields: Vec<String>,
    /// 使用目的.
    pub purpose: String,
    /// 应用场景.
    pub scene: String,
    /// 法律依据.
    pub legal_basis: String,
    /// Calls a day.
    pub daily_quota: u64,
    /// First day `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// 安全责任人.
    pub security_person: String,
}

/// 申请状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// 待合规审核.
    Submitted,
    /// 待提供方答复.
    WithProvider,
    /// 已授权.
    Granted,
    /// 不予授权.
    Refused,
    /// 争议协调中.
    Disputed,
    /// 已终止.
    Ended,
}

impl RequestState {
    /// Stable key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::WithProvider => "with_provider",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Disputed => "disputed",
            Self::Ended => "ended",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Submitted => "待合规审核",
            Self::WithProvider => "待提供方答复",
            Self::Granted => "已授权",
            Self::Refused => "不予授权",
            Self::Disputed => "争议协调中",
            Self::Ended => "已终止",
        }
    }
}

/// One step of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestStep {
    /// When, ms.
    pub at_ms: i64,
    /// Who.
    pub by: String,
    /// State after it.
    pub state: RequestState,
    /// 意见.
    pub reason: String,
}

/// 共享申请; granted, it is the authorisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Number.
    pub id: String,
    /// What is asked for.
    pub applied: Applied,
    /// Where it stands.
    pub state: RequestState,
    /// Last day of the present step `YYYY-MM-DD`; empty when nobody is waited for.
    pub due: String,
    /// What happened.
    pub steps: Vec<RequestStep>,
}

impl Request {
    pub(super) fn first(id: String, applied: Applied, state: RequestState, at_ms: i64) -> Self {
        let step = RequestStep { at_ms, by: "centre".into(), state, reason: "启用时已有的授权".into() };
        Self { id, applied, state, due: String::new(), steps: vec![step] }
    }
}

pub(super) fn put(tx: &Tx<'_>, request: &Request) -> Result<()> {
    let at_ms = request.steps.first().map_or(0, |step| step.at_ms);
    let place = Place {
        room: REQUESTS,
        id: &request.id,
        a: &request.applied.resource,
        b: &request.applied.org,
        state: request.state.key(),
        at_ms,
    };
    office::put(tx, place, request)
}

/// The authorisation in force that covers these fields for this item today.
pub(super) fn covering(
    tx: &Tx<'_>,
    resource: &Resource,
    item: &str,
    fields: &[String],
    now: WallTime,
) -> Result<Option<Request>> {
    let today = date_text(local_day(now));
    let requests: Vec<Request> = office::list(tx, REQUESTS, Key::A(&resource.id))?;
    let any = resource.kind == SharingKind::Unconditional;
    let covers = |request: &Request| {
        let applied = &request.applied;
        let item = applied.items.iter().any(|known| known == item) || any && applied.items.is_empty();
        request.state == RequestState::Granted
            && applied.from <= today
            && today <= applied.to
            && item
            && fields.iter().all(|field| applied.fields.contains(field))
    };
    Ok(requests.into_iter().find(covers))
}

fn wrong_state(what: &str) -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::GrantState, what)
}

impl Sharing<'_> {
    /// Every request, oldest first.
    pub fn requests(&self, by: &Member) -> Result<Vec<Request>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| office::list(tx, REQUESTS, EVER))
    }

    /// Requests whose present step is past its last day.
    pub fn late_requests(&self, by: &Member) -> Result<Vec<Request>> {
        let today = date_text(local_day(self.0.now()));
        Ok(self.requests(by)?.into_iter().filter(|request| !request.due.is_empty() && request.due < today).collect())
    }

    /// 申请.
    pub fn ask_for(&self, by: &Member, applied: &Applied) -> Result<Request> {
        by.require(Action::AskData)?;
        let filled = [&applied.org, &applied.purpose, &applied.legal_basis, &applied.security_person];
        let span = parse_date(&applied.from).zip(parse_date(&applied.to)).is_some_and(|(from, to)| from <= to);
        if filled.iter().any(|text| text.trim().is_empty()) || !span || applied.daily_quota == 0 {
            let detail = "organisation, purpose, legal basis, security person, days and quota are needed";
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, detail));
        }
        self.0.office(|tx| {
            let resource: Resource = office::known(tx, RESOURCES, &applied.resource)?;
            if resource.kind == SharingKind::None {
                return Err(CentreError::forbidden(ErrorCode::ShareClosed, "the resource is not shared"));
            }
            let surplus = applied.fields.iter().any(|field| !resource.fields.contains(field));
            if applied.fields.is_empty() || surplus {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "fields the resource does not have"));
            }
            if applied.items.is_empty() && resource.kind == SharingKind::Conditional {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "a conditional resource is granted by item"));
            }
            let mut request = Request {
                id: self.0.series(tx, "GX")?,
                applied: applied.clone(),
                state: RequestState::Submitted,
                due: self.due_in(self.0.step_days(tx)?.check),
                steps: Vec::new(),
            };
            self.step(tx, &mut request, by, RequestState::Submitted, "申请")?;
            Ok(request)
        })
    }

    /// 合规审核. Unconditional resources are granted by it; conditional ones go to the provider.
    pub fn check_request(&self, by: &Member, id: &str, passed: bool, reason: &str) -> Result<Request> {
        by.require(Action::CheckData)?;
        self.change(by, id, reason, |tx, request| {
            if request.state != RequestState::Submitted {
                return Err(wrong_state("not waiting for the check"));
            }
            if request.steps.first().is_some_and(|step| step.by == by.id.0) {
                return Err(CentreError::forbidden(ErrorCode::SamePerson, "who applied does not check"));
            }
            let resource: Resource = office::known(tx, RESOURCES, &request.applied.resource)?;
            let days = self.0.step_days(tx)?;
            Ok(match (passed, resource.kind, resource.state) {
                (false, ..) | (_, SharingKind::None, _) => (RequestState::Refused, None),
                (true, SharingKind::Unconditional, _) => (RequestState::Granted, None),
                (true, _, ResourceState::Published) => (RequestState::WithProvider, Some(days.answer)),
                (true, ..) => (RequestState::WithProvider, Some(days.answer_unpublished)),
            })
        })
    }

    /// 提供方答复; a refusal gives its reason.
    pub fn answer_request(&self, by: &Member, id: &str, granted: bool, reason: &str) -> Result<Request> {
        by.require(Action::GrantData)?;
        self.change(by, id, reason, |_, request| match request.state {
            RequestState::WithProvider if granted => Ok((RequestState::Granted, None)),
            RequestState::WithProvider => Ok((RequestState::Refused, None)),
            _ => Err(wrong_state("not waiting for the provider")),
        })
    }

    /// 对不予授权有争议.
    pub fn dispute_request(&self, by: &Member, id: &str, reason: &str) -> Result<Request> {
        by.require(Action::AskData)?;
        self.change(by, id, reason, |_, request| match request.state {
            RequestState::Refused => Ok((RequestState::Disputed, None)),
            _ => Err(wrong_state("nothing was refused")),
        })
    }

    /// 数据主管部门协调.
    pub fn coordinate_request(&self, by: &Member, id: &str, granted: bool, reason: &str) -> Result<Request> {
        by.require(Action::CheckData)?;
        self.change(by, id, reason, |_, request| match request.state {
            RequestState::Disputed if granted => Ok((RequestState::Granted, None)),
            RequestState::Disputed => Ok((RequestState::Ended, None)),
            _ => Err(wrong_state("not disputed")),
        })
    }

    /// 终止授权, by the provider or the data bureau. The next call is refused.
    pub fn end_request(&self, by: &Member, id: &str, reason: &str) -> Result<Request> {
        if !by.may(Action::GrantData) {
            by.require(Action::CheckData)?;
        }
        self.change(by, id, reason, |_, request| match request.state {
            RequestState::Ended => Err(wrong_state("ended before")),
            _ => Ok((RequestState::Ended, None)),
        })
    }

    fn change(
        &self,
        by: &Member,
        id: &str,
        reason: &str,
        next: impl Fn(&Tx<'_>, &Request) -> Result<(RequestState, Option<u16>)>,
    ) -> Result<Request> {
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "no reason"));
        }
        self.0.office(|tx| {
            let mut request: Request = office::known(tx, REQUESTS, id)?;
            let (state, days) = next(tx, &request)?;
            request.due = days.map_or_else(String::new, |days| self.due_in(days));
            self.step(tx, &mut request, by, state, reason.trim())?;
            Ok(request)
        })
    }

    fn step(&self, tx: &Tx<'_>, request: &mut Request, by: &Member, state: RequestState, reason: &str) -> Result<()> {
        let at_ms = self.0.now_ms();
        request.state = state;
        request.steps.push(RequestStep { at_ms, by: by.id.0.clone(), state, reason: reason.to_owned() });
        put(tx, request)?;
        log(tx, at_ms, &by.id.0, "sharing.request", &request.id, state.key(), &request.applied.resource)
    }

    fn due_in(&self, days: u16) -> String {
        let today = local_day(self.0.now());
        let close = tongban_domain::limits::CLOSE_OF_BUSINESS;
        due(&self.0.calendar(), today, days, &[], close).map_or_else(String::new, |due| date_text(due.date))
    }
}
