//! Command line of the terminal.

use crate::app::App;
use crate::devices::{self, DevicesCommand};
use crate::store_tools::{self, AuditCommand, StoreCommand, SyncCommand};
use crate::{boot, config, logging};
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tongban_ui::I18n;

/// 通办: terminal of a municipal service hall.
#[derive(Parser)]
#[command(name = "tongban", version, about, long_about = None)]
struct Arguments {
    /// Configuration files, weakest first (hall, then station).
    #[arg(long = "config", global = true)]
    config: Vec<PathBuf>,
    /// Run the central server inside this process (a village hall with one machine).
    #[cfg(feature = "embedded")]
    #[arg(long)]
    embedded: bool,
    /// Socket of the inspector (demo builds only).
    #[cfg(feature = "demo")]
    #[arg(long)]
    inspector: Option<PathBuf>,
    /// Open the simulator panel (demo builds only).
    #[cfg(feature = "demo")]
    #[arg(long, env = "TONGBAN_DOCK", value_parser = clap::builder::FalseyValueParser::new())]
    dock: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Check or explain the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Enrol this machine at the centre with a one-time code.
    Enrol {
        /// The code, as made on the staff page.
        #[arg(long)]
        code: String,
    },
    /// SM3 of an attendant's ID number, for `staff.attendants`; the number is read from standard input.
    AttendantHash {
        /// Keyed by this station, so that nobody can guess the number from it; good at this station alone.
        #[arg(long)]
        keyed: bool,
    },
    /// 审计: look at the station's audit.
    Audit {
        #[command(subcommand)]
        what: AuditCommand,
    },
    /// 终端库: look the station's store over, or mend it.
    Store {
        #[command(subcommand)]
        what: StoreCommand,
    },
    /// 移动介质: carry sealed bundles on a stick.
    Sync {
        #[command(subcommand)]
        what: SyncCommand,
    },
    /// List, watch, prove and record the devices of this station.
    Devices {
        #[command(subcommand)]
        what: Option<DevicesCommand>,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Say whether the configuration is right.
    Check,
    /// Print every value and the layer it comes from.
    Explain,
}

/// Runs the program; the exit code is 0 on success, 1 on failure, 2 on wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tongban: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]
fn run(arguments: Arguments) -> Result<()> {
    if let Some(Command::AttendantHash { keyed: false }) = arguments.command {
        println!("{}", crate::service::Cases::number_sm3(&tongban_domain::check::normalise(read_number()?.trim())));
        return Ok(());
    }
    let (config, explained) = config::load(&arguments.config, &config::process_environment())?;
    match arguments.command {
        None => start(arguments, config),
        Some(Command::Config { what: ConfigCommand::Check }) => {
            println!("ok");
            Ok(())
        }
        Some(Command::Config { what: ConfigCommand::Explain }) => {
            for (key, (value, layer)) in explained {
                println!("{key} = {value}    # {layer}");
            }
            Ok(())
        }
        Some(Command::Enrol { code }) => {
            let ca = std::fs::read_to_string(&config.centre.ca_file)
                .with_context(|| format!("reading the centre's CA {}", config.centre.ca_file.display()))?;
            let identity = boot::enrol(&config.paths.state, &config.centre.enrol_url, &ca, &code)?;
            println!("enrolled as {}", identity.station);
            Ok(())
        }
        Some(Command::Devices { what }) => devices::run(what, &config),
        Some(Command::AttendantHash { .. }) => {
            println!("{}", boot::Tools::new(&config)?.keys().attendant_hash(read_number()?.trim()));
            Ok(())
        }
        Some(Command::Audit { what }) => store_tools::audit(&config, &what),
        Some(Command::Store { what }) => store_tools::store(&config, &what),
        Some(Command::Sync { what }) => store_tools::sync(&config, &what),
    }
}

fn read_number() -> Result<String> {
    let mut number = String::new();
    std::io::stdin().read_line(&mut number)?;
    Ok(number)
}

/// The inspector's socket and the simulator panel, as the command line asks.
#[cfg(feature = "demo")]
fn outside(
    (app, task): (App, iced::Task<crate::app::Message>),
    inspector: Option<PathBuf>,
    dock: bool,
) -> (App, iced::Task<crate::app::Message>) {
    let app = app.with_inspector(inspector);
    if !dock {
        return (app, task);
    }
    let (app, panel) = app.with_dock();
    (app, iced::Task::batch([task, panel]))
}

fn start(arguments: Arguments, config: config::Config) -> Result<()> {
    crate::memory::keep_to_ourselves().context("keeping the memory out of files")?;
    logging::start(&config.paths.state.join("log"), &config.log).context("opening the log")?;
    tracing::info!(station = config.identity.station, version = env!("CARGO_PKG_VERSION"), "starting");
    #[cfg(feature = "embedded")]
    let (config, _centre) = if arguments.embedded { boot::embed(config)? } else { (config, None) };
    let i18n = Arc::new(I18n::load(&config.paths.i18n, "zh-CN").context("loading texts")?);
    let fonts = tongban_ui::font::load(&config.paths.assets.join("fonts")).context("loading fonts")?;
    let booted = std::cell::RefCell::new(Some(boot::boot(config)?));
    let boot = move || {
        let booted = booted.borrow_mut().take().expect("the daemon boots once");
        let started = App::start(booted, Arc::clone(&i18n));
        #[cfg(feature = "demo")]
        let started = outside(started, arguments.inspector.clone(), arguments.dock);
        started
    };
    let mut daemon = iced::daemon(boot, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .style(App::style)
        .subscription(App::subscription)
        .default_font(tongban_ui::font::REGULAR);
    for font in fonts {
        daemon = daemon.font(font);
    }
    daemon.run().context("running the windows")?;
    Ok(())
}
