//! 缴费: orders through the gateway, refunds, the day's reconciliation, and "paid, not delivered",
//! which always resolves: what was paid is delivered, or goes back.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER, Key, Place};
use crate::papers::Says;
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::PaperKind;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};

pub(crate) const ORDERS: &str = "payment";
/// Paid and nothing delivered after this long: the money goes back.
const UNDELIVERED_MS: i64 = 24 * 3_600_000;
/// An order nobody pays lapses.
const UNPAID_MS: i64 = 24 * 3_600_000;

/// 缴款单状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// 待缴.
    Open,
    /// 已缴, 服务未交付.
    Paid,
    /// 已缴, 服务已交付.
    Delivered,
    /// 退款中.
    Refunding,
    /// 已退款.
    Refunded,
    /// 逾期失效.
    Lapsed,
}

impl PaymentState {
    const fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Delivered => "delivered",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
            Self::Lapsed => "lapsed",
        }
    }
}

/// 缴款单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// 缴款单号.
    pub order: String,
    /// The case.
    pub case: String,
    /// Amount in fen.
    pub fen: u64,
    /// 收费依据.
    pub basis: String,
    /// State.
    pub state: PaymentState,
    /// Made at, ms.
    pub at_ms: i64,
    /// The gateway's own number, once paid, and when.
    pub paid: Option<(String, i64)>,
    /// 非税票据号.
    pub bill: Option<String>,
    /// The gateway's number of the refund, and why.
    pub refund: Option<(Option<String>, String)>,
}

/// One line of the gateway's statement of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Our order.
    pub order: String,
    /// Its number.
    pub gateway_no: String,
    /// Amount in fen; a refund is counted apart.
    pub fen: u64,
    /// A refund.
    pub refund: bool,
}

/// 对账结果: what both sides have, and what only one has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Orders that agree.
    pub agree: usize,
    /// Sum of what came in, fen.
    pub in_fen: u64,
    /// Sum of what went back, fen.
    pub back_fen: u64,
    /// The gateway has it, we did not know: taken over as paid.
    pub learnt: Vec<String>,
    /// We have it, the gateway does not.
    pub missing: Vec<String>,
    /// Both have it with different amounts.
    pub differ: Vec<String>,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Payments<'a>(pub(crate) &'a Centre);

fn state(detail: &str) -> CentreError {
    CentreError::refused(Refusal::Conflict, ErrorCode::PaymentState, detail)
}

impl Payments<'_> {
    /// The order of a case with a fee; the same one when asked again.
    pub fn order(&self, case: CaseId) -> Result<Payment> {
        let centre = self.0;
        centre.office(|tx| {
            let mut loaded = centre.load_known(tx, case)?;
            let item = centre.item_of(&loaded.case)?;
            let fee = item.fee.clone().ok_or_else(|| state("the item is free of charge"))?;
            let known: Vec<Payment> = office::list(tx, ORDERS, Key::A(&case.to_string()))?;
            let live = |payment: &Payment| !matches!(payment.state, PaymentState::Refunded | PaymentState::Lapsed);
            if let Some(payment) = known.into_iter().find(live) {
                return Ok(payment);
            }
            let payment = Payment {
                order: centre.series(tx, "JK")?,
                case: case.to_string(),
                fen: fee.fen,
                basis: fee.basis,
                state: PaymentState::Open,
                at_ms: centre.now_ms(),
                paid: None,
                bill: None,
                refund: None,
            };
            self.save(tx, &payment)?;
            let says = Says::new([
                ("amount", format!("{}.{:02}", payment.fen / 100, payment.fen % 100)),
                ("fee_basis", payment.basis.clone()),
                ("order", payment.order.clone()),
            ]);
            let says = says.qr(format!("tongban:pay:{}", payment.order));
            centre.tell_on_paper(tx, &mut loaded, PaperKind::Payment, &says, None)?;
            log(tx, payment.at_ms, "system", "payment.order", &payment.order, "ok", "")?;
            Ok(payment)
        })
    }

    fn save(&self, tx: &Tx<'_>, payment: &Payment) -> Result<()> {
        let gateway = payment.paid.as_ref().map_or("", |(number, _)| number.as_str());
        let place = Place {
            room: ORDERS,
            id: &payment.order,
            a: &payment.case,
            b: gateway,
            state: payment.state.key(),
            at_ms: payment.at_ms,
        };
        office::put(tx, place, payment)?;
        self.0.tell_payment(tx, payment, payment.state.key())
    }

    /// The gateway says it was paid. The same notice again changes nothing; another amount is refused.
    pub fn paid(&self, order: &str, gateway_no: &str, fen: u64) -> Result<Payment> {
        self.change(order, "payment.paid", |payment| {
            if payment.fen != fen {
                return Err(state("another amount than ordered"));
            }
            match (&payment.paid, payment.state) {
                (Some((known, _)), _) if known == gateway_no => Ok(()),
                // Money that came too late or twice goes back at once.
                (Some(_), _) => Err(state("paid before under another number")),
                (None, PaymentState::Open | PaymentState::Lapsed) => {
                    payment.paid = Some((gateway_no.to_owned(), self.0.now_ms()));
                    payment.state = PaymentState::Paid;
                    Ok(())
                }
                (None, _) => Err(state("not waiting for money")),
            }
        })
    }

    /// The service was delivered: the bill is numbered.
    pub fn delivered(&self, order: &str) -> Result<Payment> {
        self.change(order, "payment.delivered", |payment| match payment.state {
            PaymentState::Delivered => Ok(()),
            PaymentState::Paid => {
                payment.state = PaymentState::Delivered;
                payment.bill = Some(format!("FS{}", payment.order));
                Ok(())
            }
            _ => Err(state("not paid, or going back")),
        })
    }

    /// 退款 by a cashier.
    pub fn refund(&self, by: &Member, order: &str, reason: &str) -> Result<Payment> {
        by.require(Action::TakePayments)?;
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "refund without a reason"));
        }
        self.change(order, "payment.refund", |payment| start_refund(payment, reason))
    }

    /// The gateway says the money went back.
    pub fn refunded(&self, order: &str, refund_no: &str) -> Result<Payment> {
        self.change(order, "payment.refunded", |payment| match (payment.state, &mut payment.refund) {
            (PaymentState::Refunded, _) => Ok(()),
            (PaymentState::Refunding, Some((number, _))) => {
                *number = Some(refund_no.to_owned());
                payment.state = PaymentState::Refunded;
                Ok(())
            }
            _ => Err(state("no refund asked for")),
        })
    }

    fn change(&self, order: &str, action: &str, work: impl Fn(&mut Payment) -> Result<()>) -> Result<Payment> {
        self.0.office(|tx| {
            let mut payment: Payment = office::known(tx, ORDERS, order)?;
            let before = payment.clone();
            work(&mut payment)?;
            if payment != before {
                self.save(tx, &payment)?;
                log(tx, self.0.now_ms(), "system", action, order, "ok", payment.state.key())?;
            }
            Ok(payment)
        })
    }

    /// What was paid and not delivered in a day goes back; what nobody paid lapses. Answers both counts.
    pub fn resolve_overdue(&self) -> Result<(usize, usize)> {
        let now = self.0.now_ms();
        self.0.office(|tx| {
            let (mut back, mut lapsed) = (0, 0);
            for mut payment in office::list::<Payment>(tx, ORDERS, Key::State("paid"))? {
                let since = payment.paid.as_ref().map_or(now, |(_, at)| *at);
                if now - since >= UNDELIVERED_MS {
                    start_refund(&mut payment, "已缴费，服务未交付")?;
                    self.save(tx, &payment)?;
                    log(tx, now, "system", "payment.refund", &payment.order, "ok", "服务未交付")?;
                    back += 1;
                }
            }
            for mut payment in office::list::<Payment>(tx, ORDERS, Key::State("open"))? {
                if now - payment.at_ms >= UNPAID_MS {
                    payment.state = PaymentState::Lapsed;
                    self.save(tx, &payment)?;
                    lapsed += 1;
                }
            }
            Ok((back, lapsed))
        })
    }

    /// 日对账 against the gateway's statement. What the gateway has and we did not hear of is taken
    /// over as paid, so that nothing paid is ever lost.
    pub fn reconcile(&self, by: &Member, day: &str, statement: &[StatementLine]) -> Result<Reconciliation> {
        by.require(Action::TakePayments)?;
        let all: Vec<Payment> = self.0.look(|tx| office::list(tx, ORDERS, EVER))?;
        let on = |ms: i64| date_text(local_day(tongban_domain::clock::WallTime(ms))) == day;
        let ours: BTreeMap<&str, &Payment> = all.iter().map(|payment| (payment.order.as_str(), payment)).collect();
        let mut result = Reconciliation::default();
        for line in statement {
            if line.refund {
                result.back_fen += line.fen;
                continue;
            }
            result.in_fen += line.fen;
            match ours.get(line.order.as_str()) {
                Some(payment) if payment.fen != line.fen => result.differ.push(line.order.clone()),
                Some(payment) if payment.paid.is_none() => {
                    self.paid(&line.order, &line.gateway_no, line.fen)?;
                    result.learnt.push(line.order.clone());
                }
                Some(_) => result.agree += 1,
                None => result.missing.push(line.order.clone()),
            }
        }
        let stated = |order: &str| statement.iter().any(|line| line.order == order && !line.refund);
        let today = all.iter().filter(|payment| payment.paid.as_ref().is_some_and(|(_, at)| on(*at)));
        result.missing.extend(today.filter(|payment| !stated(&payment.order)).map(|payment| payment.order.clone()));
        self.0.staff().note(&by.id.0, "payment.reconcile", day, "ok", &format!("{} agree", result.agree))?;
        Ok(result)
    }
}

fn start_refund(payment: &mut Payment, reason: &str) -> Result<()> {
    match payment.state {
        PaymentState::Paid | PaymentState::Delivered => {
            payment.state = PaymentState::Refunding;
            payment.refund = Some((None, reason.trim().to_owned()));
            Ok(())
        }
        _ => Err(state("nothing to give back")),
    }
}
