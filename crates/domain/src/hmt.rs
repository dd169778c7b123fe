//! Documents of residents of Hong Kong, Macao and Taiwan: 居住证 and travel permits.

use crate::check::normalise;
use crate::id_number::{IdKind, IdNumber};

/// 来处 of a residence permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HmtOrigin {
    /// 香港 (810000).
    HongKong,
    /// 澳门 (820000).
    Macao,
    /// 台湾 (830000).
    Taiwan,
}

/// The origin of a 港澳台居民居住证 number; `None` when the number is of another kind.
#[must_use]
pub fn origin(number: &IdNumber) -> Option<HmtOrigin> {
    if number.kind() != IdKind::Hmt {
        return None;
    }
    match number.region() {
        "810000" => Some(HmtOrigin::HongKong),
        "820000" => Some(HmtOrigin::Macao),
        _ => Some(HmtOrigin::Taiwan),
    }
}

/// 港澳居民来往内地通行证: H or M and 8 digits (card) or 10 (old booklet).
#[must_use]
pub fn is_mainland_travel_permit(text: &str) -> bool {
    let text = normalise(text);
    let digits = text.strip_prefix(['H', 'M']).unwrap_or_default();
    matches!(digits.len(), 8 | 10) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// 台湾居民来往大陆通行证: 8 digits (five-year card), 10 with suffix (old).
#[must_use]
pub fn is_taiwan_travel_permit(text: &str) -> bool {
    let text = normalise(text);
    matches!(text.len(), 8 | 10) && text.bytes().all(|byte| byte.is_ascii_digit())
}
