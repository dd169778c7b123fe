//! 照片解码: the 1024-byte WLT photo of the card.
//!
//! The codec is closed; a station uses a vendor's library through this trait, or sends the
//! raw bytes to the authority's service, or shows the face to a person.

use tongban_device::message::Rgba;

/// Turns a WLT photo into a picture.
pub trait PhotoDecoder: Send {
    /// The picture; `None` when these bytes are not for this decoder.
    fn decode(&mut self, wlt: &[u8]) -> Option<Rgba>;
}

/// The station has no decoder.
pub struct NoDecoder;

impl PhotoDecoder for NoDecoder {
    fn decode(&mut self, _wlt: &[u8]) -> Option<Rgba> {
        None
    }
}
