//! 流程编辑: the steps of an item's workflow as inputs: order, name, role, limit, kind, parallel group, ways back.
//!
//! What the form does not show of a step (its branch) is kept as it stands in the file.

use crate::kit::Form;
use serde_json::{Map, Value, json};
use tongban_centre::CentreError;
use tongban_domain::code::ErrorCode;
use tongban_domain::item::Finding;

/// Blank rows offered below the steps there are.
const SPARE: usize = 2;
/// Most steps of a workflow.
const STEPS_MAX: usize = 30;
/// 环节性质 as the file spells it, and in words.
const SEATS: [(&str, &str); 7] = [
    ("", "按名称判断"),
    ("intake", "受理"),
    ("review", "审查"),
    ("publicity", "公示（不计时）"),
    ("decide", "决定"),
    ("make", "制证"),
    ("automatic", "系统自动"),
];

/// Findings about a place of the file or below it, as one sentence; empty when there are none.
pub(super) fn told(findings: &[Finding], path: &str) -> String {
    let about = |finding: &&Finding| {
        finding.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let words = |finding: &Finding| format!("{}：{}", if finding.blocks { "须改" } else { "提示" }, finding.sentence);
    findings.iter().filter(about).map(words).collect::<Vec<_>>().join(" ")
}

fn text<'v>(step: &'v Value, name: &str) -> &'v str {
    step.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The inputs of every step, and of some new ones.
pub(super) fn form(action: &str, file: &Value, json: &str, findings: &[Finding]) -> Form {
    let none = Vec::new();
    let steps = file["workflow"].as_array().unwrap_or(&none);
    let mut form = Form::new("steps", action, "保存流程")
        .title("办理流程")
        .hint("按顺序号办理；名称留空的环节删除；并行组相同且相邻的环节同时办理")
        .hidden("way", "steps")
        .hidden("json", json);
    let whole: Vec<Finding> = findings.iter().filter(|one| one.path == "workflow").cloned().collect();
    if !whole.is_empty() {
        form = form.head(&told(&whole, "workflow"));
    }
    let blank = json!({});
    for place in 0..(steps.len() + SPARE).min(STEPS_MAX) {
        let step = steps.get(place).unwrap_or(&blank);
        let name = |field: &str| format!("s{place}-{field}");
        let head = if place < steps.len() { format!("第 {} 步", place + 1) } else { "新增环节".to_owned() };
        let days = step.get("days").and_then(Value::as_u64).map(|days| days.to_string()).unwrap_or_default();
        let back = step
            .get("return_to")
            .and_then(Value::as_array)
            .map_or_else(String::new, |names| names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        form = form
            .head(&head)
            .number(&name("order"), "顺序号")
            .value((place + 1).to_string())
            .optional()
            .line(&name("name"), "环节名称")
            .value(text(step, "name"))
            .optional()
            .help(told(findings, &format!("workflow[{place}]")))
            .line(&name("role"), "岗位")
            .value(text(step, "role"))
            .optional()
            .number(&name("days"), "时限（工作日，0 为当日）")
            .value(days)
            .optional()
            .select(&name("seat"), "性质", SEATS)
            .value(text(step, "seat"))
            .optional()
            .line(&name("together"), "并行组（不并行不填）")
            .value(text(step, "together"))
            .optional()
            .line(&name("return_to"), "可退回到（环节名称，空格分开；不填为此前任一环节）")
            .value(back)
            .optional()
            .line(&name("special"), "可启动的特别程序（没有不填）")
            .value(text(step, "special"))
            .optional();
    }
    form
}

fn wrong(what: String) -> CentreError {
    CentreError::invalid(ErrorCode::FieldInvalid, what)
}

/// Puts the steps as typed into the file.
pub(super) fn take(file: &mut Value, field: impl Fn(&str) -> String) -> Result<(), CentreError> {
    let old: Vec<Value> = file["workflow"].as_array().cloned().unwrap_or_default();
    let mut steps: Vec<(u32, Value)> = Vec::new();
    for place in 0..(old.len() + SPARE).min(STEPS_MAX) {
        let typed = |name: &str| field(&format!("s{place}-{name}")).trim().to_owned();
        let name = typed("name");
        if name.is_empty() {
            continue;
        }
        let mut step: Map<String, Value> = old.get(place).and_then(Value::as_object).cloned().unwrap_or_default();
        let days: u16 = typed("days").parse().map_err(|_| wrong(format!("{name}: days")))?;
        step.insert("name".into(), json!(name));
        step.insert("role".into(), json!(typed("role")));
        step.insert("days".into(), json!(days));
        for key in ["seat", "together", "special"] {
            let value = typed(key);
            if value.is_empty() {
                step.remove(key);
            } else {
                step.insert(key.into(), json!(value));
            }
        }
        let back = typed("return_to");
        let names: Vec<&str> = back.split_whitespace().collect();
        if names.is_empty() {
            step.remove("return_to");
        } else {
            step.insert("return_to".into(), json!(names));
        }
        let order = typed("order");
        let order =
            if order.is_empty() { u32::MAX } else { order.parse().map_err(|_| wrong(format!("{name}: order")))? };
        steps.push((order, Value::Object(step)));
    }
    // Equal numbers keep the order they stood in.
    steps.sort_by_key(|(order, _)| *order);
    file["workflow"] = steps.into_iter().map(|(_, step)| step).collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_renamed_moved_added_and_taken_away_and_a_branch_is_kept() {
        let branch = json!({"field": "area", "at_least": "500"});
        let mut file = json!({"workflow": [
            {"name": "审查", "role": "承办人", "days": 2, "when": branch},
            {"name": "公示", "role": "系统", "days": 3},
            {"name": "决定", "role": "负责人", "days": 1, "return_to": ["审查"]}]});
        let typed = |name: &str| {
            match name {
                "s0-name" => "初审",
                "s0-role" => "承办人",
                "s0-days" => "3",
                "s0-order" => "2",
                "s2-name" => "决定",
                "s2-role" => "分管领导",
                "s2-days" => "1",
                "s2-order" => "3",
                "s2-return_to" => "初审 收件",
                "s3-name" => "收件",
                "s3-role" => "窗口",
                "s3-days" => "0",
                "s3-order" => "1",
                "s3-seat" => "intake",
                _ => "",
            }
            .to_owned()
        };
        take(&mut file, typed).unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<&str> =
            file["workflow"].as_array().into_iter().flatten().map(|step| text(step, "name")).collect();
        assert_eq!(names, ["收件", "初审", "决定"]);
        assert_eq!(file["workflow"][1]["when"], branch, "what the form does not show stays");
        assert_eq!(file["workflow"][2]["return_to"], json!(["初审", "收件"]));
        assert_eq!(file["workflow"][0]["seat"], json!("intake"));
        let none = take(&mut file, |name| if name == "s0-name" { "审".to_owned() } else { String::new() });
        assert!(none.is_err(), "a step without a limit is not taken");
    }
}
