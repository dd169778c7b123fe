//! 模拟证件: the three blocks of an ID card (GA/T 490), made from a synthetic person.

use crate::people::Person;
use crate::portrait;
use crate::{Dice, wlt};

/// Length of the text record.
pub const TEXT_BYTES: usize = 256;
/// Length of the photo.
pub const PHOTO_BYTES: usize = 1024;
/// Length of both fingerprint blocks.
pub const FINGER_BYTES: usize = 1024;

/// What a reader gets out of a card.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// 256-byte record.
    pub text: Vec<u8>,
    /// 1024-byte photo in the simulator's codec.
    pub photo: Vec<u8>,
    /// Two 512-byte blocks.
    pub fingers: Vec<u8>,
}

impl Card {
    /// A citizen's card.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        let sex = if person.sex == "男" { "1" } else { "2" };
        let fields = [
            (person.name.as_str(), 30),
            (sex, 2),
            (person.nation.as_str(), 4),
            (person.birth(), 16),
            (person.address.as_str(), 70),
            (person.number.as_str(), 36),
            (person.issuer.as_str(), 30),
            (person.valid_from.as_str(), 16),
            (person.valid_to.as_str(), 16),
            ("", 36),
        ];
        let text = fields.iter().flat_map(|(text, length)| padded(text, *length)).collect();
        let photo = wlt::encode(&portrait::draw(person));
        Self { text, photo, fingers: finger_blocks(&person.number) }
    }
}

/// UTF-16LE, cut or padded with blanks to `length` bytes.
#[must_use]
pub fn padded(text: &str, length: usize) -> Vec<u8> {
    let units = text.encode_utf16().chain(std::iter::repeat(u16::from(b' ')));
    units.take(length / 2).flat_map(u16::to_le_bytes).collect()
}

/// Opaque but for byte 5, the finger code: right and left thumb.
fn finger_blocks(number: &str) -> Vec<u8> {
    let mut dice = Dice::of(number);
    let mut blocks: Vec<u8> = (0..FINGER_BYTES).map(|_| (dice.next() & 0xFF) as u8).collect();
    for (block, code) in blocks.chunks_exact_mut(FINGER_BYTES / 2).zip([11, 16]) {
        block[..4].copy_from_slice(b"CSIM");
        block[5] = code;
    }
    blocks
}
