//! REST-JSON over HTTP: one request, one bounded answer.

use crate::config::{ConnectConfig, ConnectError};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Certificate, Client, Url, redirect};
use std::time::Duration;

/// An answer may hold this much.
pub const ANSWER_LIMIT: usize = 256 * 1024;

/// What came back.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body says it is UTF-8 JSON (or says nothing of the character set).
    pub declared_json: bool,
    /// The body, cut off one chunk after the limit.
    pub body: Vec<u8>,
    /// The body was longer than [`ANSWER_LIMIT`].
    pub too_long: bool,
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// No connection, or it broke before the answer was whole: nothing is known.
    Broken,
    /// The deadline passed.
    Late,
}

/// The HTTP side of a connector.
pub struct Rest {
    client: Client,
    base: Url,
}

impl Rest {
    /// A client that follows no redirect, uses no proxy and keeps no cookie.
    pub fn new(config: &ConnectConfig) -> Result<Self, ConnectError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(ConnectError::NoTlsProvider);
        }
        let base = config.url()?;
        let fault = |error: reqwest::Error| ConnectError::Client(error.to_string());
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(2).min(config.timeouts.try_))
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(concat!("tongban-connect/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &config.roots_pem {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(fault)?);
        }
        Ok(Self { client: builder.build().map_err(fault)?, base })
    }

    /// Posts the body and reads the answer, all before the deadline.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Answer, Silence> {
        tokio::time::timeout(deadline, self.exchange(path, headers, body)).await.unwrap_or(Err(Silence::Late))
    }

    async fn exchange(&self, path: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Answer, Silence> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json; charset=utf-8");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let silence = |error: &reqwest::Error| if error.is_timeout() { Silence::Late } else { Silence::Broken };
        let mut response = request.body(body).send().await.map_err(|error| silence(&error))?;
        let status = response.status().as_u16();
        let declared_json = declares_utf8_json(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| silence(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT {
                return Ok(Answer { status, declared_json, body, too_long: true });
            }
        }
        Ok(Answer { status, declared_json, body, too_long: false })
    }
}

/// `application/json` with no character set or with UTF-8 (RFC 8259, 8.1 knows no other).
fn declares_utf8_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, set)) if name.trim().eq_ignore_ascii_case("charset") => {
            set.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, value.parse().expect("a header"));
        declares_utf8_json(&headers)
    }

    #[test]
    fn only_json_in_utf8_is_taken_for_that() {
        assert!(declared("application/json") && declared("Application/JSON; charset=\"UTF-8\""));
        assert!(!declared("application/json; charset=GB18030"));
        assert!(!declared("text/html; charset=utf-8") && !declares_utf8_json(&HeaderMap::new()));
    }
}
