//! QEMU, with a clock over it.

use super::Options;
use super::kernel::Kernel;
use crate::processes::Process;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest a machine may run, and for the long run.
const LIMIT: Duration = Duration::from_secs(335);
const LIMIT_LONG: Duration = Duration::from_secs(7200);
const MEMORY_MIB: &str = "1024";

/// One virtual machine.
pub struct Machine {
    /// Its name, also of its console's file.
    pub name: String,
    /// The part of the suites it runs, `2/3`, or `all`.
    pub part: String,
    /// Suites by name, with commas between; none is all of its part.
    pub suites: String,
    /// What it carries back.
    pub out: PathBuf,
}

/// What all machines of a run have in common.
pub struct Place<'a> {
    pub kernel: &'a Kernel,
    pub initrd: &'a Path,
    pub share: &'a Path,
    pub logs: &'a Path,
}

/// Boots them beside each other and waits until every power is off.
pub fn run_all(place: &Place, machines: &[Machine], options: &Options) -> Result<()> {
    std::thread::scope(|scope| {
        let running: Vec<_> =
            machines.iter().map(|machine| scope.spawn(move || run(place, machine, options))).collect();
        let ends: Vec<_> = running.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        ends.into_iter().try_for_each(|end| end.unwrap_or_else(|_| bail!("a machine's watch ended")))
    })
}

fn command(place: &Place, machine: &Machine, options: &Options) -> Command {
    let mut command = Command::new("qemu-system-x86_64");
    if options.kvm {
        command.args(["-accel", "kvm", "-cpu", "host"]);
    } else {
        command.args(["-accel", "tcg,thread=multi", "-cpu", "max"]);
    }
    command.args(["-smp", "2", "-m", MEMORY_MIB, "-nic", "none", "-nographic", "-no-reboot"]);
    command.arg("-kernel").arg(place.kernel.image()).arg("-initrd").arg(place.initrd);
    let folders = [("usr", Path::new("/usr"), true), ("share", place.share, true), ("out", &machine.out, false)];
    for (tag, path, read_only) in folders {
        let suffix = if read_only { ",readonly=on" } else { "" };
        command
            .arg("-virtfs")
            .arg(format!("local,path={},mount_tag={tag},security_model=none,multidevs=remap{suffix}", path.display()));
    }
    let long = if options.long { "1" } else { "" };
    let words = format!("LAB_PART={} LAB_SUITES={} LAB_LONG={long}", machine.part, machine.suites);
    command.args([
        "-append",
        &format!("console=ttyS0 quiet panic=-1 loglevel=3 random.trust_cpu=on mitigations=off {words}"),
    ]);
    command
}

fn run(place: &Place, machine: &Machine, options: &Options) -> Result<()> {
    let limit = if options.long { LIMIT_LONG } else { LIMIT };
    let mut process = Process::start(&machine.name, command(place, machine, options), place.logs)?;
    let console = place.logs.join(format!("{}.log", machine.name));
    let begun = Instant::now();
    let mut shown = 0;
    loop {
        shown = show(machine, &console, shown);
        if process.check().is_err() {
            show(machine, &console, shown);
            println!("{} off after {} s", machine.name, begun.elapsed().as_secs());
            return Ok(());
        }
        if begun.elapsed() > limit {
            bail!("{} did not switch off within {} s; {}", machine.name, limit.as_secs(), console.display());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Prints what the console said since `from`; the new end.
fn show(machine: &Machine, console: &Path, from: usize) -> usize {
    let text = std::fs::read(console).unwrap_or_default();
    let Some(fresh) = text.get(from..) else { return from };
    // Whole lines only, so that a line is never torn by our looking.
    let Some(end) = fresh.iter().rposition(|byte| *byte == b'\n') else { return from };
    for line in String::from_utf8_lossy(&fresh[..end]).lines() {
        println!("{} {}", machine.name, line.trim_end());
    }
    from + end + 1
}
