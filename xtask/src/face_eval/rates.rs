//! Error rates with what they can and cannot prove: counts, exact bounds, and where the two errors are equal.

/// One error rate.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Wrong ones.
    pub wrong: u64,
    /// All.
    pub of: u64,
}

impl Rate {
    /// Counts those for which `wrong` holds.
    pub fn count<T>(all: &[T], wrong: impl Fn(&T) -> bool) -> Self {
        Self { wrong: all.iter().filter(|one| wrong(one)).count() as u64, of: all.len() as u64 }
    }

    /// The share; 0 of 0 is 0.
    pub fn share(self) -> f64 {
        self.wrong as f64 / self.of.max(1) as f64
    }

    /// Clopper and Pearson's bounds at 95 %.
    pub fn bounds(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let low = if self.wrong == 0 { 0.0 } else { solve(|p| 1.0 - cumulative(self.wrong - 1, self.of, p), 0.025) };
        let high = if self.wrong == self.of { 1.0 } else { solve(|p| 1.0 - cumulative(self.wrong, self.of, p), 0.975) };
        (low, high)
    }

    /// `3 / 400 = 0.75 % (0.15–2.2 %)`.
    pub fn text(self) -> String {
        let (low, high) = self.bounds();
        let percent = |share: f64| format!("{:.3}", share * 100.0);
        format!("{} / {} = {} % ({}–{} %)", self.wrong, self.of, percent(self.share()), percent(low), percent(high))
    }
}

/// The chance of at most `k` of `n`, each with chance `p`; summed in logarithms.
fn cumulative(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return f64::from(k >= n);
    }
    let mut term = n as f64 * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 0..k {
        term += ((n - i) as f64 / (i + 1) as f64).ln() + p.ln() - (-p).ln_1p();
        sum += term.exp();
    }
    sum.min(1.0)
}

/// Where a function that grows from 0 to 1 takes this value.
fn solve(f: impl Fn(f64) -> f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if f(middle) < value { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The share at which as many genuine pairs are refused as foreign ones are accepted.
pub fn equal_error(genuine: &[f64], foreign: &[f64]) -> f64 {
    let mut limits: Vec<f64> = genuine.iter().chain(foreign).copied().collect();
    limits.sort_by(f64::total_cmp);
    let errors = limits.iter().map(|limit| {
        let refused = Rate::count(genuine, |score| *score < *limit).share();
        let accepted = Rate::count(foreign, |score| *score >= *limit).share();
        refused.max(accepted)
    });
    errors.fold(1.0, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        let none = Rate { wrong: 0, of: 100 }.bounds();
        assert!(none.0 == 0.0 && (none.1 - 0.036_217).abs() < 1e-4, "{none:?}");
        let some = Rate { wrong: 5, of: 50 }.bounds();
        assert!((some.0 - 0.033_275).abs() < 1e-4 && (some.1 - 0.218_135).abs() < 1e-4, "{some:?}");
    }

    #[test]
    fn scores_apart_have_no_equal_error_and_the_same_scores_have_a_half() {
        assert_eq!(equal_error(&[0.9, 0.8], &[0.1, 0.2]), 0.0);
        assert!(equal_error(&[0.5, 0.5], &[0.5, 0.5]) >= 0.5);
    }
}
