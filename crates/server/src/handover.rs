//! 转接续办 on the station listener: thin over the centre's room. Shapes in `protocol::handover`.

use crate::error::{ApiError, Failure};
use crate::guard::At;
use crate::state::AppState;
use crate::station::body;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
use tongban_protocol::handover::{DraftAsk, DraftOffer, DraftTake, DraftTaken};
use uuid::Uuid;

type Body<T> = Result<Json<T>, JsonRejection>;

pub(crate) async fn offers(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Body<DraftAsk>,
) -> Result<Json<Vec<DraftOffer>>, ApiError> {
    let ask = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.handover().offers(&station, &ask.number)).await?))
}

pub(crate) async fn take(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path(case): Path<Uuid>,
    json: Body<DraftTake>,
) -> Result<Json<DraftTaken>, ApiError> {
    let take = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.handover().take(&station, CaseId(case), &take)).await?))
}

pub(crate) async fn file(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path((case, address)): Path<(Uuid, String)>,
) -> Result<Response, ApiError> {
    let mut digest = [0_u8; 32];
    hex::decode_to_slice(&address, &mut digest).map_err(|_| Failure::not_found())?;
    let sealed = state.blocking(move |centre| centre.handover().file(&station, CaseId(case), &Digest(digest))).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], sealed).into_response())
}
