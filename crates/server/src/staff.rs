//! 工作人员页面: server-rendered, no script, stable element ids (listed in this crate's README).

pub(crate) mod account;
pub(crate) mod acts;
pub(crate) mod audit;
pub(crate) mod brought;
pub(crate) mod cases;
pub(crate) mod catalogue;
pub(crate) mod consult;
pub(crate) mod desk;
pub(crate) mod evidence;
pub(crate) mod halls;
pub(crate) mod hours;
pub(crate) mod knowledge;
pub(crate) mod library;
pub(crate) mod office;
pub(crate) mod performance;
pub(crate) mod seals;
pub(crate) mod sharing;
pub(crate) mod sign_in;
pub(crate) mod statistics;
pub(crate) mod supervision;
pub(crate) mod tickets;
pub(crate) mod todo;
pub(crate) mod trade;

use crate::error::Failure;
use crate::guard::Who;
use crate::html;
use crate::routes::Listener;
use crate::state::AppState;
use axum::response::Response;

/// A page, or the refusal as a page.
pub(crate) fn answer(state: &AppState, who: &Who, result: Result<Response, Failure>) -> Response {
    result.unwrap_or_else(|failure| html::refusal(state, Listener::Staff, Some(who), &failure))
}
