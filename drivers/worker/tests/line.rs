//! The real worker process and the real simulator process, joined by a pseudo terminal,
//! driven through the hub.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tongban_device::ErrorCode;
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::{Progress, Setup};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, DeviceView, Hub, HubConfig};

const PATIENCE: Duration = Duration::from_secs(30);

/// The simulator's program. It belongs to another package, so cargo does not build it for
/// this test; it is built here unless it is newer than its sources.
fn simulator() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_BIN_EXE_tongban-worker")).with_file_name("tongban-sim");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = program.metadata().and_then(|found| found.modified()).ok();
        let sources = ["../sim/src", "../sim/data", "../device/src"].map(|folder| newest(&here.join(folder)));
        if built.is_none() || sources.into_iter().flatten().max() > built {
            let status = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--package", "tongban-sim", "--bin", "tongban-sim"])
                .current_dir(here)
                .status()
                .unwrap();
            assert!(status.success() && program.exists(), "the simulator could not be built");
        }
        program
    })
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { newest(&path) } else { path.metadata().unwrap().modified().ok() })
        .max()
        .flatten()
}

/// A simulator process on its line.
struct Sim {
    child: Child,
    folder: TempDir,
}

impl Sim {
    fn start(device: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let child = Command::new(simulator())
            .arg(device)
            .arg("--link")
            .arg(place("port"))
            .arg("--control")
            .arg(place("control"))
            .arg("--capture")
            .arg(place("capture"))
            .spawn()
            .unwrap();
        let sim = Self { child, folder };
        let begun = Instant::now();
        while !(sim.port().exists() && sim.place("control").exists()) {
            assert!(begun.elapsed() < PATIENCE, "the simulator did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        sim
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn port(&self) -> PathBuf {
        self.place("port")
    }

    fn tell(&self, command: &str) -> Value {
        let answer = tongban_sim::panel::tell(&self.place("control"), command).unwrap();
        assert_eq!(answer["ok"], true, "{command}: {answer}");
        answer
    }

    /// Hash and length of the last whole reading, cut out of the recording by the simulator's word.
    fn reading(&self) -> ([u8; 32], u64) {
        let reading = self.tell("status")["reading"].clone();
        let (from, bytes) = (reading["from"].as_u64().unwrap(), reading["bytes"].as_u64().unwrap());
        let line = std::fs::read(self.place("capture")).unwrap();
        let place = |at: u64| usize::try_from(at).unwrap();
        (Sha256::digest(&line[place(from)..place(from + bytes)]).into(), bytes)
    }

    fn setup(&self, kind: DeviceKind, driver: &str) -> Setup {
        Setup {
            kind,
            driver: driver.to_owned(),
            port: self.port().to_str().unwrap().to_owned(),
            options: BTreeMap::new(),
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hub(setup: Setup) -> Hub {
    let worker = PathBuf::from(env!("CARGO_BIN_EXE_tongban-worker"));
    Hub::start(HubConfig {
        vision: worker.clone(),
        worker,
        bindings: vec![Binding { role: "device".to_owned(), setup, required: true }],
        spawn_env: vec![("RUST_LOG".to_owned(), "warn".to_owned())],
    })
    .unwrap()
}

fn reader_hub(sim: &Sim) -> Hub {
    hub(sim.setup(DeviceKind::IdCardReader, "sam-serial"))
}

async fn until(hub: &Hub, what: &str, wanted: impl Fn(&DeviceView) -> bool) -> DeviceView {
    let mut watch = hub.watch();
    let seen = tokio::time::timeout(PATIENCE, watch.wait_for(|views| wanted(&views[0]))).await;
    match seen {
        Ok(views) => views.unwrap()[0].clone(),
        Err(_) => panic!("waited in vain for {what}; now {:?}", hub.devices()[0]),
    }
}

async fn online(hub: &Hub) -> DeviceView {
    until(hub, "online", |view| {
        view.state == DeviceState::Online && view.code.is_none() && view.evidence.contains_key("opened")
    })
    .await
}

fn silent() -> impl FnMut(Progress) + Send {
    |_| {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_read_and_its_hash_is_that_of_a_stretch_of_the_recorded_line() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    let view = online(&hub).await;
    assert_eq!(view.evidence["sam_id"], sim.tell("status")["sam_id"].as_str().unwrap());
    let claim = hub.claim("device", Some("case".to_owned())).unwrap();
    assert_eq!(hub.held_for("device").as_deref(), Some("case"));
    let mut prompts = Vec::new();
    let putting = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sim.tell("put 陈建国");
    };
    let reading = claim.read_card(PATIENCE, CancelToken::new(), |progress| prompts.push(progress));
    let (card, ()) = tokio::join!(reading, putting);
    let card = card.unwrap();
    assert_eq!(card.facts.number, "890102197803150113");
    assert_eq!(card.photo.is_some(), cfg!(feature = "demo"), "only the demonstration decodes the simulator's photos");
    assert_eq!(prompts, [Progress::Prompt(Hint::PutCard)]);
    assert_eq!(claim.card_present(PATIENCE).await, Ok(true));
    sim.tell("take");
    assert_eq!(claim.card_present(PATIENCE).await, Ok(false));

    assert_eq!(sim.reading(), (card.line_sha256, card.line_bytes), "the simulator cuts the same stretch");
    let line = std::fs::read(sim.place("capture")).unwrap();
    let length = usize::try_from(card.line_bytes).unwrap();
    let found =
        |line: &[u8]| line.windows(length).any(|stretch| Sha256::digest(stretch).as_slice() == card.line_sha256);
    assert!(found(&line), "{length} bytes of a line of {}", line.len());
    let mut altered = line.clone();
    let at = line.windows(3).position(|window| window == [0, 0, 0x9F]).unwrap();
    altered[at] ^= 1;
    assert!(!found(&altered), "negative control: one altered byte and no stretch fits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_frame_is_d106_and_the_next_reading_succeeds() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    online(&hub).await;
    sim.tell("put 王明");
    sim.tell("fault corrupt");
    let claim = hub.claim("device", None).unwrap();
    let fault = claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap_err();
    assert_eq!(fault.code(), ErrorCode::DeviceProtocol, "{fault}");
    let card = claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap();
    assert_eq!(card.facts.name, "王明");
    assert_eq!(sim.reading().0, card.line_sha256, "the window of the good reading, not of the broken one");
    let view = online(&hub).await;
    assert_eq!(view.restarts, 0, "no worker had to die for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_unplugged_in_the_middle_of_a_frame_comes_back_when_plugged() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    online(&hub).await;
    sim.tell("put 陈建国");
    sim.tell("fault unplug at=700");
    let claim = hub.claim("device", None).unwrap();
    let fault = claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap_err();
    assert_eq!(fault, DeviceFault::Unplugged);
    let gone = until(&hub, "absent", |view| view.state == DeviceState::NoDevice).await;
    assert_eq!(gone.code, Some(ErrorCode::DeviceAbsent));
    assert_eq!(claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap_err(), DeviceFault::NoDevice);
    sim.tell("plug");
    let back = online(&hub).await;
    assert_eq!(back.restarts, 0);
    let card = claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap();
    assert_eq!(card.facts.name, "陈建国");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_reader_is_online_again_with_its_own_identity() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    let first = online(&hub).await.evidence["sam_id"].clone();
    sim.tell("swap");
    let second = until(&hub, "another SAM", |view| {
        view.state == DeviceState::Online && view.evidence.get("sam_id").is_some_and(|id| *id != first)
    })
    .await;
    assert_eq!(second.evidence["sam_id"], sim.tell("status")["sam_id"].as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_reader_is_offline_until_it_answers_again() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    online(&hub).await;
    sim.tell("fault silence on=any times=2");
    let view = until(&hub, "offline", |view| view.state == DeviceState::Offline).await;
    assert_eq!(view.code, Some(ErrorCode::DeviceTimeout));
    online(&hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_held_by_another_program_is_busy_until_it_is_let_go() {
    let sim = Sim::start("reader");
    let held = std::fs::OpenOptions::new().read(true).write(true).open(sim.port()).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let hub = reader_hub(&sim);
    let view = until(&hub, "held", |view| view.state == DeviceState::Offline).await;
    assert_eq!(view.code, Some(ErrorCode::DeviceBusy));
    drop(held);
    online(&hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_restarted_and_the_call_it_had_ends_with_d108() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    let pid = online(&hub).await.worker_pid.unwrap();
    let claim = hub.claim("device", None).unwrap();
    let killing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        signal(pid, rustix::process::Signal::KILL);
    };
    let (outcome, ()) = tokio::join!(claim.read_card(PATIENCE, CancelToken::new(), silent()), killing);
    let fault = outcome.unwrap_err();
    assert_eq!(fault.code(), ErrorCode::DeviceWorker, "{fault}");
    assert!(fault.to_string().contains("signal 9"), "{fault}");
    let view = until(&hub, "a new worker", |view| {
        view.restarts == 1 && view.state == DeviceState::Online && view.worker_pid.is_some_and(|now| now != pid)
    })
    .await;
    assert_eq!(view.code, None);
    sim.tell("put 赵强");
    assert_eq!(claim.read_card(PATIENCE, CancelToken::new(), silent()).await.unwrap().facts.name, "赵强");
    assert!(!alive(pid), "reaped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hung_worker_is_killed_a_second_after_the_deadline() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    let pid = online(&hub).await.worker_pid.unwrap();
    let claim = hub.claim("device", None).unwrap();
    signal(pid, rustix::process::Signal::STOP);
    let begun = Instant::now();
    let fault = claim.read_card(Duration::from_secs(1), CancelToken::new(), silent()).await.unwrap_err();
    assert_eq!(fault.code(), ErrorCode::DeviceWorker, "{fault}");
    assert!(begun.elapsed() >= Duration::from_secs(2), "not before deadline and grace");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    until(&hub, "a new worker", |view| view.restarts == 1 && view.state == DeviceState::Online).await;
    assert!(!alive(pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_keeps_dying_is_given_up_and_tried_again_when_rebound() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    for _ in 0..4 {
        let pid = until(&hub, "a worker", |view| view.worker_pid.is_some()).await.worker_pid.unwrap();
        signal(pid, rustix::process::Signal::KILL);
        until(&hub, "its end", |view| view.worker_pid != Some(pid)).await;
    }
    let view = until(&hub, "given up", |view| view.state == DeviceState::HardwareError).await;
    assert_eq!((view.code, view.restarts), (Some(ErrorCode::DeviceHardware), 3));
    let claim = hub.claim("device", None).unwrap();
    let fault = claim.check(PATIENCE).await.unwrap_err();
    assert!(matches!(fault, DeviceFault::Hardware(_)), "{fault}");
    hub.rebind("device", sim.port().to_str().unwrap()).unwrap();
    online(&hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_bound_to_another_port_is_played_by_the_reader_there() {
    let (first, second) = (Sim::start("reader"), Sim::start("reader"));
    second.tell("swap");
    let hub = reader_hub(&first);
    let before = online(&hub).await.evidence["sam_id"].clone();
    hub.rebind("device", second.port().to_str().unwrap()).unwrap();
    let view = until(&hub, "the other reader", |view| {
        view.evidence.get("sam_id").is_some_and(|id| *id != before) && view.state == DeviceState::Online
    })
    .await;
    assert_eq!(view.port, second.port().to_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_claim_at_a_time_until_a_technician_comes() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    online(&hub).await;
    let claim = hub.claim("device", None).unwrap();
    assert_eq!(hub.claim("device", None).unwrap_err(), DeviceFault::Busy);
    assert_eq!(hub.claim("nobody", None).unwrap_err(), DeviceFault::NoDevice);
    let revoking = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        hub.claim_for_maintenance("device").unwrap()
    };
    let (outcome, technician) = tokio::join!(claim.read_card(PATIENCE, CancelToken::new(), silent()), revoking);
    assert_eq!(outcome.unwrap_err(), DeviceFault::Cancelled);
    assert_eq!(hub.devices()[0].state, DeviceState::VendorMode);
    assert_eq!(claim.card_present(PATIENCE).await.unwrap_err(), DeviceFault::Busy, "revoked");
    assert!(technician.check(PATIENCE).await.unwrap().contains_key("sam_id"));
    drop(claim);
    assert_eq!(hub.devices()[0].state, DeviceState::VendorMode, "an old claim releases nothing");
    drop(technician);
    assert!(hub.claim("device", None).is_ok());
    online(&hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_cancelled_by_its_token_and_by_dropping_it() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    online(&hub).await;
    let claim = hub.claim("device", None).unwrap();
    let token = CancelToken::new();
    let raising = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(hub.devices()[0].state, DeviceState::Busy);
        token.cancel();
    };
    let (outcome, ()) = tokio::join!(claim.read_card(PATIENCE, token.clone(), silent()), raising);
    assert_eq!(outcome.unwrap_err(), DeviceFault::Cancelled);
    let dropped =
        tokio::time::timeout(Duration::from_millis(300), claim.read_card(PATIENCE, CancelToken::new(), silent())).await;
    assert!(dropped.is_err(), "negative control: nothing ended it but the drop");
    let begun = Instant::now();
    while claim.check(PATIENCE).await == Err(DeviceFault::Busy) {
        assert!(begun.elapsed() < PATIENCE, "the abandoned reading was not cancelled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_is_taken_at_line_speed_and_its_hash_is_that_of_the_line() {
    let sim = Sim::start("fingerprint");
    let hub = hub(sim.setup(DeviceKind::FingerprintScanner, "ef01-serial"));
    let view = online(&hub).await;
    assert_eq!(view.evidence["baud"], "115200");
    let claim = hub.claim("device", None).unwrap();
    sim.tell("press 陈建国");
    let begun = Instant::now();
    let image = claim.capture_finger(1, PATIENCE, CancelToken::new(), silent()).await.unwrap();
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(3), "38 kB cannot pass a line of 115200 in {took:?}");
    assert!(image.quality >= 70);
    // The look that found the finger, the answer to the fetch, 144 packets of 256 bytes.
    let (hash, bytes) = sim.reading();
    assert_eq!((hash, bytes), (image.line_sha256, 12 + 12 + 144 * (256 + 11)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workers_end_with_the_hub_and_nothing_is_left() {
    let sim = Sim::start("reader");
    let hub = reader_hub(&sim);
    let pid = online(&hub).await.worker_pid.unwrap();
    assert!(alive(pid), "negative control");
    tokio::task::spawn_blocking(move || drop(hub)).await.unwrap();
    assert!(!alive(pid), "ended and reaped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_worker_program_is_an_incomplete_installation() {
    let setup = Setup {
        kind: DeviceKind::IdCardReader,
        driver: "sam-serial".to_owned(),
        port: "/dev/null".to_owned(),
        options: BTreeMap::new(),
    };
    let hub = Hub::start(HubConfig {
        worker: PathBuf::from("/nonexistent/tongban-worker"),
        vision: PathBuf::from("/nonexistent/tongban-vision"),
        bindings: vec![Binding { role: "device".to_owned(), setup, required: false }],
        spawn_env: Vec::new(),
    })
    .unwrap();
    let view = until(&hub, "given up", |view| view.state == DeviceState::HardwareError).await;
    assert_eq!(view.code, Some(ErrorCode::InstallIncomplete));
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

fn alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
