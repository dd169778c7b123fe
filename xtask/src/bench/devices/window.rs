//! The terminal in a real window: what a live picture costs altogether, and how long the window
//! keeps anybody waiting while devices and workers misbehave.
//!
//! The window is asked for its state over the inspector's socket. The question waits its turn in
//! the same loop that takes messages, lays out and draws, so no frame takes longer than the
//! slowest answer.

use super::super::Row;
use super::FPS;
use crate::demo::control::Control;
use crate::demo::display::Display;
use crate::demo::inspect::Inspector;
use crate::demo::world::start_device;
use crate::processes::Process;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(20);
/// How long processor time is counted.
const WATCHED: Duration = Duration::from_secs(10);
/// How long a worker without memory is waited for.
const ENOUGH: Duration = Duration::from_secs(8);
/// Pause between two questions to the window.
const PAUSE: Duration = Duration::from_millis(10);
/// Longest a frame may take.
const FRAME_MS: f64 = 50.0;
/// Times a reader is pulled and plugged; the long run.
const CYCLES: usize = 30;
const CYCLES_LONG: usize = 1000;
/// `USER_HZ`, 100 wherever Linux runs (proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// A technician's terminal with a live picture on its screen, nothing else.
struct Terminal {
    see: Inspector,
    socket: PathBuf,
    display: Display,
    process: Process,
    reader: Control,
    _sim: Process,
}

/// Measures; `programs` holds what was built, `pictures` what the camera plays.
pub fn run(root: &Path, programs: &Path, pictures: &Path) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(pictures.join("current"), "live")?;
    let mut terminal = start(root, programs, pictures, folder.path())?;
    let (id, see) = (terminal.process.id(), &terminal.see);
    see.wait_device("reader", "Online", SOON)?;
    see.wait_device("document", "Online", SOON)?;
    std::thread::sleep(Duration::from_secs(2));
    let idle = share(id, Duration::from_secs(4))?;
    see.touch(&terminal.display, "technician.device.document", SOON)?;
    std::thread::sleep(Duration::from_secs(3));
    let mut rows = live(&terminal, idle)?;
    terminal.display.screenshot(&root.join("target/bench/window.png"), None)?;
    let before = holdings(id)?;
    rows.extend(misfortunes(&terminal)?);
    std::thread::sleep(Duration::from_secs(1));
    let after = holdings(id)?;
    rows.push(Row::new("window afterwards, more open files than before", after.0 - before.0, "").at_most(0.0));
    rows.push(Row::new("window afterwards, more memory than before", after.1 - before.1, "MiB").at_most(8.0));
    terminal.process.check()?;
    Ok(rows)
}

fn start(root: &Path, programs: &Path, pictures: &Path, folder: &Path) -> Result<Terminal> {
    let logs = folder.join("logs");
    let (sim, reader) = start_device((root, programs, folder), "reader", "bench", 1_001)?;
    let display = Display::start(1920, 1080, &logs)?;
    let config = folder.join("station.toml");
    std::fs::write(&config, configuration(root, programs, reader.port(), pictures))?;
    let socket = folder.join("inspector.sock");
    let mut command = Command::new(programs.join("tongban"));
    command.arg("--config").arg(&config).arg("--inspector").arg(&socket);
    command.env("TONGBAN_STATE_DIR", folder.join("state")).env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
    let mut process = Process::start("tongban", command, &logs)?;
    let see = Inspector::new(&socket, &[]);
    process.wait_until(SOON, "first screen", || see.alive())?;
    Ok(Terminal { see, socket, display, process, reader, _sim: sim })
}

fn configuration(root: &Path, programs: &Path, reader: &Path, pictures: &Path) -> String {
    format!(
        "[identity]\nstation = \"890121-201-T01\"\nhall = \"890121-201\"\nhall_name = \"示范市\"\nface = \"technician\"\n\n\
         [paths]\nassets = \"{0}/assets\"\ni18n = \"{0}/i18n\"\nworkers = \"{1}\"\n\n\
         [screen]\nmain = {{ x = 0, y = 0, width = 1920, height = 1080 }}\n\n\
         [speech]\nprogram = \"\"\n\n[service]\ndemo = true\n\n\
         [staff]\non_duty = \"wu.tech\"\non_duty_name = \"吴运维\"\n\n\
         [devices.reader]\ndriver = \"sam-serial\"\nport = \"{2}\"\nrequired = true\n\n\
         [devices.document]\ndriver = \"files\"\nport = \"files:{3}\"\n",
        root.display(),
        programs.display(),
        reader.display(),
        pictures.display(),
    )
}

/// Processor time of window with hub and worker, and the pictures that came.
fn live(terminal: &Terminal, idle: f64) -> Result<Vec<Row>> {
    let (id, see) = (terminal.process.id(), &terminal.see);
    let camera = worker(id, "tongban-vision")?;
    let counted = |see: &Inspector| -> Result<[u64; 2]> {
        see.state()?.pictures.get("document").copied().context("no picture in the window")
    };
    let before = (counted(see)?, seconds(id)?, seconds(camera)?);
    let begun = Instant::now();
    std::thread::sleep(WATCHED);
    let took = begun.elapsed().as_secs_f64();
    let after = (counted(see)?, seconds(id)?, seconds(camera)?);
    let (window, worker) = ((after.1 - before.1) / took * 100.0, (after.2 - before.2) / took * 100.0);
    #[allow(clippy::cast_precision_loss, reason = "a few hundred pictures")]
    let [shown, missed] = [0, 1].map(|at| (after.0[at] - before.0[at]) as f64);
    Ok(vec![
        Row::new("live picture in a window, pictures a second", shown / took, "1/s")
            .against("asked for", f64::from(FPS)),
        Row::new("live picture in a window, pictures missed", missed, "").at_most(0.0),
        Row::new("live picture in a window, worker, hub and window", window + worker, "% of a core").at_most(25.0),
        Row::new("live picture in a window, window and hub", window, "% of a core").against("without a picture", idle),
        Row::new("live picture in a window, worker", worker, "% of a core"),
    ])
}

/// Slowest answer of the window while each of them happens.
fn misfortunes(terminal: &Terminal) -> Result<Vec<Row>> {
    let (id, see, reader) = (terminal.process.id(), &terminal.see, &terminal.reader);
    let mut rows = Vec::new();
    let mut measure = |name: &str, act: &mut dyn FnMut() -> Result<()>| -> Result<()> {
        let (worst, usual) = watched(&terminal.socket, act).with_context(|| name.to_owned())?;
        rows.push(
            Row::new(&format!("window, slowest answer: {name}"), worst, "ms")
                .at_most(FRAME_MS)
                .against("median", usual),
        );
        Ok(())
    };
    measure("live picture, nothing else", &mut || {
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    })?;
    measure("workers of camera and reader killed", &mut || {
        for (program, role) in [("tongban-vision", "document"), ("tongban-worker", "reader")] {
            let old = worker(id, program)?;
            signal(old, rustix::process::Signal::KILL)?;
            back(see, id, (program, role), old)?;
        }
        Ok(())
    })?;
    measure("worker of the camera stopped for five seconds", &mut || {
        let camera = worker(id, "tongban-vision")?;
        signal(camera, rustix::process::Signal::STOP)?;
        std::thread::sleep(Duration::from_secs(5));
        // The hub may have given up on it and ended it: then there is nobody to wake.
        let _ = signal(camera, rustix::process::Signal::CONT);
        see.wait_device("document", "Online", SOON)
    })?;
    measure("worker of the camera out of memory", &mut || {
        let camera = worker(id, "tongban-vision")?;
        let limit = rustix::process::Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) };
        rustix::process::prlimit(Some(pid(camera)?), rustix::process::Resource::As, limit)?;
        // It lives on the pages it has until something large is asked of it: a still. What cannot be had ends the
        // process, or the call where the library says so; a process that lives on is ended, so that the next has room.
        see.touch(&terminal.display, "technician.test", SOON)?;
        let deadline = Instant::now() + ENOUGH;
        while worker(id, "tongban-vision").is_ok_and(|now| now == camera) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        if worker(id, "tongban-vision").is_ok_and(|now| now == camera) {
            signal(camera, rustix::process::Signal::KILL)?;
        }
        back(see, id, ("tongban-vision", "document"), camera)
    })?;
    let cycles = if std::env::var_os("TONGBAN_LONG").is_some() { CYCLES_LONG } else { CYCLES };
    measure(&format!("reader pulled and plugged, {cycles} times"), &mut || {
        for _ in 0..cycles {
            reader.say("unplug")?;
            see.wait_device("reader", "NoDevice", SOON)?;
            reader.say("plug")?;
            see.wait_device("reader", "Online", SOON)?;
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Waits for another worker in the place of the old one, with its device usable.
fn back(see: &Inspector, id: u32, (program, role): (&str, &str), old: u32) -> Result<()> {
    let deadline = Instant::now() + SOON;
    while !worker(id, program).is_ok_and(|now| now != old) {
        ensure!(Instant::now() < deadline, "{program} was not replaced");
        std::thread::sleep(Duration::from_millis(20));
    }
    see.wait_device(role, "Online", SOON)
}

/// Asks the window all the time while something happens: the slowest answer and the median, milliseconds.
fn watched(socket: &Path, act: &mut dyn FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asker = scope.spawn(|| -> Result<Vec<f64>> {
            let mut stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(SOON))?;
            let mut answers = BufReader::new(stream.try_clone()?);
            let (mut times, mut line) = (Vec::new(), String::new());
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                stream.write_all(b"state\n")?;
                line.clear();
                ensure!(answers.read_line(&mut line)? > 0, "the window went away");
                times.push(begun.elapsed().as_secs_f64() * 1000.0);
                std::thread::sleep(PAUSE);
            }
            Ok(times)
        });
        let outcome = act();
        over.store(true, Ordering::Relaxed);
        let mut times = asker.join().map_err(|_| anyhow::anyhow!("the asker ended"))??;
        outcome?;
        let worst = times.iter().copied().fold(0.0, f64::max);
        Ok((worst, super::super::median(&mut times)))
    })
}

fn pid(number: u32) -> Result<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(number)?).context("no process id")
}

fn signal(process: u32, signal: rustix::process::Signal) -> Result<()> {
    Ok(rustix::process::kill_process(pid(process)?, signal)?)
}

/// Fields of `/proc/PID/stat` behind the name: state, parent … (proc(5)).
fn stat(process: u32) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    Ok(text.rsplit(')').next().unwrap_or("").split_whitespace().map(str::to_owned).collect())
}

/// The child of the terminal that runs this program.
fn worker(terminal: u32, program: &str) -> Result<u32> {
    let ours = |process: &u32| {
        let parent = stat(*process).ok().and_then(|fields| fields.get(1)?.parse::<u32>().ok());
        let name = std::fs::read_link(format!("/proc/{process}/exe")).ok();
        parent == Some(terminal) && name.is_some_and(|path| path.ends_with(program))
    };
    let all = std::fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.into_iter().find(ours).with_context(|| format!("no {program} below the terminal"))
}

/// Processor time of a process so far.
fn seconds(process: u32) -> Result<f64> {
    let fields = stat(process)?;
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Share of a core a process takes over a while, percent.
fn share(process: u32, over: Duration) -> Result<f64> {
    let (before, begun) = (seconds(process)?, Instant::now());
    std::thread::sleep(over);
    Ok((seconds(process)? - before) / begun.elapsed().as_secs_f64() * 100.0)
}

/// Open files and resident MiB.
fn holdings(process: u32) -> Result<(f64, f64)> {
    let files = std::fs::read_dir(format!("/proc/{process}/fd"))?.count();
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let resident: f64 = resident.trim().trim_end_matches(" kB").parse()?;
    Ok((f64::from(u32::try_from(files)?), resident / 1024.0))
}
