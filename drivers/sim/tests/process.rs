//! The simulator process: its line, its panel, its end.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tongban_sim::fault::{Fault, Moment, Wrong};
use tongban_sim::panel::tell;

const PATIENCE: Duration = Duration::from_secs(20);

struct Sim {
    child: Child,
    folder: TempDir,
}

impl Sim {
    fn start(baud: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = command(&folder, baud).spawn().unwrap();
        let sim = Self { child, folder };
        wait_for("start", || sim.place("port").exists() && sim.place("control").exists());
        sim
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tell(&self, command: &str) -> Value {
        tell(&self.place("control"), command).unwrap()
    }

    /// The host's end, raw, as a driver would set it.
    fn host(&self) -> std::fs::File {
        let file = std::fs::OpenOptions::new().read(true).write(true).open(self.place("port")).unwrap();
        let mut raw = rustix::termios::tcgetattr(&file).unwrap();
        raw.make_raw();
        rustix::termios::tcsetattr(&file, rustix::termios::OptionalActions::Now, &raw).unwrap();
        file
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &TempDir, baud: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongban-sim"));
    command.arg("reader").args(["--baud", baud, "--link"]).arg(folder.path().join("port"));
    command.arg("--control").arg(folder.path().join("control"));
    command.arg("--capture").arg(folder.path().join("capture"));
    command
}

fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn exchange(host: &mut std::fs::File, frame: &[u8], length: usize) -> Vec<u8> {
    host.write_all(frame).unwrap();
    let mut answer = vec![0; length];
    host.read_exact(&mut answer).unwrap();
    answer
}

const FIND: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3, 0x20, 0x01, 0x22];
const SELECT: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3, 0x20, 0x02, 0x21];
const READ: [u8; 10] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3, 0x30, 0x01, 0x32];

#[test]
fn a_card_passes_the_line_no_faster_than_its_speed_and_is_recorded() {
    let sim = Sim::start("57600");
    let mut host = sim.host();
    assert_eq!(exchange(&mut host, &FIND, 11)[9], 0x80, "no card yet");
    assert_eq!(sim.tell("put 890121199001010336")["card"], "王明");
    let mut line = vec![];
    line.extend(exchange(&mut host, &FIND, 15));
    line.extend(exchange(&mut host, &SELECT, 19));
    let begun = Instant::now();
    line.extend(exchange(&mut host, &READ, 1295));
    let took = begun.elapsed();
    let least = Duration::from_micros(1295 * 10 * 1_000_000 / 57_600);
    assert!(took >= least.mul_f32(0.9), "{took:?} is faster than a line of 57600 ({least:?})");
    // The peer records what it has sent: the last bytes may be on the line a moment before they are in the file.
    wait_for("what the host received is what was recorded", || {
        std::fs::read(sim.place("capture")).unwrap().ends_with(&line)
    });
    let capture = std::fs::read(sim.place("capture")).unwrap();
    assert_eq!(sim.tell("status")["capture_bytes"], capture.len());
}

#[test]
fn unplugging_takes_the_port_away_and_plugging_brings_it_back() {
    let sim = Sim::start("115200");
    let mut host = sim.host();
    assert_eq!(sim.tell("unplug")["plugged"], false);
    assert!(!sim.place("port").exists());
    let mut rest = Vec::new();
    assert!(host.read_to_end(&mut rest).is_err() || rest.is_empty(), "the line is dead");
    assert_eq!(sim.tell("plug")["plugged"], true);
    assert_eq!(exchange(&mut sim.host(), &FIND, 11)[9], 0x80);
    let before = sim.tell("status")["sam_id"].clone();
    assert_ne!(sim.tell("swap")["sam_id"], before);
    wait_for("the other reader", || sim.place("port").exists());
}

#[test]
fn orders_it_does_not_know_are_refused() {
    let sim = Sim::start("115200");
    for order in ["dance", "put 张三", "fault explode", "fault corrupt on=moon", "press 王明", ""] {
        assert_eq!(sim.tell(order)["ok"], false, "{order}");
    }
    assert_eq!(sim.tell("fault corrupt")["faults_waiting"], 1, "negative control");
    assert_eq!(sim.tell("clear")["faults_waiting"], 0);
}

#[test]
fn told_to_end_it_leaves_neither_port_nor_socket() {
    let mut sim = Sim::start("115200");
    let pid = rustix::process::Pid::from_raw(i32::try_from(sim.child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(sim.child.wait().unwrap().success());
    assert!(!sim.place("control").exists());
    assert!(std::fs::symlink_metadata(sim.place("port")).is_err());
}

#[test]
fn it_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<String> =
        command(&folder, "115200").get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
    let mut parent = Command::new("sh")
        .arg("-c")
        .arg("\"$0\" \"$@\" & echo $!; wait")
        .arg(env!("CARGO_BIN_EXE_tongban-sim"))
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("start", || folder.path().join("control").exists());
    let mut line = Vec::new();
    let mut output = parent.stdout.take().unwrap();
    let mut byte = [0];
    while output.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let pid = String::from_utf8(line).unwrap();
    let alive = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    assert!(alive(), "negative control");
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_for("its end", || !alive());
    assert!(!folder.path().join("control").exists());
}

#[test]
fn fault_scripts_are_read() {
    let fault: Fault = "corrupt".parse().unwrap();
    assert_eq!(fault, Fault::once(Wrong::FlipByte(None), Moment::Read));
    let fault: Fault = "unplug at=12 on=find times=2".parse().unwrap();
    assert_eq!(fault, Fault { wrong: Wrong::Unplug(12), on: Some(Moment::Find), times: 2 });
    let fault: Fault = "silence on=any".parse().unwrap();
    assert_eq!((fault.wrong, fault.on), (Wrong::Silence, None));
    assert!("status at=300".parse::<Fault>().is_err());
}

#[test]
fn the_simulators_photo_codec_refuses_everything_else() {
    let card = tongban_sim::card::Card::of(tongban_sim::people::find("马依娜").unwrap());
    assert!(tongban_sim::wlt::decode(&card.photo).is_some(), "negative control");
    let mut real = card.photo.clone();
    real[6..10].copy_from_slice(&[1, 2, 3, 4]);
    assert!(tongban_sim::wlt::decode(&real).is_none(), "without the mark it may be a real photo");
    assert!(tongban_sim::wlt::decode(&card.photo[..500]).is_none());
}
