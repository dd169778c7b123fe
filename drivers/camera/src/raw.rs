//! Raw pixels of cameras as colours.

/// YUYV 4:2:2 to RGB, ITU-R BT.601 with video range.
#[must_use]
pub fn yuyv_to_rgb(bytes: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(bytes.len() / 2 * 3);
    let clip = |value: i32| u8::try_from((value >> 8).clamp(0, 255)).unwrap_or(0);
    for pair in bytes.chunks_exact(4) {
        let (u, v) = (i32::from(pair[1]) - 128, i32::from(pair[3]) - 128);
        for luma in [pair[0], pair[2]] {
            let y = 298 * (i32::from(luma) - 16) + 128;
            rgb.extend([clip(y + 409 * v), clip(y - 100 * u - 208 * v), clip(y + 516 * u)]);
        }
    }
    rgb
}
