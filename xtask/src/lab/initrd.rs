//! The first file system of the guest: a shell, the modules the suites load, and links into `/usr`.

use super::kernel::Kernel;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Modules the guest may load; what they need comes with them.
const MODULES: [&str; 15] = [
    "virtio_pci",
    "9p",
    "9pnet_virtio",
    "vhci-hcd",
    "cdc-acm",
    "usbhid",
    "hid-generic",
    "evdev",
    "usblp",
    "uvcvideo",
    "vivid",
    "uhid",
    "uinput",
    "usbmon",
    "ftdi_sio",
];

/// Writes `initrd.gz`.
pub fn make(folder: &Path, kernel: &Kernel) -> Result<PathBuf> {
    let root = folder.join("initrd");
    let _ = fs::remove_dir_all(&root);
    for name in ["bin", "dev", "proc", "sys", "usr", "share", "out", "run", "tmp", "etc", "var/lib"] {
        fs::create_dir_all(root.join(name))?;
    }
    fs::copy("/usr/bin/busybox", root.join("bin/busybox")).context("busybox")?;
    symlink("busybox", root.join("bin/sh"))?;
    for name in ["lib", "lib64", "sbin"] {
        // Modules stand below /lib, which is a link into /usr on the machines we copy from.
        if name != "lib" {
            symlink(format!("usr/{name}"), root.join(name))?;
        }
    }
    libraries(&root)?;
    modules(&root, kernel)?;
    accounts(&root)?;
    fs::write(root.join("init"), include_str!("init.sh"))?;
    fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o755))?;
    let packed = folder.join("initrd.gz");
    pack(&root, &packed)?;
    Ok(packed)
}

/// `/lib` holds the modules, and links to everything the machine's own `/lib` has.
fn libraries(root: &Path) -> Result<()> {
    fs::create_dir_all(root.join("lib/modules"))?;
    for entry in fs::read_dir("/usr/lib")?.flatten() {
        let name = entry.file_name();
        let link = root.join("lib").join(&name);
        if name != "modules" && !link.exists() {
            symlink(Path::new("/usr/lib").join(&name), &link)?;
        }
    }
    for file in ["ld.so.cache", "nsswitch.conf", "alternatives"] {
        let from = Path::new("/etc").join(file);
        if from.is_dir() {
            let status = Command::new("cp").arg("-a").arg(&from).arg(root.join("etc")).status()?;
            if !status.success() {
                bail!("copying {}", from.display());
            }
        } else if from.exists() {
            fs::copy(&from, root.join("etc").join(file))?;
        }
    }
    Ok(())
}

fn modules(root: &Path, kernel: &Kernel) -> Result<()> {
    let dependencies = fs::read_to_string(kernel.modules().join("modules.dep"))?;
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for name in MODULES {
        let file = |path: &str| {
            let stem = path.rsplit('/').next().unwrap_or(path);
            stem.split(".ko").next().is_some_and(|stem| stem.replace('_', "-") == name.replace('_', "-"))
        };
        let line = dependencies.lines().find(|line| line.split_once(':').is_some_and(|(path, _)| file(path)));
        // What is built into the kernel has no line.
        let Some((path, needs)) = line.and_then(|line| line.split_once(':')) else { continue };
        wanted.insert(path);
        wanted.extend(needs.split_whitespace());
    }
    let target = root.join("lib/modules").join(&kernel.version);
    for path in wanted {
        let to = target.join(path);
        fs::create_dir_all(to.parent().unwrap_or(&target))?;
        fs::copy(kernel.modules().join(path), &to).with_context(|| path.to_owned())?;
    }
    for name in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        fs::copy(kernel.modules().join(name), target.join(name))?;
    }
    let status = Command::new("/usr/sbin/depmod").arg("-b").arg(root).arg(&kernel.version).status()?;
    if !status.success() {
        bail!("depmod: {status}");
    }
    Ok(())
}

/// Users and groups our rules and Debian's name.
fn accounts(root: &Path) -> Result<()> {
    let groups = [
        "root:0",
        "tty:5",
        "disk:6",
        "lp:7",
        "dialout:20",
        "audio:29",
        "video:44",
        "plugdev:46",
        "input:104",
        "kvm:105",
        "render:106",
        "sgx:107",
        "kmem:15",
        "cdrom:24",
        "tape:26",
        "tongban:990",
    ];
    let mut file = File::create(root.join("etc/group"))?;
    for group in groups {
        let (name, number) = group.split_once(':').unwrap_or((group, "0"));
        writeln!(file, "{name}:x:{number}:")?;
    }
    fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\ntongban:x:990:990::/tmp:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n",
    )?;
    Ok(())
}

fn pack(root: &Path, packed: &Path) -> Result<()> {
    let mut find = Command::new("find").arg(".").current_dir(root).stdout(Stdio::piped()).spawn()?;
    let names = find.stdout.take().context("find has no output")?;
    let mut cpio = Command::new("cpio")
        .args(["-o", "-H", "newc", "--quiet", "--owner=0:0"])
        .current_dir(root)
        .stdin(names)
        .stdout(Stdio::piped())
        .spawn()?;
    let archive = cpio.stdout.take().context("cpio has no output")?;
    let status = Command::new("gzip").arg("-1").stdin(archive).stdout(File::create(packed)?).status()?;
    if !(status.success() && cpio.wait()?.success() && find.wait()?.success()) {
        bail!("packing {} failed", packed.display());
    }
    Ok(())
}
