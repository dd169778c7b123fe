//! Foreign bytes reach the real worker as stills, as pages to be read and as live pictures: it answers with a code,
//! stays the same process and within its memory. `TONGBAN_LONG=1` sends thousands in place of dozens.
#![allow(clippy::print_stdout, reason = "the seed is for the reader")]

mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use terminal::Terminal;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Reply};
use tongban_device::page::{PageStill, ReadTask};
use tongban_device::state::DeviceState;

/// The worker's memory at its peak, KiB.
const PEAK_KIB: u64 = 300 * 1024;

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().expect("the workspace")
}

/// A photographed page of the demonstration.
fn sample() -> Vec<u8> {
    let folder = root().join("target/samples/pages");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("run cargo xtask samples").flatten().map(|file| file.path()).collect();
    files.sort();
    fs::read(files.first().expect("a sample")).expect("reads")
}

fn put(dir: &Path, bytes: &[u8]) {
    // Renamed into place: the camera never sees half a file of ours.
    fs::write(dir.join("next.part"), bytes).expect("writes");
    fs::rename(dir.join("next.part"), dir.join("page.jpg")).expect("renames");
}

fn take(terminal: &mut Terminal) -> Result<Vec<PageStill>, DeviceFault> {
    match terminal.call(Command::TakePage, 15_000) {
        Ok(Reply::Pages(pages)) => Ok(pages),
        Ok(other) => panic!("no pages: {other:?}"),
        Err(fault) => Err(fault),
    }
}

fn read(terminal: &mut Terminal, jpeg: Vec<u8>) -> Result<Reply, DeviceFault> {
    let material = "营业执照".to_owned();
    let task = ReadTask { jpeg, findings: Vec::new(), material, names: Vec::new(), figures: Vec::new() };
    terminal.call(Command::ReadPage(Box::new(task)), 30_000)
}

#[test]
fn hostile_pictures_are_answered_with_a_code_and_the_worker_goes_on_within_its_memory() {
    let dir = tempfile::tempdir().expect("temp dir");
    let good = sample();
    put(dir.path(), &good);
    let port = format!("files:{}", dir.path().display());
    let mut terminal = Terminal::start_with_models(&port, &root().join("assets/models"));
    terminal.wait_state(DeviceState::Online);
    let first = take(&mut terminal).expect("a page before");
    assert!(matches!(read(&mut terminal, first[0].jpeg.clone()), Ok(Reply::PageRead(_))), "negative control");
    let seed = 0x50_57_11_u64;
    let count = if std::env::var_os("TONGBAN_LONG").is_some() { 2_000 } else { 16 };
    println!("seed {seed:#x}, {count} stills");
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let (mut refused, mut slowest) = (0, Duration::ZERO);
    for round in 0..count {
        let mut bytes = good.clone();
        for _ in 0..1 + next() % 4 {
            // Most of a photograph is scan; headers are where a decoder is led astray.
            let reach = if next() % 2 == 0 { 700 } else { bytes.len() };
            let at = next() % reach.min(bytes.len());
            bytes[at] = (next() & 0xFF) as u8;
        }
        if next() % 4 == 0 {
            bytes.truncate(next() % bytes.len());
        }
        put(dir.path(), &bytes);
        let began = Instant::now();
        match take(&mut terminal) {
            Ok(pages) => assert!((1..=2).contains(&pages.len()), "round {round}"),
            Err(DeviceFault::Medium(code)) if code == "D132" => refused += 1,
            Err(other) => panic!("round {round}: {other:?}"),
        }
        slowest = slowest.max(began.elapsed());
    }
    println!(
        "{refused} of {count} refused; slowest {} ms; peak {} KiB",
        slowest.as_millis(),
        terminal.peak_memory_kib()
    );
    assert!(refused > 0 && slowest < Duration::from_secs(10), "{refused} refused, slowest {slowest:?}");
    for bytes in [Vec::new(), b"no picture".to_vec(), first[0].jpeg[..900].to_vec(), vec![0xFF; 9 << 20]] {
        assert_eq!(read(&mut terminal, bytes).err(), Some(DeviceFault::Medium("D132".into())));
    }
    put(dir.path(), &good);
    let again = take(&mut terminal).expect("a page after");
    assert_eq!(again[0].jpeg, first[0].jpeg, "the same page as before");
    assert!(matches!(read(&mut terminal, again[0].jpeg.clone()), Ok(Reply::PageRead(_))));
    assert!(terminal.peak_memory_kib() <= PEAK_KIB, "{} KiB at the peak", terminal.peak_memory_kib());
}
