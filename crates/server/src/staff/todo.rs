//! 工作台: what waits for whom, by role.

use super::answer;
use crate::guard::Who;
use crate::html::{Shell, left_words, moment};
use crate::kit::{Board, Cell, Figure, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::response::Response;
use tongban_centre::brought::Piece;
use tongban_centre::cases::{CaseRow, Waiting};
use tongban_centre::library::DraftState;
use tongban_centre::operations::Message;
use tongban_centre::payments::PaymentState;
use tongban_centre::rights::Action;
use tongban_centre::staff::Member;
use tongban_centre::{Centre, CentreError};

/// Lines of one list.
const LINES: usize = 20;
/// One list of the bench: id, heading, cases, and where all of them are.
struct Bench {
    id: &'static str,
    title: &'static str,
    /// The most urgent ones.
    lines: Vec<Line>,
    /// All of them.
    count: u64,
}

/// Everything on the bench.
struct Work {
    benches: Vec<Bench>,
    figures: Vec<Figure>,
    messages: Vec<Message>,
    /// 网上补交件 that wait for a look.
    brought: Vec<Piece>,
}

fn line(centre: &Centre, row: &CaseRow, step: &str) -> Line {
    let item = row.item.as_ref().and_then(|(key, version)| centre.catalogue().item(key, *version));
    let item = item.map(|item| item.name.clone()).unwrap_or_default();
    let holder = row.firm_name.clone().unwrap_or_else(|| row.applicant_masked());
    let (words, class) = left_words(row.due.as_deref().and_then(|due| centre.limits().left(due)));
    let left = match (words.is_empty(), row.accepted_ms) {
        (true, None) => Cell::text("受理后计算"),
        (true, Some(_)) => Cell::text("计时暂停"),
        (false, _) => Cell::tag((words, class)),
    };
    Line::new("", vec![Cell::link(format!("/cases/{}", row.case), item, holder), Cell::text(step), left])
}

fn gather(centre: &Centre, by: &Member) -> Result<Work, CentreError> {
    let mut work = Work { benches: Vec::new(), figures: Vec::new(), messages: Vec::new(), brought: Vec::new() };
    if by.may(Action::ViewCases) {
        cases(centre, by, &mut work)?;
    }
    others(centre, by, &mut work)?;
    work.messages = centre.operations().messages(&by.id.0)?;
    for role in &by.roles {
        work.messages.extend(centre.operations().messages(&format!("role:{}", role.key()))?);
    }
    work.messages.sort_by_key(|message| std::cmp::Reverse(message.at_ms));
    work.messages.truncate(LINES);
    Ok(work)
}

fn cases(centre: &Centre, by: &Member, work: &mut Work) -> Result<(), CentreError> {
    let counts = centre.cases().waiting(by)?;
    let mut put = |id, title, lists: &[Waiting<'_>], words: &str| -> Result<(), CentreError> {
        let mut lines = Vec::new();
        for list in lists {
            for (row, steps) in centre.cases().urgent(by, *list, LINES)? {
                lines.push(line(centre, &row, if steps.is_empty() { words } else { &steps }));
            }
        }
        let count = lists.iter().map(|list| counts.waiting(by, *list)).sum();
        work.benches.push(Bench { id, title, lines, count });
        Ok(())
    };
    let status = Waiting::Status;
    if by.may(Action::Accept) {
        put("todo-received", "待受理", &[status("received")], "收件，5 个工作日内决定是否受理")?;
        put("todo-correction", "补正中", &[status("correction")], "等待申请人补正")?;
        work.brought = centre.brought().waiting(by)?;
    }
    if by.may(Action::Review) {
        put("todo-review", "待审查", &[Waiting::Mine, Waiting::Review], "")?;
        put("todo-suspended", "特别程序中", &[status("suspended")], "等待结果")?;
    }
    if by.may(Action::Decide) {
        put("todo-decide", "待决定", &[Waiting::Decide], "")?;
    }
    Ok(())
}

fn others(centre: &Centre, by: &Member, work: &mut Work) -> Result<(), CentreError> {
    let mut put = |id, label: &str, count: usize, href: &str, hint: &str| {
        let class = if count > 0 { "blue" } else { "" };
        work.figures.push(Figure::new(id, label, count).href(href).hint(hint).class(class));
    };
    if by.may(Action::Supervise) {
        let cards = centre.supervision().cards(by)?;
        let live = cards.iter().filter(|card| card.revoked.is_none());
        put(
            "todo-appeals",
            "申诉待复核",
            live.clone().filter(|card| card.appeal.is_some()).count(),
            "/supervision",
            "红黄牌",
        );
        let orders = centre.supervision().orders(by)?;
        put(
            "todo-orders",
            "督办待答复",
            orders.iter().filter(|order| order.answer.is_none()).count(),
            "/supervision?view=orders",
            "红牌满 1 个工作日自动督办",
        );
        put(
            "todo-dead",
            "滞留办件",
            centre.lifecycle().dead_letters()?.len(),
            "/supervision?view=dead",
            "程序无法继续，须人处理",
        );
    }
    if by.may(Action::HandleTickets) {
        let all = centre.tickets().all(by)?;
        put("todo-sign", "诉求待签收", all.iter().filter(|one| one.handler.is_none()).count(), "/tickets", "");
        let mine = all.iter().filter(|one| one.handler.as_ref() == Some(&by.id) && one.answer.is_none());
        put("todo-answer", "我的诉求待答复", mine.count(), "/tickets?view=mine", "");
    }
    let drafts = if [Action::EditItems, Action::CheckItems, Action::PublishItems].iter().any(|one| by.may(*one)) {
        centre.library().drafts()?
    } else {
        Vec::new()
    };
    for (action, state, id, label) in [
        (Action::EditItems, DraftState::SentBack, "todo-sent-back", "退回修改的草稿"),
        (Action::CheckItems, DraftState::Drafted, "todo-check", "草稿待审核"),
        (Action::PublishItems, DraftState::Approved, "todo-publish", "事项待发布"),
    ] {
        if by.may(action) {
            put(id, label, drafts.iter().filter(|draft| draft.state == state).count(), "/library", "");
        }
    }
    records(centre, by, work)
}

/// Money, certificates, stations, rights, archive.
fn records(centre: &Centre, by: &Member, work: &mut Work) -> Result<(), CentreError> {
    let mut put = |id, label: &str, count: usize, href: &str, hint: &str| {
        let class = if count > 0 { "blue" } else { "" };
        work.figures.push(Figure::new(id, label, count).href(href).hint(hint).class(class));
    };
    if by.may(Action::TakePayments) {
        let all = centre.payments().all(by)?;
        let count = |state| all.iter().filter(|one| one.state == state).count();
        put("todo-open", "待缴", count(PaymentState::Open), "/payments", "");
        put("todo-paid", "已缴未交付", count(PaymentState::Paid), "/payments?view=paid", "满 24 小时自动退款");
        put("todo-refund", "退款中", count(PaymentState::Refunding), "/payments?view=refunding", "");
    }
    if by.may(Action::ViewLicences) {
        let jobs = centre.licences().list(by)?;
        let making =
            jobs.iter().filter(|job| !matches!(job.state.as_str(), "confirmed" | "handed-over" | "closed")).count();
        put("todo-licences", "待制证", making, "/licences", "");
    }
    if by.may(Action::ManageStations) {
        put("todo-quarantine", "隔离区", centre.sync().quarantined()?.len(), "/stations", "");
    }
    if by.may(Action::GrantRights) {
        let lines = centre.operations().review_rights(by)?;
        put("todo-rights", "权限疑点", lines.iter().filter(|line| !line.findings.is_empty()).count(), "/rights", "");
    }
    if by.may(Action::ViewArchive) {
        let kept = centre.archive().all(by)?.len();
        put("todo-archive", "已归档", kept, "/archive", "");
    }
    Ok(())
}

pub(crate) async fn page(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| gather(centre, &member)).await;
    let result = found.map(|work| {
        let mut board = Board::new(Shell::staff(&state, &who, "工作台", "/todo")).lead(who.member.titles());
        let mut figures: Vec<Figure> = work
            .benches
            .iter()
            .map(|bench| {
                let class = if bench.count == 0 { "" } else { "blue" };
                Figure::new(bench.id, bench.title, bench.count).href(format!("#{}-list-card", bench.id)).class(class)
            })
            .collect();
        if !work.brought.is_empty() {
            let count = work.brought.len();
            figures.push(
                Figure::new("todo-brought", "网上补交待查看", count).href("#todo-brought-list-card").class("blue"),
            );
        }
        figures.extend(work.figures);
        board = board.figures("todo-figures", "", figures);
        for mut bench in work.benches {
            let id: &'static str = match bench.id {
                "todo-received" => "todo-received-list",
                "todo-correction" => "todo-correction-list",
                "todo-review" => "todo-review-list",
                "todo-suspended" => "todo-suspended-list",
                _ => "todo-decide-list",
            };
            let more = bench.count > LINES as u64;
            bench.lines.truncate(LINES);
            let table = Table::new(id, bench.title, &["办件", "环节", "时限"]).lines(bench.lines);
            board = board.table(if more {
                table.note("只列最急的 20 件，其余请到“办件”查看。")
            } else {
                table
            });
        }
        if !work.brought.is_empty() {
            let piece = |piece: Piece| {
                let link =
                    Cell::link(format!("/cases/{}", piece.case), piece.name, format!("{} 页", piece.pages.len()));
                Line::new("", vec![link, Cell::num(moment(piece.at_ms))])
            };
            let table = Table::new("todo-brought-list", "网上补交待查看", &["材料", "收到"]);
            board = board.table(table.lines(work.brought.into_iter().map(piece)));
        }
        let lines = work
            .messages
            .into_iter()
            .map(|message| Line::new("", vec![Cell::text(message.text), Cell::num(moment(message.at_ms))]));
        board.table(Table::new("messages", "消息", &["内容", "时间"]).lines(lines).empty("没有新消息。")).page()
    });
    answer(&state, &who, result)
}
