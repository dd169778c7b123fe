//! 帧边界: where frames begin and end in what a device sent, written apart from the drivers.

use std::ops::Range;

/// Payload of a HID report.
const REPORT_BYTES: usize = 64;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From its first byte to behind its last.
    pub bytes: Range<usize>,
    /// Bytes whose change nobody can notice: not covered by the check.
    pub loose: Range<usize>,
}

/// GA/T 467 readers: `AA AA AA 96 69 ‖ u16be length ‖ …`; the first byte may be lost.
#[must_use]
pub fn sam(bytes: &[u8]) -> Vec<Span> {
    lengths(
        bytes,
        |rest| {
            let length = rest.get(5..7)?;
            Some(7 + usize::from(u16::from_be_bytes([length[0], length[1]])))
        },
        0..1,
    )
}

/// The same in reports of 64 bytes: what follows a frame up to the report's end is padding.
#[must_use]
pub fn sam_in_reports(bytes: &[u8]) -> Vec<Span> {
    let (mut spans, mut from) = (Vec::new(), 0);
    while let Some(first) = sam(&bytes[from..]).into_iter().next() {
        let end = (from + first.bytes.end).min(bytes.len());
        spans.push(Span { bytes: from..end, loose: from..from + 1 });
        from = (from + (end - from).div_ceil(REPORT_BYTES) * REPORT_BYTES).min(bytes.len());
    }
    spans
}

/// Do the readers' frames in these bytes hold, though something was changed? An XOR over a
/// frame does not see two changes that cancel out, nor a lost zero made up for by padding.
#[must_use]
pub fn sam_holds(bytes: &[u8], frames: usize) -> bool {
    let (mut from, mut held) = (0, 0);
    while held < frames {
        let Some(at) = bytes[from..].windows(4).position(|window| window == [0xAA, 0xAA, 0x96, 0x69]) else {
            return false;
        };
        let body = from + at + 4;
        let Some(length) = bytes.get(body..body + 2) else { return false };
        let end = body + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some(frame) = bytes.get(body..end) else { return false };
        if frame.len() < 6 || frame.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return false;
        }
        (from, held) = (end, held + 1);
    }
    true
}

/// Do the modules' packets in these bytes hold, though something was changed? A sum does not
/// see changes that add up to nothing.
#[must_use]
pub fn ef01_holds(bytes: &[u8], frames: usize) -> bool {
    let (mut from, mut held) = (0, 0);
    while held < frames {
        let Some(at) = bytes[from..].windows(2).position(|window| window == [0xEF, 0x01]) else { return false };
        let start = from + at;
        let Some(length) = bytes.get(start + 7..start + 9) else { return false };
        let end = start + 9 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some(packet) = bytes.get(start..end) else { return false };
        if packet.len() < 11 {
            return false;
        }
        let (summed, check) = packet[6..].split_at(packet.len() - 8);
        let sum = summed.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        if sum.to_be_bytes() != check {
            return false;
        }
        (from, held) = (end, held + 1);
    }
    true
}

/// LED controllers: `FE 5C 4B 89 ‖ u32le length ‖ … ‖ FF FF`.
#[must_use]
pub fn board(bytes: &[u8]) -> Vec<Span> {
    lengths(
        bytes,
        |rest| {
            let length = rest.get(4..8)?;
            Some(10 + u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize)
        },
        0..0,
    )
}

/// Do the LED controllers' frames in these bytes hold, though something was changed?
#[must_use]
pub fn board_holds(bytes: &[u8], frames: usize) -> bool {
    let (mut from, mut held) = (0, 0);
    while held < frames {
        let Some(at) = bytes[from..].windows(4).position(|window| window == [0xFE, 0x5C, 0x4B, 0x89]) else {
            return false;
        };
        let start = from + at;
        let Some(frame) = bytes.get(start..start + 17) else { return false };
        let sum = frame[8..14].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if sum != frame[14] || frame[15..] != [0xFF, 0xFF] {
            return false;
        }
        (from, held) = (start + 17, held + 1);
    }
    true
}

/// Panels over windows: seven bytes from STX to the check.
#[must_use]
pub fn panel(bytes: &[u8]) -> Vec<Span> {
    lengths(bytes, |_| Some(7), 0..0)
}

/// Do the panels' answers in these bytes hold, though something was changed? An XOR does not see
/// two changes that cancel out.
#[must_use]
pub fn panel_holds(bytes: &[u8], frames: usize) -> bool {
    let (mut from, mut held) = (0, 0);
    while held < frames {
        let Some(at) = bytes[from..].iter().position(|byte| *byte == 2) else { return false };
        let Some(frame) = bytes.get(from + at + 1..from + at + 7) else { return false };
        if frame.iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return false;
        }
        (from, held) = (from + at + 7, held + 1);
    }
    true
}

/// For protocols without a check: whatever came may be taken for good.
#[must_use]
pub fn nothing_to_hold(_bytes: &[u8], _frames: usize) -> bool {
    true
}

/// EF01 modules: `EF 01 ‖ address(4) ‖ PID ‖ u16be length ‖ …`; the address is outside the sum.
#[must_use]
pub fn ef01(bytes: &[u8]) -> Vec<Span> {
    lengths(
        bytes,
        |rest| {
            let length = rest.get(7..9)?;
            Some(9 + usize::from(u16::from_be_bytes([length[0], length[1]])))
        },
        2..6,
    )
}

/// Answers of one byte (ESC/POS real-time status).
#[must_use]
pub fn single(bytes: &[u8]) -> Vec<Span> {
    (0..bytes.len()).map(|at| Span { bytes: at..at + 1, loose: at..at + 1 }).collect()
}

/// Lines ending with LF, or CR where no LF follows.
#[must_use]
pub fn lines(bytes: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            spans.push(Span { bytes: from..at + 1, loose: from..at + 1 });
            from = at + 1;
        }
    }
    if from < bytes.len() {
        spans.push(Span { bytes: from..bytes.len(), loose: from..bytes.len() });
    }
    spans
}

/// Lines ending with CR.
#[must_use]
pub fn returns(bytes: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\r') {
        spans.push(Span { bytes: from..from + line.len(), loose: from..from + line.len() });
        from += line.len();
    }
    spans
}

/// One frame, whatever came.
#[must_use]
pub fn whole(bytes: &[u8]) -> Vec<Span> {
    if bytes.is_empty() { Vec::new() } else { vec![Span { bytes: 0..bytes.len(), loose: 0..bytes.len() }] }
}

fn lengths(bytes: &[u8], length: impl Fn(&[u8]) -> Option<usize>, loose: Range<usize>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let end = from + length(&bytes[from..]).unwrap_or(usize::MAX - from);
        let end = end.min(bytes.len());
        spans.push(Span { bytes: from..end, loose: from + loose.start..from + loose.end });
        from = end;
    }
    spans
}
