//! Sending one request and reading its answer, within limits.

use super::{CentreClient, CentreError};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tongban_domain::code::ErrorCode;
use tongban_protocol::api::Problem;

/// Longest refusal read.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;
/// Longest wait a centre may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

impl CentreClient {
    /// Sends, and reads a JSON answer of at most `max` bytes.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        max: usize,
    ) -> Result<T, CentreError> {
        self.gated(async {
            let response = self.send(request).await?;
            if !response.status().is_success() {
                return Err(refusal(response).await);
            }
            let body = read(response, max).await?;
            serde_json::from_slice(&body).map_err(|_| CentreError::Garbage { what: "not the answer expected" })
        })
        .await
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, CentreError> {
        let request = request.build().map_err(CentreError::from_transport)?;
        let response = self.wire.exchange(request).await?;
        if is_portal(&response) { Err(CentreError::Portal) } else { Ok(response) }
    }

    /// Runs a call as long as the gate is open.
    pub(super) async fn gated<T>(&self, call: impl Future<Output = Result<T, CentreError>>) -> Result<T, CentreError> {
        let Some(mut gate) = self.gate.clone() else {
            return call.await;
        };
        let closed = async {
            // A gate nobody holds any more stays as it was last.
            if gate.wait_for(|open| !open).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = closed => Err(CentreError::Unreachable { source: None }),
            outcome = call => outcome,
        }
    }
}

/// Whether somebody else than the centre answers: the centre sends no pages and no redirects to stations.
fn is_portal(response: &Response) -> bool {
    let page = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
    page || response.status().is_redirection() || response.status() == StatusCode::NETWORK_AUTHENTICATION_REQUIRED
}

/// Reads a body, giving up as soon as it is longer than `max`.
pub(super) async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, CentreError> {
    let too_long = || CentreError::Garbage { what: "answer is too long" };
    if response.content_length().is_some_and(|len| len > max as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(CentreError::from_transport)? {
        if body.len() + chunk.len() > max {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The centre's refusal as an error; one without a known code is named by its status.
pub(super) async fn refusal(response: Response) -> CentreError {
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let body = match read(response, PROBLEM_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    let named = serde_json::from_slice::<Problem>(&body).ok().and_then(|problem| ErrorCode::parse(&problem.code));
    let code = named.unwrap_or(match status {
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::TooManyRequests,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorCode::NetworkIdentity,
        status if status.is_server_error() => ErrorCode::CentreInternal,
        status if status.is_client_error() => ErrorCode::NetworkRefused,
        _ => return CentreError::Garbage { what: "unexpected status" },
    });
    CentreError::Refused { code, status: status.as_u16(), retry_after }
}
