//! A simulated reader, fingerprint module, code scanner or power supply on a pseudo terminal.
//!
//! `tongban-sim reader|fingerprint|scanner|supply --link PATH --control SOCKET --capture FILE [--baud N]
//! [--serial N] [--photos DIR]`

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use tongban_sim::Ef01Peer;
use tongban_sim::panel::{Places, ReaderPanel, ScannerPanel, Station, SupplyPanel};
use tongban_sim::signal;

const USAGE: &str = "tongban-sim reader|fingerprint|scanner|supply --link PATH --control SOCKET --capture FILE [--baud N] \
                     [--serial N] [--photos DIR]";
const BAUD_DEFAULT: u32 = 115_200;
const SERIAL_DEFAULT: u32 = 1001;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tongban-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, USAGE);
    let mut words = std::env::args().skip(1);
    let device = words.next().ok_or_else(usage)?;
    let mut options: HashMap<String, String> = HashMap::new();
    while let Some(name) = words.next() {
        let name = name.strip_prefix("--").ok_or_else(usage)?.to_owned();
        options.insert(name, words.next().ok_or_else(usage)?);
    }
    let mut place = |name: &str| options.remove(name).map(PathBuf::from).ok_or_else(usage);
    let places = Places { link: place("link")?, control: place("control")?, capture: place("capture")? };
    let photos = options.remove("photos").map(PathBuf::from);
    let mut number = |name: &str, other: u32| match options.remove(name) {
        Some(text) => text.parse().map_err(|_| usage()),
        None => Ok(other),
    };
    let (baud, serial) = (number("baud", BAUD_DEFAULT)?, number("serial", SERIAL_DEFAULT)?);
    if !options.is_empty() {
        return Err(usage());
    }
    signal::die_with_parent()?;
    let stop = signal::termination()?;
    match device.as_str() {
        "reader" => {
            let panel = ReaderPanel::new(serial);
            let panel = match photos {
                Some(folder) => panel.with_photos(folder),
                None => panel,
            };
            Station::open(panel, places, baud)?.run(&stop)
        }
        "fingerprint" => Station::open(Ef01Peer::new(), places, baud)?.run(&stop),
        "scanner" => Station::open(ScannerPanel::default(), places, baud)?.run(&stop),
        "supply" => Station::open(SupplyPanel::default(), places, baud)?.run(&stop),
        _ => Err(usage()),
    }
}
