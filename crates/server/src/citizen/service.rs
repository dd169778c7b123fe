//! 公众服务: guides, bookings, ratings, questions and complaints, 谁在何时查询了我的信息.

use super::{refused, shell};
use crate::error::Failure;
use crate::guard::{Fields, Visitor};
use crate::html::{moment, with_status};
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::staff::sharing::outcome_words;
use crate::staff::tickets::kind_of;
use crate::state::AppState;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use tongban_centre::hours::Hours;
use tongban_centre::people::PersonLook;
use tongban_centre::ratings::{Grade, NewRating};
use tongban_centre::sharing::ShareCallLine;
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;
use tongban_domain::item::{ServiceItem, search};

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct GuideQuery {
    #[serde(default)]
    q: String,
}

fn item_line(item: &ServiceItem) -> Line {
    let shared = item.materials.iter().filter(|one| one.shared_resource().is_some()).count();
    let limit = if item.promised_days == 0 {
        "当场办结".to_owned()
    } else {
        format!("{} 个工作日", item.promised_days)
    };
    Line::new(
        format!("guide-{}", item.key),
        vec![
            Cell::link(format!("/guide/{}", item.key), item.name.clone(), item.org.name.clone()),
            Cell::text(limit),
            Cell::text(format!("{} 份，免提交 {shared} 份", item.materials.len())),
        ],
    )
}

/// 办事指南.
pub(crate) async fn guides(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Query<GuideQuery>,
) -> Response {
    let all = state.centre.catalogue().all();
    let wanted: String = query.q.trim().chars().take(40).collect();
    let asked = wanted.clone();
    let answers = match state.blocking(move |centre| centre.knowledge().search(&asked)).await {
        Ok(answers) => answers,
        Err(failure) => return refused(&state, &failure),
    };
    let lines: Vec<Line> = if wanted.is_empty() {
        all.iter().map(|item| item_line(item)).collect()
    } else {
        let refs: Vec<&ServiceItem> = all.iter().map(AsRef::as_ref).collect();
        search(refs, &wanted).into_iter().map(item_line).collect()
    };
    let board = Board::new(shell(&state, "办事指南", &visitor))
        .form(Form::new("find", "/guide", "查找").asks().line("q", "您要办什么事").optional().value(wanted))
        .table(
            Table::new("guides", "", &["事项", "时限", "材料"])
                .lines(lines)
                .empty("没有找到，请换一个说法，或拨打 12345。"),
        );
    if answers.is_empty() { board.page() } else { board.table(crate::staff::knowledge::found(&answers)).page() }
}

/// One guide.
pub(crate) async fn guide(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path(key): Path<String>,
) -> Response {
    let Some(item) = state.centre.catalogue().latest(&key.as_str().into()) else {
        return refused(&state, &Failure::not_found());
    };
    let board = Board::new(shell(&state, &item.name, &visitor)).under("/guide", "办事指南");
    let books = item.guide.as_ref().is_some_and(|guide| guide.bookings_a_day > 0);
    let board = if item.form.is_empty() {
        board
    } else {
        board.tab("guide-form", format!("/guide/{key}/form"), "申请表", None, false)
    };
    let board = if books {
        board.tab("guide-book", format!("/booking?item={key}"), "预约办理", None, false)
    } else {
        board
    };
    let own = item.key.clone();
    let answers = match state.blocking(move |centre| centre.knowledge().of_item(&own)).await {
        Ok(answers) => answers,
        Err(failure) => return refused(&state, &failure),
    };
    let board = crate::guide::fill(board, &item);
    if answers.is_empty() { board.page() } else { board.table(crate::staff::knowledge::found(&answers)).page() }
}

/// A form that asks for the two numbers of a slip.
pub(super) fn slip_form(id: &str, action: &str, button: &str) -> Form {
    Form::new(id, action, button)
        .line("receipt", "受理号（20 位，见回执单）")
        .max(30)
        .line("password", "查询密码（6 位，见回执单）")
        .max(6)
}

/// 谁在何时查询了我的信息.
pub(crate) async fn looks_form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    looks_board(&state, &visitor).page()
}

fn looks_board(state: &AppState, visitor: &Visitor) -> Board {
    Board::new(shell(state, "谁在何时查询了我的信息", visitor))
        .lead("为办您的事，部门之间查询过哪些数据，工作人员何时查看过您的办件，都在这里。")
        .form(slip_form("looks", "/looks", "查看"))
}

fn looks_tables(board: Board, calls: &[ShareCallLine], looks: &[PersonLook]) -> Board {
    let call = |call: &ShareCallLine| {
        Line::new(
            "",
            vec![
                Cell::num(moment(call.at_ms)),
                Cell::two(&call.resource, format!("字段：{}", call.fields)),
                Cell::two(&call.purpose, format!("依据：{} · {}", call.basis, call.station)),
                Cell::tag(outcome_words(&call.outcome)),
            ],
        )
    };
    let look = |look: &PersonLook| {
        let basis = match look.basis.as_str() {
            "card" => "您本人刷卡",
            "case" => "您的在办件",
            "exchange" => "数据交换",
            _ => "主管写明理由",
        };
        Line::new(
            "",
            vec![
                Cell::num(moment(look.at_ms)),
                Cell::text(&look.post),
                Cell::two(
                    basis,
                    if matches!(look.basis.as_str(), "reason" | "exchange") {
                        look.detail.clone()
                    } else {
                        String::new()
                    },
                ),
            ],
        )
    };
    board
        .table(
            Table::new("own-calls", "部门数据查询", &["时间", "查了什么", "为什么", "结果"])
                .lines(calls.iter().map(call))
                .empty("没有查询过部门数据。"),
        )
        .table(
            Table::new("own-looks", "工作人员查看", &["时间", "岗位", "依据"])
                .lines(looks.iter().map(look))
                .empty("没有工作人员按证件号码查找过您。"),
        )
}

/// A wrong slip in words; other failures are refusals.
pub(super) fn slip_wrong(failure: &Failure) -> Option<&'static str> {
    match failure.code {
        ErrorCode::NotFound => Some("受理号或查询密码不对，请看回执单。"),
        ErrorCode::TooManyRequests => Some("输错次数太多，请 15 分钟后再试。"),
        _ => None,
    }
}

pub(crate) async fn looks(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let found = state
        .blocking(move |centre| {
            let (mut calls, looks) = centre.public().looks(fields.get("receipt"), fields.get("password"))?;
            let items = centre.catalogue().all();
            for call in &mut calls {
                let mut shares = items.iter().flat_map(|item| &item.shares);
                if let Some(known) = shares.find(|share| share.resource.0 == call.resource) {
                    call.resource.clone_from(&known.title);
                }
            }
            Ok((calls, looks))
        })
        .await;
    let board = looks_board(&state, &visitor);
    match found {
        Ok((calls, looks)) => looks_tables(board, &calls, &looks).page(),
        Err(failure) => slip_wrong(&failure)
            .map_or_else(|| refused(&state, &failure), |words| board.say("looks-wrong", "warn", words).page()),
    }
}

fn voice_board(state: &AppState, visitor: &Visitor) -> Board {
    let kinds = [
        ("question", "咨询", "2 个工作日内答复"),
        ("complaint", "投诉", "5 个工作日内答复"),
        ("suggestion", "建议", ""),
        ("cannot_be_done", "办不成事", "专人协调"),
    ];
    Board::new(shell(state, "咨询投诉", visitor))
        .form(
            Form::new("voice", "/voice", "提交")
                .radio("kind", "类别", &kinds)
                .area("text", "内容（请不要写证件号码）")
                .max(2000),
        )
        .form(
            Form::new("ask-ticket", "/voice", "查询")
                .asks()
                .title("查答复")
                .line("id", "诉求编号，例如 GD2026000001")
                .max(20),
        )
}

/// Which ticket.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct VoiceQuery {
    #[serde(default)]
    id: String,
    #[serde(default)]
    taken: String,
}

/// 咨询投诉: the state of a ticket by its number; words of the answer, never whose it is.
pub(crate) async fn voice_form(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Query<VoiceQuery>,
) -> Response {
    let mut board = voice_board(&state, &visitor);
    let number = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
    let taken = number(&query.taken);
    if !taken.is_empty() {
        board = board.say("voice-taken", "ok", format!("已收到，编号 {taken}，请记下以便查询。"));
    }
    let id = number(&query.id);
    if id.is_empty() {
        return board.page();
    }
    let asked = id.clone();
    match state.blocking(move |centre| centre.tickets().get(&asked)).await {
        Ok(ticket) => {
            let state_words = match (&ticket.handler, &ticket.answer) {
                (_, Some((text, at))) => format!("已答复（{}）：{text}", moment(*at)),
                (Some(_), None) => {
                    format!("办理中，{} 前答复", ticket.extended.as_ref().map_or(&ticket.answer_by, |(until, _)| until))
                }
                (None, None) => format!("等待签收，{} 前", ticket.sign_by),
            };
            board
                .facts(
                    "voice-state",
                    format!("诉求 {id}"),
                    vec![("提交".into(), moment(ticket.at_ms)), ("状态".into(), state_words)],
                )
                .page()
        }
        Err(failure) if failure.code == ErrorCode::NotFound => board.say("voice-none", "warn", "没有这个编号。").page(),
        Err(failure) => refused(&state, &failure),
    }
}

pub(crate) async fn voice(State(state): State<AppState>, Extension(fields): Extension<Fields>) -> Response {
    let taken = state
        .blocking(move |centre| centre.tickets().open(kind_of(fields.get("kind"))?, "", fields.get("text"), "web"))
        .await;
    match taken {
        Ok(ticket) => Redirect::to(&format!("/voice?taken={}", ticket.id)).into_response(),
        Err(failure) => refused(&state, &failure),
    }
}

const GRADES: [(&str, &str, &str); 5] =
    [("1", "非常满意", ""), ("2", "满意", ""), ("3", "基本满意", ""), ("4", "不满意", ""), ("5", "非常不满意", "")];
const TAGS: [&str; 4] = ["办事效率", "指南精确", "操作便捷", "服务态度"];

fn grade_of(word: &str) -> Result<Grade, CentreError> {
    Ok(match word {
        "1" => Grade::VerySatisfied,
        "2" => Grade::Satisfied,
        "3" => Grade::Fair,
        "4" => Grade::Dissatisfied,
        "5" => Grade::VeryDissatisfied,
        _ => return Err(CentreError::invalid(ErrorCode::FieldMissing, "grade")),
    })
}

fn rate_board(state: &AppState, visitor: &Visitor) -> Board {
    let form = slip_form("rate", "/rate", "提交评价")
        .radio("grade", "满意度", &GRADES)
        .ticks("tag", "哪些方面（可不选）", TAGS.map(|tag| (tag.to_owned(), tag.to_owned(), false)))
        .area("text", "想说的话（可不填）")
        .optional();
    Board::new(shell(state, "评价本次服务", visitor)).lead("一事一评，自愿评价；被评价人看不到是谁评的。").form(form)
}

/// 评价.
pub(crate) async fn rate_form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    rate_board(&state, &visitor).page()
}

pub(crate) async fn rate(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let done = state
        .blocking(move |centre| {
            let case = centre.public().own_case(fields.get("receipt"), fields.get("password"))?;
            let known = |tag: &&str| TAGS.contains(tag);
            let tags: Vec<String> = fields.all("tag").into_iter().filter(known).map(str::to_owned).collect();
            let (grade, text) = (grade_of(fields.get("grade"))?, fields.get("text"));
            let new = NewRating {
                case,
                occasion: "end",
                channel: "web",
                place: "web",
                staff: None,
                grade,
                tags: &tags,
                text,
            };
            centre.ratings().rate(&new)
        })
        .await;
    let board = rate_board(&state, &visitor);
    match done {
        Ok(_) => board.say("rate-done", "ok", "谢谢您的评价。").page(),
        Err(failure) => slip_wrong(&failure)
            .map_or_else(|| refused(&state, &failure), |words| board.say("rate-wrong", "warn", words).page()),
    }
}

/// Which item a booking is for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct BookingQuery {
    #[serde(default)]
    item: String,
    #[serde(default)]
    done: String,
}

const SLOTS: [&str; 6] = ["09:00-10:00", "10:00-11:00", "11:00-12:00", "14:00-15:00", "15:00-16:00", "16:00-17:00"];

fn halls(centre: &Centre) -> Result<BTreeSet<String>, CentreError> {
    Ok(centre.stations().list()?.into_iter().map(|station| station.hall).collect())
}

/// 预约.
pub(crate) async fn booking_form(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Query<BookingQuery>,
) -> Response {
    let found = state
        .blocking(|centre| {
            let halls = halls(centre)?;
            let hours = halls.iter().map(|hall| centre.operations().hours(hall)).collect::<Result<Vec<_>, _>>()?;
            Ok((halls, hours))
        })
        .await;
    let (halls, hours) = match found {
        Ok(found) => found,
        Err(failure) => return refused(&state, &failure),
    };
    let open = |item: &&std::sync::Arc<ServiceItem>| item.guide.as_ref().is_some_and(|guide| guide.bookings_a_day > 0);
    let items: Vec<(String, String)> = state
        .centre
        .catalogue()
        .all()
        .iter()
        .filter(open)
        .map(|item| (item.key.0.clone(), item.name.clone()))
        .collect();
    let mut board = Board::new(shell(&state, "预约办理", &visitor))
        .lead("到场刷身份证签到，预约的优先叫号；90 天内爽约 3 次暂停预约。");
    let done: String = query.done.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    if !done.is_empty() {
        board = board.say("booking-done", "ok", format!("预约成功，预约号 {done}。请按时到场，刷身份证签到。"));
    }
    let line = |hours: &Hours| {
        let periods: Vec<String> = hours.working.iter().map(ToString::to_string).collect();
        let shut: Vec<String> =
            hours.closures.iter().map(|one| format!("；{} 至 {} 闭馆（{}）", one.from, one.to, one.why)).collect();
        (hours.hall.clone(), format!("工作日 {}{}", periods.join("、"), shut.concat()))
    };
    let open: Vec<(String, String)> = hours.iter().flatten().map(line).collect();
    if !open.is_empty() {
        board = board.facts("booking-hours", "开放时间", open);
    }
    board
        .form(
            Form::new("booking", "/booking", "预约")
                .select("hall", "大厅", halls.into_iter().map(|hall| (hall.clone(), hall)))
                .select("item", "事项", items)
                .value(query.item)
                .date("day", "日期（工作日）")
                .select("slot", "时段", SLOTS.map(|slot| (slot, slot)))
                .line("name", "姓名")
                .max(20)
                .line("number", "身份证号码")
                .max(18),
        )
        .page()
}

pub(crate) async fn booking(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let done = state
        .blocking(move |centre| {
            let (hall, slot, number) = (fields.get("hall"), fields.get("slot"), fields.get("number"));
            let known = halls(centre)?.contains(hall) && SLOTS.contains(&slot);
            if !known || fields.get("name").is_empty() || tongban_domain::id_number::IdNumber::parse(number).is_err() {
                return Err(CentreError::invalid(ErrorCode::FieldInvalid, "hall, slot, name or number"));
            }
            centre.appointments().book(
                (fields.get("name"), number),
                hall,
                &fields.get("item").into(),
                fields.get("day"),
                slot,
            )
        })
        .await;
    match done {
        Ok(booking) => Redirect::to(&format!("/booking?done={}", booking.id)).into_response(),
        // Why, and when it is open: in words, with the way back.
        Err(failure) if matches!(failure.code, ErrorCode::HallClosed | ErrorCode::ServiceStopped) => {
            let board = Board::new(shell(&state, "不能预约这个时段", &visitor)).under("/booking", "预约办理");
            with_status(failure.status, &board.say("booking-shut", "warn", failure.detail))
        }
        Err(failure) => refused(&state, &failure),
    }
}
