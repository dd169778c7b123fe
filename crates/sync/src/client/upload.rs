//! Resumable upload of a bundle, with the header names of draft-ietf-httpbis-resumable-upload.

use super::call::{read, refusal};
use super::{ANSWER_BYTES_MAX, CentreClient, CentreError};
use bytes::Bytes;
use reqwest::{Method, Response, StatusCode};
use tongban_protocol::bundle::BundleReceipt;
use uuid::Uuid;

const UPLOAD_OFFSET: &str = "upload-offset";
const UPLOAD_COMPLETE: &str = "upload-complete";

/// How much of a bundle the centre holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes it has durably.
    pub offset: u64,
    /// Whether it has the whole.
    pub complete: bool,
}

/// What the centre made of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendOutcome {
    /// Taken; more is expected.
    Accepted,
    /// The bundle is whole and stored; the centre's signed word.
    Complete(Box<BundleReceipt>),
    /// The centre is at another place.
    WrongOffset(u64),
}

impl CentreClient {
    /// Asks how much of a bundle the centre holds; a bundle it has never seen is at 0.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn upload_state(&self, bundle: Uuid) -> Result<UploadState, CentreError> {
        self.gated(async {
            let response = self.send(self.request(Method::HEAD, &format!("bundles/{bundle}"))).await?;
            match response.status() {
                StatusCode::NOT_FOUND => Ok(UploadState { offset: 0, complete: false }),
                status if status.is_success() => {
                    let offset = offset(&response).ok_or(CentreError::Garbage { what: "no upload offset" })?;
                    let complete = text(&response, UPLOAD_COMPLETE) == Some("?1");
                    Ok(UploadState { offset, complete })
                }
                _ => Err(refusal(response).await),
            }
        })
        .await
    }

    /// Sends a piece of a bundle that begins at `offset`; `last` when the bundle ends with it.
    ///
    /// # Errors
    /// [`CentreError`]; `Refused` with status 422 means that the centre set the bundle aside for good.
    pub async fn upload_append(
        &self,
        bundle: Uuid,
        offset_bytes: u64,
        piece: Bytes,
        last: bool,
    ) -> Result<AppendOutcome, CentreError> {
        self.gated(async {
            let request = self
                .request(Method::PATCH, &format!("bundles/{bundle}"))
                .header(UPLOAD_OFFSET, offset_bytes)
                .header(UPLOAD_COMPLETE, if last { "?1" } else { "?0" })
                .header("content-type", "application/partial-upload")
                .body(piece);
            let response = self.send(request).await?;
            match response.status() {
                StatusCode::CREATED | StatusCode::OK => {
                    let body = read(response, ANSWER_BYTES_MAX).await?;
                    let receipt =
                        serde_json::from_slice(&body).map_err(|_| CentreError::Garbage { what: "not a receipt" })?;
                    Ok(AppendOutcome::Complete(Box::new(receipt)))
                }
                StatusCode::NO_CONTENT => Ok(AppendOutcome::Accepted),
                StatusCode::CONFLICT => match offset(&response) {
                    Some(offset) => Ok(AppendOutcome::WrongOffset(offset)),
                    None => Err(refusal(response).await),
                },
                _ => Err(refusal(response).await),
            }
        })
        .await
    }
}

fn text<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok().map(str::trim)
}

fn offset(response: &Response) -> Option<u64> {
    text(response, UPLOAD_OFFSET)?.parse().ok()
}
