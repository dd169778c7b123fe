//! HTTP: one request, one bounded answer.

use crate::config::{ConnectConfig, ConnectError};
use crate::reply::Answer;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Certificate, Client, Url, redirect};
use std::time::Duration;

/// An answer may hold this much.
pub const ANSWER_LIMIT: usize = 256 * 1024;

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// No connection, or it broke before the answer was whole: nothing is known.
    Broken,
    /// The deadline passed.
    Late,
}

/// What is posted.
pub struct Post<'p> {
    /// Below the base address.
    pub path: &'p str,
    /// Media type of the body.
    pub media: &'static str,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
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
    pub async fn post(&self, post: Post<'_>, deadline: Duration) -> Result<Answer, Silence> {
        tokio::time::timeout(deadline, self.exchange(post)).await.unwrap_or(Err(Silence::Late))
    }

    /// Reads what lies at a path, all before the deadline.
    pub async fn get(&self, path: &str, deadline: Duration) -> Result<Answer, Silence> {
        let request = self.client.get(self.url(path));
        tokio::time::timeout(deadline, answered(request)).await.unwrap_or(Err(Silence::Late))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    async fn exchange(&self, post: Post<'_>) -> Result<Answer, Silence> {
        let mut request = self.client.post(self.url(post.path)).header(CONTENT_TYPE, post.media);
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        answered(request.body(post.body)).await
    }
}

/// Sends, and reads a bounded answer.
async fn answered(request: reqwest::RequestBuilder) -> Result<Answer, Silence> {
    let silence = |error: &reqwest::Error| if error.is_timeout() { Silence::Late } else { Silence::Broken };
    let mut response = request.send().await.map_err(|error| silence(&error))?;
    let status = response.status().as_u16();
    let (media, charset) = declared(response.headers());
    let mut body = Vec::new();
    let mut too_long = false;
    while let Some(chunk) = response.chunk().await.map_err(|error| silence(&error))? {
        body.extend_from_slice(&chunk);
        too_long = body.len() > ANSWER_LIMIT;
        if too_long {
            break;
        }
    }
    Ok(Answer { status, media, charset, body, too_long })
}

/// Media type and character set, lower case; empty when not said.
fn declared(headers: &HeaderMap) -> (String, String) {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset = parts.find_map(|parameter| {
        let (name, set) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| set.trim().trim_matches('"').to_ascii_lowercase())
    });
    (media, charset.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str) -> (String, String) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, value.parse().expect("a header"));
        declared(&headers)
    }

    #[test]
    fn media_type_and_character_set_are_read_as_said() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(said("application/json"), pair("application/json", ""));
        assert_eq!(said("Application/JSON; charset=\"UTF-8\""), pair("application/json", "utf-8"));
        assert_eq!(said("text/xml; x=1; charset=GB18030"), pair("text/xml", "gb18030"));
        assert_eq!(declared(&HeaderMap::new()), pair("", ""));
    }
}
