//! `xtask bench sync`: 200 cases of three 300 KB files over loopback, ours with everything on
//! (mutual TLS, SM2 signatures, SM4, chain and receipt, `synchronous=FULL`), peers as they come.

mod peers;
mod search;

use super::{Row, finish, median};
use crate::load::server::{Server, Where};
use crate::load::stations::{Sender, prepare_large};
use anyhow::{Context as _, Result, bail};
use peers::Peer;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const CASES: usize = 200;
const FILE_BYTES: usize = 300_000;
/// Cases sent while a tracer counts the fsyncs: it slows everything else.
const TRACED: usize = 20;

/// What to compare and how often.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The server program.
    #[arg(long, default_value = "target/release/tongban-server")]
    program: PathBuf,
    /// Cases in the store that is searched; 0 leaves the search out.
    #[arg(long, default_value_t = 1_000_000)]
    search: usize,
    /// An empty PostgreSQL database to search as well.
    #[arg(long)]
    database: Option<String>,
}

/// Cases a second at one and at four streams, and what it cost.
struct Run {
    one: f64,
    four: f64,
    peak_mib: f64,
    cpu_ms: f64,
}

/// Measures and prints.
pub fn run(options: &Options) -> Result<()> {
    if !options.program.exists() {
        bail!("{} is missing: cargo build --release -p tongban-server", options.program.display());
    }
    crate::load::server::use_ring();
    let mut ours = Vec::new();
    let mut theirs: Vec<Vec<Run>> = Peer::ALL.iter().map(|_| Vec::new()).collect();
    for round in 0..options.rounds {
        println!("round {} of {}, load {}", round + 1, options.rounds, crate::load::load()?);
        ours.push(tongban(&options.program)?);
        for (peer, runs) in Peer::ALL.iter().zip(&mut theirs) {
            runs.push(peers::measure(*peer, CASES, FILE_BYTES)?);
        }
    }
    let ours_fsyncs = fsyncs(&options.program)?;
    let mut rows = Vec::new();
    for (peer, runs) in Peer::ALL.iter().zip(&theirs) {
        let their_fsyncs = peers::fsyncs(*peer, TRACED, FILE_BYTES)?;
        rows.extend(beside(*peer, &ours, runs, ours_fsyncs, their_fsyncs));
    }
    if options.search > 0 {
        rows.extend(search::rows(options.search, options.database.as_deref())?);
    }
    rows.push(Row::new("load of the machine", crate::load::load()?, "processes"));
    finish("sync", &rows)
}

/// Streams share the cases between them, each sending its own one after the other.
pub(super) fn streams<S: Send + Sync + 'static, F>(
    senders: &[Arc<S>],
    each: usize,
    send: impl Fn(Arc<S>, usize) -> F + Copy + Send + 'static,
) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for sender in senders {
            let sender = sender.clone();
            tasks.spawn(async move {
                for which in 0..each {
                    send(sender.clone(), which).await?;
                }
                Ok::<(), anyhow::Error>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok((senders.len() * each) as f64 / begun.elapsed().as_secs_f64())
    })
}

/// What a peer's cases a second are multiplied by to be our limit, at one and at four streams.
const fn factors(peer: Peer) -> (f64, f64) {
    match peer {
        Peer::PocketBase => (0.7, 1.2),
        Peer::Kinto => (5.0, 5.0),
        Peer::PouchDb => (2.0, 2.0),
    }
}

fn beside(peer: Peer, ours: &[Run], theirs: &[Run], ours_fsyncs: f64, their_fsyncs: f64) -> Vec<Row> {
    let of = |runs: &[Run], pick: fn(&Run) -> f64| median(&mut runs.iter().map(pick).collect::<Vec<_>>());
    let (one, four) = (of(theirs, |run| run.one), of(theirs, |run| run.four));
    let (at_one, at_four) = factors(peer);
    let name = peer.name();
    vec![
        Row::new("1 stream", of(ours, |run| run.one), "cases/s").at_least(at_one * one).against(name, one),
        Row::new("4 streams", of(ours, |run| run.four), "cases/s").at_least(at_four * four).against(name, four),
        Row::new("fsyncs a case, 1 stream", ours_fsyncs, "fsyncs").against(name, their_fsyncs),
        Row::new("peak RSS", of(ours, |run| run.peak_mib), "MiB")
            .at_most(40.0)
            .against(name, of(theirs, |run| run.peak_mib)),
        Row::new("server CPU a case", of(ours, |run| run.cpu_ms), "ms").against(name, of(theirs, |run| run.cpu_ms)),
    ]
}

fn tongban(program: &Path) -> Result<Run> {
    let place = Where::fresh("sync", None, None)?;
    // Five stations: one sends alone, four at once.
    let share = CASES / 4;
    let cases = [CASES, share, share, share, share];
    let mut senders: Vec<Arc<Sender>> = prepare_large(&place, &cases, FILE_BYTES)?.into_iter().map(Arc::new).collect();
    let server = Server::start(program, &place, &[])?;
    let port = server.station_port;
    let four = senders.split_off(1);
    let send = move |sender: Arc<Sender>, which: usize| async move { sender.send(port, which).await };
    let one = streams(&senders, CASES, send)?;
    let four = streams(&four, share, send)?;
    let run = Run { one, four, peak_mib: server.peak_mib()?, cpu_ms: server.cpu_ms()? / (2 * CASES) as f64 };
    server.stop()?;
    Ok(run)
}

fn fsyncs(program: &Path) -> Result<f64> {
    let place = Where::fresh("sync-traced", None, None)?;
    let senders: Vec<Arc<Sender>> = prepare_large(&place, &[TRACED], FILE_BYTES)?.into_iter().map(Arc::new).collect();
    let trace = place.dir.join("fsyncs");
    let to = trace.to_string_lossy().into_owned();
    let server = Server::start(program, &place, &["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", &to])?;
    let before = lines(&trace)?;
    let port = server.station_port;
    streams(&senders, TRACED, move |sender: Arc<Sender>, which: usize| async move { sender.send(port, which).await })?;
    let count = lines(&trace)? - before;
    server.stop()?;
    Ok(count as f64 / TRACED as f64)
}

/// Calls written down by the tracer.
pub(super) fn lines(trace: &Path) -> Result<usize> {
    let text = std::fs::read_to_string(trace).context("strace's output")?;
    Ok(text.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count())
}
