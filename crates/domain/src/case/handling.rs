//! What a case remembers of its handling: notices, promises, stops, steps, papers, parts.

use crate::clock::WallTime;
use crate::event::{
    Approval, BlobRef, CardFacts, CompletenessSlip, Hand, Missing, PageVerdict, PaperKind, Principal, SentBy,
    SpecialKind, Value,
};
use crate::ids::{CaseId, FieldId, ItemKey, PageId, RequirementId, StaffId};
use std::collections::{BTreeMap, BTreeSet};
use time::PrimitiveDateTime;

/// 时刻: local time of a fact; `None` when the chain was folded without times.
pub type At = Option<PrimitiveDateTime>;

/// 补正告知.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionNotice {
    /// By whom.
    pub by: StaffId,
    /// Number of the 一次性告知书.
    pub document_no: String,
    /// Everything named.
    pub missing: Vec<Missing>,
    /// Last day to supply `YYYY-MM-DD`.
    pub due: String,
    /// The supervisor's consent, where one was needed.
    pub approval: Option<Approval>,
    /// When it was given.
    pub asked: At,
    /// When everything was supplied; outer `None` while open.
    pub done: Option<At>,
}

/// 当场更正.
#[derive(Clone, PartialEq, Eq)]
pub struct Fix {
    /// By whom.
    pub by: StaffId,
    /// Which field.
    pub field: FieldId,
    /// The value that is right.
    pub value: Value,
    /// Why.
    pub reason: String,
}

/// 不予受理.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// By whom.
    pub by: StaffId,
    /// 理由.
    pub reason: String,
    /// The agency whose business it is.
    pub competent: Option<String>,
    /// Number of the 不予受理决定书.
    pub document_no: String,
}

/// 转办.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// 统一社会信用代码 of the agency.
    pub to_code: String,
    /// Its name.
    pub to_name: String,
    /// 理由.
    pub reason: String,
    /// Paper travels by courier.
    pub originals: bool,
}

/// 容缺受理.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferral {
    /// What may follow.
    pub missing: Vec<Missing>,
    /// Last day `YYYY-MM-DD`.
    pub supply_by: String,
    /// Number of the 承诺书.
    pub promise_no: String,
    /// Number of the 容缺受理通知书.
    pub document_no: String,
    /// What came since.
    pub supplied: BTreeSet<RequirementId>,
    /// The pages that came, by material.
    pub pages: Vec<(RequirementId, BlobRef)>,
}

impl Deferral {
    /// What is still to come.
    pub fn open(&self) -> impl Iterator<Item = &Missing> {
        self.missing.iter().filter(|missing| !self.supplied.contains(&missing.requirement))
    }

    /// Whether anything is still to come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open().next().is_some()
    }
}

/// 告知承诺.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The conditions told.
    pub conditions: Vec<String>,
    /// Number of the 告知承诺书.
    pub promise_no: String,
    /// To be checked by `YYYY-MM-DD`.
    pub check_by: String,
    /// Whether it was kept, and the finding; `None` before the check.
    pub checked: Option<(bool, String)>,
}

/// 特别程序.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// Kind.
    pub kind: SpecialKind,
    /// 名称, for example `现场核查`.
    pub name: String,
    /// Number of the written notice.
    pub document_no: String,
    /// Days told.
    pub expected_days: u16,
    /// 理由.
    pub reason: String,
    /// When the clock stopped.
    pub from: At,
    /// Result and when the clock went on; `None` while it lasts.
    pub ended: Option<(String, At)>,
}

/// 延期.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Working days added.
    pub days: u16,
    /// The head's consent.
    pub approval: Approval,
    /// Number of the 延期告知书.
    pub document_no: String,
}

/// 环节办理 or 退回.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTaken {
    /// Which step; `None` for a plain review.
    pub step: Option<String>,
    /// By whom.
    pub by: StaffId,
    /// From which post.
    pub hand: Option<Hand>,
    /// How it ended.
    pub outcome: StepOutcome,
    /// 意见 or reason.
    pub opinion: String,
    /// When.
    pub at: At,
}

/// 环节结果: how a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// 通过.
    Passed,
    /// 不通过; goes on with that opinion.
    Failed,
    /// 退回 to an earlier step.
    ReturnedTo(String),
}

/// 文书.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPaper {
    /// Kind.
    pub kind: PaperKind,
    /// Number.
    pub document_no: String,
    /// SHA-256 of the PDF.
    pub pdf_sha256: crate::event::Digest,
    /// How it reached the applicant.
    pub sent: SentBy,
    /// When.
    pub at: At,
}

/// 监护人.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// The guardian's card.
    pub card: CardFacts,
    /// How the relation was found.
    pub relation: String,
}

/// 代理.
#[derive(Clone, PartialEq, Eq)]
pub struct Agent {
    /// For whom.
    pub principal: Principal,
    /// Items in scope; empty for this case's item alone.
    pub items: Vec<ItemKey>,
    /// May collect the result.
    pub pickup: bool,
    /// Authorised until `YYYY-MM-DD`.
    pub valid_to: String,
    /// The 授权委托书.
    pub requirement: RequirementId,
}

/// 节点时间: when the milestones were reached, local time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments {
    /// 提交.
    pub submitted: At,
    /// 收件, the first time.
    pub received: At,
    /// 受理 as recorded (for 视为受理 see [`Handling::deemed_on`]).
    pub accepted: At,
    /// 决定.
    pub decided: At,
    /// 送达.
    pub delivered: At,
    /// The end.
    pub ended: At,
}

/// 办理: everything between 收件 and the end that is not in the case's older parts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Handling {
    /// 补正告知, oldest first.
    pub notices: Vec<CorrectionNotice>,
    /// 当场更正, oldest first.
    pub fixes: Vec<Fix>,
    /// 视为受理: the day it counts from.
    pub deemed_on: Option<String>,
    /// 不予受理.
    pub rejection: Option<Rejection>,
    /// 退件 reason.
    pub returned: Option<String>,
    /// 转办, oldest first.
    pub redirects: Vec<Redirect>,
    /// 容缺受理.
    pub deferral: Option<Deferral>,
    /// 告知承诺.
    pub commitment: Option<Commitment>,
    /// 证照撤销: reason.
    pub revoked: Option<String>,
    /// 特别程序, oldest first.
    pub specials: Vec<Special>,
    /// 延期.
    pub extension: Option<Extension>,
    /// 听证主持人.
    pub hearing_hosts: BTreeSet<StaffId>,
    /// 环节, oldest first.
    pub steps: Vec<StepTaken>,
    /// 指派: step → person.
    pub assigned: BTreeMap<String, StaffId>,
    /// 异常终止: reason and document number.
    pub terminated: Option<(String, String)>,
    /// 文书, oldest first.
    pub papers: Vec<IssuedPaper>,
    /// 并联: the parent of this part.
    pub parent: Option<CaseId>,
    /// 并联: parts, with the last status of those that ended.
    pub parts: BTreeMap<CaseId, Option<String>>,
    /// Parts granted first are handed over first.
    pub deliver_each: bool,
    /// 监护人.
    pub guardian: Option<Guardian>,
    /// 代理.
    pub agent: Option<Agent>,
    /// What was found on the pages.
    pub page_verdicts: BTreeMap<PageId, PageVerdict>,
    /// 齐全单, the last issued.
    pub completeness: Option<CompletenessSlip>,
    /// Milestones.
    pub moments: Moments,
    /// Where a suspended case goes on.
    pub(super) before_suspension: Option<super::CaseStatus>,
}

impl Handling {
    /// The notice not yet answered.
    #[must_use]
    pub fn open_notice(&self) -> Option<&CorrectionNotice> {
        self.notices.last().filter(|notice| notice.done.is_none())
    }

    /// 特别程序 that lasts.
    #[must_use]
    pub fn open_special(&self) -> Option<&Special> {
        self.specials.last().filter(|special| special.ended.is_none())
    }

    /// Whether every part has ended; `false` without parts.
    #[must_use]
    pub fn parts_ended(&self) -> bool {
        !self.parts.is_empty() && self.parts.values().all(Option::is_some)
    }

    /// Whether a paper of this kind and number was issued.
    #[must_use]
    pub fn has_paper(&self, kind: PaperKind, document_no: &str) -> bool {
        self.papers.iter().any(|paper| paper.kind == kind && paper.document_no == document_no)
    }

    /// Whether the last 齐全单 says green of a material.
    #[must_use]
    pub fn was_green(&self, requirement: &RequirementId) -> bool {
        let said = self
            .completeness
            .as_ref()
            .and_then(|slip| slip.verdicts.iter().find(|verdict| &verdict.requirement == requirement));
        said.is_some_and(|verdict| verdict.light == crate::event::Light::Green)
    }

    /// Whether an earlier notice named this thing.
    #[must_use]
    pub fn named_before(&self, requirement: &RequirementId) -> bool {
        self.notices.iter().any(|notice| notice.missing.iter().any(|missing| &missing.requirement == requirement))
    }
}

/// Local time of where and when an event was recorded.
pub(super) fn at(seen: Option<super::Seen<'_>>) -> At {
    seen.map(|seen| local(seen.wall))
}

fn local(wall: WallTime) -> PrimitiveDateTime {
    crate::limits::local_time(wall)
}
