//! 缴费, 寄递, 档案: lists and the few things done to them.

use super::answer;
use super::supervision::{ViewQuery, does};
use crate::guard::{Fields, Who};
use crate::html::{Shell, moment, status_words};
use crate::kit::{Board, Cell, Figure, Form, Line, Table};
use crate::state::AppState;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeSet;
use time::Duration;
use tongban_centre::CentreError;
use tongban_centre::archive::Manifest;
use tongban_centre::courier::{CarrierScore, LOST_DAYS, ON_TIME_DAYS, Parcel};
use tongban_centre::payments::{Payment, PaymentState, Reconciliation, StatementLine};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};

fn payment_words(state: PaymentState) -> (&'static str, &'static str) {
    match state {
        PaymentState::Open => ("待缴", "amber"),
        PaymentState::Paid => ("已缴，未交付", "blue"),
        PaymentState::Delivered => ("已缴，已交付", "green"),
        PaymentState::Refunding => ("退款中", "amber"),
        PaymentState::Refunded => ("已退款", "grey"),
        PaymentState::Lapsed => ("逾期失效", "grey"),
    }
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02} 元", fen / 100, fen % 100)
}

fn payment_line(payment: &Payment) -> Line {
    let paid = payment.paid.as_ref().map_or_else(String::new, |(number, at)| format!("{number} · {}", moment(*at)));
    let refund = payment.refund.as_ref().map_or_else(String::new, |(_, reason)| format!("退款：{reason}"));
    let may = matches!(payment.state, PaymentState::Paid | PaymentState::Delivered);
    let cells = vec![
        Cell::two(&payment.order, moment(payment.at_ms)),
        Cell::two(yuan(payment.fen), &payment.basis),
        Cell::tag(payment_words(payment.state)),
        Cell::two(paid, refund),
    ];
    Line::new(format!("payment-{}", payment.order), cells).act_if(may, || {
        Form::new(format!("refund-{}", payment.order), "/payments/refund", "退款")
            .hidden("order", &payment.order)
            .area("reason", "退款理由")
    })
}

fn payment_board(state: &AppState, who: &Who, all: &[Payment], view: &str) -> Board {
    let of = |state: PaymentState| all.iter().filter(|payment| payment.state == state).count();
    let sum: u64 = all
        .iter()
        .filter(|one| matches!(one.state, PaymentState::Paid | PaymentState::Delivered))
        .map(|one| one.fen)
        .sum();
    let wanted = |payment: &&Payment| match view {
        "paid" => payment.state == PaymentState::Paid,
        "refunding" => payment.state == PaymentState::Refunding,
        _ => true,
    };
    let table = Table::new("payments", "缴款单", &["缴款单", "金额", "状态", "经过"])
        .note("已缴未交付满 24 小时自动退款；待缴满 24 小时自动失效。");
    Board::new(Shell::staff(state, who, "缴费", "/payments"))
        .figures(
            "payment-figures",
            "",
            vec![
                Figure::new("payments-open", "待缴", of(PaymentState::Open)),
                Figure::new("payments-paid", "已缴未交付", of(PaymentState::Paid)),
                Figure::new("payments-refunding", "退款中", of(PaymentState::Refunding)),
                Figure::new("payments-sum", "实收", yuan(sum)),
            ],
        )
        .tab("tab-all", "/payments", "全部", Some(all.len()), view.is_empty())
        .tab("tab-paid", "/payments?view=paid", "已缴未交付", Some(of(PaymentState::Paid)), view == "paid")
        .tab(
            "tab-refunding",
            "/payments?view=refunding",
            "退款中",
            Some(of(PaymentState::Refunding)),
            view == "refunding",
        )
        .table(table.lines(all.iter().rev().filter(wanted).take(200).map(payment_line)))
        .form(
            Form::new("reconcile", "/payments/reconcile", "对账")
                .title("日对账")
                .hint("一行一笔：缴款单号,支付流水号,金额（分）[,退]")
                .fold()
                .date("day", "日期")
                .value(date_text(local_day(state.clock.wall())))
                .tall("statement", "支付平台对账单", 8),
        )
}

pub(crate) async fn payments(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Query(query): Query<ViewQuery>,
) -> Response {
    let member = who.member.clone();
    let found = state.blocking(move |centre| centre.payments().all(&member)).await;
    answer(&state, &who, found.map(|all| payment_board(&state, &who, &all, query.view()).page()))
}

/// The lines of a statement as pasted.
fn statement(text: &str) -> Result<Vec<StatementLine>, CentreError> {
    let line = |line: &str| {
        let parts: Vec<&str> = line.split([',', '，', '\t']).map(str::trim).collect();
        let fen = parts.get(2).and_then(|fen| fen.parse().ok());
        let (order, number) = (parts.first().copied().unwrap_or_default(), parts.get(1).copied().unwrap_or_default());
        let fen = fen.filter(|_| !order.is_empty() && !number.is_empty());
        let fen = fen.ok_or_else(|| CentreError::invalid(ErrorCode::FieldInvalid, "line of a statement"))?;
        Ok(StatementLine { order: order.into(), gateway_no: number.into(), fen, refund: parts.get(3) == Some(&"退") })
    };
    text.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

fn told(board: Board, result: &Reconciliation) -> Board {
    let list = |orders: &[String]| if orders.is_empty() { "无".to_owned() } else { orders.join("、") };
    let clean = result.missing.is_empty() && result.differ.is_empty();
    let words = format!("一致 {} 笔，收入 {}，退回 {}", result.agree, yuan(result.in_fen), yuan(result.back_fen));
    board.say("reconciled", if clean { "ok" } else { "warn" }, words).facts(
        "reconciliation",
        "对账结果",
        vec![
            ("补记（对方已收、我方未知）".into(), list(&result.learnt)),
            ("只有一方有".into(), list(&result.missing)),
            ("金额不同".into(), list(&result.differ)),
        ],
    )
}

pub(crate) async fn reconcile(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let result =
                centre.payments().reconcile(&member, fields.get("day"), &statement(fields.raw("statement"))?)?;
            Ok((result, centre.payments().all(&member)?))
        })
        .await;
    let result = found.map(|(result, all)| told(payment_board(&state, &who, &all, ""), &result).page());
    answer(&state, &who, result)
}

fn case_id(text: &str) -> Result<CaseId, CentreError> {
    text.trim().parse().map(CaseId).map_err(|_| CentreError::not_found("case"))
}

does! {
    /// 退款.
    refund(centre, by, fields) -> "/payments" => centre.payments().refund(&by, fields.get("order"), fields.get("reason")).map(|_| ());
    /// 寄递下单.
    parcel(centre, by, fields) -> "/parcels" =>
    {
        let (carrier, tracking) = (fields.get("carrier"), fields.get("tracking"));
        centre.courier().order_with(&by, case_id(fields.get("case"))?, carrier, tracking, fields.get("to")).map(|_| ())
    };
    /// 归档.
    package(centre, by, fields) -> "/archive" => centre.archive().package(&by, case_id(fields.get("case"))?).map(|_| ());
}

fn parcel_words(state: &str) -> (&'static str, &'static str) {
    match state {
        "ordered" => ("已下单", "blue"),
        "taken" => ("已揽收", "blue"),
        "on_the_way" => ("运输中", "blue"),
        "signed" => ("已签收", "green"),
        _ => ("退回", "amber"),
    }
}

fn parcel_line(parcel: &Parcel) -> Line {
    let last = parcel.steps.last().map_or_else(String::new, |(at, words)| format!("{words}（{}）", moment(*at)));
    Line::new(
        format!("parcel-{}", parcel.id),
        vec![
            if parcel.label.is_some() {
                Cell::link(format!("/parcels/{}/label", parcel.id), parcel.tracking.clone(), "打印面单")
            } else {
                Cell::two(&parcel.tracking, &parcel.id)
            },
            Cell::tag(parcel_words(&parcel.state)),
            Cell::two(last, &parcel.carrier),
        ],
    )
}

/// 寄递面单 as PDF.
pub(crate) async fn label(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Response {
    let member = who.member.clone();
    let pdf = state.blocking(move |centre| centre.courier().label(&member, &id)).await;
    answer(&state, &who, pdf.map(|pdf| ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response()))
}

/// 寄递评价 of the last ninety days.
fn scores(scores: &[CarrierScore]) -> Table {
    let tenths = |tenths: Option<u64>| tenths.map_or_else(|| "—".to_owned(), |n| format!("{}.{}", n / 10, n % 10));
    let line = |one: &CarrierScore| {
        let name = if one.carrier.is_empty() { "未注明" } else { &one.carrier };
        let share = one.on_time_permille();
        let tone = match share {
            Some(share) if share >= 950 => "green",
            Some(share) if share >= 800 => "amber",
            Some(_) => "red",
            None => "grey",
        };
        Line::new(
            format!("carrier-{name}"),
            vec![
                Cell::two(name, format!("下单 {} 件", one.ordered)),
                Cell::Tag(share.map_or_else(|| "—".to_owned(), |n| format!("{}.{}%", n / 10, n % 10)), tone),
                Cell::num(tenths(one.days_tenths())),
                Cell::two(format!("签收 {}", one.signed), format!("退回 {}，逾期未签收 {}", one.back, one.lost)),
            ],
        )
    };
    Table::new("carriers", "寄递评价（近 90 天）", &["寄递单位", "按时送达", "平均天数", "结果"])
        .note(format!("下单后 {ON_TIME_DAYS} 个工作日内签收为按时；{LOST_DAYS} 天未签收、未退回为逾期。"))
        .lines(scores.iter().map(line))
        .empty("还没有寄递。")
}

pub(crate) async fn parcels(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let today = local_day(state.clock.wall());
    let found = state
        .blocking(move |centre| {
            let rated = centre.courier().scores(&member, today - Duration::days(89), today)?;
            Ok((centre.courier().all(&member)?, centre.licences().list(&member)?, rated))
        })
        .await;
    let result = found.map(|(all, jobs, rated)| {
        let open: BTreeSet<&str> =
            all.iter().filter(|parcel| parcel.state != "back").map(|parcel| parcel.case.as_str()).collect();
        let ready = jobs.iter().filter(|job| job.state == "confirmed" && !open.contains(job.case.to_string().as_str()));
        let options: Vec<(String, String)> =
            ready.map(|job| (job.case.to_string(), format!("{} {}", job.receipt, job.number))).collect();
        let board = Board::new(Shell::staff(&state, &who, "证照寄递", "/parcels"))
            .table(Table::new("parcels", "寄递单", &["运单", "状态", "最新"]).lines(all.iter().rev().map(parcel_line)))
            .table(scores(&rated));
        let may = !options.is_empty();
        board
            .form_if(may, || {
                let form =
                    Form::new("parcel", "/parcels", "下单").title("交寄").hint("只有选择邮寄、证照待领的办件才能下单");
                form.select("case", "办件", options)
                    .line("carrier", "寄递单位")
                    .value("中国邮政")
                    .max(40)
                    .line("tracking", "运单号")
                    .line("to", "收件人和地址（加密保存）")
            })
            .page()
    });
    answer(&state, &who, result)
}

fn package_line(manifest: &Manifest, wrong: &[String]) -> Line {
    let state = if wrong.is_empty() { ("完整", "green") } else { ("不一致", "red") };
    let words =
        format!("{} 份文件，{} 个动作，保管 {} 年", manifest.files.len(), manifest.actions, manifest.keep_years);
    let cells = vec![
        Cell::two(&manifest.archive_no, &manifest.day),
        Cell::two(&manifest.title, words),
        Cell::tag(state),
        Cell::two(wrong.join("、"), manifest.digest()),
    ];
    Line::new(format!("package-{}", manifest.archive_no), cells)
}

pub(crate) async fn archive(State(state): State<AppState>, Extension(who): Extension<Who>) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let kept = centre.archive().all(&member)?;
            let newest = kept.into_iter().rev().take(50);
            let checked = newest.map(|manifest| Ok((centre.archive().check(&member, &manifest)?, manifest)));
            Ok((checked.collect::<Result<Vec<_>, CentreError>>()?, centre.archive().ended(&member, 100)?))
        })
        .await;
    let result = found.map(|(kept, ended)| {
        let done: BTreeSet<&str> = kept.iter().map(|(_, manifest)| manifest.case.as_str()).collect();
        let waiting = ended.iter().filter(|one| !done.contains(one.case.as_str())).map(|one| {
            Line::new(
                "",
                vec![
                    Cell::two(&one.receipt, &one.item),
                    Cell::tag(status_words(&one.status)),
                    Cell::num(moment(one.at_ms)),
                ],
            )
            .act(Form::new(format!("package-{}", one.case), "/archive", "归档").hidden("case", &one.case))
        });
        Board::new(Shell::staff(&state, &who, "电子档案", "/archive"))
            .lead("归档清单逐个文件记载摘要，打开本页时重新核对。")
            .table(Table::new("waiting", "待归档", &["办件", "状态", "办结时间"]).lines(waiting))
            .table(
                Table::new("packages", "档案", &["档号", "题名", "核对", "摘要"])
                    .lines(kept.iter().map(|(wrong, one)| package_line(one, wrong))),
            )
            .page()
    });
    answer(&state, &who, result)
}
