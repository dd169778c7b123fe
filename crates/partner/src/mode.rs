//! How a resource answers: well, or badly in one of the ways department systems do.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A way to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As documented.
    Ok,
    /// As documented, after so many milliseconds.
    Slow(u64),
    /// Never.
    Timeout,
    /// 403: the department refuses.
    Refuse,
    /// JSON cut off in the middle.
    Garbage,
    /// A reply of 1 MiB.
    Oversize,
    /// GB18030 bytes in a reply that says UTF-8.
    WrongEncoding,
    /// A reply that says GB18030.
    WrongCharset,
    /// 500.
    Error500,
    /// The connection breaks in the middle of the answer.
    Dead,
    /// Every request is taken for a repeated one.
    Replay,
    /// A SOAP fault.
    SoapFault,
    /// As documented, in GB18030 and saying so.
    Gb18030,
}

/// The text is none of the modes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "mode is ok, slow:MS, timeout, refuse, garbage, oversize, wrong-encoding, wrong-charset, error500, dead, replay, soap-fault or gb18030, not {0:?}"
)]
pub struct UnknownMode(pub String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        let unknown = || UnknownMode(text.to_owned());
        Ok(match text {
            "ok" => Self::Ok,
            "timeout" => Self::Timeout,
            "refuse" => Self::Refuse,
            "garbage" => Self::Garbage,
            "oversize" => Self::Oversize,
            "wrong-encoding" => Self::WrongEncoding,
            "wrong-charset" => Self::WrongCharset,
            "error500" => Self::Error500,
            "dead" => Self::Dead,
            "replay" => Self::Replay,
            "soap-fault" => Self::SoapFault,
            "gb18030" => Self::Gb18030,
            other => {
                let wait = other.strip_prefix("slow:").ok_or_else(unknown)?;
                Self::Slow(wait.parse().map_err(|_| unknown())?)
            }
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Slow(wait) => write!(f, "slow:{wait}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Refuse => f.write_str("refuse"),
            Self::Garbage => f.write_str("garbage"),
            Self::Oversize => f.write_str("oversize"),
            Self::WrongEncoding => f.write_str("wrong-encoding"),
            Self::WrongCharset => f.write_str("wrong-charset"),
            Self::Error500 => f.write_str("error500"),
            Self::Dead => f.write_str("dead"),
            Self::Replay => f.write_str("replay"),
            Self::SoapFault => f.write_str("soap-fault"),
            Self::Gb18030 => f.write_str("gb18030"),
        }
    }
}

/// A rule as it stands in `behaviour.json` and in `POST /_sim/mode`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Resource, `family.*` or `*`.
    pub resource: String,
    /// Only for this subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// See [`Mode`].
    pub mode: String,
}

#[derive(Clone)]
struct Rule {
    resource: String,
    subject: Option<String>,
    mode: Mode,
}

impl Rule {
    fn matches(&self, resource: &str, subject: &str) -> bool {
        let named = match self.resource.strip_suffix('*') {
            Some(family) => resource.starts_with(family),
            None => self.resource == resource,
        };
        named && self.subject.as_deref().is_none_or(|only| only == subject)
    }
}

/// The rules in force; the newest that matches decides.
pub struct Rules {
    at_start: Vec<Rule>,
    rules: Vec<Rule>,
}

impl Rules {
    /// Rules that hold until others are added, and again after a reset.
    #[must_use]
    pub fn new(at_start: Vec<(RuleText, Mode)>) -> Self {
        let at_start: Vec<Rule> = at_start
            .into_iter()
            .map(|(text, mode)| Rule { resource: text.resource, subject: text.subject, mode })
            .collect();
        Self { rules: at_start.clone(), at_start }
    }

    pub(crate) fn add(&mut self, resource: &str, subject: Option<&str>, mode: Mode) {
        // A rule for the same place is replaced, so that a long-running panel does not pile them up.
        self.rules.retain(|rule| rule.resource != resource || rule.subject.as_deref() != subject);
        self.rules.push(Rule { resource: resource.to_owned(), subject: subject.map(str::to_owned), mode });
    }

    pub(crate) fn reset(&mut self) {
        self.rules = self.at_start.clone();
    }

    pub(crate) fn mode(&self, resource: &str, subject: &str) -> Mode {
        self.rules.iter().rev().find(|rule| rule.matches(resource, subject)).map_or(Mode::Ok, |rule| rule.mode)
    }

    /// The rules as texts, oldest first; subjects as hashes.
    pub(crate) fn listed(&self) -> Vec<RuleText> {
        self.rules
            .iter()
            .map(|rule| RuleText {
                resource: rule.resource.clone(),
                subject: rule.subject.as_deref().map(crate::calls::subject_hash),
                mode: rule.mode.to_string(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_reads_back_as_written() {
        for text in [
            "ok",
            "slow:250",
            "timeout",
            "refuse",
            "garbage",
            "oversize",
            "wrong-encoding",
            "wrong-charset",
            "error500",
            "dead",
            "replay",
            "soap-fault",
            "gb18030",
        ] {
            assert_eq!(text.parse::<Mode>().map(|mode| mode.to_string()), Ok(text.to_owned()));
        }
        assert!("slow:".parse::<Mode>().is_err() && "slowly".parse::<Mode>().is_err());
    }

    #[test]
    fn the_newest_matching_rule_decides() {
        let start = RuleText { resource: "social.*".into(), subject: Some("A".into()), mode: "timeout".into() };
        let mut rules = Rules::new(vec![(start, Mode::Timeout)]);
        assert_eq!(rules.mode("social.firm_staff", "A"), Mode::Timeout);
        assert_eq!(rules.mode("social.firm_staff", "B"), Mode::Ok);
        assert_eq!(rules.mode("legal.charter", "A"), Mode::Ok);
        rules.add("*", None, Mode::Refuse);
        assert_eq!(rules.mode("social.firm_staff", "A"), Mode::Refuse);
        rules.add("social.firm_staff", Some("A"), Mode::Ok);
        assert_eq!(rules.mode("social.firm_staff", "A"), Mode::Ok);
        rules.reset();
        assert_eq!(rules.mode("social.firm_staff", "A"), Mode::Timeout);
    }
}
