//! 政务服务事项: a service item as data. A file nobody has seen before works everywhere.
//!
//! [`ServiceItem`] is the catalogue's JSON format (`"v": 1`); `assets/catalogue/README.md`
//! describes it for those who write such files. [`ServiceItem::from_json`] is the only door:
//! what passes it keeps its promises (unique ids, references that resolve).

mod check;
mod condition;
mod data;
mod decimal;
mod field;
mod guide;
mod lint;
mod material;
mod precheck;
mod requirement;
mod search;
mod share;
mod workflow;

pub use check::ItemFault;
pub(crate) use condition::source_text;
pub use condition::{Condition, Operand, Test, View};
pub use data::{
    Audience, CaseType, Channels, Fee, ItemResult, KioskScope, Level, Organization, ResultKind, ServiceItem,
};
pub use decimal::Decimal;
pub use field::{ChoiceOption, Field, FieldKind, Form, PrefillSource, Section};
pub use guide::{CommitmentTerms, Guide, LegalBasis, PartItem, Remedy, SpecialProcedure, Terms};
pub use lint::{Finding, GUIDE_ORDER, lint};
pub use material::{MaterialState, SatisfiedBy, material_state};
pub use precheck::{Measure, PreCheck, PreCheckResult, precheck};
pub use requirement::{Figure, How, MaterialDetail, Necessity, Requirement};
pub use search::search;
pub use share::{ShareCall, ShareField, ShareSubject};
pub use workflow::{Flow, OpenStep, Seat, WorkflowStep, flow};

use crate::code::ErrorCode;
use serde::Deserialize;

/// The format version this release reads and writes.
pub const ITEM_FORMAT: u32 = 1;

/// Why an item file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// The file is of a format this release does not know.
    #[error("item format v={found}, this release reads v={ITEM_FORMAT}")]
    Format {
        /// What the file says in `v`.
        found: u32,
    },
    /// The file is no JSON, or a value has the wrong shape.
    #[error("item file does not parse at `{path}`")]
    Parse {
        /// JSON path of the offending value, for example `form.sections[0].fields[2].kind`.
        path: String,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The file parses but contradicts itself; the first contradiction found.
    #[error("item `{item}` breaks a rule at `{path}`: {fault}")]
    Rule {
        /// Key of the item.
        item: String,
        /// JSON path of the offending value.
        path: String,
        /// Which rule.
        fault: ItemFault,
    },
}

impl ItemError {
    /// The code a person meets.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Format { .. } => ErrorCode::FormatUnknown,
            Self::Parse { .. } | Self::Rule { .. } => ErrorCode::ConfigInvalid,
        }
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

impl ServiceItem {
    /// Reads and checks one item file.
    ///
    /// # Errors
    /// [`ItemError`] with the JSON path of the first offending value.
    pub fn from_json(text: &str) -> Result<Self, ItemError> {
        let version: VersionOnly = parse(text)?;
        if version.v != ITEM_FORMAT {
            return Err(ItemError::Format { found: version.v });
        }
        let item: Self = parse(text)?;
        item.check().map_err(|(path, fault)| ItemError::Rule { item: item.key.0.clone(), path, fault })?;
        Ok(item)
    }

    /// The item as its file; reading it again gives an equal item.
    ///
    /// # Errors
    /// Never for an item that came from [`ServiceItem::from_json`].
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, ItemError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| ItemError::Parse { path: error.path().to_string(), source: error.into_inner() })?;
    reader.end().map_err(|source| ItemError::Parse { path: ".".to_owned(), source })?;
    Ok(value)
}
