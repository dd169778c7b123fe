//! What the detector says, made into boxes: the best of those that overlap.

/// A box and how sure the detector is of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// Left, top, right, bottom as shares of the picture.
    pub(super) bounds: [f32; 4],
    pub(super) score: f32,
}

/// Boxes at or above `score`, best first, without those that overlap a better one by more than `overlap` (share of
/// the union). `scores` holds pairs (ground, face), `boxes` four corners each. At most `most` are given.
pub(super) fn best(scores: &[f32], boxes: &[f32], score: f32, overlap: f32, most: usize) -> Vec<Found> {
    let pairs = scores.as_chunks::<2>().0.iter().zip(boxes.as_chunks::<4>().0);
    let mut found: Vec<Found> = pairs
        .filter(|(pair, corners)| pair[1] >= score && corners.iter().all(|corner| corner.is_finite()))
        .map(|(pair, corners)| Found { bounds: *corners, score: pair[1] })
        .filter(|found| found.bounds[2] > found.bounds[0] && found.bounds[3] > found.bounds[1])
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Found> = Vec::new();
    for candidate in found {
        if kept.len() >= most {
            break;
        }
        if kept.iter().all(|better| shared(&better.bounds, &candidate.bounds) <= overlap) {
            kept.push(candidate);
        }
    }
    kept
}

/// Intersection over union.
fn shared(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let area = |c: &[f32; 4]| (c[2] - c[0]).max(0.0) * (c[3] - c[1]).max(0.0);
    let both = [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
    let both = if both[2] > both[0] && both[3] > both[1] { area(&both) } else { 0.0 };
    both / (area(a) + area(b) - both).max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_of_two_overlapping_boxes_stays_and_a_box_apart_stays_too() {
        let scores = [0.1, 0.9, 0.1, 0.95, 0.2, 0.8, 0.9, 0.1];
        let boxes = [0.1, 0.1, 0.3, 0.3, 0.11, 0.1, 0.31, 0.3, 0.6, 0.6, 0.8, 0.8, 0.0, 0.0, 1.0, 1.0];
        let kept = best(&scores, &boxes, 0.65, 0.3, 10);
        assert_eq!(kept.iter().map(|f| f.score).collect::<Vec<_>>(), [0.95, 0.8]);
    }

    #[test]
    fn boxes_that_are_none_are_left_out() {
        let boxes = [f32::NAN, 0.0, 1.0, 1.0, 0.5, 0.5, 0.4, 0.6];
        assert!(best(&[0.0, 1.0, 0.0, 1.0], &boxes, 0.65, 0.3, 10).is_empty());
    }
}
