//! Faces and prints over the line: the worker's own process, real networks, synthetic fingers.
//!
//! Needs `./dev setup` (networks) and `cargo xtask samples` (photographs).

mod terminal;

use std::path::{Path, PathBuf};
use terminal::Terminal;
use tongban_device::biometric::{FaceOutcome, FaceReport, FaceTask, FingerOutcome, FingerReport, FingerTask};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Reply, Rgba};
use tongban_device::state::DeviceState;
use tongban_sim::card::Card;
use tongban_sim::print::{DPI, HEIGHT, Pattern, Press, WIDTH};
use tongban_sim::{people, wlt};

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().expect("the workspace")
}

/// A camera before which somebody of the samples stands, with the networks of this folder.
fn camera(folder: &str, models: &Path) -> (Terminal, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("temp dir");
    let from = root().join("target/samples").join(folder);
    let to = dir.path().join("somebody");
    std::fs::create_dir(&to).expect("creates");
    for file in std::fs::read_dir(&from).expect("run cargo xtask samples").flatten() {
        std::fs::copy(file.path(), to.join(file.file_name())).expect("copies");
    }
    let mut terminal = Terminal::start_with_models(&format!("files:{}", dir.path().display()), models);
    terminal.wait_state(DeviceState::Online);
    (terminal, dir)
}

/// The picture on this person's card, as the reader's worker decodes it.
fn portrait(number: &str) -> Rgba {
    let file = root().join("target/samples/public/cards").join(format!("{number}.wlt"));
    wlt::decode(&std::fs::read(file).expect("run cargo xtask samples")).expect("the simulator's codec")
}

fn check(terminal: &mut Terminal, portrait: Rgba) -> FaceReport {
    match terminal.call(Command::CheckFace(FaceTask { portrait, always_turn: true }), 12_000) {
        Ok(Reply::Face(report)) => *report,
        other => panic!("no report: {other:?}"),
    }
}

#[test]
fn the_holder_of_the_card_passes_and_the_compared_frame_comes_along() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    let report = check(&mut terminal, portrait("890102197803150113"));
    assert_eq!(report.outcome, FaceOutcome::Same, "{report:?}");
    assert!(report.turned && report.score_milli.is_some_and(|score| score >= report.same_milli));
    let kept = image::load_from_memory(&report.jpeg).expect("the frame is a picture");
    assert_eq!((kept.width(), kept.height()), (960, 540));
    assert!(report.version.contains("mfn512") && report.thumb.is_some());
}

#[test]
fn another_persons_card_goes_to_a_person() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    let report = check(&mut terminal, portrait("890103198206300575"));
    assert!(matches!(report.outcome, FaceOutcome::Different | FaceOutcome::Grey), "{report:?}");
}

#[test]
fn a_card_with_two_people_in_one_picture_lies_in_the_grey_zone_and_goes_to_a_person() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    let report = check(&mut terminal, portrait("890102199912310795"));
    assert_eq!(report.outcome, FaceOutcome::Grey, "{report:?}");
    let score = report.score_milli.expect("was compared");
    assert!(score + 50 < report.same_milli, "well below the limit: {score}");
}

#[test]
fn without_networks_the_answer_says_so_and_the_camera_goes_on() {
    let empty = tempfile::tempdir().expect("temp dir");
    let (mut terminal, _dir) = camera("public/burst-1", empty.path());
    let report = check(&mut terminal, portrait("890102197803150113"));
    assert_eq!(report.outcome, FaceOutcome::NoModel);
    assert!(matches!(terminal.call(Command::Still, 10_000), Ok(Reply::Still(_))));
}

#[test]
fn a_card_picture_that_is_none_is_an_answer_and_not_an_end() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    for (width, height, bytes) in [(0, 0, 0), (u32::MAX, u32::MAX, 16), (102, 126, 3), (9_000, 9_000, 0)] {
        let portrait = Rgba { width, height, pixels: vec![0; bytes] };
        assert_eq!(check(&mut terminal, portrait).outcome, FaceOutcome::NoPortrait, "{width}x{height}");
    }
    assert!(matches!(terminal.call(Command::Check, 2_000), Ok(Reply::Health(_))));
}

fn compare(terminal: &mut Terminal, seed: &str, wear: u8, card: Vec<u8>) -> FingerReport {
    let pixels = Press { number: 2, wear }.draw(&Pattern::of(seed));
    let (width, height) = (WIDTH as u32, HEIGHT as u32);
    let task = FingerTask { width, height, dpi: DPI, pixels, records: Vec::new(), card };
    match terminal.call(Command::CompareFinger(task), 5_000) {
        Ok(Reply::FingerCompared(report)) => report,
        other => panic!("no report: {other:?}"),
    }
}

#[test]
fn a_finger_is_held_against_the_card_and_only_the_holders_passes() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    let holder = people::find("陈建国").expect("of the demonstration");
    let other = people::find("王明").expect("of the demonstration");
    let card = Card::of(holder).fingers;
    let own = compare(&mut terminal, &holder.number, holder.finger_wear, card.clone());
    assert_eq!(own.outcome, FingerOutcome::Same, "{own:?}");
    assert_eq!(&own.record[..4], b"FMR\0");
    let foreign = compare(&mut terminal, &other.number, other.finger_wear, card.clone());
    assert!(matches!(foreign.outcome, FingerOutcome::Different | FingerOutcome::Grey), "{foreign:?}");
    let worn = compare(&mut terminal, &other.number, 95, card);
    assert_eq!(worn.outcome, FingerOutcome::Worn, "{worn:?}");
    let closed = compare(&mut terminal, &holder.number, 5, vec![0xA5; 1024]);
    assert_eq!((closed.outcome, closed.score), (FingerOutcome::NoReference, None));
}

#[test]
fn a_print_that_is_no_picture_is_refused_and_the_worker_lives() {
    let (mut terminal, _dir) = camera("public/burst-1", &root().join("assets/models"));
    for (width, height, dpi, bytes) in
        [(0, 0, 500, 0), (u32::MAX, 2, 500, 8), (256, 288, 500, 9), (256, 288, 72, 73_728)]
    {
        let pixels = vec![0; bytes];
        let task = FingerTask { width, height, dpi, pixels, records: vec![vec![7; 40]; 3], card: Vec::new() };
        let refused = terminal.call(Command::CompareFinger(task), 5_000);
        assert!(matches!(refused, Err(DeviceFault::Medium(_))), "{width}x{height}: {refused:?}");
    }
    assert!(matches!(terminal.call(Command::Check, 2_000), Ok(Reply::Health(_))));
}
