//! 小票: builds receipts and queue tickets as ESC/POS bytes.
//!
//! Chinese text goes out in GB 18030 between `FS &` and `FS .`. No byte of a text can begin
//! a real-time command: control characters are left out.

use encoding_rs::GB18030;

const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;
/// Longest QR content taken; version 10 at level M holds 213 bytes, enough for any of our links.
pub const QR_BYTES_MAX: usize = 213;

/// How a slip is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Right through.
    Full,
    /// A bridge is left, so that it does not fall.
    Partial,
}

/// A slip being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip(Vec<u8>);

impl Default for Slip {
    fn default() -> Self {
        Self::new()
    }
}

impl Slip {
    /// Begins with `ESC @`: whatever an earlier slip left set is forgotten.
    #[must_use]
    pub fn new() -> Self {
        Self(vec![ESC, b'@'])
    }

    /// Lines from here on stand in the middle, or at the left again.
    #[must_use]
    pub fn centred(mut self, on: bool) -> Self {
        self.0.extend([ESC, b'a', u8::from(on)]);
        self
    }

    /// A line; `size` 1 to 8 times the usual height and width.
    #[must_use]
    pub fn line(mut self, text: &str, size: u8) -> Self {
        let step = size.clamp(1, 8) - 1;
        self.0.extend([GS, b'!', step << 4 | step, 0x1C, b'&']);
        let clean: String = text.chars().filter(|letter| !letter.is_control()).collect();
        let (bytes, _, _) = GB18030.encode(&clean);
        self.0.extend_from_slice(&bytes);
        self.0.extend([0x1C, b'.', b'\n']);
        self
    }

    /// A QR code of model 2, level M, `dots` dots a module; left out when it is too long.
    #[must_use]
    pub fn qr(mut self, content: &str, dots: u8) -> Self {
        if content.is_empty() || content.len() > QR_BYTES_MAX || content.bytes().any(|byte| byte < b' ') {
            return self;
        }
        // Functions 165 (model), 167 (size), 169 (level), 180 (store), 181 (print).
        self.symbol(&[49, 65, 50, 0]);
        self.symbol(&[49, 67, dots.clamp(1, 16)]);
        self.symbol(&[49, 69, 49]);
        self.symbol(&[&[49, 80, 48], content.as_bytes()].concat());
        self.symbol(&[49, 81, 48]);
        self
    }

    fn symbol(&mut self, body: &[u8]) {
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
        self.0.extend([GS, b'(', b'k', length[0], length[1]]);
        self.0.extend_from_slice(body);
    }

    /// So many empty lines.
    #[must_use]
    pub fn feed(mut self, lines: u8) -> Self {
        self.0.extend([ESC, b'd', lines]);
        self
    }

    /// Feeds past the cutter and cuts: the end of the slip.
    #[must_use]
    pub fn cut(mut self, cut: Cut) -> Vec<u8> {
        self.0.extend([GS, b'V', if cut == Cut::Full { 0x41 } else { 0x42 }, 0]);
        self.0
    }
}

/// 排队号票.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTicket<'a> {
    /// 大厅.
    pub hall: &'a str,
    /// 号码, `A012`.
    pub number: &'a str,
    /// 事项.
    pub item: &'a str,
    /// 前面还有几人.
    pub ahead: u32,
    /// 取号时间, ready to read.
    pub taken: &'a str,
    /// Where the holder can follow the queue; empty for none.
    pub link: &'a str,
}

impl QueueTicket<'_> {
    /// The ticket's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        Slip::new()
            .centred(true)
            .line(self.hall, 1)
            .line(self.number, 4)
            .line(self.item, 1)
            .line(&format!("前面还有 {} 人", self.ahead), 2)
            .qr(self.link, 6)
            .line(self.taken, 1)
            .line("请留意叫号，过号请到服务台", 1)
            .cut(Cut::Partial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_smuggle_a_command_in() {
        let bytes = Slip::new().line("a\u{10}\u{4}\u{1}b\u{1b}@", 1).cut(Cut::Full);
        assert!(!bytes.windows(2).any(|pair| pair == [0x10, 0x04]));
        assert_eq!(bytes.windows(2).filter(|pair| *pair == [0x1B, b'@']).count(), 1);
    }

    #[test]
    fn a_code_too_long_for_the_printer_is_left_out_and_a_short_one_is_stored_then_printed() {
        let long = "x".repeat(QR_BYTES_MAX + 1);
        assert_eq!(Slip::new().qr(&long, 6), Slip::new());
        let bytes = Slip::new().qr("abc", 6).cut(Cut::Full);
        let store = [0x1D, b'(', b'k', 6, 0, 49, 80, 48, b'a', b'b', b'c'];
        assert!(bytes.windows(store.len()).any(|window| window == store));
    }
}
