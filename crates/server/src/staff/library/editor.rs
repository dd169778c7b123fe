//! 事项编辑: the fields of the guide as a form, the rest as the item's own file, checked on the way in.

mod steps;

use super::findings;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::Shell;
use crate::kit::{Board, Form};
use crate::staff::answer;
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tongban_centre::library::{Draft, DraftState};
use tongban_centre::rights::Action;
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;

/// Fields of the form: name, label, path in the file, rows of the input.
const FIELDS: [(&str, &str, &str, u8); 21] = [
    ("name", "事项名称", "/name", 1),
    ("statutory_days", "法定办结时限（工作日）", "/statutory_days", 0),
    ("promised_days", "承诺办结时限（工作日）", "/promised_days", 0),
    ("visits_max", "到办事现场次数", "/visits_max", 0),
    ("conditions", "受理条件（一行一条）", "/guide/conditions", 4),
    ("statutory_note", "法定时限说明", "/guide/statutory_note", 1),
    ("promised_note", "承诺时限说明", "/guide/promised_note", 1),
    ("fee_note", "收费说明", "/guide/fee_note", 1),
    ("address", "办理地点", "/guide/address", 1),
    ("hours", "办理时间", "/guide/hours", 1),
    ("consult", "咨询电话", "/guide/consult", 1),
    ("complain", "监督投诉电话", "/guide/complain", 1),
    ("rights", "依法享有的权利", "/guide/rights", 2),
    ("duties", "依法履行的义务", "/guide/duties", 2),
    ("review_org", "复议机关", "/guide/review/org", 1),
    ("review_address", "复议机关地址", "/guide/review/address", 1),
    ("review_within", "申请复议期限", "/guide/review/within", 1),
    ("litigation_org", "诉讼法院", "/guide/litigation/org", 1),
    ("litigation_address", "法院地址", "/guide/litigation/address", 1),
    ("litigation_within", "起诉期限", "/guide/litigation/within", 1),
    ("bookings_a_day", "每日预约名额", "/guide/bookings_a_day", 0),
];

/// The file to go on from: the open draft, else the version in force made the next one.
fn source(centre: &Centre, key: &ItemKey) -> Result<(String, Option<Draft>), CentreError> {
    let latest = centre.catalogue().latest(key);
    let next = latest.as_ref().map_or(1, |item| item.version + 1);
    let id = format!("{key}@{next}");
    if let Some(draft) = centre.library().drafts()?.into_iter().find(|draft| draft.id == id) {
        return Ok((pretty(&draft.json)?, Some(draft)));
    }
    let item = latest.ok_or_else(|| CentreError::not_found("item"))?;
    let damaged = |error: serde_json::Error| CentreError::Damaged(format!("item file: {error}"));
    let mut file = serde_json::to_value(item.as_ref()).map_err(damaged)?;
    file["version"] = json!(next);
    Ok((serde_json::to_string_pretty(&file).map_err(damaged)?, None))
}

fn parse(text: &str) -> Result<Value, CentreError> {
    serde_json::from_str(text)
        .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("item file: {error}")))
}

fn pretty(text: &str) -> Result<String, CentreError> {
    let file = parse(text)?;
    serde_json::to_string_pretty(&file).map_err(|error| CentreError::Damaged(format!("item file: {error}")))
}

/// What stands in the file at a path, as the form shows it.
fn shown(file: &Value, path: &str) -> String {
    match file.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Puts what was typed into the file; the file's own value says which shape it has. What the file leaves out is added
/// once something is typed.
fn put(file: &mut Value, path: &str, rows: u8, typed: &str) -> Result<(), CentreError> {
    let there = file.pointer(path);
    if there.is_none() && typed.trim().is_empty() {
        return Ok(());
    }
    let value = match rows {
        0 => json!(typed.parse::<u32>().map_err(|_| CentreError::invalid(ErrorCode::FieldInvalid, path.to_owned()))?),
        _ if there.map_or(rows > 2, Value::is_array) => {
            json!(typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>())
        }
        _ => json!(typed),
    };
    let mut place = file;
    for step in path.split('/').skip(1) {
        if place.is_null() {
            *place = json!({});
        }
        let Some(room) = place.as_object_mut() else {
            return Err(CentreError::invalid(ErrorCode::ConfigInvalid, path.to_owned()));
        };
        place = room.entry(step).or_insert(Value::Null);
    }
    *place = value;
    Ok(())
}

pub(crate) async fn edit(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(key): Path<String>,
) -> Response {
    let item = ItemKey(key.clone());
    let found = state
        .blocking(move |centre| {
            let (json, draft) = source(centre, &item)?;
            let checked = centre.library().check(&json)?;
            Ok((json, draft, checked))
        })
        .await;
    let result = found.and_then(|(json, draft, checked)| {
        let file = parse(&json).map_err(Failure::from)?;
        let version = &file["version"];
        let title = shown(&file, "/name");
        let mut board = Board::new(Shell::staff(&state, &who, title, "/library"))
            .under("/library", "事项库")
            .lead(format!("第 {version} 版草稿，按指南 18 项顺序逐项核对。"));
        let locked = draft.as_ref().is_some_and(|draft| draft.state == DraftState::Approved);
        if let Some(draft) = &draft {
            for (by, note) in &draft.notes {
                board = board.say("note", "warn", format!("{by} 退回意见：{note}"));
            }
        }
        if locked {
            board = board.say("locked", "", "已审核通过，等待发布。保存修改将重新审核。");
        }
        board = findings(board, &checked);
        if who.member.may(Action::EditItems) {
            let action = format!("/library/{key}");
            let mut form = Form::new("guide", &action, "保存为草稿")
                .title("指南内容")
                .hidden("way", "guide")
                .hidden("json", &json);
            for (name, label, path, rows) in FIELDS {
                let value = shown(&file, path);
                form = match rows {
                    0 => form.number(name, label).value(value),
                    1 => form.line(name, label).value(value).optional(),
                    rows => form.tall(name, label, rows).max(4000).value(value).optional(),
                };
                // What the check found stands at the field it is about.
                form = form.help(steps::told(&checked, &path[1..].replace('/', ".")));
            }
            let whole = Form::new("whole", &action, "保存为草稿")
                .title("全部内容")
                .hint("材料、表单、共享等，按事项文件格式")
                .fold();
            board = board
                .form(form)
                .form(steps::form(&action, &file, &json, &checked))
                .form(whole.hidden("way", "whole").tall("json", "事项文件", 24).value(&json));
        }
        Ok(board.page())
    });
    answer(&state, &who, result)
}

pub(crate) async fn save(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(key): Path<String>,
) -> Response {
    let member = who.member.clone();
    let wanted = key.clone();
    let done = state
        .blocking(move |centre| {
            let mut file = parse(fields.raw("json"))?;
            if file["key"] != json!(wanted) {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "another item's file"));
            }
            if fields.get("way") == "guide" {
                for (name, _, path, rows) in FIELDS {
                    put(&mut file, path, rows, fields.get(name))?;
                }
            }
            if fields.get("way") == "steps" {
                steps::take(&mut file, |name| fields.get(name).to_owned())?;
            }
            centre.library().draft(&member, &file.to_string())
        })
        .await;
    answer(&state, &who, done.map(|_| Redirect::to(&format!("/library/{key}")).into_response()))
}
