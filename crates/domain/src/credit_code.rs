//! 统一社会信用代码 (GB 32100-2015): 1 registering department, 1 class, 6 region,
//! 9 organization code (GB 11714), 1 check. Characters `0-9A-HJ-NP-RTUWXY`.

use crate::check::normalise;
use std::fmt;

/// Characters in the order of their values (no I, O, S, V, Z).
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31 (GB 32100-2015 annex).
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// 统一社会信用代码, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is no such code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters of the standard's set, or no digits where the region stands.
    #[error("not 18 characters of the standard's set")]
    Shape,
    /// The check character does not fit.
    #[error("check character does not fit")]
    CheckCharacter,
}

impl CreditCode {
    /// Cleans up (full-width, blanks, lower case) and checks.
    ///
    /// # Errors
    /// [`CreditCodeError`].
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let text = normalise(text);
        let values: Option<Vec<usize>> = text.chars().map(|letter| CHARACTERS.find(letter)).collect();
        let values = values.filter(|values| values.len() == 18).ok_or(CreditCodeError::Shape)?;
        if !text[2..8].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CreditCodeError::Shape);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        if (31 - sum % 31) % 31 != values[17] {
            return Err(CreditCodeError::CheckCharacter);
        }
        Ok(Self(text))
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 登记机关行政区划, six digits.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0[2..8]
    }

    /// 主体标识码 (organization code with its check).
    #[must_use]
    pub fn organization_code(&self) -> &str {
        &self.0[8..17]
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
