//! 事项库: drafts, checks and publication by three people; the editor; 认领; 工作日历.

mod editor;

pub(crate) use editor::{edit, save};

use super::answer;
use super::supervision::does;
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::Shell;
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use tongban_centre::CentreError;
use tongban_centre::library::{Claim, Draft, DraftState};
use tongban_centre::rights::Action;
use tongban_domain::item::{Finding, ServiceItem};

fn state_words(state: DraftState) -> (&'static str, &'static str) {
    match state {
        DraftState::Drafted => ("待审核", "amber"),
        DraftState::Approved => ("待发布", "blue"),
        DraftState::SentBack => ("退回修改", "red"),
        DraftState::Published => ("已发布", "green"),
    }
}

fn finding_table(findings: &[Finding]) -> Table {
    let line = |finding: &Finding| {
        let tag = if finding.blocks { ("须改", "red") } else { ("提示", "amber") };
        Line::new(
            format!("finding-{}", finding.code),
            vec![Cell::tag(tag), Cell::two(&finding.sentence, format!("{} · {}", finding.code, finding.path))],
        )
    };
    Table::new("findings", "质检", &["级别", "说明"]).lines(findings.iter().map(line)).empty("质检通过，没有发现问题。")
}

fn draft_line(who: &Who, draft: &Draft, faults: usize) -> Line {
    let mut people = format!("起草 {}", draft.drafted_by);
    for (word, by) in [("审核", &draft.approved_by), ("发布", &draft.published_by)] {
        if let Some(by) = by {
            people.push_str(&format!(" · {word} {by}"));
        }
    }
    let note = draft.notes.last().map(|(by, note)| format!("{by}：{note}")).unwrap_or_default();
    let lint = if faults == 0 { ("质检通过".to_owned(), "green") } else { (format!("{faults} 处须改"), "red") };
    let me = &who.member;
    let checks = draft.state == DraftState::Drafted && me.may(Action::CheckItems) && draft.drafted_by != me.id;
    let publishes = draft.state == DraftState::Approved && me.may(Action::PublishItems);
    let key = draft.id.split('@').next().unwrap_or_default();
    Line::new(
        format!("draft-{}", draft.id.replace('@', "-")),
        vec![
            Cell::link(format!("/library/{key}"), &draft.id, people),
            Cell::tag(state_words(draft.state)),
            Cell::tag(lint),
            Cell::text(note),
        ],
    )
    .act_if(checks, || Form::new(format!("approve-{key}"), "/library/approve", "审核通过").hidden("id", &draft.id))
    .act_if(checks, || {
        Form::new(format!("return-{key}"), "/library/return", "退回修改")
            .hidden("id", &draft.id)
            .area("note", "退回意见")
    })
    .act_if(publishes, || Form::new(format!("publish-{key}"), "/library/publish", "发布").hidden("id", &draft.id))
}

fn item_line(item: &ServiceItem) -> Line {
    let limit = format!("承诺 {} 日 / 法定 {} 日", item.promised_days, item.statutory_days);
    Line::new(
        format!("item-{}", item.key),
        vec![
            Cell::link(format!("/library/{}", item.key), item.name.clone(), item.task_code.clone()),
            Cell::text(&item.org.name),
            Cell::two(format!("第 {} 版", item.version), limit),
            Cell::link(format!("/library/{}/guide", item.key), "指南", ""),
        ],
    )
}

pub(crate) async fn list(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state
        .blocking(|centre| {
            let drafts = centre.library().drafts()?;
            let counted = drafts.into_iter().map(|draft| {
                let faults = centre.library().check(&draft.json)?.iter().filter(|finding| finding.blocks).count();
                Ok((draft, faults))
            });
            Ok((
                counted.collect::<Result<Vec<_>, CentreError>>()?,
                centre.catalogue().all(),
                centre.limits().calendars()?,
            ))
        })
        .await;
    let result = found.map(|(drafts, items, calendars)| {
        let open = drafts.iter().rev().map(|(draft, faults)| draft_line(&who, draft, *faults));
        let calendar = calendars.last().map_or_else(
            || "随安装提供的日历".to_owned(),
            |last| format!("第 {} 版，{} 发布：{}", last.version, last.by, last.reason),
        );
        Board::new(Shell::staff(&state, &who, "事项库", "/library"))
            .tab("tab-intermediaries", "/intermediaries", "中介机构", None, false)
            .lead("起草、审核、发布由三个人完成；已经在办的办件仍按原版本办理。")
            .table(Table::new("drafts", "草稿", &["草稿", "状态", "质检", "意见"]).lines(open))
            .table(
                Table::new("items", "在用事项", &["事项", "实施主体", "版本时限", "指南"])
                    .lines(items.iter().map(|item| item_line(item))),
            )
            .tab("library-export", "/library.json", "导出事项库", None, false)
            .form_if(who.member.may(Action::EditItems), || {
                Form::new("import", "/library/import", "导入为草稿")
                    .title("导入")
                    .hint("导出的文件，版本号须为下一版")
                    .fold()
                    .tall("json", "文件内容", 10)
            })
            .form_if(who.member.may(Action::PublishItems), || {
                let form =
                    Form::new("calendar", "/library/calendar", "签名发布").title("工作日历").hint(calendar).fold();
                form.tall("json", "日历文件（国务院办公厅放假通知整理）", 10).line("reason", "发布说明")
            })
            .page()
    });
    answer(&state, &who, result)
}

/// The whole library as a file.
pub(crate) async fn export(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state.blocking(|centre| centre.library().export()).await;
    let head = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"library.json\""),
    ];
    answer(&state, &who, found.map(|json| (head, json).into_response()))
}

/// The guide as citizens will read it.
pub(crate) async fn guide(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(key): Path<String>,
) -> Response {
    let item = state.centre.catalogue().latest(&key.as_str().into());
    let result = item.ok_or_else(Failure::not_found).map(|item| {
        let board = Board::new(Shell::staff(&state, &who, item.name.clone(), "")).under("/todo", "工作台");
        crate::guide::fill(board, &item).page()
    });
    answer(&state, &who, result)
}

does! {
    /// 审核.
    approve(centre, by, fields) -> "/library" => centre.library().approve(&by, fields.get("id"));
    /// 退回修改.
    send_back(centre, by, fields) -> "/library" => centre.library().send_back(&by, fields.get("id"), fields.get("note"));
    /// 发布.
    publish(centre, by, fields) -> "/library" => centre.library().publish(&by, fields.get("id")).map(|_| ());
    /// 导入.
    import(centre, by, fields) -> "/library" => centre.library().import(&by, fields.raw("json")).map(|_| ());
    /// 工作日历.
    calendar(centre, by, fields) -> "/library" =>
        centre.limits().publish_calendar(&by, fields.raw("json"), fields.get("reason")).map(|_| ());
    /// 认领.
    claim(centre, by, fields) -> "/claims" => centre.library().claim(&by, &Claim {
        region: fields.get("region").into(),
        item: fields.get("item").into(),
        address: fields.get("address").into(),
        hours: fields.get("hours").into(),
        consult: fields.get("consult").into(),
        window: fields.get("window").into(),
        kiosk: fields.get("kiosk") == "1",
    });
}

/// 认领 by counties, towns and villages: local fields alone.
pub(crate) async fn claims(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let found = state.blocking(|centre| Ok((centre.library().claims()?, centre.catalogue().all()))).await;
    let result = found.map(|(claims, items)| {
        let name = |key: &str| {
            items.iter().find(|item| item.key.0 == key).map_or_else(|| key.to_owned(), |item| item.name.clone())
        };
        let lines = claims.iter().map(|claim| {
            let kiosk = if claim.kiosk { ("自助可办", "green") } else { ("仅窗口", "grey") };
            let place = format!("{} · {} · {}", claim.address, claim.hours, claim.consult);
            Line::new("", vec![Cell::two(name(&claim.item.0), place), Cell::num(&claim.region), Cell::tag(kiosk)])
        });
        let options: Vec<(String, String)> = items.iter().map(|item| (item.key.0.clone(), item.name.clone())).collect();
        let form = Form::new("claim", "/claims", "认领")
            .title("认领事项")
            .hint("核心内容四级统一，只填本地内容")
            .select("item", "事项", options)
            .line("region", "区划代码（6、9 或 12 位）")
            .value(who.member.region.clone())
            .line("address", "办理地点")
            .line("hours", "办理时间")
            .line("consult", "咨询电话")
            .line("window", "窗口")
            .optional()
            .ticks("kiosk", "自助终端", [("1".to_owned(), "在自助终端提供".to_owned(), true)]);
        Board::new(Shell::staff(&state, &who, "事项认领", "/claims"))
            .under("/halls", "大厅运行")
            .table(Table::new("claims", "已认领", &["事项", "区划", "渠道"]).lines(lines))
            .form(form)
            .page()
    });
    answer(&state, &who, result)
}

pub(super) fn findings(board: Board, findings: &[Finding]) -> Board {
    board.table(finding_table(findings))
}
