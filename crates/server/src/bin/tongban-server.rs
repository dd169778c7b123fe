//! tongban-server: the central server and its tools.

#[path = "tongban-server/args.rs"]
mod args;
#[path = "tongban-server/backup.rs"]
mod backup;
#[path = "tongban-server/heap.rs"]
mod heap;
#[path = "tongban-server/settings.rs"]
mod settings;

use anyhow::{Context as _, Result, bail};
use args::{Cli, Command, RunArgs, StaffCommand};
use clap::Parser as _;
use std::ffi::OsString;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tongban_domain::ids::{CaseId, StaffId};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};
use tongban_server::centre::rights::Role;
use tongban_server::centre::{CentreConfig, ConnectConfig, departments};
use tongban_server::{Centre, NewStation, ServerConfig, ServerHandle, launch};

/// Threads for work on the stores: more would only wait for the same disk, each with memory of its own.
const BLOCKING_MAX: usize = 48;
/// Enough for laying out a licence, the deepest thing a thread does.
const STACK_BYTES: usize = 1024 * 1024;

fn main() -> Result<ExitCode> {
    heap::keep_small();
    let cli = Cli::parse_from(with_command(std::env::args_os().collect()));
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    // The connector's HTTP client asks for the process' provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.command {
        Command::Run(run) => serve(&run)?,
        Command::Drill { place, from, scratch, scratch_database } => {
            return backup::drill(&place, &from, &scratch, scratch_database);
        }
        other => tool(other)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `tongban-server --database …` serves: without a command `run` is meant.
fn with_command(mut words: Vec<OsString>) -> Vec<OsString> {
    let first = words.get(1).and_then(|word| word.to_str());
    if first.is_some_and(|word| word.starts_with("--") && !["--help", "--version"].contains(&word)) {
        words.insert(1, "run".into());
    }
    words
}

fn serve(run: &RunArgs) -> Result<()> {
    if run.die_with_parent {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    }
    // What is in memory stays there when the process dies.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)?;
    let config = settings::server_config(run)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_MAX)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let handle = launch(config).await?;
        if let Some(path) = &run.ports_file {
            write_ports(path, &handle)?;
        }
        tracing::info!(station = %handle.station_addr, staff = %handle.staff_addr, public = %handle.public_addr, "serving");
        wait_for_signal().await?;
        handle.shutdown();
        handle.stopped().await;
        Ok(())
    })
}

async fn wait_for_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
    Ok(())
}

/// Written beside and renamed, so that a reader never sees half of it.
fn write_ports(path: &Path, handle: &ServerHandle) -> Result<()> {
    let ports = serde_json::json!({
        "v": 1,
        "station": handle.station_addr.to_string(),
        "staff": handle.staff_addr.to_string(),
        "public": handle.public_addr.to_string(),
        "ca_pem": handle.ca_pem,
    });
    let part = path.with_extension("part");
    std::fs::write(&part, serde_json::to_vec_pretty(&ports)?)?;
    std::fs::rename(&part, path).context("ports file")
}

fn open(place: &args::Place) -> Result<Centre> {
    Centre::open(centre_config(place)?).context("centre does not open")
}

/// What a tool opens the centre with.
fn centre_config(place: &args::Place) -> Result<CentreConfig> {
    let (data_dir, assets_dir, storage) = settings::place(place)?;
    Ok(CentreConfig {
        data_dir,
        storage,
        assets_dir,
        public_base_url: String::new(),
        station_url: String::new(),
        demo: false,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        rng: Arc::new(SystemRng),
        departments: None,
    })
}

fn line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn first_line() -> Result<String> {
    let line = line()?;
    if line.is_empty() {
        bail!("no password on standard input");
    }
    Ok(line)
}

fn roles(keys: &[String]) -> Result<Vec<Role>> {
    keys.iter().map(|key| Role::parse(key).with_context(|| format!("unknown role {key}"))).collect()
}

/// Commands beside `run` work on the data directory; a running server may stay up.
fn tool(command: Command) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Run(_) | Command::Drill { .. } => bail!("handled before"),
        Command::Init { place, admin } => {
            let centre = open(&place)?;
            let password = if centre.staff().get(&admin)?.is_none() { line()? } else { String::new() };
            if !password.is_empty() {
                centre.staff().add("cli", &admin, "系统管理员", &[Role::Admin], "890100", &password)?;
            }
            std::fs::write(settings::place(&place)?.0.join("ca.pem"), centre.ca_pem())?;
            writeln!(out, "{}", centre.ca_fingerprint()?)?;
        }
        Command::Staff { place, command: StaffCommand::Add { id, name, role, region, password_stdin } } => {
            if !password_stdin {
                bail!("the password comes on standard input: --password-stdin");
            }
            open(&place)?.staff().add("cli", &id, &name, &roles(&role)?, &region, &first_line()?)?;
        }
        Command::Station { place, command: args::StationCommand::Add { id, hall, region, station3, kind } } => {
            let code = open(&place)?.stations().add("cli", &NewStation { id, hall, region, station3, kind })?;
            writeln!(out, "{code}")?;
        }
        Command::Station { place, command: args::StationCommand::Code { id } } => {
            writeln!(out, "{}", open(&place)?.stations().make_code("cli", &id)?)?;
        }
        Command::Catalogue { place, command: args::CatalogueCommand::Publish { file } } => {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let item = open(&place)?.catalogue().publish("cli", &text)?;
            writeln!(out, "{} {}", item.key, item.version)?;
        }
        Command::Stock { place, command: args::StockCommand::Add { kind, from, to, operator } } => {
            writeln!(out, "{}", open(&place)?.stock().add("cli", &kind, &from, &to, &StaffId(operator))?)?;
        }
        Command::Export { place, case, out: dir, with_key } => {
            open(&place)?.export().case("cli", CaseId(case), &dir, with_key)?;
        }
        Command::Backup { place, to, every } => backup::take(&open(&place)?, &to, every)?,
        Command::Restore { place, from, until } => backup::restore(&place, &from, until.as_deref())?,
        Command::Verify { place } => verify(&open(&place)?, &mut out)?,
    }
    Ok(())
}

fn verify(centre: &Centre, out: &mut impl std::io::Write) -> Result<()> {
    let lines = centre.staff().verify_log()?;
    writeln!(out, "log: {lines} lines, sound")?;
    let mut broken = 0;
    for (case, state) in centre.cases().verify_all()? {
        if !state.holds {
            broken += 1;
            writeln!(out, "case {case}: {}", state.detail)?;
        }
    }
    let faults = centre.sync().faults()?;
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    if broken > 0 || !faults.is_empty() {
        bail!("{broken} cases and {} things signed for do not hold", faults.len());
    }
    writeln!(out, "cases: sound")?;
    Ok(())
}

/// The connector of `[connect]`, for [`settings`].
fn connector(config: &ConnectConfig, server: &mut ServerConfig) -> Result<()> {
    server.departments = Some(departments::connect(config, server.clock.clone(), server.ids.clone())?);
    Ok(())
}
