//! What can go wrong between station and centre, told apart by what has to be done.

use std::error::Error;
use std::time::Duration;
use tongban_domain::code::ErrorCode;

/// A call to the centre that did not answer what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CentreError {
    /// No connection, or it broke.
    #[error("centre cannot be reached")]
    Unreachable {
        /// What the connection met; `None` when the network was switched off here.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// No answer in time.
    #[error("centre answered too late")]
    Timeout {
        /// What was waited for.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// Somebody else than the centre answers on this line.
    #[error("a sign-in page or a proxy answers in the centre's place")]
    Portal,
    /// An answer that cannot be understood.
    #[error("centre's answer cannot be understood: {what}")]
    Garbage {
        /// What was wrong with it.
        what: &'static str,
    },
    /// Our certificate or the centre's was refused, or the files are unusable.
    #[error("identity refused")]
    Identity {
        /// What the TLS layer said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The centre refused the request and said why.
    #[error("centre refused: {code:?} (HTTP {status})")]
    Refused {
        /// The centre's code.
        code: ErrorCode,
        /// HTTP status.
        status: u16,
        /// How long the centre asks us to wait.
        retry_after: Option<Duration>,
    },
}

impl CentreError {
    pub(crate) fn identity(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Identity { source: Box::new(source) }
    }

    /// Sorts a failed exchange.
    pub(crate) fn from_transport(source: reqwest::Error) -> Self {
        // The URL holds case ids at most, but logs need none of it.
        let source = source.without_url();
        if is_identity(&source) {
            Self::identity(source)
        } else if source.is_timeout() && !source.is_connect() {
            Self::Timeout { source: Some(source) }
        } else if source.is_decode() || source.is_builder() {
            Self::Garbage { what: "body or header" }
        } else {
            Self::Unreachable { source: Some(source) }
        }
    }

    /// The stable code a person meets.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unreachable { .. } => ErrorCode::NetworkDown,
            Self::Timeout { .. } => ErrorCode::NetworkTimeout,
            Self::Garbage { .. } => ErrorCode::NetworkGarbage,
            Self::Identity { .. } => ErrorCode::NetworkIdentity,
            Self::Portal => ErrorCode::NetworkPortal,
            Self::Refused { code, .. } => *code,
        }
    }

    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Garbage { .. } | Self::Portal => true,
            Self::Identity { .. } => false,
            Self::Refused { status, .. } => *status >= 500 || matches!(*status, 408 | 429),
        }
    }

    /// Whether the centre itself answered, so that the link is up.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Garbage { .. } => true,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Identity { .. } | Self::Portal => false,
        }
    }

    /// How long the centre asked us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Whether the far end showed a certificate no authority of ours signed. Once a station is enrolled that
/// is not a wrong file but somebody else's answer: over TLS a portal cannot speak for the centre.
pub(super) fn is_stranger(error: &reqwest::Error) -> bool {
    tls_error(error, |error| {
        use rustls::CertificateError as Why;
        matches!(error, rustls::Error::InvalidCertificate(Why::UnknownIssuer | Why::BadSignature))
    })
}

/// Whether TLS failed over a certificate, on either side. In TLS 1.3 the server's refusal of
/// ours arrives as an alert on the first read.
fn is_identity(error: &reqwest::Error) -> bool {
    tls_error(error, about_certificates)
}

/// Looks through the whole chain of causes for an error of TLS.
fn tls_error(error: &reqwest::Error, wanted: impl Fn(&rustls::Error) -> bool) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<rustls::Error>().is_some_and(&wanted) {
            return true;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inner {
            // `io::Error::source` passes over what it wraps and goes to that one's cause.
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

fn about_certificates(error: &rustls::Error) -> bool {
    use rustls::AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::InvalidCertRevocationList(_)
        | rustls::Error::NoCertificatesPresented => true,
        rustls::Error::AlertReceived(alert) => matches!(
            alert,
            Alert::NoCertificate
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::CertificateRequired
                | Alert::UnknownCA
                | Alert::DecryptError
                | Alert::AccessDenied
        ),
        _ => false,
    }
}
