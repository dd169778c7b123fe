//! 模拟证件: the three blocks of an ID card (GA/T 490), made from a synthetic person.

use crate::people::Person;
use crate::portrait;
use crate::print::Pattern;
use crate::{Dice, wlt};

/// Length of the text record.
pub const TEXT_BYTES: usize = 256;
/// Length of the photo.
pub const PHOTO_BYTES: usize = 1024;
/// Length of both fingerprint blocks.
pub const FINGER_BYTES: usize = 1024;

const FINGER_MARK: &[u8; 4] = b"CSIM";
/// Where the minutiae record stands in a block.
const RECORD_AT: usize = 16;

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
    /// A citizen's card with a photograph (1024 bytes as [`wlt::encode_photo`] makes them) in place of the drawing.
    #[must_use]
    pub fn with_photo(person: &Person, photo: Vec<u8>) -> Self {
        Self { photo, ..Self::of(person) }
    }

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

/// Our own mark, the finger code in byte 5 (right and left thumb), and the minutiae of the synthetic finger as a
/// record of ISO/IEC 19794-2. What stands in a real block is closed (GA/T 1012).
fn finger_blocks(number: &str) -> Vec<u8> {
    let mut dice = Dice::of(number);
    let mut blocks: Vec<u8> = (0..FINGER_BYTES).map(|_| (dice.next() & 0xFF) as u8).collect();
    let fingers = [(11, 1, number.to_owned()), (16, 6, format!("{number}/left"))];
    for (block, (code, position, seed)) in blocks.chunks_exact_mut(FINGER_BYTES / 2).zip(fingers) {
        block[..4].copy_from_slice(FINGER_MARK);
        block[5] = code;
        let record = Pattern::of(&seed).template(position);
        block[RECORD_AT..RECORD_AT + record.len()].copy_from_slice(&record);
    }
    blocks
}

/// The minutiae records in fingerprint blocks that the simulator made; none for any other block.
#[must_use]
pub fn finger_records(blocks: &[u8]) -> Vec<Vec<u8>> {
    let record = |block: &[u8]| {
        let record = block.strip_prefix(FINGER_MARK)?.get(RECORD_AT - FINGER_MARK.len()..)?;
        let length = u32::from_be_bytes(record.get(8..12)?.try_into().ok()?);
        Some(record.get(..usize::try_from(length).ok()?)?.to_vec())
    };
    blocks.chunks_exact(FINGER_BYTES / 2).filter_map(record).collect()
}
