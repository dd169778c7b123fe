//! 条码: QR codes and Code 128 on a page (receipt, case number, blank stock, licence).

use crate::VisionError;
use opencv::core::{Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;
use rxing::common::HybridBinarizer;
use rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, MultiUseMultiFormatReader};
use std::collections::HashSet;

/// Long side codes are looked for at first, pixels.
const QUICK_SIDE: i32 = 1400;
/// Longest text of a code taken.
const TEXT_MAX: usize = 4096;

/// Which code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// ISO/IEC 18004.
    Qr,
    /// ISO/IEC 15417.
    Code128,
}

/// A code that was read. `Debug` does not show its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Which.
    pub kind: CodeKind,
    /// What it says.
    pub text: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({:?}, {} letters)", self.kind, self.text.chars().count())
    }
}

/// All codes on an 8-bit BGR or grey picture; an empty list when there is none.
///
/// # Errors
/// `Picture` when the library fails.
pub fn codes(picture: &Mat) -> Result<Vec<Code>, VisionError> {
    let mut grey = Mat::default();
    if picture.channels() == 1 {
        grey = picture.clone();
    } else {
        imgproc::cvt_color_def(picture, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    }
    let long = grey.cols().max(grey.rows());
    let mut found = Vec::new();
    if long > QUICK_SIDE {
        let scale = f64::from(QUICK_SIDE) / f64::from(long);
        let size = Size::new((f64::from(grey.cols()) * scale) as i32, (f64::from(grey.rows()) * scale) as i32);
        let mut small = Mat::default();
        imgproc::resize(&grey, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        found = read(&small)?;
    }
    // Fine bars are lost in the small picture.
    if found.is_empty() {
        found = read(&grey)?;
    }
    Ok(found)
}

fn read(grey: &Mat) -> Result<Vec<Code>, VisionError> {
    let source = Luma8Source::new(grey.data_bytes()?.to_vec(), grey.cols().unsigned_abs(), grey.rows().unsigned_abs());
    // A picture it cannot hold has no code.
    let Ok(source) = source else { return Ok(Vec::new()) };
    let hints = DecodeHints {
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE, BarcodeFormat::CODE_128])),
        ..DecodeHints::default()
    };
    let mut reader = GenericMultipleBarcodeReader::new(MultiUseMultiFormatReader::default());
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    // Nothing found is an error there.
    let results = reader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    let mut codes: Vec<Code> = Vec::new();
    for result in results {
        let kind = match result.getBarcodeFormat() {
            BarcodeFormat::QR_CODE => CodeKind::Qr,
            BarcodeFormat::CODE_128 => CodeKind::Code128,
            _ => continue,
        };
        let code = Code { kind, text: result.getText().chars().take(TEXT_MAX).collect() };
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}
