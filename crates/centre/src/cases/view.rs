//! A whole case as its page shows it.

use super::{CaseRow, Cases, Loaded};
use crate::centre::Centre;
use crate::error::Result;
use crate::rights::Action;
use crate::staff::Member;
use crate::storage::Tx;
use tongban_domain::case::Case;
use tongban_domain::event::{Event, PresenceMethod, ShareAnswer, ShareOutcome, SignOffMethod, Value};
use tongban_domain::form::{Source, prefill};
use tongban_domain::ids::{CaseId, PageId};
use tongban_domain::item::{Field, FieldKind, SatisfiedBy, ServiceItem, material_state};
use tongban_domain::mask;
use tongban_protocol::action::{Actor, Origin};

/// Outcome of the chain check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// Numbers, hashes and signatures all hold.
    pub holds: bool,
    /// Actions checked.
    pub actions: usize,
    /// Where it breaks.
    pub detail: String,
}

/// One action on the timeline.
#[derive(Clone, PartialEq, Eq)]
pub struct TimelineLine {
    /// Place in the chain.
    pub seq: u64,
    /// Wall time at the origin, ms.
    pub at_ms: i64,
    /// 动作.
    pub title: String,
    /// More, without personal data beyond what the role may see.
    pub detail: String,
    /// Who.
    pub who: String,
    /// Where.
    pub origin: String,
}

/// Where a form value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceMark {
    /// 共享数据, unchanged.
    Shared,
    /// 身份证, unchanged.
    Card,
    /// 默认, unchanged.
    Default,
    /// 共享或证件数据, changed by the applicant.
    Changed,
    /// 本人填写.
    Typed,
}

/// One line of the form.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// Label.
    pub label: String,
    /// Value as text; empty for lists.
    pub text: String,
    /// For lists: column labels and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Source.
    pub source: SourceMark,
}

/// A section of the form.
#[derive(Clone, PartialEq, Eq)]
pub struct SectionLines {
    /// Heading.
    pub title: String,
    /// Lines.
    pub lines: Vec<FieldLine>,
}

/// A page image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLine {
    /// Page id.
    pub id: PageId,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

/// One row of the material list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialLine {
    /// Requirement id.
    pub id: String,
    /// 材料名称.
    pub name: String,
    /// 共享, 表单, 刷卡, 拍摄, 未提供 or 不适用.
    pub obtained: &'static str,
    /// Present, or not needed.
    pub settled: bool,
    /// Resource title for shared ones.
    pub source: String,
    /// Pages, in order.
    pub pages: Vec<PageLine>,
}

/// A shared record with the applicant's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareLine {
    /// Title.
    pub title: String,
    /// 提供部门.
    pub org: String,
    /// 已获取, 无记录 ….
    pub outcome: &'static str,
    /// It was found.
    pub found: bool,
    /// 本人确认无误, 本人有异议: …, 未确认.
    pub answer: String,
    /// The applicant objected.
    pub objected: bool,
    /// Label and value.
    pub fields: Vec<(String, String)>,
}

/// Presence as the page shows it before any evidence is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceLine {
    /// 刷脸, 指纹 or 人工核验.
    pub method: &'static str,
    /// Score in thousandths.
    pub score_milli: Option<u32>,
    /// A still is held.
    pub still: bool,
    /// A clip is held.
    pub clip: bool,
    /// The chip's portrait is held.
    pub portrait: bool,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The applicant agreed to the upload of evidence.
    pub consented: bool,
}

/// Sign-off and whether it still fits the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOffLine {
    /// 指纹签认 or 摄像签认.
    pub method: &'static str,
    /// Quality 0..=100.
    pub quality: u8,
    /// The digest fits form and materials as they stand.
    pub holds: bool,
    /// The digest.
    pub digest: String,
}

/// Everything on the page.
pub struct CaseView {
    /// The projection row.
    pub row: CaseRow,
    /// The item, in the version it was filed under.
    pub item: Option<std::sync::Arc<ServiceItem>>,
    /// Timeline, oldest first.
    pub timeline: Vec<TimelineLine>,
    /// The form.
    pub sections: Vec<SectionLines>,
    /// Materials.
    pub materials: Vec<MaterialLine>,
    /// Shared records.
    pub shares: Vec<ShareLine>,
    /// Presence.
    pub presence: Option<PresenceLine>,
    /// Sign-off.
    pub sign_off: Option<SignOffLine>,
    /// Chain.
    pub chain: ChainState,
    /// Document numbers: label, number.
    pub documents: Vec<(&'static str, String)>,
    /// Reviews: who, passed, opinion.
    pub reviews: Vec<(String, bool, String)>,
    /// 跑动次数.
    pub trips: usize,
}

impl std::fmt::Debug for CaseView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseView").field("case", &self.row.case).finish_non_exhaustive()
    }
}

impl Cases<'_> {
    /// The whole page of a case.
    pub fn view(&self, by: &Member, id: CaseId) -> Result<CaseView> {
        by.require(Action::ViewCases)?;
        self.0.db.read("view case", |tx| self.0.view_in(tx, by, id))
    }
}

impl Centre {
    fn view_in(&self, tx: &Tx<'_>, by: &Member, id: CaseId) -> Result<CaseView> {
        let row = self.row_for(tx, by, id)?;
        let loaded = self.load_known(tx, id)?;
        let case = &loaded.case;
        let item = self.item_of(case).ok();
        let sm3 = |bytes: &[u8]| tongban_domain::event::Digest(tongban_crypto::sm3(bytes));
        let holds = case.sign_off_holds(sm3);
        Ok(CaseView {
            timeline: timeline(&loaded),
            sections: item.as_deref().map(|item| sections(case, item)).unwrap_or_default(),
            materials: item.as_deref().map(|item| materials(case, item)).unwrap_or_default(),
            shares: shares(case, item.as_deref()),
            presence: presence(case),
            sign_off: case.sign_off().map(|sign_off| SignOffLine {
                method: match sign_off.method {
                    SignOffMethod::Fingerprint => "指纹签认",
                    SignOffMethod::Camera => "摄像签认",
                },
                quality: sign_off.quality,
                holds: holds == Some(true),
                digest: sign_off.digest.to_string(),
            }),
            chain: self.check_case(tx, &loaded)?,
            documents: documents(case),
            reviews: case.reviews().iter().map(|review| (review.by.0.clone(), review.passed, review.opinion.clone())).collect(),
            trips: case.trips(),
            row,
            item,
        })
    }
}

fn documents(case: &Case) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    if let Some(acceptance) = case.acceptance() {
        list.push(("受理通知书", acceptance.document_no.clone()));
    }
    if let Some(decision) = case.decision() {
        list.push((if decision.granted { "准予许可决定书" } else { "不予许可决定书" }, decision.document_no.clone()));
    }
    if let Some(licence) = case.licence() {
        list.push(("证书编号", licence.number.clone()));
        list.push(("电子证照标识", licence.identifier.clone()));
    }
    if let Some(proof) = case.proof() {
        list.push(("证明编号", proof.number.clone()));
    }
    list
}

fn timeline(loaded: &Loaded) -> Vec<TimelineLine> {
    let entries = loaded.events.iter().zip(&loaded.recorded);
    entries
        .map(|(event, entry)| {
            let header = &entry.action.header;
            let (title, detail) = describe(event);
            TimelineLine {
                seq: header.case_seq,
                at_ms: header.wall.0,
                title: title.to_owned(),
                detail,
                who: match &header.actor {
                    Actor::Applicant => "申请人".to_owned(),
                    Actor::Staff(staff) => staff.0.clone(),
                    Actor::System => "系统".to_owned(),
                },
                origin: match &header.origin {
                    Origin::Station(station) => station.0.clone(),
                    Origin::Centre => "中心".to_owned(),
                    Origin::Web => "网页".to_owned(),
                },
            }
        })
        .collect()
}

fn yes(flag: bool, yes: &str, no: &str) -> String {
    if flag { yes } else { no }.to_owned()
}

/// Title and detail of an event; nothing of the card or the form.
fn describe(event: &Event) -> (&'static str, String) {
    match event {
        Event::Opened { hall, .. } => ("开始办理", hall.0.clone()),
        Event::Identified { reader, expired, .. } => ("刷身份证", if *expired { format!("{reader}，证件已过期") } else { reader.clone() }),
        Event::ConsentGiven { text_version, choice, evidence_upload } => {
            let upload = yes(*evidence_upload, "同意留存核验影像", "不留存核验影像");
            ("告知与同意", format!("第 {text_version} 版，选择{}，{upload}", method(*choice)))
        }
        Event::PresenceProved { method: by, decided_by, .. } => {
            let person = decided_by.as_ref().map(|staff| format!("，由 {staff} 判定")).unwrap_or_default();
            ("在场核验", format!("{}{person}", method(*by)))
        }
        Event::ItemChosen { item, version, .. } => ("选择事项", format!("{item} 第 {version} 版")),
        Event::ShareFetched { record } => ("共享数据", format!("{}：{}，{} 毫秒", record.resource, outcome(record.outcome), record.took_ms)),
        Event::ShareAnswered { resource, answer } => {
            let said = match answer {
                ShareAnswer::Confirmed => "确认无误".to_owned(),
                ShareAnswer::Objected { reason } => format!("有异议：{reason}"),
            };
            ("确认共享数据", format!("{resource}：{said}"))
        }
        Event::FormFilled { values } => ("填写表单", format!("{} 项", values.len())),
        Event::PageCaptured { requirement, .. } => ("采集页影像", requirement.0.clone()),
        Event::PageRemoved { .. } => ("移除页影像", String::new()),
        Event::PagesOrdered { requirement, pages } => ("调整页序", format!("{requirement}：{} 页", pages.len())),
        Event::SignedOff { quality, .. } => ("签认", format!("质量 {quality}")),
        Event::Submitted { receipt, offline, .. } => ("提交", format!("{receipt}{}", if *offline { "（离线）" } else { "" })),
        Event::Withdrawn { reason } => ("撤回", reason.clone()),
        Event::Blocked { code } => ("拦截", code.clone()),
        Event::Continues { case } => ("续办", case.to_string()),
        Event::EvidenceViewed { by, reason } => ("调阅核验证据", format!("{by}：{reason}")),
        other => describe_handling(other),
    }
}

fn describe_handling(event: &Event) -> (&'static str, String) {
    match event {
        Event::Received { project_no } => ("收件", project_no.clone()),
        Event::Accepted { document_no, due, .. } => ("受理", format!("{document_no}，{due} 前办结")),
        Event::Reviewed { passed, opinion, .. } => ("审查", format!("{}：{opinion}", yes(*passed, "通过", "不通过"))),
        Event::Decided { granted, opinion, document_no, .. } => {
            ("决定", format!("{}：{opinion}（{document_no}）", yes(*granted, "准予许可", "不予许可")))
        }
        Event::LicenceAllotted { number, .. } => ("分配证号", number.clone()),
        Event::PrintIntended { serial, .. } => ("制证开始", format!("空白证 {serial}")),
        Event::PrintSent { .. } => ("送打印机", String::new()),
        Event::PrintDone { .. } => ("打印机报完成", String::new()),
        Event::PrintConfirmed { serial, .. } => ("读回核对", format!("空白证 {serial}")),
        Event::PrintVoided { spoiled, reason, .. } => ("制证作废", format!("{}：{reason}", yes(*spoiled, "废证", "未出纸"))),
        Event::HandedOver { operator, .. } => ("领证", format!("经办 {operator}，已刷本人身份证")),
        Event::Closed { .. } => ("办结", String::new()),
        Event::ProofIssued { number, .. } => ("出具证明", number.clone()),
        _ => ("动作", String::new()),
    }
}

const fn method(method: PresenceMethod) -> &'static str {
    match method {
        PresenceMethod::Face => "刷脸",
        PresenceMethod::Manual => "人工核验",
        PresenceMethod::Fingerprint => "指纹",
    }
}

const fn outcome(outcome: ShareOutcome) -> &'static str {
    match outcome {
        ShareOutcome::Found => "已获取",
        ShareOutcome::NoRecord => "无记录",
        ShareOutcome::TimedOut => "接口超时",
        ShareOutcome::Refused => "部门拒绝",
        ShareOutcome::Garbage => "返回无法识别",
        ShareOutcome::Unreachable => "网络不可用",
    }
}

fn presence(case: &Case) -> Option<PresenceLine> {
    let proof = case.presence()?;
    Some(PresenceLine {
        method: method(proof.method),
        score_milli: proof.score_milli,
        still: proof.still.is_some(),
        clip: proof.clip.is_some(),
        portrait: case.card_portrait().is_some(),
        decided_by: proof.decided_by.as_ref().map(|staff| staff.0.clone()),
        reason: proof.reason.clone(),
        consented: case.consent().is_some_and(|consent| consent.evidence_upload),
    })
}

fn shares(case: &Case, item: Option<&ServiceItem>) -> Vec<ShareLine> {
    let line = |resource: &tongban_domain::ids::ResourceId, share: &tongban_domain::case::ShareState| {
        let call = item.and_then(|item| item.share(resource));
        let label = |key: &tongban_domain::ids::FieldId| {
            let field = call.and_then(|call| call.fields.iter().find(|field| &field.key == key));
            field.map_or_else(|| key.0.clone(), |field| field.label.clone())
        };
        ShareLine {
            title: call.map_or_else(|| resource.0.clone(), |call| call.title.clone()),
            org: call.map(|call| call.source_org.clone()).unwrap_or_default(),
            outcome: outcome(share.record.outcome),
            found: share.record.outcome == ShareOutcome::Found,
            objected: matches!(share.answer, Some(ShareAnswer::Objected { .. })),
            answer: match &share.answer {
                Some(ShareAnswer::Confirmed) => "本人确认无误".to_owned(),
                Some(ShareAnswer::Objected { reason }) => format!("本人有异议：{reason}"),
                None => "未确认".to_owned(),
            },
            fields: share.record.fields.iter().map(|(key, value)| (label(key), shown(&label(key), value))).collect(),
        }
    };
    case.shares().iter().map(|(resource, share)| line(resource, share)).collect()
}

/// Masks identity numbers and shortens lists.
fn shown(label: &str, value: &str) -> String {
    if label.contains("身份号码") || label.contains("证件号") {
        return mask::number(value);
    }
    match serde_json::from_str::<Vec<serde_json::Value>>(value) {
        Ok(rows) => format!("{} 条", rows.len()),
        Err(_) => value.to_owned(),
    }
}

fn materials(case: &Case, item: &ServiceItem) -> Vec<MaterialLine> {
    let states = material_state(item, case);
    item.materials
        .iter()
        .zip(states)
        .map(|(requirement, state)| {
            let obtained = match (state.needed, state.satisfied_by) {
                (_, SatisfiedBy::Share) => "共享",
                (_, SatisfiedBy::Form) => "表单",
                (_, SatisfiedBy::Card) => "刷卡",
                (_, SatisfiedBy::Pages(_)) => "拍摄",
                (false, SatisfiedBy::Missing) => "不适用",
                (true, SatisfiedBy::Missing) => "未提供",
            };
            let source = requirement.shared_resource().and_then(|resource| item.share(resource));
            let pages = case.pages(&requirement.id);
            MaterialLine {
                id: requirement.id.0.clone(),
                name: requirement.name.clone(),
                obtained,
                settled: !state.is_missing(),
                source: source.map(|call| call.source_org.clone()).unwrap_or_default(),
                pages: pages.iter().map(|page| PageLine { id: page.id, width: page.width, height: page.height }).collect(),
            }
        })
        .collect()
}

fn sections(case: &Case, item: &ServiceItem) -> Vec<SectionLines> {
    let first = prefill(item, case.card(), case.standing_records());
    let section = |section: &tongban_domain::item::Section| SectionLines {
        title: section.title.clone(),
        lines: section.fields.iter().filter_map(|field| field_line(case, field, &first)).collect(),
    };
    item.form.sections.iter().map(section).filter(|section| !section.lines.is_empty()).collect()
}

fn field_line(case: &Case, field: &Field, first: &[(tongban_domain::ids::FieldId, Value, Source)]) -> Option<FieldLine> {
    let value = case.form().get(&field.id)?;
    let source = match first.iter().find(|(id, _, _)| id == &field.id) {
        None => SourceMark::Typed,
        Some((_, filled, _)) if filled != value => SourceMark::Changed,
        Some((_, _, Source::Card)) => SourceMark::Card,
        Some((_, _, Source::Share(_))) => SourceMark::Shared,
        Some((_, _, Source::Default)) => SourceMark::Default,
    };
    let table = match (value, &field.kind) {
        (Value::Rows(rows), FieldKind::List { fields, .. }) => {
            let heads = fields.iter().map(|column| column.label.clone()).collect();
            let cell = |row: &std::collections::BTreeMap<_, Value>, column: &Field| row.get(&column.id).map(|value| text(value, &column.kind)).unwrap_or_default();
            Some((heads, rows.iter().map(|row| fields.iter().map(|column| cell(row, column)).collect()).collect()))
        }
        _ => None,
    };
    Some(FieldLine { label: field.label.clone(), text: text(value, &field.kind), table, source })
}

/// A value as people read it; identity numbers and phones masked.
fn text(value: &Value, kind: &FieldKind) -> String {
    match (value, kind) {
        (Value::Text(number), FieldKind::IdNumber) => mask::number(number),
        (Value::Text(number), FieldKind::Phone) => mask::phone(number),
        (Value::Text(key), FieldKind::Choice { options }) => {
            options.iter().find(|option| &option.key == key).map_or_else(|| key.clone(), |option| option.label.clone())
        }
        (Value::Text(text), FieldKind::Number { unit, .. }) => format!("{text} {unit}").trim().to_owned(),
        (Value::Text(text), _) => text.clone(),
        (Value::Bool(flag), _) => yes(*flag, "是", "否"),
        (Value::Rows(rows), _) => format!("{} 行", rows.len()),
    }
}
