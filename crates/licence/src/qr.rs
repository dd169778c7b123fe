//! 二维码.

use crate::error::PaperError;
use crate::list::Item;
use qrcode::{Color, EcLevel, QrCode};

/// A QR code with correction level M (15 % of the code may be lost); `side` is without the quiet
/// zone, which the layout leaves free (four modules, ISO/IEC 18004 clause 6.3.8).
pub fn modules(payload: &str, x: f32, y: f32, side: f32) -> Result<Item, PaperError> {
    let code = QrCode::with_error_correction_level(payload.as_bytes(), EcLevel::M)
        .map_err(|_| PaperError::Qr(payload.len()))?;
    let count = code.width();
    let dark = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
    Ok(Item::Modules { x, y, side, count, dark })
}
