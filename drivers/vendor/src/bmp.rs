//! 位图: what photo libraries give: bare BGR, or a whole BMP.

use crate::call::Answer;

/// Size of the photo on a card.
pub(crate) const WIDTH: usize = 102;
/// See [`WIDTH`].
pub(crate) const HEIGHT: usize = 126;
/// Bare pixels, 38 556 bytes.
const BARE_BYTES: usize = WIDTH * HEIGHT * 3;
/// Rows of a BMP are padded to four bytes.
const BMP_ROW: usize = (WIDTH * 3).div_ceil(4) * 4;
const BMP_HEAD: usize = 54;
/// A whole BMP, 38 862 bytes: the longest of both.
pub(crate) const BMP_BYTES: usize = BMP_HEAD + BMP_ROW * HEIGHT;

/// The picture in the buffer; `None` when there is none.
pub(crate) fn picture(bytes: &[u8]) -> Option<Answer> {
    let (pixels, row, upside_down) = if bytes.starts_with(b"BM") {
        (bytes.get(BMP_HEAD..BMP_BYTES)?, BMP_ROW, true)
    } else {
        (bytes.get(..BARE_BYTES)?, WIDTH * 3, false)
    };
    // A library that did nothing leaves the zeros that were there.
    if pixels.iter().all(|byte| *byte == 0) {
        return None;
    }
    let mut rgba = Vec::with_capacity(WIDTH * HEIGHT * 4);
    for line in 0..HEIGHT {
        let from = if upside_down { HEIGHT - 1 - line } else { line } * row;
        for pixel in pixels[from..from + WIDTH * 3].chunks_exact(3) {
            rgba.extend_from_slice(&[pixel[2], pixel[1], pixel[0], 255]);
        }
    }
    Some(Answer::Picture { width: 102, height: 126, rgba })
}
