//! A real server process on a fresh store, and what the system says of it.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tongban_centre::storage::objects::ObjectKey;
use tongban_centre::{Centre, CentreConfig, StorageConfig};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};

/// The HTTP clients ask for the process' provider of TLS.
pub fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Where a server's store lies.
pub struct Where {
    /// Data directory.
    pub dir: PathBuf,
    database: Option<String>,
    objects: Option<String>,
}

fn assets() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets"))
}

impl Where {
    /// An empty place under `target/load`.
    pub fn fresh(name: &str, database: Option<String>, objects: Option<String>) -> Result<Self> {
        let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/load")).join(name);
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir, database, objects })
    }

    /// The centre, in this process: for setting it up before the server starts.
    pub fn open(&self) -> Result<Centre> {
        let secret = |name: &str| std::env::var(name).unwrap_or_default();
        let storage = StorageConfig {
            database: self.database.clone(),
            objects: self.objects.clone(),
            objects_key: ObjectKey { id: secret("AWS_ACCESS_KEY_ID"), secret: secret("AWS_SECRET_ACCESS_KEY") },
            ..StorageConfig::default()
        };
        Ok(Centre::open(CentreConfig {
            data_dir: self.dir.join("data"),
            storage,
            assets_dir: assets(),
            public_base_url: String::new(),
            station_url: String::new(),
            demo: true,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            rng: Arc::new(SystemRng),
            departments: None,
        })?)
    }
}

/// A server process, ended when dropped.
pub struct Server {
    child: Child,
    pid: u32,
    /// Port of the station listener.
    pub station_port: u16,
    cpu_before: f64,
}

impl Server {
    /// Starts it, under the words of `wrapper` when there are any.
    pub fn start(program: &Path, place: &Where, wrapper: &[&str]) -> Result<Self> {
        let ports = place.dir.join("ports.json");
        let _ = std::fs::remove_file(&ports);
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["run", "--demo", "--die-with-parent", "--data"]).arg(place.dir.join("data"));
        command.arg("--assets").arg(assets()).arg("--ports-file").arg(&ports);
        for (flag, value) in [("--database", &place.database), ("--objects", &place.objects)] {
            if let Some(value) = value {
                command.args([flag, value]);
            }
        }
        let log = std::fs::File::create(place.dir.join("server.log"))?;
        let child = command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let begun = Instant::now();
        while !ports.exists() {
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("no ports file; see {}", place.dir.join("server.log").display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&ports)?)?;
        let port = told["station"].as_str().and_then(|text| text.rsplit(':').next()).context("station port")?;
        let pid = told_pid(&child, program)?;
        let mut server = Self { child, pid, station_port: port.parse()?, cpu_before: 0.0 };
        server.cpu_before = server.cpu_total()?;
        Ok(server)
    }

    fn status(&self, key: &str) -> Result<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = text.lines().find(|line| line.starts_with(key)).context("status line")?;
        Ok(line.split_whitespace().nth(1).context("value")?.parse()?)
    }

    /// Largest resident size so far.
    pub fn peak_mib(&self) -> Result<f64> {
        Ok(self.status("VmHWM:")? as f64 / 1024.0)
    }

    fn cpu_total(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks * 10.0)
    }

    /// CPU time since it was ready, milliseconds; the system counts in steps of ten.
    pub fn cpu_ms(&self) -> Result<f64> {
        Ok(self.cpu_total()? - self.cpu_before)
    }

    /// Asks it to end and waits.
    pub fn stop(mut self) -> Result<()> {
        signal(self.pid, rustix::process::Signal::TERM);
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(self.pid, rustix::process::Signal::KILL);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The server's own process id, which under a wrapper is its child's.
fn told_pid(child: &Child, program: &Path) -> Result<u32> {
    let own = child.id();
    let name = |pid: u32| std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    let wanted = std::fs::canonicalize(program)?;
    if name(own) == wanted {
        return Ok(own);
    }
    let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
    let found = children.split_whitespace().filter_map(|pid| pid.parse().ok()).find(|pid| name(*pid) == wanted);
    found.context("the server under its wrapper")
}
