//! 套打: text at measured places on a pre-printed form, for needle and passbook printers (ESC/P-K).
//!
//! Places are tenths of a millimetre from the form's top left corner. Every tray pulls the
//! paper in a little differently, so each has its own correction, found with the cross of
//! [`calibration_cross`] and a ruler. Commands: `ESC $` sets the column in 1/60 inch, `ESC J` feeds
//! n/180 inch, `FS &`/`FS .` switch Chinese on and off, `FF` ejects the form. A form is
//! written from top to bottom, since the paper cannot be counted on to go back.

use encoding_rs::GB18030;
use std::collections::BTreeMap;

const ESC: u8 = 0x1B;
/// Tenths of a millimetre in an inch.
const INCH: i32 = 254;
/// Largest correction a tray may need; more is a form laid in wrongly.
pub const CORRECTION_MAX: i32 = 100;
const FEED_MAX: i32 = 255;

/// 纸盘校准: tenths of a millimetre added to every place, right and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Correction {
    /// To the right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

/// Why a form cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverprintFault {
    /// An option is no number of tenths of a millimetre within the limit.
    #[error("correction `{0}` is not a number of tenths of a millimetre within ±{CORRECTION_MAX}")]
    Correction(String),
    /// A text would begin above or left of the form.
    #[error("a text at {0},{1} begins outside of the form")]
    Outside(i32, i32),
    /// A character the printer's code has not.
    #[error("a character the printer has not")]
    Character,
}

/// The corrections in a printer's options: `tray.1.x`, `tray.1.y` and so on.
///
/// # Errors
/// [`OverprintFault::Correction`] for a value that cannot be meant.
pub fn corrections(options: &BTreeMap<String, String>) -> Result<BTreeMap<String, Correction>, OverprintFault> {
    let mut trays: BTreeMap<String, Correction> = BTreeMap::new();
    for (name, value) in options {
        let Some((tray, axis)) = name.strip_prefix("tray.").and_then(|rest| rest.rsplit_once('.')) else { continue };
        let wrong = || OverprintFault::Correction(format!("{name}={value}"));
        let tenths: i32 = value.trim().parse().map_err(|_| wrong())?;
        if tenths.abs() > CORRECTION_MAX {
            return Err(wrong());
        }
        let correction = trays.entry(tray.to_owned()).or_default();
        match axis {
            "x" => correction.x = tenths,
            "y" => correction.y = tenths,
            _ => return Err(wrong()),
        }
    }
    Ok(trays)
}

/// A text at its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Tenths of a millimetre from the left.
    pub x: i32,
    /// Tenths of a millimetre from the top.
    pub y: i32,
    /// What is written there.
    pub text: &'a str,
}

/// The bytes that write these texts on one form and eject it.
///
/// # Errors
/// [`OverprintFault`] when a text cannot stand where it should, or cannot be written.
pub fn form(texts: &[Placed<'_>], correction: Correction) -> Result<Vec<u8>, OverprintFault> {
    let mut texts: Vec<&Placed<'_>> = texts.iter().collect();
    texts.sort_by_key(|placed| (placed.y, placed.x));
    let mut bytes = vec![ESC, b'@'];
    // 1/180 inch fed so far.
    let mut fed = 0;
    for placed in texts {
        let (x, y) = (placed.x + correction.x, placed.y + correction.y);
        if x < 0 || y < 0 {
            return Err(OverprintFault::Outside(placed.x, placed.y));
        }
        let down = rounded(y * 180, INCH);
        while fed < down {
            let step = (down - fed).min(FEED_MAX);
            bytes.extend([ESC, b'J', u8::try_from(step).unwrap_or(u8::MAX)]);
            fed += step;
        }
        let column = u16::try_from(rounded(x * 60, INCH)).map_err(|_| OverprintFault::Outside(placed.x, placed.y))?;
        bytes.extend([ESC, b'$']);
        bytes.extend(column.to_le_bytes());
        bytes.extend([0x1C, b'&']);
        bytes.extend(encoded(placed.text)?);
        bytes.extend([0x1C, b'.', b'\r']);
    }
    bytes.push(0x0C);
    Ok(bytes)
}

fn rounded(value: i32, by: i32) -> i32 {
    (value + by / 2) / by
}

fn encoded(text: &str) -> Result<Vec<u8>, OverprintFault> {
    let (bytes, _, unmappable) = GB18030.encode(text);
    // Four-byte codes are beyond the printers' own character set (GB 18030 level 1 is two bytes).
    let printable = !unmappable && !text.chars().any(char::is_control) && two_bytes_at_most(&bytes);
    if printable { Ok(bytes.into_owned()) } else { Err(OverprintFault::Character) }
}

fn two_bytes_at_most(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(lead) = rest.next() {
        if *lead >= 0x80 && rest.next().is_none_or(|trail| *trail < 0x40) {
            return false;
        }
    }
    true
}

/// A cross at 20 mm, 20 mm and its intended place beside it: measure, and enter the difference.
///
/// # Errors
/// As [`form`].
pub fn calibration_cross(correction: Correction) -> Result<Vec<u8>, OverprintFault> {
    form(&[Placed { x: 200, y: 200, text: "+ 20.0 20.0" }], correction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_moves_every_text_by_as_much_and_no_text_out_of_order() {
        let texts = [Placed { x: 508, y: 508, text: "乙" }, Placed { x: 254, y: 254, text: "甲" }];
        let plain = form(&texts, Correction::default()).expect("fits");
        // 25.4 mm: 180 feed units and column 60; then as much again.
        assert_eq!(plain[2..9], [ESC, b'J', 180, ESC, b'$', 60, 0]);
        assert!(plain.windows(7).any(|bytes| bytes == [ESC, b'J', 180, ESC, b'$', 120, 0]));
        let moved = form(&texts, Correction { x: 13, y: -14 }).expect("fits");
        // 26.7 mm is 63/60 inch, 24.0 mm is 170/180 inch.
        assert_eq!(moved[2..9], [ESC, b'J', 170, ESC, b'$', 63, 0]);
        assert_eq!(plain.last(), Some(&0x0C));
    }

    #[test]
    fn each_tray_has_its_own_correction_and_a_wild_one_is_refused() {
        let options = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let trays = corrections(&options(&[("tray.1.x", "5"), ("tray.2.y", "-12"), ("baud", "9600")])).expect("fits");
        assert_eq!(trays["1"], Correction { x: 5, y: 0 });
        assert_eq!(trays["2"], Correction { x: 0, y: -12 });
        for wrong in [("tray.1.x", "101"), ("tray.1.x", "1.5"), ("tray.1.z", "1")] {
            assert!(corrections(&options(&[wrong])).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_paper_is_fed() {
        assert_eq!(
            form(&[Placed { x: 1, y: 9, text: "甲" }], Correction { x: -2, y: 0 }),
            Err(OverprintFault::Outside(1, 9))
        );
        assert_eq!(
            form(&[Placed { x: 1, y: 1, text: "\u{20BB7}" }], Correction::default()),
            Err(OverprintFault::Character)
        );
        assert_eq!(
            form(&[Placed { x: 1, y: 1, text: "a\u{1b}" }], Correction::default()),
            Err(OverprintFault::Character)
        );
    }
}
