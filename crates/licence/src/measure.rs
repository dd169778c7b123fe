//! 折行: breaking a text into lines that fit.

use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use unicode_linebreak::linebreaks;

/// Breaks `text` into lines no wider than `room` mm, at places where Chinese and Latin text may
/// break (UAX #14: no closing bracket at the start of a line); a word wider than the room is cut
/// between characters rather than clipped. A line feed in the text ends a line.
pub fn wrap(fonts: &Fonts, face: Face, size: f32, text: &str, room: f32) -> Result<Vec<String>, PaperError> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        wrap_paragraph(fonts, face, size, paragraph, room, &mut lines)?;
    }
    Ok(lines)
}

fn wrap_paragraph(
    fonts: &Fonts,
    face: Face,
    size: f32,
    text: &str,
    room: f32,
    lines: &mut Vec<String>,
) -> Result<(), PaperError> {
    let fits = |line: &str| Ok::<bool, PaperError>(fonts.width(face, size, line.trim_end())? <= room);
    let mut line = String::new();
    let mut from = 0;
    for (to, _) in linebreaks(text) {
        let piece = &text[from..to];
        from = to;
        if fits(&format!("{line}{piece}"))? {
            line.push_str(piece);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for character in piece.chars() {
            line.push(character);
            if !fits(&line)? && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()).trim_end().to_owned());
            }
        }
    }
    lines.push(line.trim_end().to_owned());
    Ok(())
}

/// Puts a blank after every group: `grouped("12345678", &[3, 3])` is `123 456 78`.
pub fn grouped(text: &str, groups: &[usize]) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    for &group in groups {
        let part: String = rest.by_ref().take(group).collect();
        if part.is_empty() {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&part);
    }
    let tail: String = rest.collect();
    if !tail.is_empty() {
        out.push(' ');
        out.push_str(&tail);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nothing_is_lost() {
        assert_eq!(grouped("89010226112300100017", &[6, 6, 3, 5]), "890102 261123 001 00017");
        assert_eq!(grouped("8901022", &[6, 6, 3, 5]), "890102 2");
        assert_eq!(grouped("1234", &[2]), "12 34");
        assert_eq!(grouped("", &[6]), "");
    }
}
