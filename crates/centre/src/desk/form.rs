//! 申请表 on paper: the item's own form, blank or filled in, as a PDF to print and sign.

use crate::error::{CentreError, Result};
use crate::papers::Papers;
use std::collections::BTreeMap;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{FormValues, Value};
use tongban_domain::ids::FieldId;
use tongban_domain::item::{Field, FieldKind, ServiceItem};
use tongban_licence::{NoticeData, SealFace};

/// Room to write in.
const BLANK: &str = "____________________";
/// Rows of a list to be written by hand.
const ROWS: u16 = 3;
const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

/// A value as it stands on paper.
fn text(field: &Field, value: Option<&Value>) -> String {
    let unit = match &field.kind {
        FieldKind::Number { unit, .. } if !unit.is_empty() => format!(" {unit}"),
        _ => String::new(),
    };
    match (&field.kind, value) {
        (FieldKind::Choice { options }, chosen) => {
            let mark = |key: &str| if matches!(chosen, Some(Value::Text(text)) if text == key) { "■" } else { "□" };
            options.iter().map(|one| format!("{} {}", mark(&one.key), one.label)).collect::<Vec<_>>().join("　")
        }
        (FieldKind::Bool, chosen) => {
            let mark = |flag| if matches!(chosen, Some(Value::Bool(yes)) if *yes == flag) { "■" } else { "□" };
            format!("{} 是　{} 否", mark(true), mark(false))
        }
        (_, Some(Value::Text(text))) if !text.trim().is_empty() => format!("{text}{unit}"),
        _ => format!("{BLANK}{unit}"),
    }
}

fn row_text(columns: &[Field], row: Option<&BTreeMap<FieldId, Value>>) -> String {
    let cell = |column: &Field| format!("{} {}", column.label, text(column, row.and_then(|row| row.get(&column.id))));
    columns.iter().map(cell).collect::<Vec<_>>().join("；")
}

fn field_lines(field: &Field, values: &FormValues, lines: &mut Vec<String>) {
    let need = match (field.required, &field.when) {
        (_, Some(_)) => "（按情形填写）",
        (true, None) => "",
        (false, None) => "（可不填）",
    };
    let FieldKind::List { fields, max, row_name, .. } = &field.kind else {
        lines.push(format!("{}{need}：{}", field.label, text(field, values.get(&field.id))));
        return;
    };
    lines.push(format!("{}{need}：", field.label));
    match values.get(&field.id) {
        Some(Value::Rows(rows)) if !rows.is_empty() => {
            lines.extend(
                rows.iter()
                    .enumerate()
                    .map(|(n, row)| format!("{row_name} {}：{}", n + 1, row_text(fields, Some(row)))),
            );
        }
        _ => lines.extend((1..=ROWS.min(*max)).map(|n| format!("{row_name} {n}：{}", row_text(fields, None)))),
    }
}

impl Papers<'_> {
    /// 申请表 of an item as a PDF; what `values` leaves out stands as room to write in.
    ///
    /// # Errors
    /// `InstallIncomplete` without fonts; what the press says of a sign no font has.
    pub fn application_form(&self, item: &ServiceItem, values: &FormValues) -> Result<Vec<u8>> {
        let centre = self.0;
        let press = centre.press.as_ref().ok_or_else(|| CentreError::invalid(ErrorCode::InstallIncomplete, "fonts"))?;
        let mut lines = Vec::new();
        for (n, section) in item.form.sections.iter().enumerate() {
            lines.push(format!("{}、{}", NUMERALS.get(n).copied().unwrap_or("附"), section.title));
            for field in &section.fields {
                field_lines(field, values, &mut lines);
            }
        }
        lines.push("本人（单位）承诺以上内容真实、准确，与所附材料一致。".to_owned());
        let paper = press.notice(&NoticeData {
            title: format!("{}申请表", item.name),
            number: format!("{} · 第 {} 版", item.task_code, item.version),
            addressee: item.org.name.clone(),
            paragraphs: lines,
            points: Vec::new(),
            issuer: "申请人（签名或者盖章）".to_owned(),
            issued_at: centre.now(),
            qr: None,
            hotline: item.guide.as_ref().map(|guide| guide.consult.clone()).unwrap_or_default(),
            seal: SealFace::Slot,
            demo: centre.demo,
        });
        Ok(paper.map_err(|error| CentreError::invalid(error.code(), format!("application form: {error}")))?.pdf)
    }
}
