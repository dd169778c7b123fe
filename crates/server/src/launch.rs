//! Starting and stopping a server.

use crate::config::{LaunchError, ServerConfig};
use crate::listen::{Door, serve};
use crate::routes::{Listener, router};
use crate::state::AppState;
use crate::tls::{self, StationTls};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tongban_centre::{Centre, CentreConfig};

/// A running server. Dropping it stops the listeners.
pub struct ServerHandle {
    /// Station listener.
    pub station_addr: SocketAddr,
    /// Staff listener.
    pub staff_addr: SocketAddr,
    /// Citizen listener.
    pub public_addr: SocketAddr,
    /// PEM of the authority stations trust.
    pub ca_pem: String,
    centre: Arc<Centre>,
    stop: watch::Sender<bool>,
    done: watch::Receiver<bool>,
}

impl std::fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerHandle")
            .field("station_addr", &self.station_addr)
            .field("staff_addr", &self.staff_addr)
            .field("public_addr", &self.public_addr)
            .finish_non_exhaustive()
    }
}

impl ServerHandle {
    /// The centre behind the listeners.
    #[must_use]
    pub fn centre(&self) -> &Arc<Centre> {
        &self.centre
    }

    /// Tells the listeners to stop and drops open connections. Nothing acknowledged is lost by it.
    pub fn shutdown(&self) {
        let _ = self.stop.send(true);
    }

    /// Waits until the listeners have stopped.
    pub async fn stopped(&self) {
        let mut done = self.done.clone();
        let _ = done.wait_for(|done| *done).await;
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.shutdown();
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LaunchError> {
    let fail = |source| LaunchError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let bound = listener.local_addr().map_err(fail)?;
    Ok((listener, bound))
}

/// Opens the centre and starts the three listeners, inside a tokio runtime.
///
/// # Errors
/// [`LaunchError`].
pub async fn launch(config: ServerConfig) -> Result<ServerHandle, LaunchError> {
    config.check()?;
    let (station_listener, station_addr) = bind(config.station_bind).await?;
    let (staff_listener, staff_addr) = bind(config.staff_bind).await?;
    let (public_listener, public_addr) = bind(config.public_bind).await?;
    let scheme = if config.public_tls { "https" } else { "http" };
    let public_base_url = config.public_base_url.clone().unwrap_or_else(|| format!("{scheme}://{public_addr}"));
    let name = config.names.first().cloned().ok_or(LaunchError::Names)?;
    let station_url = config.station_url.clone().unwrap_or_else(|| format!("https://{name}:{}", station_addr.port()));
    let centre_config = CentreConfig {
        data_dir: config.data_dir.clone(),
        storage: config.storage.clone(),
        assets_dir: config.assets_dir.clone(),
        public_base_url,
        station_url,
        demo: config.demo,
        clock: config.clock.clone(),
        ids: config.ids.clone(),
        rng: config.rng.clone(),
        departments: config.departments.clone(),
    };
    let opened = tokio::task::spawn_blocking(move || Centre::open(centre_config)).await;
    let centre = Arc::new(opened.map_err(|error| LaunchError::Tls(error.to_string()))??);
    let door = |tls: bool| -> Result<Door, LaunchError> {
        if !tls {
            return Ok(Door::Plain);
        }
        Ok(Door::Tls(tls::pages(&centre.server_identity(&config.names)?)?))
    };
    let station_tls = StationTls::new(centre.clone(), centre.server_identity(&config.names)?)?;
    let state = AppState::new(centre.clone(), config.clock.clone(), config.rng.clone(), config.staff_tls, config.demo)
        .with_second_factor(config.second_factor);
    let (stop, stopping) = watch::channel(false);
    let (finished, done) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(
        station_listener,
        Door::Stations(station_tls),
        router(&state, Listener::Station),
        stopping.clone(),
    ));
    tasks.spawn(serve(staff_listener, door(config.staff_tls)?, router(&state, Listener::Staff), stopping.clone()));
    tasks.spawn(serve(public_listener, door(config.public_tls)?, router(&state, Listener::Public), stopping));
    tokio::spawn(async move {
        while tasks.join_next().await.is_some() {}
        let _ = finished.send(true);
    });
    crate::upkeep::start(&centre);
    let ca_pem = centre.ca_pem().to_owned();
    Ok(ServerHandle { station_addr, staff_addr, public_addr, ca_pem, centre, stop, done })
}

/// As [`launch`], on a thread and runtime of its own: for programs without one.
///
/// # Errors
/// [`LaunchError`].
pub fn launch_thread(config: ServerConfig) -> Result<ServerHandle, LaunchError> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("tongban-server")
        .enable_all()
        .build()
        .map_err(LaunchError::Runtime)?;
    let body = move || {
        runtime.block_on(async move {
            let done = match launch(config).await {
                Ok(handle) => {
                    let done = handle.done.clone();
                    let _ = sender.send(Ok(handle));
                    done
                }
                Err(error) => {
                    let _ = sender.send(Err(error));
                    return;
                }
            };
            let mut done = done;
            let _ = done.wait_for(|done| *done).await;
        });
    };
    std::thread::Builder::new().name("tongban-server".into()).spawn(body).map_err(LaunchError::Runtime)?;
    receiver.recv().map_err(|_| LaunchError::Tls("server thread ended".into()))?
}
