//! 缴费: what the case on a slip owes, and what became of it. Paying itself is the gateway's own page.

use super::service::{slip_form, slip_wrong};
use super::{refused, shell};
use crate::guard::{Fields, Visitor};
use crate::html::moment;
use crate::kit::Board;
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::response::Response;
use tongban_centre::payments::{Payment, PaymentState};
use tongban_domain::code::ErrorCode;

fn board(state: &AppState, visitor: &Visitor) -> Board {
    Board::new(shell(state, "缴费", visitor))
        .lead("凭回执单查应缴的费用。缴款在支付平台进行，缴过会显示在这里。")
        .form(slip_form("pay", "/pay", "查询"))
}

pub(crate) async fn form(State(state): State<AppState>, Extension(visitor): Extension<Visitor>) -> Response {
    board(&state, &visitor).page()
}

fn facts(payment: &Payment) -> Vec<(String, String)> {
    let words = match payment.state {
        PaymentState::Open => "待缴：请在支付平台输入缴款单号，24 小时内有效",
        PaymentState::Paid | PaymentState::Delivered => "已缴",
        PaymentState::Refunding => "退款中",
        PaymentState::Refunded => "已退款",
        PaymentState::Lapsed => "逾期失效，请重新查询",
    };
    let mut facts = vec![
        ("缴款单号".to_owned(), payment.order.clone()),
        ("金额".to_owned(), format!("{}.{:02} 元", payment.fen / 100, payment.fen % 100)),
        ("收费依据".to_owned(), payment.basis.clone()),
        ("状态".to_owned(), words.to_owned()),
    ];
    if let Some((number, at)) = &payment.paid {
        facts.push(("支付流水".to_owned(), format!("{number}（{}）", moment(*at))));
    }
    if let Some(bill) = &payment.bill {
        facts.push(("票据号".to_owned(), bill.clone()));
    }
    facts
}

pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let found = state
        .blocking(move |centre| {
            let case = centre.public().own_case(fields.get("receipt"), fields.get("password"))?;
            centre.payments().order(case)
        })
        .await;
    let board = board(&state, &visitor);
    match found {
        Ok(payment) => board.facts("payment", "缴款单", facts(&payment)).page(),
        Err(failure) if failure.code == ErrorCode::PaymentState => board.say("pay-none", "ok", "这件事不收费。").page(),
        Err(failure) => match slip_wrong(&failure) {
            Some(words) => board.say("pay-wrong", "warn", words).page(),
            None => refused(&state, &failure),
        },
    }
}
