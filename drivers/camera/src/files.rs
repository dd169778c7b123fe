//! 样张相机 (demo only): picture files of a directory played as a live camera.
//!
//! The directory's entries, sorted by name, are what can lie under the camera: a picture file, or
//! a directory of pictures played to and fro. A text file `current` says which: an entry's name or
//! its index from 0 (absent: 0). It is read again for every frame, so whoever writes it puts
//! another page under the camera. Name `-`: nothing lies there, a dark desk shows.

use crate::picture::{self, ENCODED_BYTES_MAX, PREVIEW_HEIGHT};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Camera, Device, Health, Picture, PixelFormat};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Rgba;

/// Live pictures kept scaled, so that a page is decoded once and not fifteen times a second.
const CACHE_MAX: usize = 12;

/// A directory played as a camera.
pub struct FilesCamera {
    dir: PathBuf,
    width_max: u32,
    pace: Duration,
    next: Option<Instant>,
    shown: u64,
    cache: Vec<(PathBuf, Stamp, Result<Rgba, DeviceFault>)>,
}

/// Length and time of change, to see that a file was replaced.
type Stamp = (u64, Option<std::time::SystemTime>);

impl FilesCamera {
    /// Opens `files:/dir`.
    ///
    /// # Errors
    /// `Unsupported` for another form of port, `NoDevice` when there is no such directory.
    pub fn open(port: &str) -> Result<Self, DeviceFault> {
        let dir = PathBuf::from(port.strip_prefix("files:").ok_or(DeviceFault::Unsupported)?);
        if !dir.is_dir() {
            return Err(DeviceFault::NoDevice);
        }
        Ok(Self {
            dir,
            width_max: picture::PREVIEW_WIDTH,
            pace: Duration::from_millis(66),
            next: None,
            shown: 0,
            cache: Vec::new(),
        })
    }

    /// The file under the camera for this frame; `None` for an empty desk.
    fn current(&self) -> Result<Option<PathBuf>, DeviceFault> {
        let entries = entries(&self.dir)?;
        let wish = fs::read_to_string(self.dir.join("current")).unwrap_or_default();
        let wish = wish.trim();
        if wish == "-" || (wish.is_empty() && entries.is_empty()) {
            return Ok(None);
        }
        let index = if wish.is_empty() { Some(0) } else { wish.parse::<usize>().ok() };
        let named = entries.iter().find(|path| path.file_name().is_some_and(|name| name.to_string_lossy() == wish));
        let entry =
            named.or_else(|| index.and_then(|i| entries.get(i))).ok_or_else(|| DeviceFault::Medium("D131".into()))?;
        if !entry.is_dir() {
            return Ok(Some(entry.clone()));
        }
        let frames = self::entries(entry)?;
        if frames.is_empty() {
            return Ok(None);
        }
        // To and fro, so that the motion has no jump.
        let turn = (2 * frames.len()).saturating_sub(2).max(1);
        let step = usize::try_from(self.shown / 2).unwrap_or(0) % turn;
        let at = if step < frames.len() { step } else { turn - step };
        Ok(frames.get(at).cloned())
    }

    fn scaled(&mut self, path: &Path) -> Result<Rgba, DeviceFault> {
        let meta = fs::metadata(path).map_err(|_| DeviceFault::Medium("D131".into()))?;
        let stamp = (meta.len(), meta.modified().ok());
        if let Some((_, _, kept)) = self.cache.iter().find(|(p, s, _)| p == path && *s == stamp) {
            return kept.clone();
        }
        let made = read(path)
            .and_then(|bytes| picture::decode_file(&bytes))
            .map(|image| picture::shrink(&image, self.width_max.min(picture::PREVIEW_WIDTH), PREVIEW_HEIGHT));
        self.cache.retain(|(p, _, _)| p != path);
        if self.cache.len() >= CACHE_MAX {
            drop(self.cache.remove(0));
        }
        self.cache.push((path.to_owned(), stamp, made.clone()));
        made
    }
}

/// Entries that can lie under the camera, sorted by name.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, DeviceFault> {
    let listed = fs::read_dir(dir).map_err(|_| DeviceFault::Unplugged)?;
    let mut found: Vec<PathBuf> =
        listed.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| shows(path)).collect();
    found.sort();
    Ok(found)
}

fn shows(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    path.is_dir() || matches!(extension.as_deref(), Some("jpg" | "jpeg" | "png"))
}

/// The file's bytes, never more than one byte over the limit.
fn read(path: &Path) -> Result<Vec<u8>, DeviceFault> {
    let file = fs::File::open(path).map_err(|_| DeviceFault::Medium("D131".into()))?;
    let mut bytes = Vec::new();
    file.take(ENCODED_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|_| DeviceFault::Medium("D131".into()))?;
    Ok(bytes)
}

impl Device for FilesCamera {
    fn health(&mut self, _control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let count = entries(&self.dir)?.len();
        Ok(Health::online(BTreeMap::from([
            ("driver".to_owned(), "files".to_owned()),
            ("pictures".to_owned(), count.to_string()),
            ("simulated".to_owned(), "yes".to_owned()),
        ])))
    }

    fn reset(&mut self, _control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.cache.clear();
        Ok(())
    }
}

impl Camera for FilesCamera {
    fn start(&mut self, width_max: u32, fps: u8) -> Result<(), DeviceFault> {
        self.width_max = width_max.max(1);
        self.pace = Duration::from_secs(1) / u32::from(fps.clamp(1, 30));
        self.next = Some(Instant::now());
        self.cache.clear();
        Ok(())
    }

    fn frame(&mut self, wait: Duration) -> Result<Option<Picture>, DeviceFault> {
        let Some(due) = self.next else { return Ok(None) };
        let left = due.saturating_duration_since(Instant::now());
        if left > wait {
            std::thread::sleep(wait);
            return Ok(None);
        }
        std::thread::sleep(left);
        // Behind by more than a frame: go on from now instead of catching up.
        self.next = Some((due + self.pace).max(Instant::now()));
        self.shown += 1;
        let rgba = match self.current()? {
            Some(path) => self.scaled(&path)?,
            None => Rgba { width: 960, height: 540, pixels: [38, 40, 42, 255].repeat(960 * 540) },
        };
        Ok(Some(Picture { width: rgba.width, height: rgba.height, format: PixelFormat::Rgba8, bytes: rgba.pixels }))
    }

    fn stop(&mut self) -> Result<(), DeviceFault> {
        self.next = None;
        Ok(())
    }

    fn still(&mut self, control: &mut OpControl<'_>) -> Result<Picture, DeviceFault> {
        control.check()?;
        let path = self.current()?.ok_or_else(|| DeviceFault::Medium("D131".into()))?;
        // Size and format are the decoder's to find out; a file may be anything.
        Ok(Picture { width: 0, height: 0, format: PixelFormat::Jpeg, bytes: read(&path)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn put(dir: &Path, name: &str, shade: u8) {
        let image = RgbImage::from_pixel(1280, 720, image::Rgb([shade; 3]));
        fs::write(dir.join(name), crate::still::encode_jpeg(&image, 90).expect("encodes")).expect("writes");
    }

    fn shade(camera: &mut FilesCamera) -> Result<u8, DeviceFault> {
        camera.frame(Duration::from_millis(500)).map(|frame| frame.expect("a frame").bytes[0])
    }

    #[test]
    fn the_current_file_decides_by_name_or_index_and_is_read_for_every_frame() {
        let dir = tempfile::tempdir().expect("temp dir");
        put(dir.path(), "a.jpg", 20);
        put(dir.path(), "b.jpg", 200);
        fs::write(dir.path().join("README.md"), "not a picture").expect("writes");
        let mut camera = FilesCamera::open(&format!("files:{}", dir.path().display())).expect("opens");
        camera.start(960, 30).expect("starts");
        let current = |wish: &str| fs::write(dir.path().join("current"), wish).expect("writes");
        assert_eq!(shade(&mut camera), Ok(20));
        current("b.jpg\n");
        assert_eq!(shade(&mut camera), Ok(200));
        current("0");
        assert_eq!(shade(&mut camera), Ok(20));
        current("../a.jpg");
        assert_eq!(shade(&mut camera), Err(DeviceFault::Medium("D131".into())), "names lead nowhere else");
        current("-");
        assert_eq!(shade(&mut camera), Ok(38), "the empty desk");
        put(dir.path(), "a.jpg", 90);
        current("a.jpg");
        assert_eq!(shade(&mut camera), Ok(90), "a replaced file shows anew");
    }

    #[test]
    fn a_directory_of_pictures_moves_to_and_fro() {
        let dir = tempfile::tempdir().expect("temp dir");
        fs::create_dir(dir.path().join("face")).expect("makes");
        for (at, tone) in [10_u8, 60, 120].into_iter().enumerate() {
            put(&dir.path().join("face"), &format!("{at}.jpg"), tone);
        }
        let mut camera = FilesCamera::open(&format!("files:{}", dir.path().display())).expect("opens");
        camera.start(960, 30).expect("starts");
        let seen: Vec<u8> = (0..10).map(|_| shade(&mut camera).expect("a frame")).collect();
        assert_eq!(seen, [10, 60, 60, 120, 120, 60, 60, 10, 10, 60]);
    }

    #[test]
    fn a_missing_directory_is_no_device() {
        assert!(matches!(FilesCamera::open("files:/nonexistent/dir"), Err(DeviceFault::NoDevice)));
        assert!(matches!(FilesCamera::open("/dev/video0"), Err(DeviceFault::Unsupported)));
    }
}
