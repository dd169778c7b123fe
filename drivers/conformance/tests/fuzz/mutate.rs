//! Mutations of good bytes.

/// A small generator (SplitMix64), the same for the same seed.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// In `0..end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % (end.max(1) as u64)) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// Values that sit at the edges of lengths and counts.
const EDGES: [u8; 8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, 0x03, 0x0A];

/// One to four changes to one of the seeds; sometimes two seeds in one another.
pub fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(9) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 if !bytes.is_empty() => bytes[at] = dice.byte(),
            2 if !bytes.is_empty() => bytes[at] = EDGES[dice.below(EDGES.len())],
            3 => bytes.insert(at, dice.byte()),
            4 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            5 => bytes.truncate(at),
            6 => {
                // A stretch again, as a line that repeats.
                let end = (at + dice.below(32)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            7 => {
                let other = &corpus[dice.below(corpus.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[dice.below(other.len())..]);
            }
            _ => {
                let noise: Vec<u8> = (0..dice.below(16)).map(|_| dice.byte()).collect();
                bytes.splice(at..at, noise);
            }
        }
    }
    bytes
}
