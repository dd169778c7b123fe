//! The command line.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use uuid::Uuid;

/// tongban-server: the central server of the service halls.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the centre lies.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Configuration file (TOML).
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// Data directory; overrides the file.
    #[arg(long, global = true)]
    pub data: Option<PathBuf>,
    /// Assets directory; overrides the file.
    #[arg(long, global = true)]
    pub assets: Option<PathBuf>,
    /// postgres://…, one store for several servers; default: SQLite in the data directory.
    #[arg(long, global = true, env = "TONGBAN_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Authority of the database, PEM; needed beyond this machine.
    #[arg(long, global = true)]
    pub database_ca: Option<PathBuf>,
    /// s3://bucket[/folder][?endpoint=URL&region=NAME], with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set;
    /// default: files in the data directory.
    #[arg(long, global = true)]
    pub objects: Option<String>,
    /// Authority of the object store, PEM.
    #[arg(long, global = true)]
    pub objects_ca: Option<PathBuf>,
    /// Keys and authority, shared by the servers of a city; default: DATA/keys.
    #[arg(long, global = true)]
    pub keys: Option<PathBuf>,
}

/// Flags of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Station listener.
    #[arg(long)]
    pub station_bind: Option<SocketAddr>,
    /// Staff listener.
    #[arg(long)]
    pub staff_bind: Option<SocketAddr>,
    /// Citizen listener.
    #[arg(long)]
    pub public_bind: Option<SocketAddr>,
    /// Base of the citizen pages as people reach them.
    #[arg(long)]
    pub public_base_url: Option<String>,
    /// Data-sharing platform; the secret comes from TONGBAN_CONNECT_SECRET.
    #[arg(long, requires = "connect_mapping")]
    pub connect_url: Option<String>,
    /// Our identity at the platform.
    #[arg(long, default_value = "tongban")]
    pub connect_client: String,
    /// Mapping file of the platform.
    #[arg(long)]
    pub connect_mapping: Option<PathBuf>,
    /// Secret of the platform.
    #[arg(long, env = "TONGBAN_CONNECT_SECRET", hide_env_values = true)]
    pub connect_secret: Option<String>,
    /// Everybody of the staff signs in with a password and a one-time code; who has none yet sets it up first.
    #[arg(long)]
    pub second_factor: bool,
    /// Papers and pages carry a demo mark.
    #[arg(long)]
    pub demo: bool,
    /// Writes the bound addresses as JSON.
    #[arg(long)]
    pub ports_file: Option<PathBuf>,
    /// Ends when the process that started it ends.
    #[arg(long)]
    pub die_with_parent: bool,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves until SIGTERM.
    Run(RunArgs),
    /// Makes keys and authority, writes ca.pem; makes the first account when a password comes on standard input.
    Init {
        #[command(flatten)]
        place: Place,
        /// Account of the administrator.
        #[arg(long, default_value = "admin")]
        admin: String,
    },
    /// Accounts.
    Staff {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Stations.
    Station {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: StationCommand,
    },
    /// Service items.
    Catalogue {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Blank stock.
    Stock {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: StockCommand,
    },
    /// Writes a case for the independent checker.
    Export {
        #[command(flatten)]
        place: Place,
        /// The case.
        #[arg(long)]
        case: Uuid,
        /// A directory that does not exist yet.
        #[arg(long)]
        out: PathBuf,
        /// With the case key, so that contents can be judged.
        #[arg(long)]
        with_key: bool,
    },
    /// Makes a restore point in a repository; repeat it as often as the city can afford to lose.
    ///
    /// The database is copied as it stands at one moment, objects that are new are added. Keys are
    /// not copied: keep DATA/keys apart. Ends with 0, or 1 and the reason.
    Backup {
        #[command(flatten)]
        place: Place,
        /// Directory of the repository, on another disk or machine.
        #[arg(long)]
        to: PathBuf,
        /// Goes on, a point every so many seconds, until it is ended.
        #[arg(long)]
        every: Option<u64>,
    },
    /// Restores into an empty data directory and an empty database; the keys must be in place.
    ///
    /// Without --until the newest point is taken and every bundle among the objects that came after
    /// it is taken in again. Ends with 0, or 1 and the reason.
    Restore {
        #[command(flatten)]
        place: Place,
        /// Directory of the repository.
        #[arg(long)]
        from: PathBuf,
        /// Not later than this moment (2026-03-02T09:30:00+08:00), without rolling forward.
        #[arg(long)]
        until: Option<String>,
    },
    /// Restores the newest point beside the running centre, compares every digest and chain, prints RPO and RTO.
    ///
    /// Ends with 0 when everything agrees, with 3 when something differs, with 1 when it cannot be tried.
    Drill {
        #[command(flatten)]
        place: Place,
        /// Directory of the repository.
        #[arg(long)]
        from: PathBuf,
        /// An empty directory to restore into; removed afterwards.
        #[arg(long)]
        scratch: PathBuf,
        /// An empty database to restore into, when the centre's is PostgreSQL.
        #[arg(long)]
        scratch_database: Option<String>,
    },
    /// Checks the log, every case's chain and every stored file.
    Verify {
        #[command(flatten)]
        place: Place,
    },
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Adds one.
    Add {
        /// Account name.
        #[arg(long, alias = "account")]
        id: String,
        /// 姓名.
        #[arg(long)]
        name: String,
        /// reviewer, decider, operator, manager, technician, admin; may be given more than once.
        #[arg(long, required = true)]
        role: Vec<String>,
        /// Region, six digits.
        #[arg(long, default_value = "890100")]
        region: String,
        /// Reads the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Stations.
#[derive(Debug, Subcommand)]
pub enum StationCommand {
    /// Adds one and prints its one-time code.
    Add {
        /// For example 890102-001-K03.
        #[arg(long)]
        id: String,
        /// For example 890102-001.
        #[arg(long)]
        hall: String,
        /// Six digits.
        #[arg(long)]
        region: String,
        /// Three digits inside receipt numbers.
        #[arg(long)]
        station3: String,
        /// kiosk, window, certificate or technician.
        #[arg(long)]
        kind: String,
    },
    /// Prints a fresh one-time code.
    Code {
        /// Which.
        #[arg(long)]
        id: String,
    },
}

/// Service items.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Publishes an item file.
    Publish {
        /// The file.
        file: PathBuf,
    },
}

/// Blank stock.
#[derive(Debug, Subcommand)]
pub enum StockCommand {
    /// Takes in a range.
    Add {
        /// Kind: the item's key.
        #[arg(long = "type")]
        kind: String,
        /// First serial.
        #[arg(long)]
        from: String,
        /// Last serial.
        #[arg(long)]
        to: String,
        /// Account that holds it.
        #[arg(long)]
        operator: String,
    },
}
