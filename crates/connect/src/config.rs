//! How a connector is set up, and what can be wrong with that.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Deadlines (domain rule: time-out 5 s, then the capture path).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// One try.
    pub try_: Duration,
    /// All tries together.
    pub total: Duration,
    /// How long the circuit stays open after too many failures.
    pub open: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { try_: Duration::from_secs(5), total: Duration::from_secs(11), open: Duration::from_secs(30) }
    }
}

/// One data-sharing platform.
#[derive(Clone)]
pub struct ConnectConfig {
    /// The mapping file (TOML; the form is described in `assets/partner/mapping.toml`).
    pub mapping: PathBuf,
    /// Where the platform is, for example `https://share.890100.gov/`.
    pub base_url: String,
    /// Our identity there.
    pub client_id: String,
    /// The secret to sign with.
    pub secret: Zeroizing<String>,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// Hosts besides loopback and private networks that may be asked without TLS.
    pub plain_http_hosts: Vec<String>,
    /// Root certificates (PEM) to trust instead of the system's, when given.
    pub roots_pem: Option<Vec<u8>>,
}

impl ConnectConfig {
    /// A configuration with the usual deadlines, TLS by the system's roots.
    #[must_use]
    pub fn new(mapping: PathBuf, base_url: &str, client_id: &str, secret: &str) -> Self {
        Self {
            mapping,
            base_url: base_url.to_owned(),
            client_id: client_id.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
            timeouts: Timeouts::default(),
            plain_http_hosts: Vec::new(),
            roots_pem: None,
        }
    }

    /// The base address, checked: https, or http to a host that is near enough.
    pub(crate) fn url(&self) -> Result<Url, ConnectError> {
        let fault = |reason: &str| ConnectError::Address { url: self.base_url.clone(), reason: reason.to_owned() };
        let url = Url::parse(&self.base_url).map_err(|error| fault(&error.to_string()))?;
        let host = url.host_str().ok_or_else(|| fault("no host"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if near(host) || self.plain_http_hosts.iter().any(|known| known == host) => Ok(url),
            "http" => Err(fault("plain http only to loopback, a private network or a listed host")),
            _ => Err(fault("neither https nor http")),
        }
    }

    /// The folder of a file drop: `base_url` is a path or a `file:` address.
    pub(crate) fn folder(&self) -> Result<PathBuf, ConnectError> {
        let path = PathBuf::from(self.base_url.strip_prefix("file://").unwrap_or(&self.base_url));
        if path.is_absolute() {
            return Ok(path);
        }
        Err(ConnectError::Address { url: self.base_url.clone(), reason: "not an absolute path".to_owned() })
    }
}

/// Loopback or a private network (RFC 1918, RFC 4193), as the government's own networks are.
fn near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => host == "localhost",
    }
}

impl fmt::Debug for ConnectConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectConfig({}, {}, secret redacted)", self.base_url, self.client_id)
    }
}

/// The connector cannot be set up (`K102`, `K101` for the mapping file).
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The base address cannot be used.
    #[error("address {url}: {reason}")]
    Address {
        /// As configured.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The mapping file cannot be read or says something impossible.
    #[error("mapping {path}: {reason}", path = path.display())]
    Mapping {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No TLS provider was installed by the program.
    #[error("no TLS provider installed")]
    NoTlsProvider,
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(String),
    /// The signing key cannot be used.
    #[error("signing key: {0}")]
    Key(String),
    /// The mapping has no such resource or field.
    #[error("{resource} has no field {field} in the mapping")]
    Unmapped {
        /// The resource.
        resource: String,
        /// The field, `*` when the resource itself is missing.
        field: String,
    },
}

impl ConnectError {
    /// The stable code shown to technicians.
    #[must_use]
    pub const fn code(&self) -> tongban_domain::code::ErrorCode {
        use tongban_domain::code::ErrorCode;
        match self {
            Self::Mapping { .. } => ErrorCode::ConfigUnreadable,
            Self::NoTlsProvider | Self::Client(_) => ErrorCode::InstallIncomplete,
            Self::Address { .. } | Self::Key(_) | Self::Unmapped { .. } => ErrorCode::ConfigInvalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(url: &str) -> bool {
        let mut config = ConnectConfig::new("m".into(), url, "c", "s");
        config.plain_http_hosts = vec!["share.gov".into()];
        config.url().is_ok()
    }

    #[test]
    fn plain_http_stays_near() {
        for url in [
            "https://share.example.cn/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:9",
            "http://10.1.2.3",
            "http://192.168.0.4",
            "http://share.gov/api",
        ] {
            assert!(accepted(url), "{url}");
        }
        for url in
            ["http://share.example.cn/", "http://8.8.8.8/", "ftp://10.0.0.1/", "share", "http://localhost.evil.cn/"]
        {
            assert!(!accepted(url), "{url}");
        }
    }

    #[test]
    fn the_secret_is_not_in_the_debug_text() {
        let text = format!("{:?}", ConnectConfig::new("m".into(), "https://a/", "client", "hush-hush"));
        assert!(text.contains("client") && !text.contains("hush"));
    }
}
