//! What lies under the cameras: sample pages and drawn faces, one folder per station.

use super::world::World;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The face camera's entry that plays photographs of a real person.
pub const PHOTOGRAPHS: &str = "burst-1";

/// Pages in the order they are laid under the document camera, with the slot each belongs to.
pub const PAGES: [(&str, &str); 10] = [
    ("m05", "m05-audit-report-1.jpg"),
    ("m05", "m05-audit-report-2.jpg"),
    ("m08", "m08-title-certificate.jpg"),
    ("m08", "m08-appointment.jpg"),
    ("m09", "m09-performance-1.jpg"),
    ("m09", "m09-performance-2.jpg"),
    ("m11", "m11-title-list.jpg"),
    ("m13", "m13-worker-training.jpg"),
    ("m16", "m16-safety-rules.jpg"),
    ("m16", "photo-01.jpg"),
];

/// The cameras of one station.
pub struct Cameras {
    folder: PathBuf,
}

impl Cameras {
    /// Links the samples into the station's folders; nobody stands there and the desk is empty.
    pub fn prepare(world: &World, station: &str) -> Result<Self> {
        let folder = world.out.join("camera").join(station);
        let samples = world.root.join("target/samples");
        link_all(&samples.join("pages"), &folder.join("document"))?;
        link_all(&samples.join("photos"), &folder.join("document"))?;
        link_all(&samples.join("faces"), &folder.join("face"))?;
        std::os::unix::fs::symlink(samples.join("public").join(PHOTOGRAPHS), folder.join("face").join(PHOTOGRAPHS))?;
        let cameras = Self { folder };
        cameras.page("-")?;
        cameras.face("-")?;
        Ok(cameras)
    }

    /// Puts a page under the document camera; `-` clears the desk.
    pub fn page(&self, name: &str) -> Result<()> {
        put(&self.folder.join("document/current"), name)
    }

    /// Somebody stands before the face camera; `-` is nobody.
    pub fn face(&self, entry: &str) -> Result<()> {
        put(&self.folder.join("face/current"), entry)
    }

    /// From now on photographs of real people may stand on the screen, or no longer.
    pub fn play_photographs(&self, on: bool) -> Result<()> {
        self.face(if on { PHOTOGRAPHS } else { "-" })
    }

    /// Puts something that is no picture under the document camera.
    pub fn no_picture(&self) -> Result<()> {
        std::fs::write(self.folder.join("document/broken.jpg"), b"this is no picture at all")?;
        self.page("broken.jpg")
    }
}

fn put(file: &Path, text: &str) -> Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, text)?;
    std::fs::rename(&part, file)?;
    Ok(())
}

fn link_all(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let entries =
        std::fs::read_dir(from).with_context(|| format!("{}: run `cargo xtask samples` first", from.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name != "current" {
            std::os::unix::fs::symlink(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
