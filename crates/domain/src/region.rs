//! 行政区划: names of regions from a data file. Unknown codes are shown as unknown, never refused.

use crate::item::Level;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Twelve digits (2 province, 2 city, 2 county, 3 town, 3 village).
    pub code: String,
    /// Name without those above it.
    pub name: String,
    /// Level.
    pub level: Level,
}

/// A table of regions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regions {
    by_code: BTreeMap<String, Region>,
}

/// Why a region file was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// No JSON of the format `{"v":1,"regions":[…]}`.
    #[error("region file does not parse")]
    Parse(#[source] serde_json::Error),
    /// A format this release does not know.
    #[error("region format v={0}, this release reads v=1")]
    Format(u32),
    /// A code that is not twelve digits, or twice there.
    #[error("region code `{0}` is not twelve digits or appears twice")]
    Code(String),
}

#[derive(Deserialize)]
struct File {
    v: u32,
    regions: Vec<Region>,
}

impl Regions {
    /// Reads `{"v":1,"regions":[{"code","name","level"}]}`.
    ///
    /// # Errors
    /// [`RegionError`].
    pub fn from_json(text: &str) -> Result<Self, RegionError> {
        let file: File = serde_json::from_str(text).map_err(RegionError::Parse)?;
        if file.v != 1 {
            return Err(RegionError::Format(file.v));
        }
        let mut by_code = BTreeMap::new();
        for region in file.regions {
            let digits = region.code.len() == 12 && region.code.bytes().all(|byte| byte.is_ascii_digit());
            let code = region.code.clone();
            if !digits || by_code.insert(code.clone(), region).is_some() {
                return Err(RegionError::Code(code));
            }
        }
        Ok(Self { by_code })
    }

    /// The region of a code of 2, 4, 6, 9 or 12 digits.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Region> {
        if !matches!(code.len(), 2 | 4 | 6 | 9 | 12) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.by_code.get(&format!("{code:0<12}"))
    }

    /// Names from the province down, as far as they are known: `示范省示范市城东区`.
    #[must_use]
    pub fn full_name(&self, code: &str) -> Option<String> {
        let last = self.get(code)?;
        let mut names: Vec<&str> = Vec::new();
        for width in [2, 4, 6, 9, 12] {
            if let Some(region) = self.get(&last.code[..width]) {
                if names.last() != Some(&region.name.as_str()) {
                    names.push(&region.name);
                }
                if region.code == last.code {
                    break;
                }
            }
        }
        Some(names.concat())
    }

    /// Every region, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.by_code.values()
    }
}

/// Whether `inner` lies in `outer` (codes of any width; trailing zeros do not count).
#[must_use]
pub fn contains(outer: &str, inner: &str) -> bool {
    let width = [2, 4, 6, 9, 12]
        .into_iter()
        .find(|width| outer.get(*width..).is_none_or(|rest| rest.bytes().all(|b| b == b'0')));
    let prefix = width.and_then(|width| outer.get(..width)).unwrap_or(outer);
    !prefix.is_empty() && inner.starts_with(prefix)
}
