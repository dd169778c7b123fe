//! Everything the journey needs, as processes of their own: partner, server, printers, readers.

use super::control::Control;
use super::walk::Sheet;
use crate::ipp_printer::IppPrinter;
use crate::processes::{Process, output};
use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Password of every demo account; the accounts exist in the demo's own data only.
pub const PASSWORD: &str = "Demo-2026-tongban";

/// Who works at the demo centre: account, name, roles. The first may decide, but not what was reviewed alone.
const STAFF: [(&str, &str, &str); 4] = [
    ("zhang.review", "张承办", "reviewer,decider"),
    ("li.decide", "李科长", "decider"),
    ("zhou.make", "周制证", "operator"),
    ("wu.tech", "吴运维", "technician"),
];

/// The stations of the demo: name, id, station number, kind.
pub const STATIONS: [(&str, &str, &str, &str); 5] = [
    ("window", "890102-001-W03", "103", "window"),
    ("kiosk", "890102-001-K01", "001", "kiosk"),
    ("kiosk-2", "890102-001-K02", "002", "kiosk"),
    ("certificate", "890102-001-Z01", "201", "certificate"),
    ("technician", "890102-001-T01", "301", "technician"),
];

/// What kind of station this is.
pub fn kind(station: &str) -> &str {
    STATIONS.iter().find(|(name, ..)| *name == station).map_or(station, |(.., kind)| kind)
}

/// A window or a kiosk.
pub fn takes_applications(station: &str) -> bool {
    matches!(kind(station), "window" | "kiosk")
}

/// The running world.
pub struct World {
    /// Everything the run leaves.
    pub out: PathBuf,
    /// Folder of the built programs.
    pub programs: PathBuf,
    /// Repository.
    pub root: PathBuf,
    /// Addresses: `station`, `staff`, `public`, `partner`, `partner-admin`.
    pub addresses: Value,
    /// Printers for receipts and proofs at the window and at the kiosks, and the one for licences.
    printers: [(&'static str, IppPrinter); 4],
    /// Characters that will be typed at a window and stand on no plain keyboard.
    pub chinese: String,
    /// One reader per station.
    pub readers: Vec<(String, Control)>,
    /// The fingerprint scanners at the window and at the kiosks.
    pub fingers: Vec<(String, Control)>,
    /// SM3 of the number of the attendant who helps at the kiosk (王明).
    pub attendant: String,
    codes: Vec<(String, String)>,
    _server: Process,
    _partner: Process,
    _devices: Vec<Process>,
}

impl World {
    /// Starts everything below `out`; item files in `extra` are published beside the catalogue.
    pub fn start(root: &Path, programs: &Path, out: &Path, extra: &[&Path], sheets: &[Sheet]) -> Result<Self> {
        let logs = out.join("logs");
        let (partner, partner_ports) = start_partner(root, programs, &logs, out)?;
        let data = out.join("centre");
        let codes = prepare_centre(root, programs, &data, extra)?;
        let (server, ports) = start_server(root, programs, &logs, &data, &partner_ports)?;
        let printer = |name: &'static str| -> Result<(&'static str, IppPrinter)> {
            let folder = out.join(format!("printer-{name}"));
            Ok((name, IppPrinter::launch(&folder).with_context(|| format!("starting the printer of the {name}"))?))
        };
        let printers = [printer("window")?, printer("kiosk")?, printer("kiosk-2")?, printer("certificate")?];
        let mut devices = Vec::new();
        let mut readers = Vec::new();
        let mut fingers = Vec::new();
        for (index, (name, ..)) in STATIONS.iter().enumerate() {
            let serial = 1001 + index;
            let (process, control) = start_device((root, programs, out), "reader", name, serial)?;
            devices.push(process);
            readers.push(((*name).to_owned(), control));
            if takes_applications(name) {
                let (process, control) = start_device((root, programs, out), "fingerprint", name, serial)?;
                devices.push(process);
                fingers.push(((*name).to_owned(), control));
            }
        }
        let addresses = serde_json::json!({
            "station": ports["station"], "staff": ports["staff"], "public": ports["public"],
            "partner": partner_ports["http"], "partner-admin": partner_ports["admin"],
        });
        Ok(Self {
            out: out.to_owned(),
            programs: programs.to_owned(),
            root: root.to_owned(),
            addresses,
            printers,
            chinese: sheets.iter().map(Sheet::chinese).collect(),
            readers,
            fingers,
            attendant: attendant(programs)?,
            codes,
            _server: server,
            _partner: partner,
            _devices: devices,
        })
    }

    /// Address of a listener.
    pub fn address(&self, name: &str) -> String {
        let text = self.addresses[name].as_str().unwrap_or_default();
        if text.starts_with("http") { text.to_owned() } else { format!("http://{text}") }
    }

    /// Reader of a station.
    pub fn reader(&self, station: &str) -> &Control {
        &self.readers.iter().find(|(name, _)| name == station).expect("every station has a reader").1
    }

    /// Fingerprint scanner of a station.
    pub fn finger(&self, station: &str) -> &Control {
        &self.fingers.iter().find(|(name, _)| name == station).expect("the station has a scanner").1
    }

    /// Printer of a station; the technician looks at the window's.
    pub fn printer(&self, station: &str) -> &IppPrinter {
        let own = self.printers.iter().find(|(name, _)| *name == station);
        own.map_or(&self.printers[0].1, |(_, printer)| printer)
    }

    /// The one-time code of a station.
    pub fn code(&self, station: &str) -> &str {
        &self.codes.iter().find(|(name, _)| name == station).expect("every station has a code").1
    }

    /// The centre's CA.
    pub fn ca_file(&self) -> PathBuf {
        self.out.join("centre/ca.pem")
    }

    /// Cards put on this station's reader from now on carry photographs of real people, or drawn faces again.
    pub fn photographs_on_cards(&self, station: &str, on: bool) -> Result<()> {
        let folder = if on { "target/samples/public/cards" } else { "target/samples/cards" };
        show_photos(&photos_of(&self.out, station), &self.root.join(folder))
    }

    /// Sets a mode of the partner for a resource.
    pub fn partner_mode(&self, resource: &str, mode: &str) -> Result<()> {
        let body = serde_json::json!({"resource": resource, "mode": mode}).to_string();
        let url = format!("{}/_sim/mode", self.address("partner-admin"));
        output(Command::new("curl").args([
            "-sS",
            "--fail",
            "-X",
            "POST",
            "-H",
            "content-type: application/json",
            "-d",
            &body,
            &url,
        ]))?;
        Ok(())
    }

    /// Writes a case of the centre for the independent checker.
    pub fn export(&self, case: &str, to: &Path) -> Result<()> {
        let mut command = Command::new(self.programs.join("tongban-server"));
        command.arg("export").arg("--data").arg(self.out.join("centre")).arg("--assets").arg(self.root.join("assets"));
        command.args(["--case", case, "--with-key", "--out"]).arg(to).env("RUST_LOG", "warn");
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        output(&mut command)?;
        Ok(())
    }
}

fn start_partner(root: &Path, programs: &Path, logs: &Path, out: &Path) -> Result<(Process, Value)> {
    let ports = out.join("partner-ports.json");
    let mut command = Command::new(programs.join("tongban-partner"));
    command.arg("--data").arg(root.join("assets/partner")).arg("--ports-file").arg(&ports);
    let mut process = Process::start("partner", command, logs)?;
    process.wait_until(Duration::from_secs(20), "ports", || ports.exists())?;
    Ok((process, read_json(&ports)?))
}

fn prepare_centre(root: &Path, programs: &Path, data: &Path, extra: &[&Path]) -> Result<Vec<(String, String)>> {
    std::fs::create_dir_all(data)?;
    let server = |room: &str, words: &[&str]| {
        let mut command = Command::new(programs.join("tongban-server"));
        command.arg(room).arg("--data").arg(data).arg("--assets").arg(root.join("assets")).args(words);
        command.env("RUST_LOG", "warn");
        command
    };
    with_input(&mut server("init", &[]), PASSWORD)?;
    for (account, name, roles) in STAFF {
        let mut add = server("staff", &["add", "--id", account, "--name", name, "--password-stdin"]);
        for role in roles.split(',') {
            add.args(["--role", role]);
        }
        with_input(&mut add, PASSWORD)?;
    }
    for item in extra {
        output(server("catalogue", &["publish"]).arg(item))?;
    }
    let mut codes = Vec::new();
    for (name, id, number, kind) in STATIONS {
        let words =
            ["add", "--id", id, "--hall", "890102-001", "--region", "890102", "--station3", number, "--kind", kind];
        codes.push((name.to_owned(), output(&mut server("station", &words))?.trim().to_owned()));
    }
    let stock = ["add", "--type", "jz_first", "--from", "000120", "--to", "000199", "--operator", "zhou.make"];
    output(&mut server("stock", &stock))?;
    Ok(codes)
}

fn start_server(root: &Path, programs: &Path, logs: &Path, data: &Path, partner: &Value) -> Result<(Process, Value)> {
    let ports = data.join("ports.json");
    let any = "127.0.0.1:0";
    let partner = partner["http"].as_str().unwrap_or_default();
    let partner = if partner.starts_with("http") { partner.to_owned() } else { format!("http://{partner}") };
    let mut command = Command::new(programs.join("tongban-server"));
    command.arg("run").arg("--data").arg(data).arg("--assets").arg(root.join("assets"));
    command.args(["--station-bind", any, "--staff-bind", any, "--public-bind", any]);
    command.args(["--connect-url", &partner, "--connect-client", "tongban-centre", "--connect-mapping"]);
    command.arg(root.join("assets/partner/mapping.toml")).arg("--ports-file").arg(&ports).arg("--demo");
    command.env("TONGBAN_CONNECT_SECRET", "demo-secret-not-for-any-hall");
    let mut process = Process::start("server", command, logs)?;
    process.wait_until(Duration::from_secs(30), "ports", || ports.exists())?;
    let bound = read_json(&ports)?;
    std::fs::write(data.join("ca.pem"), bound["ca_pem"].as_str().context("the ports file names the CA")?)?;
    Ok((process, bound))
}

/// Starts a simulated device on a pseudo terminal of its own.
pub fn start_device(
    (root, programs, out): (&Path, &Path, &Path),
    kind: &str,
    station: &str,
    serial: usize,
) -> Result<(Process, Control)> {
    let folder = out.join("ports");
    std::fs::create_dir_all(&folder)?;
    let name = format!("{kind}-{station}");
    let link = folder.join(&name);
    let control = folder.join(format!("{name}.sock"));
    let capture = out.join("lines").join(format!("{name}.bytes"));
    std::fs::create_dir_all(out.join("lines"))?;
    let mut command = Command::new(programs.join("tongban-sim"));
    command.arg(kind).arg("--link").arg(&link).arg("--control").arg(&control).arg("--capture").arg(&capture);
    command.args(["--serial", &serial.to_string()]);
    if kind == "fingerprint" {
        command.args(["--baud", "115200"]);
    } else {
        let photos = photos_of(out, station);
        show_photos(&photos, &root.join("target/samples/cards"))?;
        command.arg("--photos").arg(photos);
    }
    let mut process = Process::start(&name, command, &out.join("logs"))?;
    process.wait_until(Duration::from_secs(10), "control socket", || control.exists() && link.exists())?;
    Ok((process, Control::new(&control, &link, &capture)))
}

/// The folder with the pictures on the cards that are put on a station's reader.
fn photos_of(out: &Path, station: &str) -> PathBuf {
    out.join("cards").join(station)
}

/// Points the link at another folder, at once.
fn show_photos(link: &Path, folder: &Path) -> Result<()> {
    let part = link.with_extension("part");
    if let Some(parent) = link.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::os::unix::fs::symlink(folder, &part)?;
    std::fs::rename(&part, link)?;
    Ok(())
}

/// As the terminal itself prints it.
fn attendant(programs: &Path) -> Result<String> {
    let mut command = Command::new(programs.join("tongban"));
    command.arg("attendant-hash").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    child.stdin.take().ok_or_else(|| anyhow!("no standard input"))?.write_all(b"890121199001010336\n")?;
    Ok(String::from_utf8(child.wait_with_output()?.stdout)?.trim().to_owned())
}

fn read_json(path: &Path) -> Result<Value> {
    // The writer renames into place, so that a file that exists is whole.
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn with_input(command: &mut Command, text: &str) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or_else(|| anyhow!("no standard input"))?.write_all(text.as_bytes())?;
    let done = child.wait_with_output()?;
    anyhow::ensure!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
