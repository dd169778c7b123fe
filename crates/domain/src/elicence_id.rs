//! 电子证照标识 (GB/T 36904): root, type code, issuer, serial, version, check; dots between.
//! The check is ISO 7064 MOD 37,36 over all parts behind the root, dots left out.

use crate::check::mod37_36;
use std::fmt;

/// The root arc of electronic licences.
pub const ROOT: &str = "1.2.156.3005.2";

/// 电子证照标识, checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ElicenceId {
    text: String,
}

/// Why a text is no licence identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ElicenceIdError {
    /// Root, number of parts, widths or characters do not fit.
    #[error("not root, type code (21), issuer, serial, version (3) and check")]
    Shape,
    /// The check character does not fit. Foreign identifiers: warn only, published samples fail too.
    #[error("check character does not fit")]
    CheckCharacter,
}

impl ElicenceId {
    /// Builds an identifier; `type_code` 21 characters (18 of the defining organization and 3),
    /// `version` 1..=999.
    ///
    /// # Errors
    /// [`ElicenceIdError::Shape`].
    pub fn new(type_code: &str, issuer: &str, serial: &str, version: u16) -> Result<Self, ElicenceIdError> {
        let check = mod37_36(&format!("{type_code}{issuer}{serial}{version:03}")).ok_or(ElicenceIdError::Shape)?;
        Self::parse(&format!("{ROOT}.{type_code}.{issuer}.{serial}.{version:03}.{check}"))
    }

    /// Reads and checks an identifier.
    ///
    /// # Errors
    /// [`ElicenceIdError`].
    pub fn parse(text: &str) -> Result<Self, ElicenceIdError> {
        let text = text.trim();
        let rest = text.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('.')).ok_or(ElicenceIdError::Shape)?;
        let parts: Vec<&str> = rest.split('.').collect();
        let [type_code, issuer, serial, version, check] = parts.as_slice() else {
            return Err(ElicenceIdError::Shape);
        };
        let fits = type_code.len() == 21
            && !issuer.is_empty()
            && !serial.is_empty()
            && version.len() == 3
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && check.len() == 1;
        let body = format!("{type_code}{issuer}{serial}{version}");
        let wanted = mod37_36(&body).filter(|_| fits && body.is_ascii()).ok_or(ElicenceIdError::Shape)?;
        if !check.starts_with(wanted) {
            return Err(ElicenceIdError::CheckCharacter);
        }
        Ok(Self { text: text.to_owned() })
    }

    /// The whole identifier with root and dots.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ElicenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
