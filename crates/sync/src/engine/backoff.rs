//! How long to wait after a failure: full jitter over a doubling span.

use std::time::Duration;
use tongban_domain::clock::Rng;

/// Wait after the `failures`-th failure in a row (1 for the first): a random part of
/// `base * 2^(failures-1)`, at most `cap`. Full jitter keeps the stations of a hall whose
/// link came back from arriving together.
pub(super) fn wait(base: Duration, cap: Duration, failures: u32, rng: &dyn Rng) -> Duration {
    let span = base.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1).min(31)).unwrap_or(u32::MAX)).min(cap);
    let mut random = [0; 4];
    rng.fill(&mut random);
    span.mul_f64(f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Rng for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn the_span_doubles_up_to_the_cap_and_jitter_takes_any_part_of_it() {
        let (base, cap) = (Duration::from_secs(1), Duration::from_secs(300));
        let longest = |failures| wait(base, cap, failures, &Fixed(0xff)).as_secs();
        assert_eq!([1, 2, 3, 9, 10, 60].map(longest), [1, 2, 4, 256, 300, 300]);
        assert_eq!(wait(base, cap, 9, &Fixed(0)), Duration::ZERO);
        assert!(wait(base, cap, u32::MAX, &Fixed(0xff)) <= cap);
    }
}
