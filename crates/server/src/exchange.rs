//! 数据交换, inward over HTTP: a message in, its receipt out. Who sends is known by the signature alone.

use crate::error::Failure;
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tongban_protocol::exchange::{MESSAGE_LIMIT, Verdict};

/// Longest message.
pub(crate) const BYTES_MAX: usize = MESSAGE_LIMIT;

/// 200 with a receipt when taken, 422 with a receipt when refused, 400 when no receipt can be made out.
pub(crate) async fn receive(State(state): State<AppState>, body: Bytes) -> Response {
    let taken = state.blocking(move |centre| centre.exchange().receive(&body)).await;
    match taken {
        Ok((receipt, verdict)) => {
            let refused = verdict == Verdict::Refused;
            let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            (status, [(CONTENT_TYPE, "application/xml; charset=utf-8")], receipt).into_response()
        }
        Err(failure) if failure.status.is_client_error() => {
            Failure::new(StatusCode::BAD_REQUEST, failure.code, "exchange message").problem()
        }
        Err(failure) => failure.problem(),
    }
}
