//! 运行管理: windows, duty, notices, 应急停用, duty table, messages that go out.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::feed;
use crate::office::{self, EVER, Key, Place};
use crate::org::Post;
use crate::rights::{Action, Role};
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::supervision::Card;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_protocol::api::FeedItem;

pub(crate) const STOPS: &str = "stop";
pub(crate) const WINDOWS: &str = "window";
pub(crate) const DUTY: &str = "duty";
const MESSAGES: &str = "message";

/// 停用 of a hall or a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Hall or station id.
    pub target: String,
    /// Shown to applicants.
    pub notice: String,
    /// By whom.
    pub by: StaffId,
    /// Since, ms.
    pub at_ms: i64,
    /// Lifted, ms.
    pub lifted_ms: Option<i64>,
}

/// 窗口.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Hall.
    pub hall: String,
    /// 窗口号, for example `W03`.
    pub number: String,
    /// Items; empty for all.
    pub items: Vec<String>,
    /// Who sits there; `None` when nobody is on duty.
    pub on_duty: Option<StaffId>,
    /// 暂停.
    pub paused: bool,
}

/// 责任表: who owns an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Kind of alarm, for example `station_offline`.
    pub alarm: String,
    /// Hall; empty for the city.
    pub hall: String,
    /// Owner.
    pub owner: StaffId,
    /// 电话.
    pub phone: String,
}

/// 消息 to a person of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// To whom: an account, or `role:manager`.
    pub to: String,
    /// Words; no personal data.
    pub text: String,
    /// When, ms.
    pub at_ms: i64,
}

/// One line of the 权限复核: who may what, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsLine {
    /// Account.
    pub staff: StaffId,
    /// 姓名.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Region.
    pub region: String,
    /// 岗位.
    pub post: Option<Post>,
    /// What does not fit: a role of both hands, no post, never active ….
    pub findings: Vec<&'static str>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Operations<'a>(pub(crate) &'a Centre);

impl Operations<'_> {
    /// 应急停用 of a hall or station: the notice goes into the feed at once.
    pub fn stop(&self, by: &Member, hall: &str, target: &str, notice: &str) -> Result<()> {
        by.require(Action::StopService)?;
        if notice.trim().is_empty() || !target.starts_with(hall) {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "no notice, or not of this hall"));
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            let stop = Stop {
                target: target.into(),
                notice: notice.trim().into(),
                by: by.id.clone(),
                at_ms: now,
                lifted_ms: None,
            };
            office::put(tx, Place { room: STOPS, id: target, a: hall, b: "", state: "stopped", at_ms: now }, &stop)?;
            feed::push(tx, now, Some(hall), &FeedItem::Notice { text: format!("暂停服务：{}", stop.notice) })?;
            log(tx, now, &by.id.0, "hall.stop", target, "ok", notice)
        })
    }

    /// 恢复.
    pub fn resume(&self, by: &Member, target: &str) -> Result<()> {
        by.require(Action::StopService)?;
        self.0.office(|tx| {
            let mut stop: Stop = office::known(tx, STOPS, target)?;
            let now = self.0.now_ms();
            stop.lifted_ms = Some(now);
            let hall = hall_of(target);
            office::put(tx, Place { room: STOPS, id: target, a: &hall, b: "", state: "lifted", at_ms: now }, &stop)?;
            feed::push(tx, now, Some(&hall), &FeedItem::Notice { text: "恢复服务".to_owned() })?;
            log(tx, now, &by.id.0, "hall.resume", target, "ok", "")
        })
    }

    /// The notice a station has to show instead of its work, if it is stopped.
    pub fn stopped(&self, hall: &str, station: &str) -> Result<Option<Stop>> {
        self.0.look(|tx| Ok(self.0.stop_of(tx, station)?.or(self.0.stop_of(tx, hall)?)))
    }

    /// Sets a window: what it serves, who sits there, whether it pauses.
    pub fn set_window(&self, by: &Member, window: &Window) -> Result<()> {
        by.require(Action::RunHall)?;
        self.0.office(|tx| {
            let id = format!("{}/{}", window.hall, window.number);
            let state = match (&window.on_duty, window.paused) {
                (Some(_), false) => "open",
                (_, true) => "paused",
                (None, false) => "empty",
            };
            let now = self.0.now_ms();
            let place = Place { room: WINDOWS, id: &id, a: &window.hall, b: &window.number, state, at_ms: now };
            office::put(tx, place, window)?;
            log(tx, now, &by.id.0, "hall.window", &id, "ok", state)
        })
    }

    /// The windows of a hall.
    pub fn windows(&self, hall: &str) -> Result<Vec<Window>> {
        self.0.look(|tx| self.0.windows_of(tx, hall))
    }

    /// Names the owner of an alarm.
    pub fn set_duty(&self, by: &Member, duty: &Duty) -> Result<()> {
        by.require(Action::RunHall)?;
        self.0.office(|tx| {
            let id = format!("{}/{}", duty.hall, duty.alarm);
            let now = self.0.now_ms();
            let place = Place { room: DUTY, id: &id, a: &duty.alarm, b: &duty.hall, state: "in_force", at_ms: now };
            office::put(tx, place, duty)?;
            log(tx, now, &by.id.0, "hall.duty", &id, "ok", &duty.owner.0)
        })
    }

    /// Who owns an alarm in a hall: the hall's own owner, else the city's.
    pub fn owner(&self, alarm: &str, hall: &str) -> Result<Option<Duty>> {
        self.0.look(|tx| {
            let own = office::get(tx, DUTY, &format!("{hall}/{alarm}"))?;
            if own.is_some() { Ok(own) } else { office::get(tx, DUTY, &format!("/{alarm}")) }
        })
    }

    /// Messages to an account or a role, oldest first.
    pub fn messages(&self, to: &str) -> Result<Vec<Message>> {
        self.0.look(|tx| office::list(tx, MESSAGES, Key::A(to)))
    }

    /// 权限复核: every account with what it may do and what does not fit.
    pub fn review_rights(&self, by: &Member) -> Result<Vec<RightsLine>> {
        if !by.may(Action::GrantRights) {
            by.require(Action::ViewLog)?;
        }
        let members = self.0.staff().list()?;
        let posts: Vec<Post> = self.0.look(|tx| office::list(tx, "post", EVER))?;
        let line = |member: Member| {
            let post = posts.iter().find(|post| post.staff == member.id).cloned();
            let mut findings = Vec::new();
            if post.is_none() {
                findings.push("没有岗位");
            }
            if member.may(Action::Review) && member.may(Action::Decide) {
                findings.push("审查和决定在同一账号");
            }
            if member.roles.len() > 3 {
                findings.push("角色过多");
            }
            if !member.active {
                findings.push("已停用");
            }
            RightsLine {
                staff: member.id,
                name: member.name,
                roles: member.roles,
                region: member.region,
                post,
                findings,
            }
        };
        Ok(members.into_iter().map(line).collect())
    }
}

/// `890102-001-K03` → `890102-001`.
fn hall_of(target: &str) -> String {
    target.split('-').take(2).collect::<Vec<_>>().join("-")
}

impl Window {
    /// Whether it handles this item.
    #[must_use]
    pub fn serves(&self, item: &str) -> bool {
        self.items.is_empty() || self.items.iter().any(|known| known == item)
    }
}

impl Centre {
    /// The 停用 in force of a hall or station.
    pub(crate) fn stop_of(&self, tx: &Tx<'_>, target: &str) -> Result<Option<Stop>> {
        Ok(office::get::<Stop>(tx, STOPS, target)?.filter(|stop| stop.lifted_ms.is_none()))
    }

    pub(crate) fn windows_of(&self, tx: &Tx<'_>, hall: &str) -> Result<Vec<Window>> {
        office::list(tx, WINDOWS, Key::A(hall))
    }

    /// Tells the handler and the managers of a card.
    pub(crate) fn remind(&self, tx: &Tx<'_>, card: &Card) -> Result<()> {
        let to = card.person.iter().map(|person| person.0.clone()).chain(["role:manager".to_owned()]);
        for to in to {
            let id = self.record_id();
            let message =
                Message { to: to.clone(), text: format!("{}：{}", card.project_no, card.text), at_ms: card.at_ms };
            let place = Place { room: MESSAGES, id: &id, a: &to, b: &card.id, state: "sent", at_ms: card.at_ms };
            office::put(tx, place, &message)?;
        }
        Ok(())
    }
}
