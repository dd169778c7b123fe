//! 帧边界: where frames begin and end in what a device sent, written apart from the drivers.

use std::ops::Range;

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
