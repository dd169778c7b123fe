//! Debian's kernel package, unpacked without being installed.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An unpacked kernel.
pub struct Kernel {
    /// Version, `6.1.0-56-amd64`.
    pub version: String,
    /// Root of the unpacked package.
    pub root: PathBuf,
}

impl Kernel {
    /// The bootable image.
    pub fn image(&self) -> PathBuf {
        self.root.join(format!("boot/vmlinuz-{}", self.version))
    }

    /// Its modules.
    pub fn modules(&self) -> PathBuf {
        self.root.join("lib/modules").join(&self.version)
    }
}

/// The kernel unpacked before, else the one apt has now.
pub fn ready(folder: &Path) -> Result<Kernel> {
    let root = folder.join("kernel");
    if let Some(kernel) = unpacked(&root) {
        return Ok(kernel);
    }
    let package = current()?;
    println!("fetching {package}");
    let fresh = folder.join("kernel.new");
    let _ = std::fs::remove_dir_all(&fresh);
    std::fs::create_dir_all(&fresh)?;
    run(Command::new("apt-get").args(["-q", "download", &package]).current_dir(&fresh))?;
    let file = std::fs::read_dir(&fresh)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "deb"));
    let file = file.with_context(|| format!("apt-get download {package} left no file"))?;
    // Only what is booted: the image and the modules.
    let mut unpack = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(&file).stdout(Stdio::piped()).spawn()?;
    let tar = unpack.stdout.take().context("dpkg-deb has no output")?;
    run(Command::new("tar").arg("-x").arg("-C").arg(&fresh).args(["./boot", "./lib"]).stdin(tar))?;
    if !unpack.wait()?.success() {
        bail!("dpkg-deb could not read {}", file.display());
    }
    std::fs::remove_file(&file)?;
    let version = package.strip_prefix("linux-image-").unwrap_or(&package).to_owned();
    run(Command::new("/usr/sbin/depmod").arg("-b").arg(&fresh).arg(&version))?;
    let _ = std::fs::remove_dir_all(&root);
    std::fs::rename(&fresh, &root)?;
    unpacked(&root).context("the kernel package holds no kernel")
}

fn unpacked(root: &Path) -> Option<Kernel> {
    let entry = std::fs::read_dir(root.join("lib/modules")).ok()?.flatten().next()?;
    let version = entry.file_name().into_string().ok()?;
    let kernel = Kernel { version, root: root.to_owned() };
    (kernel.image().exists() && kernel.modules().join("modules.dep").exists()).then_some(kernel)
}

/// The name behind the meta package, whose version changes with every update.
fn current() -> Result<String> {
    let ask = || -> Result<Option<String>> {
        let output = Command::new("apt-cache")
            .args(["depends", "--no-recommends", "--no-suggests", "linux-image-amd64"])
            .output()
            .context("apt-cache")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.split_whitespace().find(|word| word.starts_with("linux-image-6")).map(str::to_owned))
    };
    if let Some(name) = ask()? {
        return Ok(name);
    }
    super::as_root(&["apt-get", "update", "-qq"])?;
    ask()?.context("apt knows no linux-image-amd64")
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
