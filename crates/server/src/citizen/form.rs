//! 申请表 on the web: the item's own form to fill in, checked by the item's own rules, and printed to
//! be signed and brought along. Nothing typed here is kept.

use super::{refused, shell};
use crate::error::Failure;
use crate::guard::{Fields, Visitor};
use crate::kit::{Board, Form};
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use tongban_domain::event::{FormValues, Value};
use tongban_domain::form::{Context, FaultReason, FieldFault, prune, validate};
use tongban_domain::ids::FieldId;
use tongban_domain::item::{Field, FieldKind, ServiceItem};

/// Most rows of a list on the page.
const ROWS_MAX: u16 = 8;

/// Why a value does not do, in words.
fn why(reason: &FaultReason) -> String {
    match reason {
        FaultReason::Missing => "请填写".to_owned(),
        FaultReason::TooLong { max, .. } => format!("不能超过 {max} 个字"),
        FaultReason::BelowMin { min } => format!("不能小于 {min}"),
        FaultReason::AboveMax { max } => format!("不能大于 {max}"),
        FaultReason::TooManyDecimals { max } => format!("最多 {max} 位小数"),
        FaultReason::NotANumber => "请填写数字".to_owned(),
        FaultReason::NotADate => "请填写日期，例如 2026-11-23".to_owned(),
        FaultReason::IdNumberShape | FaultReason::IdNumberDate | FaultReason::IdNumberCheck => {
            "证件号码有误，请核对".to_owned()
        }
        FaultReason::CreditCodeShape | FaultReason::CreditCodeCheck => "统一社会信用代码有误，请核对".to_owned(),
        FaultReason::NotAPhone => "电话号码有误，请核对".to_owned(),
        FaultReason::TooFewRows { min } => format!("至少填写 {min} 行"),
        FaultReason::TooManyRows { max } => format!("最多填写 {max} 行"),
        FaultReason::NotAnOption | FaultReason::OptionClosed => "请重新选择".to_owned(),
        FaultReason::WrongType | FaultReason::UnknownField | FaultReason::Characters => "填写的内容不能识别".to_owned(),
    }
}

fn rows_of(min: u16, max: u16) -> u16 {
    let room = max.min(ROWS_MAX);
    if min < 3 { room.min(3) } else { room.min(min) }
}

/// One input; `name` and `label` are the row's own inside a list.
fn input(form: Form, field: &Field, name: &str, label: &str, typed: &str) -> Form {
    let form = match &field.kind {
        FieldKind::Text { max } if *max > 60 => form.area(name, label).max(u32::from(*max)),
        FieldKind::Text { max } => form.line(name, label).max(u32::from(*max)),
        FieldKind::Number { unit, .. } => {
            let label = if label.contains(unit.as_str()) { label.to_owned() } else { format!("{label}（{unit}）") };
            form.line(name, &label).max(30)
        }
        FieldKind::Date => form.date(name, label),
        FieldKind::Choice { options } => {
            let chosen = options.iter().map(|one| (one.key.clone(), one.label.clone()));
            let all: Vec<(String, String)> =
                std::iter::once((String::new(), "请选择".to_owned())).chain(chosen).collect();
            form.select(name, label, all)
        }
        FieldKind::Bool => form.select(name, label, [("", "请选择"), ("1", "是"), ("0", "否")]),
        FieldKind::IdNumber | FieldKind::CreditCode => form.line(name, label).max(18),
        FieldKind::Phone => form.line(name, label).max(20),
        FieldKind::List { .. } => return form,
    };
    let form = form.value(typed).help(&field.hint);
    // The rules of the item decide what is missing, and the other answers with them.
    form.optional()
}

fn filled(item: &ServiceItem, typed: &dyn Fn(&str) -> String) -> Form {
    let mut form = Form::new("item-form", format!("/guide/{}/form", item.key), "检查并生成申请表（PDF）");
    for section in &item.form.sections {
        form = form.head(&section.title);
        for field in &section.fields {
            let need = if field.required && field.when.is_none() { "" } else { "（按情形填写）" };
            let FieldKind::List { fields, min, max, row_name } = &field.kind else {
                let name = field.id.0.as_str();
                form = input(form, field, name, &format!("{}{need}", field.label), &typed(name));
                continue;
            };
            for row in 0..rows_of(*min, *max) {
                form = form.head(&format!("{} · {row_name} {}{need}", field.label, row + 1));
                for column in fields {
                    let name = format!("{}.{row}.{}", field.id, column.id);
                    form = input(form, column, &name, &column.label, &typed(&name));
                }
            }
        }
    }
    form
}

fn value(field: &Field, typed: &str) -> Option<Value> {
    match (&field.kind, typed) {
        (_, "") => None,
        (FieldKind::Bool, flag) => Some(Value::Bool(flag == "1")),
        (_, text) => Some(Value::Text(text.to_owned())),
    }
}

/// What was typed, in the shape the item's rules look at.
fn values(item: &ServiceItem, fields: &Fields) -> FormValues {
    let mut all = FormValues::new();
    for field in item.form.fields() {
        let FieldKind::List { fields: columns, min, max, .. } = &field.kind else {
            all.extend(value(field, fields.get(&field.id.0)).map(|value| (field.id.clone(), value)));
            continue;
        };
        let row = |row: u16| {
            let cell = |column: &Field| {
                let typed = fields.get(&format!("{}.{row}.{}", field.id, column.id));
                value(column, typed).map(|value| (column.id.clone(), value))
            };
            columns.iter().filter_map(cell).collect::<BTreeMap<FieldId, Value>>()
        };
        let rows: Vec<_> = (0..rows_of(*min, *max)).map(row).filter(|row| !row.is_empty()).collect();
        if !rows.is_empty() {
            all.insert(field.id.clone(), Value::Rows(rows));
        }
    }
    prune(item, &all, &Context::default())
}

fn fault_words(item: &ServiceItem, fault: &FieldFault) -> (String, String) {
    let list = fault.list.as_ref().and_then(|list| item.form.field(list));
    let column = |list: &Field| match &list.kind {
        FieldKind::List { fields, .. } => fields.iter().find(|column| column.id == fault.field).cloned(),
        _ => None,
    };
    let label = match list {
        Some(list) => {
            let column = column(list).map_or_else(String::new, |column| format!("：{}", column.label));
            format!("{} 第 {} 行{column}", list.label, fault.row.unwrap_or(0) + 1)
        }
        None => item.form.field(&fault.field).map_or_else(|| fault.field.0.clone(), |field| field.label.clone()),
    };
    (label, why(&fault.reason))
}

/// What the card or a department fills in at the window is no gap here.
fn comes_by_itself(item: &ServiceItem, fault: &FieldFault) -> bool {
    let by = fault.list.as_ref().unwrap_or(&fault.field);
    fault.reason == FaultReason::Missing && item.form.field(by).is_some_and(|field| field.prefill.is_some())
}

fn board(state: &AppState, visitor: &Visitor, item: &ServiceItem) -> Board {
    Board::new(shell(state, &format!("{}申请表", item.name), visitor))
        .under("/guide", "办事指南")
        .under(format!("/guide/{}", item.key), item.name.clone())
        .lead("在这里填好、打印、签名，带到窗口或自助终端；填写的内容不会保存。刷身份证和共享数据能自动填写的，可以不填。")
        .tab("form-blank", format!("/guide/{}/form.pdf", item.key), "空白表（PDF）", None, false)
}

/// 申请表 to fill in.
pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(key): Path<String>,
) -> Response {
    let Some(item) = state.centre.catalogue().latest(&key.as_str().into()).filter(|item| !item.form.is_empty()) else {
        return refused(&state, &Failure::not_found());
    };
    board(&state, &visitor, &item).form(filled(&item, &|_| String::new())).page()
}

async fn printed(state: &AppState, item: &ServiceItem, values: FormValues) -> Response {
    let printing = item.clone();
    match state.blocking(move |centre| centre.papers().application_form(&printing, &values)).await {
        Ok(pdf) => {
            let name = format!("inline; filename=\"{}-form.pdf\"", item.key);
            ([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], pdf)
                .into_response()
        }
        Err(failure) => refused(state, &failure),
    }
}

/// Blank, as a PDF.
pub(crate) async fn blank(State(state): State<AppState>, Path(key): Path<String>) -> Response {
    let Some(item) = state.centre.catalogue().latest(&key.as_str().into()).filter(|item| !item.form.is_empty()) else {
        return refused(&state, &Failure::not_found());
    };
    printed(&state, &item, FormValues::new()).await
}

/// Checked by the item's own rules; then printed.
pub(crate) async fn submit(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    Path(key): Path<String>,
) -> Response {
    let Some(item) = state.centre.catalogue().latest(&key.as_str().into()).filter(|item| !item.form.is_empty()) else {
        return refused(&state, &Failure::not_found());
    };
    let values = values(&item, &fields);
    let mut faults = validate(&item, &values, &Context::default());
    faults.retain(|fault| !comes_by_itself(&item, fault));
    if faults.is_empty() {
        return printed(&state, &item, values).await;
    }
    let lines = faults.iter().map(|fault| fault_words(&item, fault)).collect();
    board(&state, &visitor, &item)
        .say("form-faults", "warn", format!("还有 {} 处需要修改。", faults.len()))
        .facts("faults", "请修改", lines)
        .form(filled(&item, &|name| fields.get(name).to_owned()))
        .page()
}
