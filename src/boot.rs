//! Composition: the only place that names concrete stores, hubs, engines and keys.

#[cfg(feature = "embedded")]
mod embedded;
mod identity;
mod protection;
mod tools;

use crate::config::{Config, DeviceSection, Face};
use crate::service::{
    Cases, Catalogue, Centre, Devices, Handover, HelpLine, Making, Matcher, Papers, QueueLine, SelfTests, Services,
    Situations, Speech, Upkeep,
};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
#[cfg(feature = "demo")]
use tokio::sync::watch;
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_domain::ids::{HallId, StationId};
use tongban_hub::{Binding, Hub, HubConfig};
use tongban_licence::{Fonts, Press, Templates};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};
use tongban_store::{StationKeys, Store, StoreConfig};
use tongban_sync::{
    Bandwidth, CentreClient, ClientConfig, IdentityKeeper, NotBefore, SyncConfig, SyncEngine, SyncHandle,
};
use tongban_ui::keyboard::pinyin::Pinyin;

#[cfg(feature = "embedded")]
pub use embedded::embed;
pub use identity::{Identity, Keeper, enrol};
pub(crate) use tools::Tools;

/// Everything the interface needs, and what must outlive it.
pub struct Booted {
    /// Handles for the screens.
    pub services: Services,
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The simulator panel's network switch.
    #[cfg(feature = "demo")]
    pub network_gate: watch::Sender<bool>,
    runtime: tokio::runtime::Runtime,
}

impl Booted {
    /// The runtime the engines live on.
    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }
}

/// Only a kiosk speaks: at a window somebody else does.
fn speech(config: &Config) -> Speech {
    match config.identity.face {
        Face::Kiosk => Speech::start(&config.speech.program, &config.speech.voice),
        Face::Window | Face::Certificate | Face::Technician => Speech::none(),
    }
}

/// Builds everything for one station.
///
/// # Errors
/// What is missing and how to cure it; nothing is left half started.
pub fn boot(config: Config) -> Result<Booted> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _inside = runtime.enter();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let rng: Arc<dyn Rng> = Arc::new(SystemRng);
    let state = config.paths.state.clone();
    let identity = Identity::load(&state)?;
    let (keys, protection) = station_keys(&state, identity.as_ref(), rng.as_ref())?;
    let identity = identity.map(|identity| identity.sealed(&state, &keys)).transpose()?;
    let keeper = identity.clone().map(|identity| Keeper::new(state.clone(), keys.clone(), identity));
    let client_identity = identity.as_ref().map(|identity| client_config(&config, identity, &keys)).transpose()?;
    let signing = keys.signing.clone();
    let store = Arc::new(store(&config, keys, &clock, &ids, &rng)?);
    let hub = hub(&config, &store)?;
    let line = client_identity.map(|line| Line::open(&config, line, keeper, &store, &clock)).transpose()?;
    let catalogue = Catalogue::load(&config.paths.assets.join("catalogue"));
    for (_, _, json) in store.items()? {
        drop(catalogue.publish(&json));
    }
    let (papers, pinyin) = (papers(&config)?, pinyin(&config));
    let (cases, devices) = (Cases::new(store), Devices::new(hub));
    #[cfg(feature = "demo")]
    let network_gate = line.as_ref().map_or_else(|| watch::channel(true).0, |line| line.gate.clone());
    let (client, sync) = line.map(|line| (line.client, line.sync)).unzip();
    let (help, handover) = (HelpLine::new(client.clone()), Handover::new(cases.clone(), client.clone()));
    let queue = QueueLine::new(client.clone());
    let self_tests = SelfTests::new(config.identity.station.as_str().into(), signing, client.clone());
    let situations = Situations::load(&config.paths.assets.join("situations").join("situations.json"), &catalogue);
    let centre = Centre::new(client, sync, Duration::from_secs(config.centre.share_timeout_s));
    let making = Making::new(
        cases.clone(),
        centre.clone(),
        devices.clone(),
        papers.clone(),
        catalogue.clone(),
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let speech = speech(&config);
    let upkeep = Upkeep::new(cases.clone(), centre.clone(), state, protection);
    let matcher = Matcher::new(devices.clone());
    let services = Services {
        cases,
        devices,
        centre,
        handover,
        help,
        queue,
        self_tests,
        situations,
        speech,
        catalogue,
        papers,
        making,
        matcher,
        upkeep,
        pinyin,
        clock,
        ids,
        by_itself: Arc::new(AtomicBool::new(true)),
    };
    Ok(Booted {
        services,
        config: Arc::new(config),
        #[cfg(feature = "demo")]
        network_gate,
        runtime,
    })
}

fn store(
    config: &Config,
    keys: StationKeys,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn Ids>,
    rng: &Arc<dyn Rng>,
) -> Result<Store> {
    let (station, hall) = (config.identity.station.clone(), config.identity.hall.clone());
    let place = StoreConfig::new(config.paths.state.join("store"), StationId(station), HallId(hall));
    Store::create_or_open(place, keys, Arc::clone(clock), Arc::clone(ids), Arc::clone(rng))
        .context("opening the station store")
}

/// What goes over the line to the centre, once the station is enrolled.
struct Line {
    client: CentreClient,
    sync: SyncHandle,
    #[cfg(feature = "demo")]
    gate: watch::Sender<bool>,
}

impl Line {
    fn open(
        config: &Config,
        line: ClientConfig,
        keeper: Option<Keeper>,
        store: &Arc<Store>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let passed = NotBefore { clock: Arc::clone(clock), floor: store.passed_for_certain()? };
        let client = CentreClient::new(&ClientConfig { clock: Some(Arc::new(passed)), ..line })?;
        // A cable that was pulled stays out through a power cut.
        #[cfg(feature = "demo")]
        let (gate, network) = watch::channel(std::env::var_os("TONGBAN_DOCK_UNPLUGGED").is_none());
        #[cfg(feature = "demo")]
        let client = client.with_gate(network);
        let identity = keeper.map(|keeper| Arc::new(keeper) as Arc<dyn IdentityKeeper>);
        let sync_config = SyncConfig { identity, bandwidth: bandwidth(config)?, ..SyncConfig::default() };
        let sync = SyncEngine::start(Arc::clone(store), client.clone(), sync_config);
        Ok(Self {
            client,
            sync,
            #[cfg(feature = "demo")]
            gate,
        })
    }
}

fn papers(config: &Config) -> Result<Papers> {
    let fonts = Fonts::load(&config.paths.assets.join("fonts")).context("loading fonts for papers")?;
    let templates = Templates::load(&config.paths.assets.join("licences")).context("loading licence layouts")?;
    Ok(Papers::new(Press::new(fonts, templates)))
}

fn pinyin(config: &Config) -> Option<Arc<Pinyin>> {
    match Pinyin::load(&config.paths.assets.join("pinyin")) {
        Ok(pinyin) => Some(Arc::new(pinyin)),
        Err(error) => {
            tracing::error!(%error, "no pinyin dictionary: the keyboard has letters only");
            None
        }
    }
}

pub(crate) fn station_keys(
    state: &Path,
    identity: Option<&Identity>,
    rng: &dyn Rng,
) -> Result<(StationKeys, &'static str)> {
    let protection = protection::of(&state.join("keys"))?;
    let keys =
        StationKeys::create_or_load(&state.join("keys"), &protection, rng).context("loading the station's keys")?;
    tracing::info!(protection = protection.name(), "station keys ready");
    let keys = match identity {
        Some(identity) => keys.enrolled(&identity.centre_signing_key_hex, &identity.centre_wrapping_key_hex)?,
        None => keys,
    };
    Ok((keys, protection.name()))
}

fn bandwidth(config: &Config) -> Result<Bandwidth> {
    match config.centre.upload_kib_per_s.as_slice() {
        [] => Ok(Bandwidth::default()),
        [all_day] => Ok(Bandwidth::all_day(*all_day)),
        hours => match <[u32; 24]>::try_from(hours) {
            Ok(kib_per_s) => Ok(Bandwidth { kib_per_s }),
            Err(_) => bail!("K102 centre.upload_kib_per_s: none, one or 24 numbers"),
        },
    }
}

fn client_config(config: &Config, identity: &Identity, keys: &StationKeys) -> Result<ClientConfig> {
    Ok(ClientConfig {
        station_url: if config.centre.station_url.is_empty() {
            identity.station_url.clone()
        } else {
            config.centre.station_url.clone()
        },
        ca_pem: identity.ca_pem.clone(),
        identity_pem: identity.client_pem(keys)?,
        connect_timeout: Duration::from_secs(3),
        request_timeout: Duration::from_secs(config.centre.request_timeout_s),
        clock: None,
    })
}

fn hub(config: &Config, store: &Store) -> Result<Hub> {
    let bound = store.bindings()?;
    let workers = worker_directory(config)?;
    let bindings = config
        .devices
        .iter()
        .map(|(role, device)| binding(role, device, bound.get(role)))
        .collect::<Result<Vec<_>>>()?;
    let hub_config = HubConfig {
        worker: workers.join("tongban-worker"),
        vision: workers.join("tongban-vision"),
        bindings,
        // Where the camera's worker finds the networks, unless the device's options say otherwise.
        spawn_env: vec![("TONGBAN_MODELS".to_owned(), models(config)?)],
    };
    for program in [&hub_config.worker, &hub_config.vision] {
        if !program.exists() {
            bail!("K104 {} is missing; install the package again or set paths.workers", program.display());
        }
    }
    Hub::start(hub_config).context("starting the device hub")
}

pub(crate) fn binding(role: &str, device: &DeviceSection, bound: Option<&String>) -> Result<Binding> {
    let kind = match role {
        "reader" => DeviceKind::IdCardReader,
        "face" => DeviceKind::FaceCamera,
        "document" => DeviceKind::DocumentCamera,
        "finger" => DeviceKind::FingerprintScanner,
        "printer" | "slip" => DeviceKind::DocumentPrinter,
        "certificate-printer" => DeviceKind::CertificatePrinter,
        "codes" => DeviceKind::CodeScanner,
        "smart-card" => DeviceKind::SmartCardReader,
        "pad" => DeviceKind::SignaturePad,
        "call-display" => DeviceKind::CallDisplay,
        "power" => DeviceKind::PowerSupply,
        other => bail!("K102 devices.{other}: unknown role"),
    };
    let setup = Setup {
        kind,
        driver: device.driver.clone(),
        port: bound.cloned().unwrap_or_else(|| device.port.clone()),
        options: device.options.clone(),
    };
    Ok(Binding { role: role.to_owned(), setup, required: device.required })
}

/// The folder of networks, absolute: the worker opens nothing else once it is locked in.
fn models(config: &Config) -> Result<String> {
    let folder = std::path::absolute(config.paths.assets.join("models")).context("the folder of networks")?;
    Ok(folder.display().to_string())
}

/// Workers stand beside this program unless configured.
pub(crate) fn worker_directory(config: &Config) -> Result<PathBuf> {
    if !config.paths.workers.as_os_str().is_empty() {
        return Ok(config.paths.workers.clone());
    }
    let program = std::env::current_exe().context("finding this program")?;
    Ok(program.parent().map(Path::to_owned).unwrap_or_default())
}

/// Looks of a face: kiosks are portrait and touched, the rest are desks.
#[must_use]
pub fn profile(face: Face) -> tongban_ui::Profile {
    match face {
        Face::Kiosk => tongban_ui::Profile::Kiosk,
        Face::Window => tongban_ui::Profile::Window,
        Face::Certificate => tongban_ui::Profile::Certificate,
        Face::Technician => tongban_ui::Profile::Technician,
    }
}
