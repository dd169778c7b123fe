//! 透视校正: the sheet as if seen from straight above.

use super::geometry::Quad;
use crate::VisionError;
use opencv::core::{BORDER_CONSTANT, Mat, Point2f, Scalar, Size};
use opencv::imgproc;

/// The map from picture to an upright sheet of `size` pixels, turned by `skew` degrees about its middle.
pub(super) fn transform(quad: &Quad, size: Size, skew: f64) -> Result<Mat, VisionError> {
    // Pixel middles: the sheet's edge runs half a pixel outside the first row.
    let (w, h) = (f64::from(size.width) - 0.5, f64::from(size.height) - 0.5);
    let (cx, cy) = (f64::from(size.width - 1) / 2.0, f64::from(size.height - 1) / 2.0);
    let (sin, cos) = skew.to_radians().sin_cos();
    let target = [[-0.5, -0.5], [w, -0.5], [w, h], [-0.5, h]].map(|[x, y]: [f64; 2]| {
        let (dx, dy) = (x - cx, y - cy);
        Point2f::new((cx + dx * cos - dy * sin) as f32, (cy + dx * sin + dy * cos) as f32)
    });
    let from = quad.0.map(|p| Point2f::new(p[0] as f32, p[1] as f32));
    Ok(imgproc::get_perspective_transform_slice_def(from, target)?)
}

/// The sheet as `size` pixels; what lies outside the frame is white.
pub(super) fn warp(picture: &Mat, map: &Mat, size: Size, out: &mut Mat) -> Result<(), VisionError> {
    imgproc::warp_perspective(picture, out, map, size, imgproc::INTER_LINEAR, BORDER_CONSTANT, Scalar::all(255.0))?;
    Ok(())
}

/// The sheet upright and small, `long` pixels on its long side.
pub(crate) fn upright(picture: &Mat, quad: &Quad, long: f64) -> Result<Mat, VisionError> {
    let (width, height) = quad.size();
    let scale = (long / width.max(height).max(1.0)).min(1.0);
    let size = Size::new(((width * scale) as i32).max(8), ((height * scale) as i32).max(8));
    let mut out = Mat::default();
    warp(picture, &transform(quad, size, 0.0)?, size, &mut out)?;
    Ok(out)
}
