//! A whole case as its page shows it.

use super::lines::{
    ChainState, CheckLine, FieldLine, MaterialLine, PageLine, PresenceLine, SectionLines, ShareLine, SignOffLine,
    SourceMark, TimelineLine,
};
use super::timeline::{method, outcome, timeline, yes};
use super::{CaseRow, Cases, Loaded};
use crate::centre::Centre;
use crate::error::Result;
use crate::rights::Action;
use crate::staff::Member;
use crate::storage::Tx;
use tongban_domain::case::Case;
use tongban_domain::event::{ShareAnswer, ShareOutcome, SignOffMethod, Value};
use tongban_domain::form::{Source, prefill};
use tongban_domain::ids::CaseId;
use tongban_domain::item::{Field, FieldKind, PreCheckResult, SatisfiedBy, ServiceItem, material_state, precheck};
use tongban_domain::mask;

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
    /// 自动预审.
    pub checks: Vec<CheckLine>,
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
    /// 时间存疑: by how many ms the station's clock was off.
    pub time_doubt: Option<i64>,
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
        self.0.db.read("view case", |tx| {
            let row = self.0.row_for(tx, by, id)?;
            self.0.view_of(tx, row, &self.0.load_known(tx, id)?)
        })
    }
}

impl Centre {
    /// The page of a case that was read.
    pub(crate) fn view_of(&self, tx: &Tx<'_>, row: CaseRow, loaded: &Loaded) -> Result<CaseView> {
        let case = &loaded.case;
        let item = self.item_of(case).ok();
        let sm3 = |bytes: &[u8]| tongban_domain::event::Digest(tongban_crypto::sm3(bytes));
        let holds = case.sign_off_holds(sm3);
        Ok(CaseView {
            timeline: timeline(loaded),
            sections: item.as_deref().map(|item| sections(case, item)).unwrap_or_default(),
            materials: item.as_deref().map(|item| materials(case, item)).unwrap_or_default(),
            checks: item.as_deref().map(|item| checks(case, item)).unwrap_or_default(),
            shares: shares(case, item.as_deref()),
            presence: presence(case),
            sign_off: case.sign_off().map(|sign_off| SignOffLine {
                method: match sign_off.method {
                    SignOffMethod::Fingerprint => "指纹签认",
                    SignOffMethod::Camera => "摄像签认",
                    SignOffMethod::Declared => "网上声明",
                    SignOffMethod::Handwritten => "手写签名",
                },
                quality: sign_off.quality,
                holds: holds == Some(true),
                digest: sign_off.digest.to_string(),
            }),
            chain: self.check_case(tx, loaded)?,
            documents: documents(case),
            reviews: case
                .reviews()
                .iter()
                .map(|review| (review.by.0.clone(), review.passed, review.opinion.clone()))
                .collect(),
            trips: case.trips(),
            time_doubt: super::doubt::of(loaded),
            row,
            item,
        })
    }
}

fn checks(case: &Case, item: &ServiceItem) -> Vec<CheckLine> {
    let line = |result: PreCheckResult| {
        let rule = item.checks.iter().find(|rule| rule.id == result.id)?;
        Some(CheckLine {
            title: rule.title.clone(),
            found: result.found.map_or_else(|| "无法计算".to_owned(), |found| format!("{found} {}", rule.unit)),
            asked: format!("≥ {} {}", rule.at_least, rule.unit),
            passed: result.passed,
            basis: rule.basis.clone(),
        })
    };
    precheck(item, case).into_iter().filter_map(line).collect()
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
                pages: pages
                    .iter()
                    .map(|page| PageLine { id: page.id, width: page.width, height: page.height })
                    .collect(),
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

fn field_line(
    case: &Case,
    field: &Field,
    first: &[(tongban_domain::ids::FieldId, Value, Source)],
) -> Option<FieldLine> {
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
            let cell = |row: &std::collections::BTreeMap<_, Value>, column: &Field| {
                row.get(&column.id).map(|value| text(value, &column.kind)).unwrap_or_default()
            };
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
