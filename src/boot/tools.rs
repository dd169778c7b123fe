//! The store as the command line's tools open it: without windows, devices or sync.

use super::{Identity, client_config, station_keys};
use crate::config::Config;
use anyhow::{Context, Result, bail};
use std::sync::Arc;
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_domain::ids::{HallId, StationId};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};
use tongban_store::{CheckReport, RepairReport, StationKeys, Store, StoreConfig, StoreError};
use tongban_sync::CentreClient;

/// What the tools work with.
pub(crate) struct Tools {
    store: StoreConfig,
    keys: StationKeys,
    client: Option<CentreClient>,
}

impl Tools {
    /// For the station of this configuration.
    ///
    /// # Errors
    /// When the keys do not open.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let state = config.paths.state.clone();
        let identity = Identity::load(&state)?;
        let (keys, _) = station_keys(&state, identity.as_ref(), &SystemRng)?;
        let client = identity
            .map(|identity| CentreClient::new(&client_config(config, &identity, &keys)?).context("the centre's client"))
            .transpose()?;
        let (station, hall) = (StationId(config.identity.station.clone()), HallId(config.identity.hall.clone()));
        Ok(Self { store: StoreConfig::new(state.join("store"), station, hall), keys, client })
    }

    /// Opens the store as the terminal does.
    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        self.with(Store::create_or_open)
    }

    /// Looks the store over without working with it.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened at all.
    pub(crate) fn inspect(&self) -> Result<CheckReport> {
        self.must_be_there()?;
        self.with(Store::inspect).context("opening the station store")
    }

    /// Mends what follows from sound evidence.
    ///
    /// # Errors
    /// When there is no store; else as [`Store::mend`], the store's own error within.
    pub(crate) fn mend(&self) -> Result<Result<RepairReport, StoreError>> {
        self.must_be_there()?;
        Ok(self.with(Store::mend))
    }

    fn must_be_there(&self) -> Result<()> {
        if self.store.dir.join("station.db").exists() {
            return Ok(());
        }
        bail!("K101 there is no store at {}", self.store.dir.display())
    }

    /// Calls to the centre; `None` before enrolment.
    pub(crate) const fn client(&self) -> Option<&CentreClient> {
        self.client.as_ref()
    }

    /// The station's keys.
    pub(crate) const fn keys(&self) -> &StationKeys {
        &self.keys
    }

    fn with<T>(
        &self,
        call: impl FnOnce(StoreConfig, StationKeys, Arc<dyn Clock>, Arc<dyn Ids>, Arc<dyn Rng>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        call(self.store.clone(), self.keys.clone(), Arc::new(SystemClock), Arc::new(SystemIds), Arc::new(SystemRng))
    }
}
