//! Station API: thin over the centre's rooms. Shapes in `protocol::api`.

use crate::error::{ApiError, Failure};
use crate::guard::At;
use crate::state::AppState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::time::Duration;
use tongban_centre::sync::Upload;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::SharedRecord;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{
    CentreTime, EnrolReply, EnrolRequest, FeedPage, Heartbeat, Lease, LeaseRequest, LicenceJob, LicenceStep,
    ProofReply, ProofRequest, RenewReply, RenewRequest, ShareRequest,
};
use tongban_protocol::self_test::SignedSelfTest;
use uuid::Uuid;

/// Offset of the next byte (draft-ietf-httpbis-resumable-upload).
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// `?1` when nothing more follows.
const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
/// Longest wait of a feed request, seconds.
const FEED_WAIT_MAX: u64 = 25;
/// How often a waiting feed request looks.
const FEED_LOOK: Duration = Duration::from_millis(300);

type Api<T> = Result<T, ApiError>;

fn malformed(detail: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, ErrorCode::NetworkGarbage, detail)
}

/// The JSON of a request, or what is wrong with it.
pub(crate) fn body<T>(json: Result<Json<T>, JsonRejection>) -> Result<T, Failure> {
    match json {
        Ok(Json(value)) => Ok(value),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BodyTooLarge, "body too large"))
        }
        // The rejection's own text may quote the body; it stays here.
        Err(rejection) => {
            Err(Failure::new(rejection.status(), ErrorCode::NetworkGarbage, "body is not the JSON expected"))
        }
    }
}

fn offset_header(offset: u64) -> (HeaderName, HeaderValue) {
    (UPLOAD_OFFSET, HeaderValue::from(offset))
}

fn complete_header(complete: bool) -> (HeaderName, HeaderValue) {
    (UPLOAD_COMPLETE, HeaderValue::from_static(if complete { "?1" } else { "?0" }))
}

pub(crate) async fn bundle_state(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path(id): Path<Uuid>,
) -> Api<Response> {
    let held = state.blocking(move |centre| centre.sync().state(&station, id)).await?;
    let held = held.ok_or_else(Failure::not_found)?;
    Ok((StatusCode::NO_CONTENT, [offset_header(held.offset), complete_header(held.complete)]).into_response())
}

pub(crate) async fn bundle_append(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    chunk: Result<Bytes, BytesRejection>,
) -> Api<Response> {
    let chunk = chunk
        .map_err(|rejection| Failure::new(rejection.status(), ErrorCode::BodyTooLarge, "chunk too large or cut off"))?;
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let offset = text(&UPLOAD_OFFSET)
        .and_then(|text| text.parse::<u64>().ok())
        .ok_or_else(|| malformed("Upload-Offset is missing"))?;
    let last = match text(&UPLOAD_COMPLETE) {
        Some("?1") => true,
        Some("?0") | None => false,
        Some(_) => return Err(malformed("Upload-Complete is ?0 or ?1").into()),
    };
    match state.blocking(move |centre| centre.sync().append(&station, id, offset, &chunk, last)).await? {
        Upload::Partial(held) => {
            Ok((StatusCode::NO_CONTENT, [offset_header(held), complete_header(false)]).into_response())
        }
        Upload::Offset(held) => {
            let failure = Failure::new(StatusCode::CONFLICT, ErrorCode::UploadOffset, format!("offset is {held}"));
            Ok(([offset_header(held), complete_header(false)], failure.problem()).into_response())
        }
        Upload::Held(receipt) => Ok((StatusCode::CREATED, [complete_header(true)], Json(*receipt)).into_response()),
    }
}

/// Cursor and wait of a feed request.
#[derive(Debug, Deserialize)]
pub(crate) struct FeedQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u64,
}

pub(crate) async fn feed(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Query(query): Query<FeedQuery>,
) -> Api<Json<FeedPage>> {
    let hall = station.hall.clone();
    if state.blocking(move |centre| centre.feed().is_behind(&hall, query.after)).await? {
        return Err(Failure::new(StatusCode::GONE, ErrorCode::NetworkRefused, "behind the horizon").into());
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(query.wait.min(FEED_WAIT_MAX));
    loop {
        let hall = station.hall.clone();
        let page = state.blocking(move |centre| centre.feed().after(&hall, query.after)).await?;
        if !page.entries.is_empty() || tokio::time::Instant::now() + FEED_LOOK > deadline {
            return Ok(Json(page));
        }
        // All who wait look at one memory; the database is asked once for all of them.
        while !state.heads.moved(&state, &station.hall, query.after).await {
            if tokio::time::Instant::now() + FEED_LOOK > deadline {
                return Ok(Json(page));
            }
            tokio::time::sleep(FEED_LOOK).await;
        }
    }
}

pub(crate) async fn snapshot(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
) -> Api<Json<FeedPage>> {
    Ok(Json(state.blocking(move |centre| centre.feed().snapshot(&station.hall)).await?))
}

pub(crate) async fn lease(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<LeaseRequest>, JsonRejection>,
) -> Api<Json<Lease>> {
    let request = body(json)?;
    Ok(Json(
        state.blocking(move |centre| centre.numbers().lease_for(&station, request.count, request.days_ahead)).await?,
    ))
}

pub(crate) async fn renew(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<RenewRequest>, JsonRejection>,
) -> Api<Json<RenewReply>> {
    let request = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.stations().renew(&station, &request.csr_pem)).await?))
}

pub(crate) async fn share(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<ShareRequest>, JsonRejection>,
) -> Api<Json<SharedRecord>> {
    let request = body(json)?;
    let (at, asked) = (station.clone(), request.clone());
    state.blocking(move |centre| centre.sharing().check(&at, &asked)).await?;
    let record = state.centre.sharing().ask(&request).await;
    let answer = record.clone();
    state.blocking(move |centre| centre.sharing().record(&station, &request, &record)).await?;
    Ok(Json(answer))
}

pub(crate) async fn proof(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<ProofRequest>, JsonRejection>,
) -> Api<Json<ProofReply>> {
    let request = body(json)?;
    // Laying out pages is work for a blocking thread; the department's answer is awaited on it.
    let runtime = tokio::runtime::Handle::current();
    let reply = state.blocking(move |centre| runtime.block_on(centre.proofs().request(&station, &request))).await?;
    Ok(Json(reply))
}

pub(crate) async fn licences(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
) -> Api<Json<Vec<LicenceJob>>> {
    Ok(Json(state.blocking(move |centre| centre.licences().queue(&station)).await?))
}

pub(crate) async fn licence_step(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    Path(case): Path<Uuid>,
    json: Result<Json<LicenceStep>, JsonRejection>,
) -> Api<Json<LicenceJob>> {
    let step = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.licences().step(&station, CaseId(case), &step)).await?))
}

pub(crate) async fn time(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
) -> Api<Json<CentreTime>> {
    Ok(Json(state.blocking(move |centre| centre.stations().time_for(&station)).await?))
}

pub(crate) async fn heartbeat(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<Heartbeat>, JsonRejection>,
) -> Api<Json<CentreTime>> {
    let beat = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.stations().heartbeat(&station.id, &beat)).await?))
}

pub(crate) async fn self_test(
    State(state): State<AppState>,
    Extension(At(station)): Extension<At>,
    json: Result<Json<SignedSelfTest>, JsonRejection>,
) -> Api<Json<bool>> {
    let signed = body(json)?;
    state.blocking(move |centre| centre.self_tests().keep(&station, &signed)).await?;
    Ok(Json(true))
}

pub(crate) async fn enrol(
    State(state): State<AppState>,
    json: Result<Json<EnrolRequest>, JsonRejection>,
) -> Api<Json<EnrolReply>> {
    let request = body(json)?;
    Ok(Json(state.blocking(move |centre| centre.stations().enrol(&request)).await?))
}
