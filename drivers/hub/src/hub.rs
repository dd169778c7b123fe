//! The hub's face to the terminal.

use crate::board::{Board, DeviceView};
use crate::cancel::CancelToken;
use crate::claim::{Claim, Role};
use crate::config::{Binding, HubConfig};
use crate::hotplug;
use crate::ports;
use crate::preview::{Frame, Wish};
use crate::spawn;
use crate::supervisor::{Order, Post, Supervisor};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::page::{PageReport, ReadTask};
use tongban_device::state::DeviceKind;

/// Hubs made in this process, so that their workers do not share folders.
static HUBS: AtomicU64 = AtomicU64::new(0);

struct Station {
    role: Arc<Role>,
    setup: Mutex<Setup>,
    folder: PathBuf,
    frames: watch::Sender<Option<Frame>>,
}

struct Inner {
    stations: HashMap<String, Station>,
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for station in self.stations.values() {
            let _ = station.role.orders.send(Order::Stop);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the hub's thread panicked");
        }
    }
}

/// 设备总管. Clones share the same devices; the last one dropped ends the workers.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hub({} devices)", self.0.stations.len())
    }
}

impl Hub {
    /// Starts one supervised worker per binding. Returns at once; devices come up behind it.
    ///
    /// # Errors
    /// When the hub's thread or runtime cannot be made.
    pub fn start(config: HubConfig) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let board = Arc::new(Board::new(&config.bindings));
        let mut stations = HashMap::new();
        let mut supervisors = Vec::new();
        spawn::sweep();
        let number = HUBS.fetch_add(1, Ordering::Relaxed);
        let (plugged, plugs) = watch::channel(0);
        for (index, Binding { role, setup, .. }) in config.bindings.into_iter().enumerate() {
            let (orders, received) = mpsc::unbounded_channel();
            let frames = watch::Sender::new(None);
            let camera = matches!(setup.kind, DeviceKind::DocumentCamera | DeviceKind::FaceCamera);
            let folder = spawn::path(number, index);
            let post = Post {
                index,
                program: if camera { config.vision.clone() } else { config.worker.clone() },
                env: config.spawn_env.clone(),
                folder: folder.clone(),
                setup: setup.clone(),
                board: Arc::clone(&board),
                frames: frames.clone(),
                plugs: plugs.clone(),
            };
            supervisors.push(Supervisor { post, orders: received });
            let station = Station {
                role: Arc::new(Role::new(index, Arc::clone(&board), orders)),
                setup: Mutex::new(setup),
                folder,
                frames,
            };
            stations.insert(role, station);
        }
        let thread = std::thread::Builder::new().name("hub".to_owned()).spawn(move || {
            runtime.block_on(async {
                drop(plugs);
                tokio::spawn(hotplug::tell(plugged));
                let tasks: Vec<_> = supervisors.into_iter().map(|one| tokio::spawn(one.run())).collect();
                for task in tasks {
                    if let Err(error) = task.await {
                        tracing::error!(%error, "a device supervisor panicked");
                    }
                }
            });
        })?;
        Ok(Self(Arc::new(Inner { stations, board, thread: Some(thread) })))
    }

    /// Every device as it stands, in the order of the bindings.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceView> {
        self.0.board.views()
    }

    /// Changes of [`Hub::devices`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<DeviceView>> {
        self.0.board.watch()
    }

    /// Takes a device for oneself until the claim is dropped.
    ///
    /// # Errors
    /// `Busy` while another claim is in force, `NoDevice` for a role without binding.
    pub fn claim(&self, role: &str, case: Option<String>) -> Result<Claim, DeviceFault> {
        self.station(role)?.role.claim(case, false)
    }

    /// Takes a device for maintenance: an applicant's claim is revoked and its call cancelled.
    ///
    /// # Errors
    /// `Busy` while another technician holds it, `NoDevice` for a role without binding.
    pub fn claim_for_maintenance(&self, role: &str) -> Result<Claim, DeviceFault> {
        self.station(role)?.role.claim(None, true)
    }

    /// Reads a page that was taken, in the worker of this camera and beside its pictures: the next page may be
    /// taken meanwhile. One page is read at a time.
    ///
    /// # Errors
    /// `Busy` while another page is read, `NoDevice` for a role without binding, `Timeout`, `Cancelled`, the
    /// worker's faults; a page that cannot be read is an answer, not an error.
    pub async fn read_page(
        &self,
        role: &str,
        task: ReadTask,
        deadline: Duration,
        cancel: CancelToken,
    ) -> Result<PageReport, DeviceFault> {
        let role = Arc::clone(&self.station(role)?.role);
        role.read_page(task, deadline, cancel).await
    }

    /// The case a device is held for, if any.
    #[must_use]
    pub fn held_for(&self, role: &str) -> Option<String> {
        self.0.stations.get(role).and_then(|station| station.role.held_for())
    }

    /// The live picture of a camera, at most `fps` pictures a second; `None` while there is
    /// none. The camera streams as long as a receiver lives.
    #[must_use]
    pub fn preview(&self, role: &str, fps: u8) -> watch::Receiver<Option<Frame>> {
        self.preview_as(role, Wish { fps, shown_within: None })
    }

    /// [`Hub::preview`] as it is wished for: a small picture in which nothing is looked for costs a fraction.
    /// Whoever asks last decides for all receivers.
    #[must_use]
    pub fn preview_as(&self, role: &str, wish: Wish) -> watch::Receiver<Option<Frame>> {
        let Ok(station) = self.station(role) else { return watch::Sender::new(None).subscribe() };
        // Subscribed first: the supervisor stops a picture without receivers.
        let receiver = station.frames.subscribe();
        let _ = station.role.orders.send(Order::Preview(wish));
        receiver
    }

    /// Lets the role be played by the device at another port; the caller persists it.
    ///
    /// # Errors
    /// `NoDevice` for a role without binding.
    pub fn rebind(&self, role: &str, port: &str) -> Result<(), DeviceFault> {
        let station = self.station(role)?;
        let mut setup = station.setup.lock().unwrap_or_else(PoisonError::into_inner);
        port.clone_into(&mut setup.port);
        let _ = station.role.orders.send(Order::Rebind(setup.clone()));
        Ok(())
    }

    /// Lets the role be played by another device altogether; the caller persists it.
    ///
    /// # Errors
    /// `NoDevice` for a role without binding, `Unsupported` when the kind would change.
    pub fn replace(&self, role: &str, setup: Setup) -> Result<(), DeviceFault> {
        let station = self.station(role)?;
        let mut current = station.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if current.kind != setup.kind {
            return Err(DeviceFault::Unsupported);
        }
        current.clone_from(&setup);
        let _ = station.role.orders.send(Order::Rebind(setup));
        Ok(())
    }

    /// Ports present now that could carry a device of this kind.
    #[must_use]
    pub fn candidates(&self, kind: DeviceKind) -> Vec<String> {
        ports::candidates(kind)
    }

    /// The folder the worker of a role works in; empty again with every new worker.
    ///
    /// # Errors
    /// `NoDevice` for a role without binding.
    pub fn folder(&self, role: &str) -> Result<PathBuf, DeviceFault> {
        Ok(self.station(role)?.folder.clone())
    }

    fn station(&self, role: &str) -> Result<&Station, DeviceFault> {
        self.0.stations.get(role).ok_or(DeviceFault::NoDevice)
    }
}
