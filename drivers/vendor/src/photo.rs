//! 照片解码插件: a photo library behind [`PhotoDecoder`].

use crate::call::{Answer, Call, PhotoAbi, What};
use crate::parent::Caller;
use std::path::PathBuf;
use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;
use tongban_device::message::Rgba;
use tongban_id_card::photo::PhotoDecoder;

/// A photo takes these libraries some milliseconds.
const BUDGET: Duration = Duration::from_secs(3);
const WLT_BYTES: usize = 1024;

/// A maker's photo library.
pub struct VendorPhotos {
    caller: Box<dyn Caller>,
    library: PathBuf,
    abi: PhotoAbi,
    budget: Duration,
}

impl VendorPhotos {
    /// Decodes with `library` in children of `caller`.
    #[must_use]
    pub fn new(caller: impl Caller + 'static, library: PathBuf, abi: PhotoAbi) -> Self {
        Self { caller: Box::new(caller), library, abi, budget: BUDGET }
    }

    /// With another time limit.
    #[must_use]
    pub fn within(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// The picture, or why there is none.
    ///
    /// # Errors
    /// As [`crate::VendorProcess::run`]; `Unsupported` for anything but 1024 bytes.
    pub fn try_decode(&self, wlt: &[u8]) -> Result<Rgba, DeviceFault> {
        if wlt.len() != WLT_BYTES {
            return Err(DeviceFault::Unsupported);
        }
        let what = What::Photo { abi: self.abi, wlt: wlt.to_vec() };
        let call = Call { library: self.library.clone(), what, wait_ms: 0 };
        let mut silent = |_| {};
        let mut answer = self.caller.call(&call, &OpControl::new(self.budget, CancelFlag::new(), &mut silent))?;
        match &mut answer {
            Answer::Picture { width, height, rgba } => {
                Ok(Rgba { width: *width, height: *height, pixels: std::mem::take(rgba) })
            }
            _ => Err(DeviceFault::Worker("another answer than asked for".to_owned())),
        }
    }
}

impl PhotoDecoder for VendorPhotos {
    fn decode(&mut self, wlt: &[u8]) -> Option<Rgba> {
        self.try_decode(wlt).ok()
    }
}
