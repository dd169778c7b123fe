//! `xtask load`: a city's stations against a real server process, over mutual TLS.
//!
//! Everything a station does before sending (sealing, signing, wrapping keys) is done first,
//! so that the clock sees the server and the wire.

pub mod hall;
pub mod server;
pub mod stations;

use crate::bench::{Row, finish};
use anyhow::{Result, bail};
use server::{Server, Where};
use stations::{Sender, prepare};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many, how fast, how long, against what.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Stations enrolled and connected.
    #[arg(long, default_value_t = 500)]
    stations: usize,
    /// Submissions a second over all stations.
    #[arg(long, default_value_t = 50)]
    rate: usize,
    /// Seconds of them.
    #[arg(long, default_value_t = 30)]
    seconds: usize,
    /// The server program.
    #[arg(long, default_value = "target/release/tongban-server")]
    program: PathBuf,
    /// postgres://… instead of SQLite; an empty database.
    #[arg(long)]
    database: Option<String>,
    /// s3://… instead of files, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set.
    #[arg(long)]
    objects: Option<String>,
}

/// What one phase measured.
struct Phase {
    latencies: Vec<f64>,
    errors: usize,
    seconds: f64,
}

impl Phase {
    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// Runs the storm and the steady load.
pub fn run(options: &Options) -> Result<()> {
    if !options.program.exists() {
        bail!("{} is missing: cargo build --release -p tongban-server", options.program.display());
    }
    server::use_ring();
    let place = Where::fresh("load", options.database.clone(), options.objects.clone())?;
    let each = (options.rate * options.seconds).div_ceil(options.stations);
    println!("enrolling {} stations, sealing {} submissions", options.stations, each * options.stations);
    let senders = prepare(&place, options.stations, each)?;
    let bytes: usize = senders.iter().flat_map(|sender| &sender.bundles).map(|(_, bytes)| bytes.len()).sum();
    let per_case = bytes as f64 / (each * options.stations) as f64;
    let server = Server::start(&options.program, &place, &[])?;
    let runtime = tokio::runtime::Runtime::new()?;
    let senders: Vec<Arc<Sender>> = senders.into_iter().map(Arc::new).collect();
    let storm = runtime.block_on(storm(&senders, server.station_port))?;
    let steady = runtime.block_on(steady(&senders, server.station_port, options))?;
    let rows = [
        Row::new("stations", options.stations as f64, "stations"),
        Row::new("reconnect storm: all answered", storm.seconds, "s").at_most(30.0),
        Row::new("reconnect storm: errors", storm.errors as f64, "errors").at_most(0.0),
        Row::new("reconnect storm: slowest", storm.quantile(1.0), "ms"),
        Row::new("submission size", per_case / 1024.0, "KiB"),
        Row::new("submissions sent", steady.latencies.len() as f64, "cases"),
        Row::new("rate reached", steady.latencies.len() as f64 / steady.seconds, "cases/s"),
        Row::new("p50", steady.quantile(0.50), "ms"),
        Row::new("p99", steady.quantile(0.99), "ms").at_most(1000.0),
        Row::new("slowest", steady.quantile(1.0), "ms"),
        Row::new("errors", steady.errors as f64, "errors").at_most(0.0),
        Row::new("server peak RSS", server.peak_mib()?, "MiB").at_most(40.0),
        Row::new("server CPU per submission", server.cpu_ms()? / steady.latencies.len().max(1) as f64, "ms"),
        Row::new("load of the machine", load()?, "processes"),
    ];
    server.stop()?;
    finish("load", &rows)
}

/// Runnable processes over the last minute.
pub fn load() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().next().unwrap_or("0").parse()?)
}

/// Everybody connects at the same moment, with a full mutual handshake.
async fn storm(senders: &[Arc<Sender>], port: u16) -> Result<Phase> {
    let begun = Instant::now();
    let tasks: Vec<_> = senders
        .iter()
        .map(|sender| {
            let sender = sender.clone();
            tokio::spawn(async move {
                let asked = Instant::now();
                sender.time(port).await.map(|()| asked.elapsed())
            })
        })
        .collect();
    collect(tasks, begun).await
}

/// Submissions leave at their times whether or not earlier ones are answered.
async fn steady(senders: &[Arc<Sender>], port: u16, options: &Options) -> Result<Phase> {
    let begun = Instant::now();
    let gap = Duration::from_secs_f64(1.0 / options.rate as f64);
    let late = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for number in 0..options.rate * options.seconds {
        let due = begun + gap * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let sender = senders[number % senders.len()].clone();
        let (which, late) = (number / senders.len(), late.clone());
        tasks.push(tokio::spawn(async move {
            // From when it was due: a queue at the sender counts against the server too.
            let sent = sender.send(port, which).await;
            if due.elapsed() > Duration::from_secs(1) {
                late.fetch_add(1, Ordering::Relaxed);
            }
            sent.map(|()| due.elapsed())
        }));
    }
    collect(tasks, begun).await
}

async fn collect(tasks: Vec<tokio::task::JoinHandle<Result<Duration>>>, begun: Instant) -> Result<Phase> {
    let mut phase = Phase { latencies: Vec::new(), errors: 0, seconds: 0.0 };
    for task in tasks {
        match task.await? {
            Ok(took) => phase.latencies.push(took.as_secs_f64() * 1e3),
            Err(error) => {
                if phase.errors == 0 {
                    println!("first error: {error:#}");
                }
                phase.errors += 1;
            }
        }
    }
    phase.seconds = begun.elapsed().as_secs_f64();
    Ok(phase)
}
