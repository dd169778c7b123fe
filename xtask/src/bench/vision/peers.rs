//! The peers: installed into a folder of their own, given the same pictures, asked one after the other.

use super::tasks::Tasks;
use crate::processes::output;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// npm packages; the canvas stands in for the browser's.
const NODE: [&str; 3] = ["jscanify@1.4.3", "scanic@1.6.0", "@napi-rs/canvas@0.1.80"];
/// PyPI packages.
const PYTHON: [&str; 2] = ["deskew==1.6.1", "opencv-python-headless==4.10.0.84"];
/// Debian packages, by a program of theirs.
const DEBIAN: [(&str, &[&str]); 2] =
    [("unpaper", &["unpaper"]), ("tesseract", &["tesseract-ocr", "tesseract-ocr-chi-sim"])];

/// What a peer said about one picture.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) peer: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) corners: Option<[[f64; 2]; 4]>,
    #[serde(default)]
    pub(super) lean: Option<f64>,
    #[serde(default)]
    pub(super) file: Option<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
    pub(super) cpu_ms: f64,
}

/// Installs them and asks.
pub(super) fn ask(tasks: &Tasks, folder: &Path, root: &Path) -> Result<Vec<Answer>> {
    install(folder)?;
    let work = tempfile::tempdir_in(folder)?;
    let job = write(tasks, work.path())?;
    let scripts = root.join("xtask/src/bench/vision");
    let node = output(Command::new("node").arg(scripts.join("peers.mjs")).arg(folder).arg(&job))?;
    let python = output(
        Command::new("python3").env("PYTHONPATH", folder.join("python")).arg(scripts.join("peers.py")).arg(&job),
    )?;
    let lines = node.lines().chain(python.lines()).filter(|line| line.starts_with('{'));
    let mut answers: Vec<Answer> =
        lines.map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect::<Result<_>>()?;
    // The folder goes with this function; a page of theirs is kept by its bytes' place outside of it.
    for answer in &mut answers {
        if let Some(file) = &answer.file {
            let kept = folder.join(format!("{}.unpaper.png", answer.name));
            fs::rename(file, &kept).with_context(|| file.clone())?;
            answer.file = Some(kept.display().to_string());
        }
    }
    Ok(answers)
}

fn install(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let missing: Vec<&str> = DEBIAN
        .iter()
        .filter(|(program, _)| !on_path(program))
        .flat_map(|(_, packages)| packages.iter().copied())
        .collect();
    if !missing.is_empty() {
        let mut apt = if rustix::process::geteuid().is_root() {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.arg("apt-get");
            sudo
        };
        apt.args(["install", "-y", "-qq", "--no-install-recommends"]).args(missing);
        output(apt.env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    if !on_path("node") {
        bail!("node is needed (apt-get install nodejs npm)");
    }
    if !folder.join("node_modules/scanic").exists() {
        // No scripts of packages are run: what is used here has none that matter.
        let flags = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
        output(Command::new("npm").args(flags).arg(folder).args(NODE))?;
    }
    if !folder.join("python/deskew").exists() {
        output(Command::new("pip3").args(["install", "--quiet", "--target"]).arg(folder.join("python")).args(PYTHON))?;
    }
    Ok(())
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()))
}

/// The pictures as each peer takes them, and the list of them.
fn write(tasks: &Tasks, work: &Path) -> Result<std::path::PathBuf> {
    let mut outlines = Vec::new();
    for task in &tasks.outlines {
        let (jpeg, rgba) = (work.join(format!("{}.jpg", task.name)), work.join(format!("{}.rgba", task.name)));
        fs::write(&jpeg, &task.jpeg)?;
        fs::write(&rgba, image::DynamicImage::ImageRgb8(task.pixels()?).into_rgba8().as_raw())?;
        outlines
            .push(json!({ "name": task.name, "jpeg": jpeg, "rgba": rgba, "width": task.width, "height": task.height }));
    }
    let mut leans = Vec::new();
    for task in &tasks.leans {
        let (png, pgm) = (work.join(format!("{}.png", task.name)), work.join(format!("{}.pgm", task.name)));
        let grey = image::imageops::grayscale(&task.page);
        grey.save(&png)?;
        grey.save(&pgm)?;
        leans.push(json!({ "name": task.name, "png": png, "pgm": pgm }));
    }
    let mut texts = Vec::new();
    for (at, task) in tasks.texts.iter().enumerate() {
        let jpeg = work.join(format!("text-{at}.jpg"));
        fs::write(&jpeg, &task.jpeg)?;
        texts.push(json!({ "name": at.to_string(), "jpeg": jpeg }));
    }
    let job = work.join("job.json");
    fs::write(&job, serde_json::to_vec(&json!({ "outlines": outlines, "leans": leans, "texts": texts }))?)?;
    Ok(job)
}
