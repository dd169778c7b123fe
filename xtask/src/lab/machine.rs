//! QEMU, with a clock over it.

use super::kernel::Kernel;
use crate::processes::Process;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest the machine may run, and for the long run.
const LIMIT: Duration = Duration::from_secs(335);
const LIMIT_LONG: Duration = Duration::from_secs(7200);
const MEMORY_MIB: &str = "1536";

/// Boots, waits for the power to go off, gives the console's file.
pub fn run(
    folder: &Path,
    kernel: &Kernel,
    initrd: &Path,
    [share, out]: [&Path; 2],
    kvm: bool,
    long: bool,
) -> Result<PathBuf> {
    let limit = if long { LIMIT_LONG } else { LIMIT };
    let logs = folder.join("logs");
    let _ = std::fs::remove_dir_all(&logs);
    let mut command = Command::new("qemu-system-x86_64");
    if kvm {
        command.args(["-accel", "kvm", "-cpu", "host"]);
    } else {
        command.args(["-accel", "tcg,thread=multi", "-cpu", "max"]);
    }
    command.args(["-smp", "2", "-m", MEMORY_MIB, "-nic", "none", "-nographic", "-no-reboot"]);
    command.arg("-kernel").arg(kernel.image()).arg("-initrd").arg(initrd);
    let folders = [("usr", Path::new("/usr"), true), ("share", share, true), ("out", out, false)];
    for (tag, path, read_only) in folders {
        let suffix = if read_only { ",readonly=on" } else { "" };
        command
            .arg("-virtfs")
            .arg(format!("local,path={},mount_tag={tag},security_model=none,multidevs=remap{suffix}", path.display()));
    }
    command.args(["-append", "console=ttyS0 quiet panic=-1 loglevel=3 random.trust_cpu=on"]);
    let mut machine = Process::start("console", command, &logs)?;
    let console = logs.join("console.log");
    let begun = Instant::now();
    let mut shown = 0;
    loop {
        shown = show(&console, shown);
        if machine.check().is_err() {
            show(&console, shown);
            return Ok(console);
        }
        if begun.elapsed() > limit {
            bail!("the machine did not switch off within {} s; {}", limit.as_secs(), console.display());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Prints what the console said since `from`; the new end.
fn show(console: &Path, from: usize) -> usize {
    let text = std::fs::read(console).unwrap_or_default();
    let Some(fresh) = text.get(from..) else { return from };
    // Whole lines only, so that a line is never torn by our looking.
    let Some(end) = fresh.iter().rposition(|byte| *byte == b'\n') else { return from };
    for line in String::from_utf8_lossy(&fresh[..end]).lines() {
        println!("  {}", line.trim_end());
    }
    from + end + 1
}
