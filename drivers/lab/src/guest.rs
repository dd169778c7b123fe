//! Inside the virtual machine: kernel modules, device manager, then one suite after another.

use crate::row::Rows;
use crate::suite;
use anyhow::{Context, Result, bail, ensure};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest a run may take in the guest, and the long one.
const LIMIT: Duration = Duration::from_secs(315);
const LIMIT_LONG: Duration = Duration::from_secs(7000);

/// Where things are in the guest.
pub struct Places {
    /// The programs under test.
    pub programs: PathBuf,
    /// Pictures and rules made on the host.
    pub share: PathBuf,
    /// What is carried back to the host.
    pub out: PathBuf,
}

impl Places {
    /// A program under test.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

/// Loads kernel modules by name.
///
/// # Errors
/// When one is not there.
pub fn modules(names: &[&str]) -> Result<()> {
    for name in names {
        let (module, options) = name.split_once(' ').unwrap_or((name, ""));
        let status = Command::new("/bin/modprobe").arg(module).args(options.split_whitespace()).status()?;
        if !status.success() {
            bail!("modprobe {name}: {status}");
        }
    }
    Ok(())
}

/// Waits until `ready` gives something.
///
/// # Errors
/// When it does not within `limit`.
pub fn until<T>(limit: Duration, what: &str, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = ready() {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("{what}: not within {} ms", limit.as_millis());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The only entry of a folder that begins so.
///
/// # Errors
/// When none appears within five seconds.
pub fn node(folder: &str, prefix: &str) -> Result<PathBuf> {
    until(Duration::from_secs(5), &format!("{folder}/{prefix}*"), || {
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
            .collect();
        names.sort();
        names.into_iter().next()
    })
}

/// Waits until the device manager has dealt with everything that was plugged.
pub fn settle() {
    let _ = Command::new("/usr/bin/udevadm").args(["settle", "--timeout=10"]).stdout(Stdio::null()).status();
}

/// The lane of a part, `2/3`; none for `all`.
fn lane(part: &str) -> Result<Option<usize>> {
    if part == "all" {
        return Ok(None);
    }
    let (lane, of) = part.split_once('/').context("a part is `2/3` or `all`")?;
    let (lane, of): (usize, usize) = (lane.parse()?, of.parse()?);
    // Fewer machines than lanes would leave suites out, and nobody would see it.
    ensure!(of == suite::LANES && (1..=of).contains(&lane), "{part}: the suites are dealt to {}", suite::LANES);
    Ok(Some(lane))
}

/// Runs the suites of a part (`2/3`, or `all`), or those of them that are named; the number of rows that failed.
///
/// # Errors
/// When the guest itself cannot be made ready.
pub fn run(places: &Places, part: &str, wanted: &[String]) -> Result<usize> {
    let lane = lane(part)?;
    std::thread::spawn(|| {
        std::thread::sleep(if std::env::var_os("TONGBAN_LONG").is_some() { LIMIT_LONG } else { LIMIT });
        println!("FAIL the guest's time is over");
        std::process::exit(3);
    });
    let mut rows = Rows::new(&places.out.join("rows.jsonl")).context("rows.jsonl")?;
    start_device_manager(places)?;
    for (name, home, suite) in suite::ALL {
        let named = wanted.is_empty() || wanted.iter().any(|one| one == name);
        if !named || lane.is_some_and(|lane| lane != *home) {
            continue;
        }
        let begun = Instant::now();
        println!("== {name}");
        if let Err(error) = suite(places, &mut rows) {
            rows.case((name, "-", "the suite itself"), || (0, 0), || Err(error));
        }
        println!("== {name}: {} ms", begun.elapsed().as_millis());
        // The next suite finds none of this one's nodes.
        let _ = until(Duration::from_secs(5), "nodes gone", || {
            let left = |folder: &str, prefix: &str| {
                let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
                names.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with(prefix))
            };
            let any = ["ttyACM", "hidraw", "video"].iter().any(|prefix| left("/dev", prefix));
            (!any && !left("/dev/usb", "lp") && !left("/dev/serial/by-path", "")).then_some(())
        });
    }
    let (count, failed) = rows.counts();
    println!("== {count} rows, {failed} failed");
    Ok(if count == 0 { 1 } else { failed })
}

fn start_device_manager(places: &Places) -> Result<()> {
    let rules = Path::new("/run/udev/rules.d");
    std::fs::create_dir_all(rules)?;
    std::fs::copy(places.share.join("70-tongban.rules"), rules.join("70-tongban.rules")).context("our udev rules")?;
    // One program of two names; only its own name makes it the daemon.
    let mut daemon = Command::new("/usr/bin/udevadm");
    let status = daemon.arg0("systemd-udevd").arg("--daemon").status().context("systemd-udevd")?;
    if !status.success() {
        bail!("systemd-udevd: {status}");
    }
    Ok(())
}
