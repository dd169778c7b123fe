//! 帮助呼叫 on the station listener: thin over the board. Shapes in `protocol::help`.

use crate::error::ApiError;
use crate::guard::At;
use crate::state::AppState;
use crate::station::body;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use tongban_protocol::help::{HelpAnswer, HelpAsk, HelpCall};
use uuid::Uuid;

type Body<T> = Result<Json<T>, JsonRejection>;

pub(crate) async fn ask(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Body<HelpAsk>,
) -> Result<Json<HelpCall>, ApiError> {
    let ask = body(json)?;
    Ok(Json(state.help.ask(&station, &ask, state.clock.wall().0)?))
}

pub(crate) async fn open(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
) -> (StatusCode, Json<Vec<HelpCall>>) {
    (StatusCode::OK, Json(state.help.open(&station.hall, state.clock.wall().0)))
}

pub(crate) async fn answer(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path(call): Path<Uuid>,
    json: Body<HelpAnswer>,
) -> Result<Json<HelpCall>, ApiError> {
    let answer = body(json)?;
    let by = answer.by.0.clone();
    let (told, first) = state.help.answer(&station, call, answer, state.clock.wall().0)?;
    if first {
        let (at, kiosk) = (format!("station:{}", station.id), told.station.0.clone());
        state.blocking(move |centre| centre.staff().note(&at, "help.answer", &kiosk, "ok", &by)).await?;
    }
    Ok(Json(told))
}
