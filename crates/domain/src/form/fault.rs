//! What is wrong with a field.

use crate::code::ErrorCode;
use crate::ids::FieldId;

/// 字段错误: one fault of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field; for a cell of a list, the column.
    pub field: FieldId,
    /// For a cell of a list, the list it stands in.
    pub list: Option<FieldId>,
    /// For a cell of a list, its row from 0.
    pub row: Option<usize>,
    /// The code a person meets.
    pub code: ErrorCode,
    /// What is wrong.
    pub reason: FaultReason,
}

/// What is wrong, without the value itself (values may be personal).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultReason {
    /// Required and empty.
    Missing,
    /// Yes/no where text belongs, rows where text belongs, and so on.
    WrongType,
    /// A field the form does not have.
    UnknownField,
    /// Control characters or line ends in a text.
    Characters,
    /// More characters than allowed.
    TooLong {
        /// Most characters.
        max: usize,
        /// Characters given.
        length: usize,
    },
    /// No number.
    NotANumber,
    /// Below the smallest value.
    BelowMin {
        /// Smallest value.
        min: String,
    },
    /// Above the largest value.
    AboveMax {
        /// Largest value.
        max: String,
    },
    /// More decimals than allowed.
    TooManyDecimals {
        /// Most decimals.
        max: u8,
    },
    /// No date of the form `YYYY-MM-DD`, or a day that does not exist.
    NotADate,
    /// Not among the options.
    NotAnOption,
    /// An option that is not open together with the other answers.
    OptionClosed,
    /// 证件号码: wrong length or letters.
    IdNumberShape,
    /// 证件号码: the birth date does not exist.
    IdNumberDate,
    /// 证件号码: the check digit does not fit.
    IdNumberCheck,
    /// 统一社会信用代码: wrong length or letters.
    CreditCodeShape,
    /// 统一社会信用代码: the check character does not fit.
    CreditCodeCheck,
    /// No mobile number and no landline.
    NotAPhone,
    /// Fewer rows than needed.
    TooFewRows {
        /// Fewest rows.
        min: u16,
    },
    /// More rows than allowed.
    TooManyRows {
        /// Most rows.
        max: u16,
    },
}

impl FaultReason {
    /// Stable key of the message, for example `field-too-long` (Fluent id).
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Missing => "field-missing",
            Self::WrongType => "field-wrong-type",
            Self::UnknownField => "field-unknown",
            Self::Characters => "field-characters",
            Self::TooLong { .. } => "field-too-long",
            Self::NotANumber => "field-not-a-number",
            Self::BelowMin { .. } => "field-below-min",
            Self::AboveMax { .. } => "field-above-max",
            Self::TooManyDecimals { .. } => "field-too-many-decimals",
            Self::NotADate => "field-not-a-date",
            Self::NotAnOption => "field-not-an-option",
            Self::OptionClosed => "field-option-closed",
            Self::IdNumberShape => "field-id-number-shape",
            Self::IdNumberDate => "field-id-number-date",
            Self::IdNumberCheck => "field-id-number-check",
            Self::CreditCodeShape => "field-credit-code-shape",
            Self::CreditCodeCheck => "field-credit-code-check",
            Self::NotAPhone => "field-not-a-phone",
            Self::TooFewRows { .. } => "field-too-few-rows",
            Self::TooManyRows { .. } => "field-too-many-rows",
        }
    }

    /// Every message key, for the test that looks for missing texts.
    pub const KEYS: [&'static str; 20] = [
        "field-missing",
        "field-wrong-type",
        "field-unknown",
        "field-characters",
        "field-too-long",
        "field-not-a-number",
        "field-below-min",
        "field-above-max",
        "field-too-many-decimals",
        "field-not-a-date",
        "field-not-an-option",
        "field-option-closed",
        "field-id-number-shape",
        "field-id-number-date",
        "field-id-number-check",
        "field-credit-code-shape",
        "field-credit-code-check",
        "field-not-a-phone",
        "field-too-few-rows",
        "field-too-many-rows",
    ];

    /// Arguments of the message.
    #[must_use]
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { max, length } => vec![("max", max.to_string()), ("length", length.to_string())],
            Self::BelowMin { min } => vec![("min", min.clone())],
            Self::AboveMax { max } => vec![("max", max.clone())],
            Self::TooManyDecimals { max } => vec![("max", max.to_string())],
            Self::TooFewRows { min } => vec![("min", min.to_string())],
            Self::TooManyRows { max } => vec![("max", max.to_string())],
            _ => Vec::new(),
        }
    }

    /// The code a person meets.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Missing | Self::TooFewRows { .. } => ErrorCode::FieldMissing,
            _ => ErrorCode::FieldInvalid,
        }
    }
}
