//! 取号 on the station listener: thin over the centre's room. Shapes in `protocol::queue`.

use crate::error::ApiError;
use crate::guard::At;
use crate::state::AppState;
use crate::station::body;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use tongban_protocol::queue::{QueueAsk, QueueCalls, QueueReply};

pub(crate) async fn take(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<QueueAsk>, JsonRejection>,
) -> Result<Json<QueueReply>, ApiError> {
    let ask = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.appointments().take(&station.hall, &ask)).await?))
}

pub(crate) async fn calls(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
) -> Result<Json<QueueCalls>, ApiError> {
    Ok(Json(state.blocking(move |centre| centre.appointments().calls(&station.hall)).await?))
}
