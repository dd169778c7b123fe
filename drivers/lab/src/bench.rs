//! 设备性能: figures of hub, workers and drivers on simulated lines. One JSON object a figure on standard output.

use crate::suite::{ROLE, Station, setup};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::IdCardReader;
use tongban_device::message::Setup;
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_device::transport::{ByteLink, LinkError};
use tongban_hub::{Binding, CancelToken, Hub, HubConfig};
use tongban_id_card::photo::NoDecoder;
use tongban_id_card::{SamReader, Timings};
use tongban_sim::panel::{Places, ReaderPanel, Station as Panel, tell};
use tongban_transport::SerialLink;

const BAUD: u32 = 115_200;
const BITS_PER_BYTE: f64 = 10.0;
const ROUNDS: usize = 10;
/// `USER_HZ`, 100 wherever Linux runs (proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(20);

/// A simulated reader on a pseudo terminal paced like its line.
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
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let place = |name: &str| folder.path().join(name);
        let places = Places { link: place("port"), control: place("control"), capture: place("capture") };
        let (stopped, stop) = rustix::pipe::pipe()?;
        let station = Panel::open(ReaderPanel::new(77), places, BAUD)?;
        std::thread::spawn(move || station.run(&stopped));
        Ok(Self { folder, stop })
    }

    fn tell(&self, command: &str) -> Result<()> {
        let answer = tell(&self.folder.path().join("control"), command)?;
        ensure!(answer["ok"] == true, "{command}: {answer}");
        Ok(())
    }

    fn port(&self) -> String {
        self.folder.path().join("port").to_string_lossy().into_owned()
    }

    fn setup(&self) -> Setup {
        setup(DeviceKind::IdCardReader, "sam-serial", &self.port())
    }
}

fn say(name: &str, value: f64, unit: &str, limit: Option<f64>, against: Option<(&str, f64)>) {
    println!("{}", json!({"name": name, "value": value, "unit": unit, "limit": limit, "against": against}));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Runs every bench; `programs` holds the workers, `pictures` the frames to play.
///
/// # Errors
/// When something does not come up.
pub fn run(programs: &Path, pictures: &Path) -> Result<()> {
    let places =
        crate::guest::Places { programs: programs.to_owned(), share: pictures.to_owned(), out: std::env::temp_dir() };
    card()?;
    recovery(&places)?;
    live_and_still(&places, pictures)?;
    memory(programs)
}

/// A link that notes when the first byte of the answer to the last find came.
struct Watched<L> {
    link: L,
    noted: Arc<Mutex<(bool, Option<Instant>, u64)>>,
}

impl<L: ByteLink> ByteLink for Watched<L> {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        // Find card (GA/T 467: 20 01).
        if bytes.get(7..9) == Some(&[0x20, 0x01]) {
            *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = (true, None, 0);
        }
        self.link.write_all(bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let count = self.link.read(buffer, wait)?;
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if count > 0 {
            noted.1.get_or_insert_with(Instant::now);
            noted.2 += count as u64;
        }
        Ok(count)
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        self.link.flush_input()
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.link.set_baud(baud)
    }
}

/// From the first byte of the answer that found a card to the parsed record, against the time the line needs.
fn card() -> Result<()> {
    let reader = Reader::new()?;
    let noted = Arc::new(Mutex::new((false, None, 0)));
    let link = SerialLink::open(&reader.port(), BAUD).map_err(|error| anyhow::anyhow!("{error}"))?;
    let watched = Watched { link, noted: Arc::clone(&noted) };
    let mut driver = SamReader::new(watched, Timings::at_baud(BAUD), Box::new(NoDecoder));
    let (mut times, mut lines) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        reader.tell("take")?;
        reader.tell("put 陈建国")?;
        let mut silent = |_| {};
        let mut control = OpControl::new(PATIENCE, CancelFlag::new(), &mut silent);
        driver.read_card(&mut control)?;
        let (_, first, bytes) = *noted.lock().unwrap_or_else(PoisonError::into_inner);
        times.push(ms(first.context("no answer was seen")?.elapsed()));
        #[allow(clippy::cast_precision_loss, reason = "a few thousand bytes")]
        lines.push(bytes as f64 * BITS_PER_BYTE * 1000.0 / f64::from(BAUD));
    }
    let (time, line) = (median(times), median(lines));
    say("card read, first 9F to record", time, "ms", Some(line * 1.15), Some(("paced line", line)));
    Ok(())
}

fn until(station: &Station, wanted: DeviceState) -> Result<f64> {
    let begun = Instant::now();
    station.until(PATIENCE, wanted)?;
    Ok(ms(begun.elapsed()))
}

fn recovery(places: &crate::guest::Places) -> Result<()> {
    let reader = Reader::new()?;
    let station = Station::new(places, reader.setup())?;
    until(&station, DeviceState::Online)?;
    let (mut seen, mut usable) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // At different moments between two polls.
        std::thread::sleep(Duration::from_millis(150 + 130 * round as u64));
        reader.tell("unplug")?;
        seen.push(until(&station, DeviceState::NoDevice)?);
        reader.tell("plug")?;
        usable.push(until(&station, DeviceState::Online)?);
    }
    let worst = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    say("unplug seen, worst of 10", worst(&seen), "ms", Some(1000.0), None);
    say("replug usable, worst of 10", worst(&usable), "ms", Some(5000.0), None);
    let mut recovered = Vec::new();
    // More than three deaths a minute are given up, as they should be.
    for _ in 0..3 {
        let pid = station.view()?.worker_pid.context("no worker")?;
        let raw = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("pid")?;
        let begun = Instant::now();
        rustix::process::kill_process(raw, rustix::process::Signal::KILL)?;
        crate::guest::until(PATIENCE, "another worker", || {
            let view = station.view().ok()?;
            (view.state == DeviceState::Online && view.worker_pid.is_some_and(|new| new != pid)).then_some(())
        })?;
        recovered.push(ms(begun.elapsed()));
    }
    say("worker killed, device usable again, worst of 3", worst(&recovered), "ms", Some(2000.0), None);
    Ok(())
}

/// Processor time of a process so far, seconds.
fn processor(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    // utime and stime are fields 14 and 15 of the line, 12 and 13 behind the name.
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

fn live_and_still(places: &crate::guest::Places, pictures: &Path) -> Result<()> {
    const FPS: u8 = 15;
    const SECONDS: u64 = 10;
    let port = format!("files:{}", pictures.display());
    let station = Station::new(places, setup(DeviceKind::DocumentCamera, "files", &port))?;
    until(&station, DeviceState::Online)?;
    std::fs::write(pictures.join("current"), "live")?;
    let frames = station.hub.preview(ROLE, FPS);
    crate::guest::until(PATIENCE, "a first picture", || frames.borrow().as_ref().map(|_| ()))?;
    let pid = station.view()?.worker_pid.context("no worker")?;
    let own = std::process::id();
    let before = (processor(pid)?, processor(own)?, frames.borrow().as_ref().map_or(0, |frame| frame.seq));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let after = (processor(pid)?, processor(own)?, frames.borrow().as_ref().map_or(0, |frame| frame.seq));
    let worker = (after.0 - before.0) / seconds * 100.0;
    let hub = (after.1 - before.1) / seconds * 100.0;
    #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
    let rate = (after.2 - before.2) as f64 / seconds;
    say("live picture 1280x720, pictures a second", rate, "1/s", None, Some(("asked for", f64::from(FPS))));
    say("live picture 1280x720, worker and hub", worker + hub, "% of a core", Some(25.0), None);
    say("live picture 1280x720, hub alone", hub, "% of a core", None, None);
    drop(frames);
    std::fs::write(pictures.join("current"), "page-8mp.jpg")?;
    let claim = station.hub.claim(ROLE, None)?;
    let mut stills = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let still = station.runtime.block_on(claim.still(PATIENCE, CancelToken::new()))?;
        ensure!((still.width, still.height) == (3264, 2448), "{}x{}", still.width, still.height);
        stills.push(ms(begun.elapsed()));
    }
    say("8 MP still, asked to packed, median of 5", median(stills), "ms", Some(1000.0), None);
    Ok(())
}

/// Resident memory of this process, MiB.
fn resident() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// The terminal's side of one device and of eight.
fn memory(programs: &Path) -> Result<()> {
    let measure = |count: usize| -> Result<f64> {
        let readers: Vec<Reader> = (0..count).map(|_| Reader::new()).collect::<Result<_>>()?;
        let before = resident()?;
        let bindings = readers.iter().enumerate().map(|(index, reader)| Binding {
            role: format!("role-{index}"),
            setup: reader.setup(),
            required: true,
        });
        let hub = Hub::start(HubConfig {
            worker: programs.join("tongban-worker"),
            vision: PathBuf::from("tongban-vision"),
            bindings: bindings.collect(),
            spawn_env: vec![("RUST_LOG".to_owned(), "error".to_owned())],
        })?;
        crate::guest::until(PATIENCE, "all online", || {
            hub.devices().iter().all(|view| view.state == DeviceState::Online).then_some(())
        })?;
        std::thread::sleep(Duration::from_secs(1));
        Ok(resident()? - before)
    };
    let _warm = measure(1)?;
    let (one, eight) = (measure(1)?, measure(8)?);
    say("hub memory, seven more devices", eight - one, "MiB", Some(2.0), Some(("one device", one)));
    Ok(())
}
