//! The peers: real servers from their packages, plain HTTP, with their own defaults.

mod kinto;
mod pocketbase;
mod pouchdb;

use super::{Run, lines, streams};
use anyhow::{Context as _, Result, bail, ensure};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn target(part: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")).join(part)
}

/// A server to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Go, SQLite.
    PocketBase,
    /// Python, records in memory, files on disk.
    Kinto,
    /// Node.js, LevelDB.
    PouchDb,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PocketBase, Self::Kinto, Self::PouchDb];

    /// As it stands in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PocketBase => "PocketBase 0.40.6",
            Self::Kinto => "Kinto 26.5.0 (records in memory)",
            Self::PouchDb => "pouchdb-server 4.2.0",
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::PocketBase => "load/pocketbase",
            Self::Kinto => "load/kinto",
            Self::PouchDb => "load/pouchdb",
        }
    }

    async fn set_up(self, process: &Process) -> Result<String> {
        match self {
            Self::PocketBase => pocketbase::set_up(process).await,
            Self::Kinto => kinto::set_up(process).await,
            Self::PouchDb => pouchdb::set_up(process).await,
        }
    }

    async fn send(self, process: &Process, file_bytes: usize, which: usize) -> Result<()> {
        let files: Vec<Vec<u8>> = (0..3).map(|file| noise(file_bytes, (which * 3 + file) as u64 + 1)).collect();
        match self {
            Self::PocketBase => pocketbase::send(process, &files, which).await,
            Self::Kinto => kinto::send(process, &files, which).await,
            Self::PouchDb => pouchdb::send(process, &files, which).await,
        }
    }
}

/// Bytes that do not compress to nothing, the same for the same seed.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    (0..len as u64).map(|at| ((at * 2_654_435_761 + seed * 40_503) >> 7) as u8).collect()
}

/// An answer that is no success is an error with its words.
async fn taken(answer: reqwest::Response) -> Result<()> {
    let status = answer.status();
    let text = answer.text().await?;
    if status.is_success() { Ok(()) } else { bail!("{status}: {}", text.chars().take(200).collect::<String>()) }
}

/// A running peer; ended when dropped.
pub struct Process {
    peer: Peer,
    child: Child,
    pid: u32,
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-9", &self.pid.to_string()]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(peer: Peer, wrapper: &[&str]) -> Result<Self> {
        let data = target(peer.folder());
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let words = match peer {
            Peer::PocketBase => pocketbase::command(&data, port)?,
            Peer::Kinto => kinto::command(&data, port)?,
            Peer::PouchDb => pouchdb::command(&data, port)?,
        };
        let words: Vec<String> = wrapper.iter().map(|word| (*word).to_owned()).chain(words).collect();
        let child = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://127.0.0.1:{port}");
        let mut process = Self { peer, pid: child.id(), child, client, base, token: String::new() };
        process.token = tokio::runtime::Runtime::new()?.block_on(process.ready())?;
        if !wrapper.is_empty() {
            let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", process.child.id()))?;
            process.pid = children.split_whitespace().next().context("child")?.parse()?;
        }
        // Connections belong to the runtime they were made on.
        process.client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(8).build()?;
        Ok(process)
    }

    /// Answers, and has a place for cases.
    async fn ready(&self) -> Result<String> {
        let begun = Instant::now();
        while self.client.get(format!("{}/", self.base)).send().await.is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(60), "{} does not answer", self.peer.name());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.peer.set_up(self).await
    }

    fn peak_mib(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = text.lines().find(|line| line.starts_with("VmHWM:")).context("VmHWM")?;
        Ok(line.split_whitespace().nth(1).context("value")?.parse::<f64>()? / 1024.0)
    }

    fn cpu_ms(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) * 10.0)
    }
}

/// The same amount as ours, at one and at four streams.
pub fn measure(peer: Peer, cases: usize, file_bytes: usize) -> Result<Run> {
    let process = Arc::new(Process::start(peer, &[])?);
    let before = process.cpu_ms()?;
    let send =
        move |process: Arc<Process>, which: usize| async move { process.peer.send(&process, file_bytes, which).await };
    let one = streams(std::slice::from_ref(&process), cases, send)?;
    let four = streams(&vec![process.clone(); 4], cases / 4, send)?;
    Ok(Run { one, four, peak_mib: process.peak_mib()?, cpu_ms: (process.cpu_ms()? - before) / (2 * cases) as f64 })
}

/// fsyncs of one case.
pub fn fsyncs(peer: Peer, cases: usize, file_bytes: usize) -> Result<f64> {
    let trace = target("load/peer-fsyncs");
    let to = trace.to_string_lossy().into_owned();
    let process = Arc::new(Process::start(peer, &["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", &to])?);
    let before = lines(&trace)?;
    streams(std::slice::from_ref(&process), cases, move |process: Arc<Process>, which| async move {
        process.peer.send(&process, file_bytes, which).await
    })?;
    Ok((lines(&trace)? - before) as f64 / cases as f64)
}
