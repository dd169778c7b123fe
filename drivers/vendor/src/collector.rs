//! 居民身份证用指纹采集器: a certified collector behind GA/T 1011, compared by GA/T 1012.

use crate::call::{Answer, Call, What};
use crate::parent::Caller;
use image::{ExtendedColorType, ImageEncoder};
use std::path::PathBuf;
use std::time::Duration;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, FingerprintScanner, Health};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::FingerImage;
use tongban_fingerprint::quality;

/// Resolution GA/T 1011 asks for.
const DPI: u32 = 500;
/// Good enough to stop trying, and good enough to serve, as with every other scanner.
const QUALITY_GOOD: u8 = 70;
const QUALITY_ACCEPTED: u8 = 40;
/// What the child needs beside its wait for a finger.
const MARGIN: Duration = Duration::from_millis(1500);

/// A collector behind a maker's libraries.
pub struct VendorCollector {
    caller: Box<dyn Caller>,
    capture: PathBuf,
    features: Option<PathBuf>,
    channel: i32,
    captures: u32,
}

impl VendorCollector {
    /// `capture` is the library of GA/T 1011 (`LIVESCAN_*`), `features` that of GA/T 1012 (`FP_*`).
    #[must_use]
    pub fn new(caller: impl Caller + 'static, capture: PathBuf, features: Option<PathBuf>, channel: i32) -> Self {
        Self { caller: Box::new(caller), capture, features, channel, captures: 0 }
    }

    /// 比对: how alike a print (256 × 360 grey) and a 512-byte block of a card are, 0 to 1.
    ///
    /// # Errors
    /// `Unsupported` without a library of GA/T 1012, else as [`crate::VendorProcess::run`].
    pub fn compare(&self, image: &[u8], block: &[u8], control: &OpControl<'_>) -> Result<f32, DeviceFault> {
        let library = self.features.clone().ok_or(DeviceFault::Unsupported)?;
        let what = What::Match { image: image.to_vec(), features: block.to_vec() };
        match self.caller.call(&Call { library, what, wait_ms: 0 }, control)? {
            Answer::Score(score) => Ok(score),
            _ => Err(DeviceFault::Worker("another answer than asked for".to_owned())),
        }
    }

    fn once(&mut self, control: &OpControl<'_>) -> Result<FingerImage, DeviceFault> {
        let wait = control.remaining().saturating_sub(MARGIN);
        let what = What::Capture { channel: self.channel, scorer: self.features.clone() };
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let mut answer = self.caller.call(&Call { library: self.capture.clone(), what, wait_ms }, control)?;
        let Answer::Print { width, height, pixels, quality } = &mut answer else {
            return Err(DeviceFault::Worker("another answer than asked for".to_owned()));
        };
        self.captures += 1;
        let (width, height) = (*width, *height);
        let ours = quality::score(pixels, width as usize, height as usize);
        let mut png = Vec::new();
        image::codecs::png::PngEncoder::new(&mut png)
            .write_image(pixels, width, height, ExtendedColorType::L8)
            .map_err(|error| DeviceFault::Hardware(format!("PNG: {error}")))?;
        Ok(FingerImage {
            width,
            height,
            dpi: DPI,
            quality: quality.unwrap_or(ours),
            png,
            pixels: std::mem::take(pixels),
            // The library speaks with the collector; no byte of the line passes us.
            line_sha256: [0; 32],
        })
    }
}

impl Device for VendorCollector {
    fn health(&mut self, _control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        if !self.capture.exists() {
            return Err(DeviceFault::NoDevice);
        }
        Ok(Health::online(Evidence::from([("captures".to_owned(), self.captures.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        // Every capture starts from nothing anyway.
        self.health(control).map(|_| ())
    }
}

impl FingerprintScanner for VendorCollector {
    fn capture(&mut self, tries: u8, control: &mut OpControl<'_>) -> Result<FingerImage, DeviceFault> {
        let mut best: Option<FingerImage> = None;
        for left in (0..tries.max(1)).rev() {
            control.prompt(Hint::PressFinger);
            match self.once(control) {
                Ok(image) => {
                    let good = image.quality >= QUALITY_GOOD;
                    if best.as_ref().is_none_or(|best| image.quality > best.quality) {
                        best = Some(image);
                    }
                    if good {
                        break;
                    }
                    if left > 0 {
                        control.prompt(Hint::FingerBetter);
                    }
                }
                Err(DeviceFault::NoMedia) if best.is_some() => break,
                Err(fault) => return Err(fault),
            }
        }
        match best {
            Some(image) if image.quality >= QUALITY_ACCEPTED => Ok(image),
            _ => Err(DeviceFault::Retry(Hint::FingerBetter)),
        }
    }
}
