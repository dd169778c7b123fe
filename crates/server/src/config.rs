//! What a server is started with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tongban_centre::{CentreError, Departments, StorageConfig};
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};

/// Everything a server needs.
#[derive(Clone)]
pub struct ServerConfig {
    /// Uploads in progress and whatever `storage` does not put elsewhere; created when missing.
    pub data_dir: PathBuf,
    /// Engines: SQLite and files in the data directory, or PostgreSQL and S3.
    pub storage: StorageConfig,
    /// `catalogue/`, `calendar/`, `fonts/`.
    pub assets_dir: PathBuf,
    /// Station listener (mutual TLS always); port 0 picks one.
    pub station_bind: SocketAddr,
    /// Staff pages and enrolment.
    pub staff_bind: SocketAddr,
    /// Citizen pages.
    pub public_bind: SocketAddr,
    /// DNS names and addresses in the listeners' certificate.
    pub names: Vec<String>,
    /// Base of the citizen pages as people reach them; `None`: the bound address.
    pub public_base_url: Option<String>,
    /// Base of the station listener as stations reach it; `None`: the first name and the bound port.
    pub station_url: Option<String>,
    /// Staff pages over TLS; without it only a loopback address is served.
    pub staff_tls: bool,
    /// Citizen pages over TLS; without it only a loopback address is served.
    pub public_tls: bool,
    /// Whoever has no second factor yet is led to set one up before anything else.
    pub second_factor: bool,
    /// Papers and pages carry a demo mark.
    pub demo: bool,
    /// Other departments.
    pub departments: Option<Arc<dyn Departments>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn Ids>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
}

impl std::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerConfig")
            .field("data_dir", &self.data_dir)
            .field("station_bind", &self.station_bind)
            .field("staff_bind", &self.staff_bind)
            .field("public_bind", &self.public_bind)
            .finish_non_exhaustive()
    }
}

impl ServerConfig {
    /// All listeners on loopback with ports picked by the system, the machine's clock and randomness.
    #[must_use]
    pub fn local(data_dir: impl Into<PathBuf>, assets_dir: impl Into<PathBuf>) -> Self {
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            data_dir: data_dir.into(),
            storage: StorageConfig::default(),
            assets_dir: assets_dir.into(),
            station_bind: any,
            staff_bind: any,
            public_bind: any,
            names: vec!["localhost".into(), "127.0.0.1".into()],
            public_base_url: None,
            station_url: None,
            staff_tls: false,
            public_tls: false,
            second_factor: false,
            demo: false,
            departments: None,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            rng: Arc::new(SystemRng),
        }
    }

    /// Refuses what must not be served.
    pub(crate) fn check(&self) -> Result<(), LaunchError> {
        for (bind, tls, which) in
            [(self.staff_bind, self.staff_tls, "staff"), (self.public_bind, self.public_tls, "public")]
        {
            if !tls && !bind.ip().is_loopback() {
                return Err(LaunchError::PlainHttp { which });
            }
        }
        if self.names.is_empty() {
            return Err(LaunchError::Names);
        }
        Ok(())
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// Plain HTTP beyond this machine.
    #[error("{which} pages on a non-loopback address need TLS")]
    PlainHttp {
        /// Which listener.
        which: &'static str,
    },
    /// No name for the certificate.
    #[error("no name for the listeners' certificate")]
    Names,
    /// An address could not be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The centre did not open.
    #[error("centre does not open")]
    Centre(#[from] CentreError),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// The runtime could not be made.
    #[error("runtime")]
    Runtime(#[source] std::io::Error),
}
