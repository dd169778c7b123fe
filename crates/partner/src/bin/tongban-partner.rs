//! The simulated data-sharing platform as a program of its own.

use clap::Parser;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tongban_domain::clock::{BootTime, Clock, WallTime};
use tongban_partner::{Partner, admin_router, folder, router};

/// The demo city's data-sharing platform, simulated (crates/partner/API.md).
///
/// Exit codes: 0 stopped by a signal, 2 wrong arguments, 3 data unreadable, 4 a port or file cannot be opened.
#[derive(Parser)]
#[command(version, about, long_about)]
struct Arguments {
    /// Address of the platform's port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    bind: SocketAddr,
    /// Address of the administration port.
    #[arg(long, default_value = "127.0.0.1:0")]
    admin: SocketAddr,
    /// Folder with the data files.
    #[arg(long, default_value = "assets/partner")]
    data: PathBuf,
    /// Where to write the two addresses as JSON: {"http": "…", "admin": "…"}.
    #[arg(long)]
    ports_file: Option<PathBuf>,
    /// The day that counts as today, YYYY-MM-DD (default: the system's date in China time).
    #[arg(long)]
    today: Option<String>,
    /// Answer questions laid into this folder (API.md section 6).
    #[arg(long)]
    drop: Option<PathBuf>,
    /// Take exchange messages from this folder (API.md section 7).
    #[arg(long)]
    exchange_drop: Option<PathBuf>,
    /// Write the SQL that fills a front-end database into this file, and go on.
    #[arg(long)]
    front_sql: Option<PathBuf>,
    /// Go on when the parent process ends.
    #[arg(long)]
    detached: bool,
}

struct SystemClock(Instant);

impl Clock for SystemClock {
    fn wall(&self) -> WallTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn boot(&self) -> BootTime {
        BootTime(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().json().with_writer(std::io::stderr).init();
    if !arguments.detached {
        let end = Some(rustix::process::Signal::TERM);
        if let Err(error) = rustix::process::set_parent_process_death_signal(end) {
            tracing::warn!(%error, "will not end with the parent process");
        }
    }
    let clock = Arc::new(SystemClock(Instant::now()));
    let today = arguments.today.clone().unwrap_or_else(|| china_date(clock.wall()));
    let partner = match Partner::open(&arguments.data, &today, clock) {
        Ok(partner) => Arc::new(partner),
        Err(error) => {
            tracing::error!(%error, "data unreadable");
            return ExitCode::from(3);
        }
    };
    match serve(&arguments, partner).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot serve");
            ExitCode::from(4)
        }
    }
}

fn china_date(now: WallTime) -> String {
    // China has one time zone, UTC+8, without summer time.
    let seconds = now.0.div_euclid(1000) + 8 * 3600;
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

async fn serve(arguments: &Arguments, partner: Arc<Partner>) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let http = TcpListener::bind(arguments.bind).await?;
    let admin = TcpListener::bind(arguments.admin).await?;
    let (http_at, admin_at) = (http.local_addr()?, admin.local_addr()?);
    if let Some(path) = &arguments.ports_file {
        write_ports(path, http_at, admin_at)?;
    }
    if let Some(path) = &arguments.front_sql {
        std::fs::write(path, partner.front_sql())?;
    }
    if let Some(folder) = arguments.drop.clone() {
        tokio::spawn(folder::serve_queries(partner.clone(), folder));
    }
    if let Some(folder) = arguments.exchange_drop.clone() {
        tokio::spawn(folder::serve_exchange(partner.clone(), folder));
    }
    tracing::info!(%http_at, %admin_at, "serving");
    // Requests in hand may be in mode `timeout`, so nothing is waited for.
    tokio::select! {
        ended = axum::serve(http, router(partner.clone())) => ended,
        ended = axum::serve(admin, admin_router(partner)) => ended,
        _ = terminate.recv() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped,
    }
}

/// Whoever waits for the file never sees half of it.
fn write_ports(path: &Path, http: SocketAddr, admin: SocketAddr) -> std::io::Result<()> {
    let text = serde_json::json!({"http": http.to_string(), "admin": admin.to_string()}).to_string();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}
