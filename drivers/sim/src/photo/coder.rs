//! An adaptive binary range coder (the carry scheme of LZMA's).

const TOP: u32 = 1 << 24;
const SHARE_BITS: u32 = 11;
const LEARN: u16 = 4;

/// The chance of a zero, in 1/2048.
#[derive(Clone, Copy)]
pub(super) struct Bit(u16);

impl Default for Bit {
    fn default() -> Self {
        Self(1 << (SHARE_BITS - 1))
    }
}

impl Bit {
    fn bound(self, range: u32) -> u32 {
        (range >> SHARE_BITS) * u32::from(self.0)
    }

    fn learn(&mut self, on: bool) {
        if on {
            self.0 -= self.0 >> LEARN;
        } else {
            self.0 += ((1 << SHARE_BITS) - self.0) >> LEARN;
        }
    }
}

/// Bits in, bytes out.
pub(super) struct Encoder {
    low: u64,
    range: u32,
    cache: u8,
    waiting: u64,
    bytes: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { low: 0, range: u32::MAX, cache: 0, waiting: 1, bytes: Vec::new() }
    }
}

impl Encoder {
    pub(super) fn put(&mut self, bit: &mut Bit, on: bool) {
        let bound = bit.bound(self.range);
        if on {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        bit.learn(on);
        while self.range < TOP {
            self.range <<= 8;
            self.shift();
        }
    }

    fn shift(&mut self) {
        if self.low < 0xFF00_0000 || self.low > 0xFFFF_FFFF {
            let carry = (self.low >> 32) as u8;
            let mut byte = self.cache;
            while self.waiting > 0 {
                self.bytes.push(byte.wrapping_add(carry));
                byte = 0xFF;
                self.waiting -= 1;
            }
            self.cache = (self.low >> 24) as u8;
        }
        self.waiting += 1;
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    /// The bytes; zeros at the end are left out, the decoder reads them anyway.
    pub(super) fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift();
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}

/// Bytes in, bits out; behind the end stand zeros.
pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { code: 0, range: u32::MAX, bytes: bytes.iter() };
        for _ in 0..5 {
            decoder.next();
        }
        decoder
    }

    fn next(&mut self) {
        self.code = self.code << 8 | u32::from(self.bytes.next().copied().unwrap_or(0));
    }

    pub(super) fn get(&mut self, bit: &mut Bit) -> bool {
        let bound = bit.bound(self.range);
        let on = self.code >= bound;
        if on {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        bit.learn(on);
        while self.range < TOP {
            self.range <<= 8;
            self.next();
        }
        on
    }
}
