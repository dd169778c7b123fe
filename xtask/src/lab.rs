//! `xtask lab`: boots a stock Debian kernel in QEMU and runs the device suites against real Linux.
//!
//! The kernel is Debian's own package, fetched by apt and unpacked below `target/lab`; nothing is
//! installed but the tools. The guest sees `/usr` read-only, the programs under test and one
//! folder for results, nothing else of this machine. QEMU emulates (TCG): a `/dev/kvm` that is
//! there but cannot run a stock kernel would hang, so it is used only when asked for.

mod initrd;
mod kernel;
mod machine;
mod report;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What to run.
#[derive(clap::Args)]
pub struct Options {
    /// Suites by name; all when none is given.
    suites: Vec<String>,
    /// Every frame and every drawn place of the conformance suite; an hour or more.
    #[arg(long, env = "TONGBAN_LONG", value_parser = clap::builder::FalseyValueParser::new())]
    long: bool,
    /// Use the machine's own virtualisation (only where it can run a stock kernel).
    #[arg(long)]
    kvm: bool,
    /// Programs under test from this folder (release builds, for instance).
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug"))]
    programs: PathBuf,
    /// Forget the unpacked kernel and begin from nothing.
    #[arg(long)]
    fresh: bool,
}

/// Debian packages whose programs the lab calls, by program.
const TOOLS: [(&str, &str); 7] = [
    ("/usr/bin/qemu-system-x86_64", "qemu-system-x86"),
    ("/usr/bin/busybox", "busybox-static"),
    ("/usr/bin/cpio", "cpio"),
    ("/usr/sbin/depmod", "kmod"),
    ("/usr/bin/udevadm", "udev"),
    ("/usr/sbin/pcscd", "pcscd"),
    ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vsmartcard-vpcd"),
];

/// Programs the guest runs, built with all features.
const PROGRAMS: [&str; 3] = ["tongban-lab", "tongban-vision", "tongban-worker"];

/// Runs the lab; fails when a row failed, none came, or the kernel complained.
pub fn run(options: &Options) -> Result<()> {
    let begun = Instant::now();
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/lab"));
    if options.fresh {
        let _ = std::fs::remove_dir_all(&folder);
    }
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    tools()?;
    let kernel = kernel::ready(&folder)?;
    println!("kernel {} after {} s", kernel.version, begun.elapsed().as_secs());
    let share = programs(&folder, &options.programs)?;
    let initrd = initrd::make(&folder, &kernel)?;
    println!("booting after {} s", begun.elapsed().as_secs());
    let machines = machines(&folder, options)?;
    let place = machine::Place { kernel: &kernel, initrd: &initrd, share: &share, logs: &folder.join("logs") };
    machine::run_all(&place, &machines, options)?;
    let verdict = report::judge(&folder, &machines);
    println!("lab: {} s", begun.elapsed().as_secs());
    verdict
}

/// Machines that run beside each other, each with a part of the suites (`LANES` in `drivers/lab`): most of a
/// suite is waiting for a device that is silent on purpose.
const LANES: usize = 3;

/// The machines of this run: one for each part, or one for the suites that were named.
fn machines(folder: &Path, options: &Options) -> Result<Vec<machine::Machine>> {
    let word = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if let Some(odd) = options.suites.iter().find(|name| !word(name)) {
        bail!("not a suite: {odd}");
    }
    let count = if options.suites.is_empty() { LANES } else { 1 };
    let _ = std::fs::remove_dir_all(folder.join("out"));
    let _ = std::fs::remove_dir_all(folder.join("logs"));
    (1..=count)
        .map(|number| {
            let name = format!("machine-{number}");
            let out = folder.join("out").join(&name);
            std::fs::create_dir_all(&out)?;
            let part = if options.suites.is_empty() { format!("{number}/{LANES}") } else { "all".to_owned() };
            Ok(machine::Machine { name, part, suites: options.suites.join(","), out })
        })
        .collect()
}

/// Installs what is missing, as `./dev setup` would.
fn tools() -> Result<()> {
    let missing: Vec<&str> =
        TOOLS.iter().filter(|(program, _)| !Path::new(program).exists()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    as_root(&["apt-get", "update", "-qq"])?;
    let install =
        ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    as_root(&[&install[..], &missing[..]].concat())
}

fn as_root(words: &[&str]) -> Result<()> {
    let words = if rustix::process::geteuid().is_root() { words.to_vec() } else { [&["sudo"], words].concat() };
    let output = Command::new(words[0]).args(&words[1..]).output().with_context(|| words.join(" "))?;
    if !output.status.success() {
        bail!("{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// A folder with the programs under test and what they read; links where possible, since they are large.
fn programs(folder: &Path, built: &Path) -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let share = folder.join("share");
    let _ = std::fs::remove_dir_all(&share);
    std::fs::create_dir_all(share.join("programs"))?;
    for name in PROGRAMS {
        let built = built.join(name);
        let target = share.join("programs").join(name);
        std::fs::hard_link(&built, &target).or_else(|_| std::fs::copy(&built, &target).map(drop)).with_context(
            || format!("{} is not built: cargo build --workspace --bins --all-features", built.display()),
        )?;
    }
    std::fs::copy(root.join("installer/udev/70-tongban.rules"), share.join("70-tongban.rules"))?;
    pictures(&share.join("pictures"))?;
    Ok(share)
}

/// What the two lenses see, drawn here because drawing takes long in an emulated machine.
fn pictures(folder: &Path) -> Result<()> {
    type Sizes = [(u32, u32); 3];
    const LENSES: [(&str, u8, Sizes); 2] = [
        ("main", 40, [(640, 480), (1280, 720), (3264, 2448)]),
        ("portrait", 200, [(640, 480), (1280, 720), (1920, 1080)]),
    ];
    std::fs::create_dir_all(folder)?;
    for (lens, blue, sizes) in LENSES {
        for (width, height) in sizes {
            for number in 0..2_u32 {
                let picture = image::RgbImage::from_fn(width, height, |x, y| {
                    let shade = |value: u32| u8::try_from(value % 256).unwrap_or(0);
                    image::Rgb([shade((x + number * 8) / 4), shade(y / 4), blue])
                });
                let file = std::fs::File::create(folder.join(format!("{lens}-{width}x{height}-{number}.jpg")))?;
                let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(file, 80);
                encoder.encode_image(&picture)?;
            }
        }
    }
    Ok(())
}
