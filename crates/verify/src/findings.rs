//! What was looked at and what was found.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: file and line, or file and step.
    pub place: String,
    /// What is wrong there; never personal data.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// How many of each thing were checked and held.
    pub held: BTreeMap<&'static str, u64>,
    /// What did not hold, in the order found.
    pub faults: Vec<Fault>,
    /// What could not be checked and why; not a fault.
    pub unchecked: Vec<String>,
}

impl Findings {
    /// Nothing was found wrong, and something was checked at all.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.faults.is_empty() && !self.held.is_empty()
    }

    pub(crate) fn held(&mut self, what: &'static str) {
        *self.held.entry(what).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault { place: place.into(), what: what.into() });
    }

    /// Counts what held, records what did not.
    pub(crate) fn check(&mut self, what: &'static str, place: &str, result: Result<(), String>) -> bool {
        match result {
            Ok(()) => {
                self.held(what);
                true
            }
            Err(why) => {
                self.fault(place, why);
                false
            }
        }
    }

    pub(crate) fn unchecked(&mut self, what: impl Into<String>) {
        self.unchecked.push(what.into());
    }

    /// Takes over another check's result, its places below `place`.
    pub(crate) fn absorb(&mut self, place: &str, other: Findings) {
        for (what, count) in other.held {
            *self.held.entry(what).or_default() += count;
        }
        self.faults
            .extend(other.faults.into_iter().map(|fault| Fault { place: format!("{place}/{}", fault.place), ..fault }));
        self.unchecked.extend(other.unchecked.into_iter().map(|what| format!("{place}: {what}")));
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.held {
            writeln!(f, "held    {count:>5} {what}")?;
        }
        for what in &self.unchecked {
            writeln!(f, "not checked: {what}")?;
        }
        for fault in &self.faults {
            writeln!(f, "FAULT   {fault}")?;
        }
        writeln!(f, "{}", if self.ok() { "OK" } else { "NOT OK" })
    }
}
