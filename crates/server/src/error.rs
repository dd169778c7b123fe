//! Refusals as people and stations meet them. What went wrong inside stays in the log.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tongban_centre::{CentreError, Refusal};
use tongban_domain::code::ErrorCode;
use tongban_protocol::api::Problem;

/// A refusal on its way out: status, code, and a detail without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub code: ErrorCode,
    pub detail: String,
}

impl Failure {
    pub fn new(status: StatusCode, code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into() }
    }

    /// Logs what happened and answers without it.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        tracing::error!(what = %what, "internal failure");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::CentreInternal, "internal")
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, "not found")
    }

    /// As JSON, for stations.
    pub fn problem(self) -> Response {
        let body = Problem { code: self.code.as_str().to_owned(), detail: self.detail };
        (self.status, Json(body)).into_response()
    }
}

/// The whole chain of causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<CentreError> for Failure {
    fn from(error: CentreError) -> Self {
        let CentreError::Refused { kind, code, detail } = error else {
            return Self { code: error.code(), ..Self::internal(chain(&error)) };
        };
        let status = match kind {
            Refusal::Unauthorised => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Conflict => StatusCode::CONFLICT,
            Refusal::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Unavailable => StatusCode::BAD_GATEWAY,
        };
        Self::new(status, code, detail)
    }
}

/// A refusal to a station: JSON.
#[derive(Debug)]
pub(crate) struct ApiError(pub Failure);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.problem()
    }
}

impl<E: Into<Failure>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_failure_says_nothing_of_the_inside() {
        let failure = Failure::from(CentreError::Damaged("table case_row of /var/lib/centre.db".into()));
        assert_eq!(failure.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!failure.detail.contains("case_row") && !failure.detail.contains("/var"), "{}", failure.detail);
    }
}
