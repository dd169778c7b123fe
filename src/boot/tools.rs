//! The store as the command line's tools open it: without windows, devices or sync.

use super::{Identity, client_config, station_keys};
use crate::config::Config;
use anyhow::{Context, Result};
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
    pub(crate) fn inspect(&self) -> Result<CheckReport, StoreError> {
        self.with(Store::inspect)
    }

    /// Mends what follows from sound evidence.
    pub(crate) fn mend(&self) -> Result<RepairReport, StoreError> {
        self.with(Store::mend)
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
