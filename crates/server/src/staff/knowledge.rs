//! 知识库 and 消息模板: words the public reads, changed by several people.

use super::answer;
use super::supervision::does;
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::CentreError;
use tongban_centre::knowledge::Entry;
use tongban_centre::messages::{CHARS_MAX, Known, Template};
use tongban_centre::notices::Notice;
use tongban_centre::rights::Action;
use tongban_domain::code::ErrorCode;

fn entry_state(state: &str) -> (&'static str, &'static str) {
    match state {
        "draft" => ("待审核", "amber"),
        "checked" => ("待发布", "blue"),
        "published" => ("已发布", "green"),
        _ => ("已停用", "grey"),
    }
}

fn entry_line(who: &Who, entry: &Entry) -> Line {
    let (member, id) = (&who.member, &entry.id);
    let note = if entry.reason.is_empty() { moment(entry.at_ms) } else { entry.reason.clone() };
    let cells = vec![
        Cell::two(entry.question.clone(), format!("{id} · {note}")),
        Cell::two(entry.answer.clone(), entry.words.join(" ")),
        Cell::tag(entry_state(&entry.state)),
    ];
    let own = entry.drafted_by == member.id;
    let checked = entry.checked_by.as_ref() == Some(&member.id);
    Line::new(format!("entry-{id}"), cells)
        .act_if(entry.state == "draft" && member.may(Action::CheckItems) && !own, || {
            Form::new(format!("check-{id}"), "/knowledge/check", "审核")
                .hidden("id", id)
                .radio("sound", "结论", &[("yes", "通过", ""), ("no", "退回", "须写明理由")])
                .line("reason", "理由")
                .optional()
        })
        .act_if(entry.state == "checked" && member.may(Action::PublishItems) && !own && !checked, || {
            Form::new(format!("publish-{id}"), "/knowledge/publish", "发布").hidden("id", id)
        })
        .act_if(entry.state == "published" && member.may(Action::PublishItems), || {
            Form::new(format!("end-{id}"), "/knowledge/end", "停用").hidden("id", id).line("reason", "理由").danger()
        })
}

fn draft_form(items: &[(String, String)], published: &[(String, String)]) -> Form {
    let none = || std::iter::once((String::new(), "—".to_owned()));
    Form::new("entry", "/knowledge", "送审")
        .title("起草问答")
        .fold()
        .line("question", "问题")
        .max(100)
        .tall("answer", "答复", 5)
        .max(2_000)
        .line("words", "其他说法（空格分开）")
        .optional()
        .select("item", "所属事项", none().chain(items.iter().cloned()))
        .optional()
        .select("replaces", "代替已发布的", none().chain(published.iter().cloned()))
        .optional()
}

pub(crate) async fn page(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let items = centre.catalogue().all().iter().map(|item| (item.key.0.clone(), item.name.clone())).collect();
            Ok((centre.knowledge().all(&member)?, items))
        })
        .await;
    let result = found.map(|(all, items): (Vec<Entry>, Vec<(String, String)>)| {
        let published: Vec<(String, String)> = all
            .iter()
            .filter(|entry| entry.state == "published")
            .map(|entry| (entry.id.clone(), entry.question.clone()))
            .collect();
        let mut lines: Vec<&Entry> = all.iter().collect();
        lines.sort_by_key(|entry| (entry.state == "ended", entry.state == "published", entry.at_ms));
        Board::new(Shell::staff(&state, &who, "知识库", "/knowledge"))
            .lead("起草、审核、发布三人分开；发布后公众在办事指南搜索、热线坐席在热线页查到。")
            .table(
                Table::new("entries", "", &["问题", "答复", "状态"])
                    .lines(lines.into_iter().map(|entry| entry_line(&who, entry)))
                    .empty("还没有问答。"),
            )
            .form_if(who.member.may(Action::EditItems), || draft_form(&items, &published))
            .page()
    });
    answer(&state, &who, result)
}

/// Entries that fit a question, for the pages that search.
pub(crate) fn found(entries: &[Entry]) -> Table {
    let line = |entry: &Entry| {
        Line::new(format!("answer-{}", entry.id), vec![Cell::two(entry.question.clone(), entry.answer.clone())])
    };
    Table::new("knowledge", "常见问题", &["问和答"]).lines(entries.iter().map(line))
}

fn template_line(who: &Who, known: &Known, own: &Template) -> Line {
    let text = if own.text.is_empty() { known.text } else { &own.text };
    let since =
        own.history.last().map_or_else(|| "本系统自带".to_owned(), |(at, _, by)| format!("{by} {} 启用", moment(*at)));
    let proposed = own.proposed.as_ref().map_or_else(String::new, |(text, by)| format!("{by} 提出：{text}"));
    let cells = vec![
        Cell::two(known.title, since),
        Cell::two(text, proposed),
        if own.proposed.is_some() { Cell::tag(("待启用", "amber")) } else { Cell::tag(("在用", "green")) },
    ];
    let places: Vec<String> = known.places.iter().map(|place| format!("{{{place}}}")).collect();
    let hint = if places.is_empty() { "没有变量".to_owned() } else { format!("须保留 {}", places.join("、")) };
    let others = own.proposed.as_ref().is_some_and(|(_, by)| *by != who.member.id);
    Line::new(format!("template-{}", known.key), cells)
        .act_if(who.member.may(Action::EditItems), || {
            Form::new(format!("propose-{}", known.key), "/messages", "修改")
                .hidden("key", known.key)
                .area("text", "新的内容（前面会加上事项名称）")
                .max(u32::try_from(CHARS_MAX).unwrap_or(u32::MAX))
                .value(text)
                .help(hint)
        })
        .act_if(others && who.member.may(Action::CheckItems), || {
            Form::new(format!("enforce-{}", known.key), "/messages/enforce", "启用").hidden("key", known.key)
        })
}

pub(crate) async fn messages(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| Ok((centre.messages().all(&member)?, centre.messages().sent(&member, 100)?)))
        .await;
    let result = found.map(|(all, sent)| {
        let line = |one: &Notice| {
            Line::new("", vec![Cell::num(moment(one.at_ms)), Cell::two(one.text.clone(), one.kind.clone())])
        };
        Board::new(Shell::staff(&state, &who, "消息模板", "/messages"))
            .lead("申请人在“我的消息”看到；发到手机由本市短信网关接收。修改和启用由两人分别办理。")
            .table(
                Table::new("templates", "模板", &["用途", "内容", "状态"])
                    .lines(all.iter().map(|(known, own)| template_line(&who, known, own))),
            )
            .table(
                Table::new("sent", "近 30 天发送记录", &["时间", "内容"])
                    .note("不显示收件人。")
                    .lines(sent.iter().map(line))
                    .empty("还没有发送。"),
            )
            .page()
    });
    answer(&state, &who, result)
}

does! {
    /// 起草.
    draft(centre, by, fields) -> "/knowledge" => {
        let replaces = Some(fields.get("replaces")).filter(|id| !id.is_empty());
        let new = (fields.get("question"), fields.get("answer"));
        centre.knowledge().draft(&by, replaces, new, fields.get("words"), fields.get("item")).map(|_| ())
    };
    /// 审核.
    check(centre, by, fields) -> "/knowledge" => {
        let sound = match fields.get("sound") {
            "yes" => true,
            "no" => false,
            _ => return Err(CentreError::invalid(ErrorCode::FieldMissing, "sound")),
        };
        centre.knowledge().check(&by, fields.get("id"), sound, fields.get("reason"))
    };
    /// 发布.
    publish(centre, by, fields) -> "/knowledge" => centre.knowledge().publish(&by, fields.get("id"));
    /// 停用.
    end(centre, by, fields) -> "/knowledge" => centre.knowledge().end(&by, fields.get("id"), fields.get("reason"));
    /// 修改模板.
    propose(centre, by, fields) -> "/messages" => centre.messages().propose(&by, fields.get("key"), fields.get("text"));
    /// 启用模板.
    enforce(centre, by, fields) -> "/messages" => centre.messages().enforce(&by, fields.get("key"));
}
