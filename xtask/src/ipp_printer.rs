//! A real IPP printer on loopback: CUPS' `ippeveprinter` with a command that prints into a folder
//! and shows the fault written into a file.
//!
//! It needs a D-Bus "system" bus although it announces nothing, so a private one runs beside it.
//! Both die with the thread that started them (`setpriv --pdeathsig`) and with this value.

use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the printer runs for every job. `$1` is the received document; what it does not copy into
/// `sheets/` was never "fed".
const PRINT_COMMAND: &str = r#"#!/bin/bash
D="$(dirname "$0")"
fault() { cat "$D/fault" 2>/dev/null; }
f="$(fault)"
name="${IPP_JOB_NAME//[^A-Za-z0-9._-]/_}"
echo "$name" >> "$D/started.log"
echo "ATTR: job-impressions=1" >&2
case "$f" in
  media-empty|media-jam|cover-open|toner-empty)
    echo "STATE: +$f-error" >&2
    while [ "$(fault)" = "$f" ]; do sleep 0.1; done
    echo "STATE: -$f-error" >&2 ;;
  abort) echo "ERROR: simulated fatal error" >&2; exit 1 ;;
  slow) while [ "$(fault)" = "slow" ]; do sleep 0.1; done ;;
esac
sheet="$D/sheets/$(date +%s%N)-$name.pdf"
cp "$1" "$sheet.part" && mv "$sheet.part" "$sheet"
echo "ATTR: job-impressions-completed=1" >&2
exit 0
"#;

/// Tries to start on a port that was free a moment ago.
const START_TRIES: usize = 5;

/// A running (or stopped) printer.
pub struct IppPrinter {
    /// Where it answers, `ipp://localhost:PORT/ipp/print`; kept over [`IppPrinter::stop`] and [`IppPrinter::start`].
    pub uri: String,
    /// Documents as received, one file a job; names start again with job 1 after a restart.
    pub spool: PathBuf,
    /// Documents that came out, in order of time, named `TIME-JOBNAME.pdf`.
    pub sheets: PathBuf,
    /// The fault standing now: empty, `media-empty`, `media-jam`, `cover-open`, `toner-empty`, `abort`, `slow`.
    pub fault_file: PathBuf,
    dir: PathBuf,
    port: u16,
    processes: Vec<Child>,
}

impl IppPrinter {
    /// Starts a printer that keeps everything below `dir`, on a free port.
    ///
    /// # Errors
    /// When `ippeveprinter`, `dbus-daemon` or `setpriv` is missing (packages `cups-ipp-utils`, `dbus`,
    /// `util-linux`) or does not come up within ten seconds.
    pub fn launch(dir: &Path) -> io::Result<Self> {
        let mut last = io::Error::other("not tried");
        for _ in 0..START_TRIES {
            // Another process may take the port between our look and the printer's bind.
            match Self::launch_on(dir, free_port()?) {
                Ok(printer) => return Ok(printer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// As [`IppPrinter::launch`], on this port.
    ///
    /// # Errors
    /// As [`IppPrinter::launch`], or when the port is taken.
    pub fn launch_on(dir: &Path, port: u16) -> io::Result<Self> {
        let printer = Self {
            uri: format!("ipp://localhost:{port}/ipp/print"),
            spool: dir.join("spool"),
            sheets: dir.join("sheets"),
            fault_file: dir.join("fault"),
            dir: dir.to_owned(),
            port,
            processes: Vec::new(),
        };
        fs::create_dir_all(&printer.spool)?;
        fs::create_dir_all(&printer.sheets)?;
        let command = dir.join("print.sh");
        fs::write(&command, PRINT_COMMAND)?;
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755))?;
        let mut printer = printer;
        printer.set_fault("")?;
        printer.start()?;
        Ok(printer)
    }

    /// Starts it again after [`IppPrinter::stop`]; its job numbers begin at 1 once more.
    ///
    /// # Errors
    /// As [`IppPrinter::launch`].
    pub fn start(&mut self) -> io::Result<()> {
        let bus = self.dir.join("bus");
        let _old = fs::remove_file(&bus);
        let address = format!("unix:path={}", bus.display());
        let mut daemon = tied("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--address", &address]);
        self.processes.push(self.spawn(daemon)?);
        wait_until("the private bus", || bus.exists())?;
        let mut printer = tied("ippeveprinter");
        printer
            .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
            .args(["-r", "off", "-n", "localhost", "-k", "-f", "application/pdf,image/pwg-raster"])
            .args(["-M", "Tongban", "-m", "Test Printer", "-p", &self.port.to_string()])
            .arg("-d")
            .arg(&self.spool)
            .arg("-c")
            .arg(self.dir.join("print.sh"))
            .arg("CertPrinter");
        self.processes.push(self.spawn(printer)?);
        let started = wait_until("the printer", || self.answers());
        if started.is_err() {
            self.stop();
        }
        started
    }

    fn spawn(&self, mut command: Command) -> io::Result<Child> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.dir.join("printer.log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0).spawn()
    }

    /// Does a printer's page answer there? (A port alone may be someone else's.) Loads its tray on the way.
    fn answers(&self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) else { return false };
        let _limit = stream.set_read_timeout(Some(Duration::from_secs(2)));
        // Puts A4 into the main tray and nothing into the others; out of the box it holds letter paper.
        let path = "/media?size1=iso_a4_210x297mm&type1=stationery&level1=250&size3=&type3=&level3=-2";
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let asked = stream.write_all(request.as_bytes());
        let mut head = [0_u8; 8];
        asked.is_ok() && stream.read_exact(&mut head).is_ok() && head.starts_with(b"HTTP/1.")
    }

    /// Kills it at once, with its running print command, as a power cut would.
    pub fn stop(&mut self) {
        for mut child in self.processes.drain(..).rev() {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _gone = kill_process_group(pid, Signal::KILL);
            }
            let _reaped = child.wait();
        }
    }

    /// Sets the standing fault; `""` is what a person does who puts paper in.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_fault(&self, fault: &str) -> io::Result<()> {
        // Renamed into place: the print command never reads half a word.
        let new = self.dir.join("fault.new");
        fs::write(&new, fault)?;
        fs::rename(&new, &self.fault_file)
    }

    /// Documents received, by job number; beside each the printer keeps its command's output (`.prn`), left out here.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn spooled_documents(&self) -> io::Result<Vec<PathBuf>> {
        Ok(listed(&self.spool)?.into_iter().filter(|path| path.extension().is_some_and(|e| e != "prn")).collect())
    }

    /// Documents that came out, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn printed_sheets(&self) -> io::Result<Vec<PathBuf>> {
        Ok(listed(&self.sheets)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "pdf")).collect())
    }

    /// Names of the jobs whose print command was started, in order, one line each.
    #[must_use]
    pub fn started_jobs(&self) -> Vec<String> {
        let log = fs::read_to_string(self.dir.join("started.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for IppPrinter {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A command that is killed when the thread that started it ends.
fn tied(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", program]);
    command
}

fn listed(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(dir)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// A port free on both loopback addresses just now; the printer binds both.
fn free_port() -> io::Result<u16> {
    for _ in 0..20 {
        let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = four.local_addr()?.port();
        if TcpListener::bind((Ipv6Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no port is free on both loopback addresses"))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) -> io::Result<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if done() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, format!("{what} did not come up")))
}
