//! A worker under bad luck: locked in, out of memory, plugged and pulled again and again.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail loudly and tells its figures")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, IdCardReader};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, CancelToken, DeviceView, Hub, HubConfig};
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::SamPeer;
use tongban_sim::card::Card;
use tongban_sim::link::PeerLink;
use tongban_sim::panel::{Places, ReaderPanel, Station, tell};
use tongban_sim::people;

const WORKER: &str = env!("CARGO_BIN_EXE_tongban-worker");
const PATIENCE: Duration = Duration::from_secs(20);
/// A crashed worker is replaced, an unplugged device seen, a plugged one usable within these.
const RECOVERED: Duration = Duration::from_secs(2);
const SEEN: Duration = Duration::from_secs(1);
const USABLE: Duration = Duration::from_secs(5);

/// A simulated reader on a pseudo terminal, in a thread of this process.
struct Reader {
    folder: tempfile::TempDir,
    stop: std::os::fd::OwnedFd,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = rustix::io::write(&self.stop, b"x");
    }
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let places = Places { link: place("port"), control: place("control"), capture: place("capture") };
        let (stopped, stop) = rustix::pipe::pipe().unwrap();
        let station = Station::open(ReaderPanel::new(77), places, 115_200).unwrap();
        std::thread::spawn(move || station.run(&stopped).unwrap());
        Self { folder, stop }
    }

    fn tell(&self, command: &str) {
        let answer = tell(&self.folder.path().join("control"), command).unwrap();
        assert_eq!(answer["ok"], true, "{command}: {answer}");
    }

    fn setup(&self) -> Setup {
        Setup {
            kind: DeviceKind::IdCardReader,
            driver: "sam-serial".to_owned(),
            port: self.folder.path().join("port").to_str().unwrap().to_owned(),
            options: BTreeMap::new(),
        }
    }
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

fn until(hub: &Hub, limit: Duration, what: &str, wanted: impl Fn(&DeviceView) -> bool) -> Duration {
    let begun = Instant::now();
    while !wanted(&view(hub)) {
        assert!(begun.elapsed() < limit, "{what}: not within {} ms: {:?}", limit.as_millis(), view(hub));
        std::thread::sleep(Duration::from_millis(5));
    }
    begun.elapsed()
}

fn online(view: &DeviceView) -> bool {
    view.state == DeviceState::Online && view.evidence.contains_key("sam_id")
}

fn acts(text: &str, when: &str) -> BTreeMap<String, bool> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value[when].as_object().unwrap().iter().map(|(act, done)| (act.clone(), done.as_bool().unwrap())).collect()
}

#[test]
fn locked_in_it_can_do_its_work_and_nothing_else() {
    let outside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(outside.path().join("secret"), b"keys of the station").unwrap();
    std::fs::write(outside.path().join("victim"), b"").unwrap();
    let here = tempfile::Builder::new().prefix("tongban-device-").tempdir().unwrap();
    let output = Command::new(WORKER)
        .arg("--self-check")
        .arg(outside.path())
        .current_dir(here.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let (before, after) = (acts(&text, "before"), acts(&text, "after"));
    let failed: Vec<_> = before.iter().filter(|(_, done)| !**done).collect();
    assert!(failed.is_empty(), "control: outside the fences every act succeeds, but {failed:?}");
    for (act, done) in &after {
        let needed = tongban_sandbox::acts::NEEDED.contains(&act.as_str());
        assert_eq!(*done, needed, "{act} after the lock: {text}");
    }
    assert!(text.contains("landlock seccomp"), "this kernel has both fences: {text}");
}

#[test]
fn it_knows_nothing_of_the_terminals_environment_and_leaves_no_folder() {
    let reader = Reader::new();
    let folder;
    {
        let hub = hub(reader.setup());
        until(&hub, PATIENCE, "online", online);
        folder = hub.folder("device").unwrap();
        let pid = view(&hub).worker_pid.unwrap();
        let proc = PathBuf::from(format!("/proc/{pid}"));
        assert_eq!(std::fs::read_link(proc.join("cwd")).unwrap(), folder);
        let environment = std::fs::read(proc.join("environ")).unwrap();
        let names: Vec<String> = environment
            .split(|byte| *byte == 0)
            .filter_map(|pair| Some(String::from_utf8_lossy(pair).split_once('=')?.0.to_owned()))
            .collect();
        for name in ["HOME", "PATH", "CARGO_MANIFEST_DIR", "TONGBAN_KEK_PASSPHRASE", "USER"] {
            assert!(!names.iter().any(|here| here == name), "{name} reached the worker: {names:?}");
        }
        assert!(std::env::var_os("PATH").is_some(), "control: we do have one");
        let status = std::fs::read_to_string(proc.join("status")).unwrap();
        for line in ["NoNewPrivs:\t1", "Seccomp:\t2"] {
            assert!(status.contains(line), "{line} is not in {status}");
        }
        assert!(view(&hub).evidence["sandbox"].contains("landlock"));
    }
    assert!(!folder.exists(), "{} is left behind", folder.display());
}

#[test]
fn a_worker_out_of_memory_or_killed_is_replaced_within_two_seconds() {
    let reader = Reader::new();
    let hub = hub(reader.setup());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    until(&hub, PATIENCE, "online", online);
    for misfortune in ["killed", "out of memory"] {
        let pid = view(&hub).worker_pid.unwrap();
        let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        if misfortune == "killed" {
            rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
        } else {
            // Not a page more than it has: the next allocation of some size fails.
            let limit = rustix::process::Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) };
            rustix::process::prlimit(Some(raw), rustix::process::Resource::As, limit).unwrap();
            reader.tell("put 陈建国");
            let claim = hub.claim("device", None).unwrap();
            let read = runtime.block_on(claim.read_card(Duration::from_secs(8), CancelToken::new(), |_| {}));
            reader.tell("take");
            if !matches!(read, Err(DeviceFault::Worker(_))) {
                // It had pages enough left for this card; it has none for the next thousand.
                rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
            }
        }
        let took =
            until(&hub, RECOVERED, misfortune, |view| online(view) && view.worker_pid.is_some_and(|new| new != pid));
        println!("{misfortune}: usable again after {} ms", took.as_millis());
    }
    assert_eq!(view(&hub).restarts, 2);
}

#[test]
fn an_idle_unplug_is_seen_within_a_second_and_the_port_is_free_for_others() {
    let reader = Reader::new();
    let hub = hub(reader.setup());
    until(&hub, PATIENCE, "online", online);
    // Anywhere between two polls.
    std::thread::sleep(Duration::from_millis(700));
    reader.tell("unplug");
    let seen = until(&hub, SEEN, "unplug seen", |view| view.state == DeviceState::NoDevice);
    reader.tell("plug");
    let back = until(&hub, USABLE, "usable again", online);
    println!("seen after {} ms, usable after {} ms", seen.as_millis(), back.as_millis());
}

/// Open files, threads and resident kilobytes of a process.
fn holdings(pid: u32) -> (usize, usize, u64) {
    let count = |name: &str| std::fs::read_dir(format!("/proc/{pid}/{name}")).unwrap().count();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    (count("fd"), count("task"), resident.trim().trim_end_matches(" kB").parse().unwrap())
}

#[test]
fn plugging_again_and_again_costs_no_handle_and_no_memory() {
    let cycles = if std::env::var_os("TONGBAN_LONG").is_some() { 1000 } else { 10 };
    let reader = Reader::new();
    let hub = hub(reader.setup());
    until(&hub, PATIENCE, "online", online);
    let pid = view(&hub).worker_pid.unwrap();
    let mut first = None;
    for cycle in 0..cycles {
        reader.tell("unplug");
        until(&hub, SEEN * 3, "unplug seen", |view| view.state == DeviceState::NoDevice);
        reader.tell("plug");
        until(&hub, USABLE, "usable again", online);
        if cycle == 2 {
            first = Some((holdings(pid), holdings(std::process::id())));
        }
    }
    assert_eq!(view(&hub).worker_pid, Some(pid), "the worker survives its device");
    let (worker, ours) = first.unwrap();
    let (worker_now, ours_now) = (holdings(pid), holdings(std::process::id()));
    println!("worker {worker:?} -> {worker_now:?}, hub {ours:?} -> {ours_now:?} after {cycles} cycles");
    assert_eq!((worker.0, worker.1), (worker_now.0, worker_now.1), "files and threads of the worker");
    assert!(ours_now.0 <= ours.0 + 1, "files of the hub: {} -> {}", ours.0, ours_now.0);
    assert!(worker_now.2 < worker.2 + 2048, "memory of the worker grew: {} -> {} kB", worker.2, worker_now.2);
}

#[test]
fn a_thousand_plug_cycles_in_memory_leave_nothing_behind() {
    let timings = Timings {
        find_pause: Duration::ZERO,
        answer: Duration::from_millis(20),
        read: Duration::from_millis(20),
        gap: Duration::from_millis(2),
    };
    let person = people::find("陈建国").unwrap();
    let mut silent = |_| {};
    let mut before = None;
    for cycle in 0..1000_usize {
        let wire = PeerLink::new(SamPeer::new(7));
        wire.with(|peer| peer.put(Card::of(person)));
        let mut reader = SamReader::new(wire.clone(), timings, Box::new(NoDecoder));
        let mut control = OpControl::new(Duration::from_secs(2), CancelFlag::new(), &mut silent);
        reader.health(&mut control).unwrap();
        // Pulled out somewhere in the reading, each time at another byte.
        wire.unplug_after(1 + cycle * 7 % 2300);
        assert_eq!(reader.read_card(&mut control).err(), Some(DeviceFault::Unplugged), "cycle {cycle}");
        if cycle == 100 {
            before = Some(holdings(std::process::id()));
        }
    }
    let (before, after) = (before.unwrap(), holdings(std::process::id()));
    assert_eq!(before.0, after.0, "open files");
    assert!(after.2 < before.2 + 4096, "memory grew: {} -> {} kB", before.2, after.2);
}

#[test]
fn a_worker_killed_in_the_middle_leaves_no_lock_on_the_port() {
    let reader = Reader::new();
    let pid;
    {
        let hub = hub(reader.setup());
        until(&hub, PATIENCE, "online", online);
        pid = view(&hub).worker_pid.unwrap();
        assert!(Path::new(&format!("/proc/{pid}")).exists());
        // While it lives, the port is its own.
        let second = self::hub(reader.setup());
        until(&second, PATIENCE, "busy", |view| view.state == DeviceState::Offline);
        let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
    }
    let third = hub(reader.setup());
    until(&third, PATIENCE, "online", online);
    assert!(!Path::new(&format!("/proc/{pid}/fd")).exists() || view(&third).worker_pid != Some(pid));
}
