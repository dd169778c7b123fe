//! 机构与岗位: posts on the regions' tree, leave and delegation. Who may act for whom, and until when.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, Key, Place};
use crate::rights::{Action, Role, Scope, Target, any_allows, may};
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Hand;
use tongban_domain::ids::StaffId;
use tongban_domain::item::ServiceItem;
use tongban_domain::limits::{local_day, parse_date};

const POSTS: &str = "post";
pub(crate) const LEAVES: &str = "leave";

/// 岗位 of a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Whose.
    pub staff: StaffId,
    /// 岗位名称, for example `住建局承办人`.
    pub title: String,
    /// 统一社会信用代码 of the department; empty for a hall.
    pub org: String,
    /// 单位名称.
    pub org_name: String,
    /// Items; empty for all of the department's.
    pub items: Vec<String>,
    /// 手机, for reminders.
    pub phone: String,
}

/// 请假与委托: the roles pass to another person for these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Record.
    pub id: String,
    /// Who is away.
    pub staff: StaffId,
    /// Who acts.
    pub deputy: StaffId,
    /// First day `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// 事由.
    pub reason: String,
    /// Taken back.
    pub ended: bool,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Organisation<'a>(pub(crate) &'a Centre);

impl Organisation<'_> {
    /// Gives somebody a post.
    pub fn set_post(&self, by: &Member, post: &Post) -> Result<()> {
        by.require(Action::ManageStaff)?;
        self.0.office(|tx| {
            if crate::staff::find(tx, &post.staff.0)?.is_none() || post.title.trim().is_empty() {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "post without person or title"));
            }
            let now = self.0.now_ms();
            let place = Place { room: POSTS, id: &post.staff.0, a: &post.org, b: "", state: "in_force", at_ms: now };
            office::put(tx, place, post)?;
            log(tx, now, &by.id.0, "org.post", &post.staff.0, "ok", &post.title)
        })
    }

    /// Somebody's post.
    pub fn post(&self, staff: &StaffId) -> Result<Option<Post>> {
        self.0.look(|tx| office::get(tx, POSTS, &staff.0))
    }

    /// Everybody of a department.
    pub fn of_department(&self, org: &str) -> Result<Vec<Post>> {
        self.0.look(|tx| office::list(tx, POSTS, Key::A(org)))
    }

    /// Records a leave with its deputy. The deputy must not gain both seats of one case: that is
    /// looked at again case by case.
    pub fn leave(
        &self,
        by: &Member,
        staff: &StaffId,
        deputy: &StaffId,
        days: (&str, &str),
        reason: &str,
    ) -> Result<Leave> {
        // Whose leave it is decides who may enter it: a form that names nobody is a form with gaps.
        let span = parse_date(days.0).zip(parse_date(days.1)).filter(|(from, to)| from <= to);
        if span.is_none() || staff.0.is_empty() || staff == deputy || reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "staff, days, deputy or reason"));
        }
        if by.id != *staff {
            by.require(Action::Assign)?;
        }
        self.0.office(|tx| {
            if crate::staff::find(tx, &deputy.0)?.is_none_or(|member| !member.active) {
                return Err(CentreError::not_found("deputy"));
            }
            let leave = Leave {
                id: self.0.record_id(),
                staff: staff.clone(),
                deputy: deputy.clone(),
                from: days.0.to_owned(),
                to: days.1.to_owned(),
                reason: reason.trim().to_owned(),
                ended: false,
            };
            let now = self.0.now_ms();
            let place = Place { room: LEAVES, id: &leave.id, a: &staff.0, b: &deputy.0, state: "open", at_ms: now };
            office::put(tx, place, &leave)?;
            log(
                tx,
                now,
                &by.id.0,
                "org.leave",
                &staff.0,
                "ok",
                &format!("{} 至 {}，由 {deputy} 代理", days.0, days.1),
            )?;
            Ok(leave)
        })
    }

    /// Ends a leave before its last day.
    pub fn back(&self, by: &Member, id: &str) -> Result<()> {
        self.0.office(|tx| {
            let mut leave: Leave = office::known(tx, LEAVES, id)?;
            if by.id != leave.staff {
                by.require(Action::Assign)?;
            }
            leave.ended = true;
            let now = self.0.now_ms();
            let place = Place { room: LEAVES, id, a: &leave.staff.0, b: &leave.deputy.0, state: "ended", at_ms: now };
            office::put(tx, place, &leave)?;
            log(tx, now, &by.id.0, "org.back", &leave.staff.0, "ok", "")
        })
    }

    /// The roles a member has today: own ones, and those of people on leave who named this deputy.
    pub fn roles_today(&self, member: &Member) -> Result<Vec<Role>> {
        self.0.look(|tx| self.0.roles_in(tx, member))
    }
}

impl Centre {
    pub(crate) fn roles_in(&self, tx: &Tx<'_>, member: &Member) -> Result<Vec<Role>> {
        let mut roles = member.roles.clone();
        for leave in self.deputised(tx, &member.id)? {
            if let Some(away) = crate::staff::find(tx, &leave.staff.0)? {
                roles.extend(away.roles);
            }
        }
        roles.sort_unstable();
        roles.dedup();
        Ok(roles)
    }

    /// Leaves this person stands in for today.
    fn deputised(&self, tx: &Tx<'_>, deputy: &StaffId) -> Result<Vec<Leave>> {
        let today = local_day(self.now());
        let leaves: Vec<Leave> = office::list(tx, LEAVES, Key::B(&deputy.0))?;
        let covers = |leave: &Leave| {
            let span = parse_date(&leave.from).zip(parse_date(&leave.to));
            !leave.ended && span.is_some_and(|(from, to)| from <= today && today <= to)
        };
        Ok(leaves.into_iter().filter(covers).collect())
    }

    /// Where somebody may act: own post and region, and the posts stood in for.
    fn scopes(&self, tx: &Tx<'_>, member: &Member) -> Result<Vec<Scope>> {
        let scope = |tx: &Tx<'_>, id: &StaffId, region: &str| -> Result<Scope> {
            let post: Option<Post> = office::get(tx, POSTS, &id.0)?;
            let (org, items) = post.map(|post| (post.org, post.items)).unwrap_or_default();
            Ok(Scope { region: region.to_owned(), org, items })
        };
        let mut scopes = vec![scope(tx, &member.id, &member.region)?];
        for leave in self.deputised(tx, &member.id)? {
            if let Some(away) = crate::staff::find(tx, &leave.staff.0)? {
                scopes.push(scope(tx, &away.id, &away.region)?);
            }
        }
        Ok(scopes)
    }

    /// Refuses unless role, region, department and item all allow the action.
    pub(crate) fn authorise(
        &self,
        tx: &Tx<'_>,
        by: &Member,
        action: Action,
        region: &str,
        item: &ServiceItem,
    ) -> Result<()> {
        let roles = self.roles_in(tx, by)?;
        let target = Target { region, org: &item.org.code, item: &item.key.0 };
        let refused = |detail: String| Err(CentreError::forbidden(ErrorCode::NotAllowed, detail));
        if !any_allows(&roles, action) {
            return refused(format!("{action:?} is not for this role"));
        }
        if self.scopes(tx, by)?.iter().any(|scope| may(&roles, scope, action, target)) {
            return Ok(());
        }
        refused(format!("{action:?} is outside region, department or items"))
    }

    /// From which post somebody acts.
    pub(crate) fn hand(&self, tx: &Tx<'_>, by: &Member, desk: &str) -> Result<Hand> {
        let post: Option<Post> = office::get(tx, POSTS, &by.id.0)?;
        let post = post.map_or_else(|| by.titles(), |post| post.title);
        Ok(Hand { post, desk: desk.to_owned() })
    }
}
