//! Makers' libraries behind a worker that is locked in: the whole way from claim to C and back.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail loudly and tells its figures")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{CardRead, Setup};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, DeviceView, Hub, HubConfig};
use tongban_sim::card::Card;
use tongban_sim::people;

const WORKER: &str = env!("CARGO_BIN_EXE_tongban-worker");
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vendor/tests/library/vendor.c");
const PATIENCE: Duration = Duration::from_secs(20);

/// The library, compiled with these wrongs, in a folder of its own.
fn library(folder: &Path, name: &str, wrongs: &[&str]) -> PathBuf {
    let mut wlt = vec![0_u8; 1024];
    wlt[..6].copy_from_slice(&[0x57, 0x4C, 0x66, 0x00, 0x7E, 0x00]);
    let text = Card::of(&people::all()[0]).text.clone();
    let bytes = [text, wlt, vec![0; 1024]].concat();
    let mut list = String::new();
    for byte in bytes {
        write!(list, "{byte},").unwrap();
    }
    std::fs::write(folder.join("card.inc"), list).unwrap();
    // Built beside and moved there: a child may be loading the old one.
    let (fresh, out) = (folder.join("fresh.so"), folder.join(name));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-w", "-I"]).arg(folder).arg("-o").arg(&fresh).arg(SOURCE);
    cc.args(wrongs.iter().map(|wrong| format!("-D{wrong}")));
    assert!(cc.status().expect("a C compiler is part of the build tools").success());
    std::fs::rename(&fresh, &out).unwrap();
    out
}

fn setup(kind: DeviceKind, driver: &str, port: &str, options: &[(&str, &Path)]) -> Setup {
    let options = options.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string()));
    Setup { kind, driver: driver.to_owned(), port: port.to_owned(), options: options.collect() }
}

fn hub(setup: Setup) -> Hub {
    Hub::start(HubConfig {
        worker: PathBuf::from(WORKER),
        vision: PathBuf::from(WORKER),
        bindings: vec![Binding { role: "device".to_owned(), setup, required: true }],
        spawn_env: vec![("RUST_LOG".to_owned(), "error".to_owned())],
    })
    .unwrap()
}

fn view(hub: &Hub) -> DeviceView {
    hub.devices().remove(0)
}

fn until(hub: &Hub, what: &str, wanted: impl Fn(&DeviceView) -> bool) -> DeviceView {
    let begun = Instant::now();
    loop {
        let now = view(hub);
        if wanted(&now) {
            return now;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: {now:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn read(hub: &Hub, limit: Duration) -> Result<CardRead, DeviceFault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let claim = hub.claim("device", None)?;
    runtime.block_on(claim.read_card(limit, CancelToken::new(), |_| {}))
}

/// Processes of the program under test whose parent is `parent`.
fn children(parent: u32) -> Vec<(u32, String)> {
    let of = |entry: std::fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let above: u32 = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        (above == parent).then(|| (number, String::from_utf8_lossy(&words).replace('\0', " ")))
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(of).collect()
}

/// The worker of this test and its launcher, both past their start.
fn processes() -> (u32, u32) {
    let begun = Instant::now();
    let child = |parent: u32, word: &str| {
        children(parent).into_iter().find(|(_, words)| words.contains(word)).map(|(number, _)| number)
    };
    loop {
        if let Some(worker) = child(std::process::id(), WORKER)
            && let Some(launcher) = child(worker, "vendor-launch")
        {
            return (worker, launcher);
        }
        assert!(begun.elapsed() < PATIENCE, "no launcher: {:?}", children(std::process::id()));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_reader_behind_its_makers_library_reads_a_card_in_a_worker_that_can_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let good = library(folder.path(), "libsdt.so", &[]);
    let options = [("library", good.as_path()), ("photo.library", good.as_path())];
    let hub = hub(setup(DeviceKind::IdCardReader, "sdt", "sdt:1001", &options));
    let seen = until(&hub, "the library answers", |view| view.state == DeviceState::Online);
    assert_eq!(seen.evidence["library"], "libsdt.so");
    assert!(seen.evidence["sandbox"].contains("seccomp"), "{:?}", seen.evidence);
    let card = read(&hub, Duration::from_secs(10)).unwrap();
    assert_eq!(card.facts.name, people::all()[0].name);
    assert!(card.number_ok);
    let photo = card.photo.as_ref().expect("the photo library decoded it");
    assert_eq!((photo.width, photo.height, photo.pixels.len()), (102, 126, 102 * 126 * 4));
}

#[test]
fn a_library_that_crashes_costs_a_reading_and_never_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let bad = library(folder.path(), "libsdt.so", &["CRASH"]);
    let hub = hub(setup(DeviceKind::IdCardReader, "sdt", "sdt:1001", &[("library", &bad)]));
    until(&hub, "the worker is there", |view| view.state != DeviceState::Starting);
    let (worker, launcher) = processes();
    let fault = read(&hub, Duration::from_secs(10)).map(|card| card.layout.clone()).unwrap_err();
    assert!(matches!(&fault, DeviceFault::Worker(text) if text.contains("signal")), "{fault}");
    // The maker's cure is a new file; nothing is restarted for it.
    library(folder.path(), "libsdt.so", &[]);
    until(&hub, "cured", |view| view.state == DeviceState::Online);
    assert!(read(&hub, Duration::from_secs(10)).is_ok());
    assert_eq!(processes(), (worker, launcher), "neither was started anew");
    drop(hub);
    let begun = Instant::now();
    while Path::new(&format!("/proc/{}", launcher)).exists() {
        assert!(begun.elapsed() < PATIENCE, "the launcher outlives its worker");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_library_that_hangs_is_ended_with_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let good = library(folder.path(), "libsdt.so", &[]);
    let hang = library(folder.path(), "libphoto.so", &["HANG"]);
    let options = [("library", good.as_path()), ("photo.library", hang.as_path())];
    let hub = hub(setup(DeviceKind::IdCardReader, "sdt", "sdt:1001", &options));
    until(&hub, "the library answers", |view| view.state == DeviceState::Online);
    let begun = Instant::now();
    let card = read(&hub, Duration::from_secs(15)).unwrap();
    assert!(card.photo.is_none(), "no picture, and a card all the same");
    assert!(begun.elapsed() < Duration::from_secs(12), "{} ms", begun.elapsed().as_millis());
    assert_eq!(view(&hub).state, DeviceState::Online);
}

#[test]
fn a_launcher_that_dies_is_replaced_with_its_worker() {
    let folder = tempfile::tempdir().unwrap();
    let good = library(folder.path(), "libsdt.so", &[]);
    let hub = hub(setup(DeviceKind::IdCardReader, "sdt", "sdt:1001", &[("library", &good)]));
    until(&hub, "the library answers", |view| view.state == DeviceState::Online);
    let (_, launcher) = processes();
    let pid = rustix::process::Pid::from_raw(i32::try_from(launcher).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    until(&hub, "the fault shows", |view| view.state != DeviceState::Online);
    until(&hub, "another worker", |view| view.state == DeviceState::Online);
    assert!(read(&hub, Duration::from_secs(10)).is_ok());
}

#[test]
fn a_collector_behind_its_makers_library_takes_a_print() {
    let folder = tempfile::tempdir().unwrap();
    let good = library(folder.path(), "libcap.so", &[]);
    let hub = hub(setup(DeviceKind::FingerprintScanner, "livescan", "livescan:0", &[("library", &good)]));
    until(&hub, "the library is there", |view| view.state == DeviceState::Online);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let claim = hub.claim("device", None).unwrap();
    let image = runtime.block_on(claim.capture_finger(1, Duration::from_secs(10), CancelToken::new(), |_| {}));
    match image {
        Ok(image) => assert_eq!(image.pixels.len(), (image.width * image.height) as usize),
        // The library's picture is a pattern; that it was taken and judged is what counts here.
        Err(fault) => assert!(matches!(fault, DeviceFault::Retry(_)), "{fault}"),
    }
    assert_eq!(view(&hub).state, DeviceState::Online);
}

#[test]
fn a_setup_without_its_library_says_so() {
    let nothing = BTreeMap::new();
    let setup = Setup {
        kind: DeviceKind::IdCardReader,
        driver: "sdt".to_owned(),
        port: "sdt:1001".to_owned(),
        options: nothing,
    };
    let hub = hub(setup);
    until(&hub, "a worker", |view| view.state != DeviceState::Starting || view.evidence.contains_key("sandbox"));
    assert_eq!(read(&hub, Duration::from_secs(5)).map(drop).unwrap_err(), DeviceFault::Unsupported);
}
