//! 网上补交: what a notice or a promise asks for, brought as photographs; works without a script.

use super::{refused, shell};
use crate::error::Failure;
use crate::guard::{Fields, Visitor};
use crate::html::moment;
use crate::kit::{Board, Cell, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tongban_centre::brought::{
    Asked, BroughtPage, DECLARATION, Owing, PAGES_MAX, PICTURE_BYTES_MAX, SIDE_MIN, Slip, Took, Unfit, Verdict, fit,
};
use tongban_centre::{Centre, CentreError};
use tongban_domain::code::ErrorCode;

fn slip_of(fields: &Fields) -> Slip<'_> {
    Slip { receipt: fields.get("receipt"), password: fields.get("password"), tail: fields.get("tail") }
}

fn board(state: &AppState, visitor: &Visitor) -> Board {
    Board::new(shell(state, "网上补交材料", visitor))
        .under("/progress", "办件查询")
        .lead("补正或者容缺的材料，可以拍照在这里补交，不用再跑一趟。")
}

fn slip_form() -> Form {
    Form::new("supply", "/supply", "查看要补什么")
        .line("receipt", "受理号（20 位，见回执单）")
        .max(30)
        .line("password", "查询密码（6 位，见回执单）")
        .max(6)
        .line("tail", "申请人身份证号码后 6 位")
        .max(6)
}

pub(crate) async fn form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    board(&state, &visitor).form(slip_form()).page()
}

/// The name of an input for the pages of one material.
fn input(owing: &Owing) -> String {
    format!("page-{}-{}", owing.case, owing.requirement)
}

fn state_words(one: &Owing) -> (String, &'static str) {
    match &one.verdict {
        _ if one.late => ("已过期限".to_owned(), "red"),
        None => ("待补交".to_owned(), "amber"),
        Some(Verdict::Waiting) => ("已收到，等待查看".to_owned(), "blue"),
        Some(Verdict::Taken { .. }) => ("已收下".to_owned(), "green"),
        Some(Verdict::SentBack { reason, .. }) => (format!("请重交：{reason}"), "amber"),
    }
}

fn owing_line(one: &Owing) -> Line {
    let due = if one.deferred {
        format!("{} 前；容缺材料，不影响办理，未补交不能领证", one.due)
    } else {
        format!("{} 前；补齐后继续办理", one.due)
    };
    Line::new("", vec![Cell::two(one.name.clone(), one.why.clone()), Cell::text(due), Cell::tag(state_words(one))])
}

/// What is owed, a form for what can still be brought, and the receipts.
fn asked_page(board: Board, slip: &Slip<'_>, asked: &Asked) -> Response {
    let carries =
        |form: Form| form.hidden("receipt", slip.receipt).hidden("password", slip.password).hidden("tail", slip.tail);
    let open: Vec<&Owing> =
        asked.owing.iter().filter(|one| !one.late && one.verdict != Some(Verdict::Waiting)).collect();
    let lines = asked.owing.iter().map(owing_line);
    let mut page = board.table(
        Table::new("owing", asked.item.clone(), &["材料", "期限", "状态"])
            .lines(lines)
            .empty("这个办件现在不需要补交材料。"),
    );
    if asked.owing.iter().any(|one| one.late) {
        page = page.say("supply-late", "warn", "有材料已过补交期限，请到受理窗口咨询或者重新申请。");
    }
    if !open.is_empty() {
        let hint = format!(
            "每份材料最多 {PAGES_MAX} 张照片（JPEG），每张不超过 {} MB，短边不少于 {SIDE_MIN} 像素；补正的材料请一次补齐",
            PICTURE_BYTES_MAX >> 20
        );
        let mut form = carries(Form::new("bring", "/supply/bring", "提交")).title("拍照补交").hint(hint);
        for one in &open {
            form = form.photos(&input(one), &one.name).help(one.why.clone());
            if one.deferred {
                form = form.optional();
            }
        }
        let tick = ("yes".to_owned(), DECLARATION.to_owned(), false);
        page = page.form(form.ticks("declared", "声明", [tick]));
    }
    let receipt = |(place, (number, at)): (usize, &(String, i64))| {
        let form = Form::new(format!("supply-receipt-{place}"), "/supply/receipt", "下载");
        let form = carries(form).hidden("number", number);
        Line::new("", vec![Cell::two("补交材料收件凭证", number.clone()), Cell::num(moment(*at))]).act(form)
    };
    if !asked.receipts.is_empty() {
        page = page.table(
            Table::new("supply-receipts", "收件凭证", &["凭证", "时间"])
                .lines(asked.receipts.iter().enumerate().map(receipt)),
        );
    }
    page.page()
}

/// A refusal in words on the page itself, where the applicant can put it right.
fn wrong(failure: &Failure) -> Option<(&'static str, String)> {
    Some(match failure.code {
        ErrorCode::NotFound => ("supply-wrong", "受理号、查询密码或者身份证号码后 6 位不对，请看回执单。".to_owned()),
        ErrorCode::TooManyRequests => ("supply-wrong", "输错次数太多，请 15 分钟后再试。".to_owned()),
        ErrorCode::SupplyLate => ("supply-late", "已过补交期限，请到受理窗口咨询或者重新申请。".to_owned()),
        ErrorCode::SignOffBroken => ("supply-undeclared", "请勾选声明后再提交。".to_owned()),
        ErrorCode::MaterialMissing => ("supply-lacking", format!("补正的材料要一次补齐，还缺：{}。", failure.detail)),
        _ => return None,
    })
}

pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let (board, kept) = (board(&state, &visitor), fields.clone());
    match state.blocking(move |centre| centre.brought().asked(&slip_of(&fields))).await {
        Ok(asked) => asked_page(board, &slip_of(&kept), &asked),
        Err(failure) => told(&state, board, &failure),
    }
}

fn told(state: &AppState, board: Board, failure: &Failure) -> Response {
    match wrong(failure) {
        Some((id, words)) => board.say(id, "warn", words).form(slip_form()).page(),
        None => refused(state, failure),
    }
}

/// What the machine says of one photograph before anything is taken in.
fn unfit_words(fault: Unfit) -> String {
    match fault {
        Unfit::Empty => "是空文件".to_owned(),
        Unfit::TooLarge => format!("超过 {} MB", PICTURE_BYTES_MAX >> 20),
        Unfit::NotPhotograph => "不是 JPEG 照片".to_owned(),
        Unfit::Broken => "没有传完整，请重新拍照".to_owned(),
        Unfit::TooSmall(width, height) => format!("太小（{width}×{height}），看不清，请靠近重拍"),
    }
}

/// Pages by material, or what is wrong with which photograph.
fn pages_of(fields: &Fields, asked: &Asked) -> Result<Vec<BroughtPage>, Vec<String>> {
    let (mut pages, mut faults) = (Vec::new(), Vec::new());
    for one in &asked.owing {
        let name = input(one);
        for (number, (_, bytes)) in fields.files().filter(|(field, _)| *field == name).enumerate() {
            match fit(bytes, PICTURE_BYTES_MAX, SIDE_MIN) {
                Ok(_) => pages.push(BroughtPage {
                    case: one.case,
                    requirement: one.requirement.clone(),
                    picture: bytes.to_vec(),
                }),
                Err(fault) => faults.push(format!("“{}”第 {} 张{}", one.name, number + 1, unfit_words(fault))),
            }
        }
    }
    if faults.is_empty() { Ok(pages) } else { Err(faults) }
}

/// Faults of the photographs, or what was taken.
type Brought = Result<Took, Vec<String>>;

fn take(centre: &Centre, fields: &Fields) -> Result<(Asked, Brought), CentreError> {
    let slip = slip_of(fields);
    let asked = centre.brought().asked(&slip)?;
    let known: Vec<String> = asked.owing.iter().map(input).collect();
    if let Some((field, _)) = fields.files().find(|(field, _)| !known.iter().any(|name| name == field)) {
        // Somebody else's case, or a material nobody asked for.
        return Err(CentreError::invalid(ErrorCode::CaseState, format!("{field} is not asked for")));
    }
    let pages = match pages_of(fields, &asked) {
        Ok(pages) => pages,
        Err(faults) => return Ok((asked, Err(faults))),
    };
    let took = centre.brought().bring(&slip, &pages, fields.get("declared") == "yes")?;
    Ok((centre.brought().asked(&slip)?, Ok(took)))
}

pub(crate) async fn bring(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let board = board(&state, &visitor);
    let kept = fields.without_files();
    match state.blocking(move |centre| take(centre, &fields)).await {
        Ok((asked, Ok(took))) => {
            let lines: Vec<String> = took.lines.iter().map(|(name, pages)| format!("{name} {pages} 页")).collect();
            let next = if took.corrected {
                "办件已回到受理窗口，将在 5 个工作日内答复。"
            } else {
                "工作人员查看后会告诉您结果。"
            };
            let words = format!(
                "已收到：{}。凭证编号 {}，{}。{next}",
                lines.join("、"),
                took.receipts.join("、"),
                moment(took.at_ms)
            );
            asked_page(board.say("supply-taken", "ok", words), &slip_of(&kept), &asked)
        }
        Ok((asked, Err(faults))) => {
            let words = format!("没有收下，请改好后一起重新提交：{}。", faults.join("；"));
            asked_page(board.say("supply-unfit", "warn", words), &slip_of(&kept), &asked)
        }
        Err(failure) => told(&state, board, &failure),
    }
}

/// 收件凭证 as PDF.
pub(crate) async fn receipt(State(state): State<AppState>, Extension(fields): Extension<Fields>) -> Response {
    let found =
        state.blocking(move |centre| centre.brought().receipt_pdf(&slip_of(&fields), fields.get("number"))).await;
    match found {
        Ok(pdf) => ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response(),
        Err(failure) => refused(&state, &failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_names_case_and_material() {
        let owing = Owing {
            case: tongban_domain::ids::CaseId(uuid::Uuid::nil()),
            requirement: "m05".into(),
            name: "检测报告".into(),
            why: String::new(),
            due: "2026-11-30".into(),
            deferred: true,
            verdict: None,
            late: false,
        };
        assert_eq!(input(&owing), "page-00000000-0000-0000-0000-000000000000-m05");
        assert_eq!(state_words(&owing).1, "amber");
        assert_eq!(state_words(&Owing { late: true, ..owing }).1, "red");
    }
}
