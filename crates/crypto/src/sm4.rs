//! SM4 (GB/T 32907-2016) on the instructions of the processor: a block cipher for the modes of [`crate::seal`].
//!
//! SM4 and AES invert in the same field in two guises, so the S-box of SM4 is one affine map,
//! the S-box (or the inversion) of AES, and another affine map. Where the processor has AES or
//! GFNI instructions no table is looked up, which makes it several times faster and its time
//! independent of key and data; elsewhere the plain implementation of the crate `sm4` serves.

#[cfg(target_arch = "x86_64")]
mod aesni;
#[cfg(target_arch = "x86_64")]
mod gfni;

use ::sm4::Sm4 as Table;
use ::sm4::cipher::consts::U16;
#[cfg(target_arch = "x86_64")]
use ::sm4::cipher::{Block, BlockCipherEncBackend, InOut, ParBlocks, ParBlocksSizeUser};
use ::sm4::cipher::{BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, Key, KeyInit, KeySizeUser};
#[cfg(target_arch = "x86_64")]
use zeroize::Zeroizing;

/// Round keys.
#[cfg(target_arch = "x86_64")]
type Rounds = [u32; 32];
/// Blocks that are enciphered at once.
#[cfg(target_arch = "x86_64")]
const PAR: usize = 16;
/// The words of `PAR` blocks, as the standard counts them.
#[cfg(target_arch = "x86_64")]
type Words = [[u32; 4]; PAR];

/// SM4 under one key; encipherment only, which is all GCM needs. Its round keys are wiped when dropped.
#[derive(Clone)]
pub(crate) struct Sm4(Way);

#[derive(Clone)]
enum Way {
    #[cfg(target_arch = "x86_64")]
    Gfni(gfni::Have, Zeroizing<Rounds>),
    #[cfg(target_arch = "x86_64")]
    Aes(aesni::Have, Zeroizing<Rounds>),
    Table(Box<Table>),
}

/// System parameter FK (GB/T 32907-2016, 7.3).
#[cfg(target_arch = "x86_64")]
const FK: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// Fixed parameter CK of round `i` (GB/T 32907-2016, 7.3): byte `j` is (4i + j) × 7 modulo 256.
#[cfg(target_arch = "x86_64")]
fn ck(i: u32) -> u32 {
    let byte = |j: u32| ((4 * i + j) * 7) & 0xff;
    byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3)
}

/// Key expansion with the S-box of four bytes handed in.
#[cfg(target_arch = "x86_64")]
fn expand(key: &[u8; 16], tau: impl Fn(u32) -> u32) -> Zeroizing<Rounds> {
    let mut k = Zeroizing::new([0_u32; 4]);
    for (word, (bytes, fk)) in k.iter_mut().zip(key.as_chunks::<4>().0.iter().zip(FK)) {
        *word = u32::from_be_bytes(*bytes) ^ fk;
    }
    let mut rounds = Zeroizing::new([0_u32; 32]);
    for (i, round) in (0_u32..).zip(rounds.iter_mut()) {
        let b = tau(k[1] ^ k[2] ^ k[3] ^ ck(i));
        let next = k[0] ^ b ^ b.rotate_left(13) ^ b.rotate_left(23);
        *k = [k[1], k[2], k[3], next];
        *round = next;
    }
    rounds
}

impl Sm4 {
    /// With the plain implementation whatever the processor has.
    fn table(key: &[u8; 16]) -> Self {
        Self(Way::Table(Box::new(Table::new(&(*key).into()))))
    }

    #[cfg(target_arch = "x86_64")]
    fn aesni(key: &[u8; 16]) -> Option<Self> {
        let have = aesni::Have::look()?;
        Some(Self(Way::Aes(have, expand(key, |word| have.tau(word)))))
    }

    #[cfg(target_arch = "x86_64")]
    fn gfni(key: &[u8; 16]) -> Option<Self> {
        let have = gfni::Have::look()?;
        Some(Self(Way::Gfni(have, expand(key, |word| have.tau(word)))))
    }
}

impl KeySizeUser for Sm4 {
    type KeySize = U16;
}

impl KeyInit for Sm4 {
    fn new(key: &Key<Self>) -> Self {
        let key: &[u8; 16] = key.as_ref();
        #[cfg(target_arch = "x86_64")]
        if let Some(fast) = Self::gfni(key).or_else(|| Self::aesni(key)) {
            return fast;
        }
        Self::table(key)
    }
}

impl BlockSizeUser for Sm4 {
    type BlockSize = U16;
}

impl BlockCipherEncrypt for Sm4 {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = Self::BlockSize>) {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Way::Gfni(have, rounds) => f.call(&Backend(|words: &mut Words| have.encipher(rounds, words))),
            #[cfg(target_arch = "x86_64")]
            Way::Aes(have, rounds) => f.call(&Backend(|words: &mut Words| have.encipher(rounds, words))),
            Way::Table(table) => table.encrypt_with_backend(f),
        }
    }
}

/// Sixteen blocks at a time through the function.
#[cfg(target_arch = "x86_64")]
struct Backend<F>(F);

#[cfg(target_arch = "x86_64")]
impl<F> BlockSizeUser for Backend<F> {
    type BlockSize = U16;
}

#[cfg(target_arch = "x86_64")]
impl<F> ParBlocksSizeUser for Backend<F> {
    type ParBlocksSize = U16;
}

#[cfg(target_arch = "x86_64")]
impl<F: Fn(&mut Words)> BlockCipherEncBackend for Backend<F> {
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut words = [[0; 4]; PAR];
        words[0] = split(block.get_in().as_ref());
        (self.0)(&mut words);
        *block.get_out() = joined(words[0]).into();
    }

    fn encrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        let mut words = [[0; 4]; PAR];
        for (words, block) in words.iter_mut().zip(blocks.get_in()) {
            *words = split(block.as_ref());
        }
        (self.0)(&mut words);
        for (block, words) in blocks.get_out().iter_mut().zip(words) {
            *block = joined(words).into();
        }
    }
}

/// The big-endian words of a block.
#[cfg(target_arch = "x86_64")]
fn split(block: &[u8; 16]) -> [u32; 4] {
    let (words, _) = block.as_chunks::<4>();
    [words[0], words[1], words[2], words[3]].map(u32::from_be_bytes)
}

#[cfg(target_arch = "x86_64")]
fn joined(words: [u32; 4]) -> [u8; 16] {
    let mut block = [0; 16];
    for (bytes, word) in block.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::sm4::cipher::Block;

    /// What this processor offers; the plain one always.
    fn ways(key: &[u8; 16]) -> Vec<(&'static str, Sm4)> {
        let mut ways = vec![("table", Sm4::table(key))];
        #[cfg(target_arch = "x86_64")]
        {
            ways.extend(Sm4::aesni(key).map(|way| ("aes", way)));
            ways.extend(Sm4::gfni(key).map(|way| ("gfni", way)));
        }
        ways
    }

    fn blocks(count: usize, mut seed: u32) -> Vec<Block<Table>> {
        let mut byte = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        (0..count).map(|_| Block::<Table>::from(std::array::from_fn::<u8, 16, _>(|_| byte()))).collect()
    }

    #[test]
    fn every_way_gives_the_example_of_the_standard() {
        // GB/T 32907-2016, A.1: key and plaintext are the same.
        let key = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10";
        let cipher = *b"\x68\x1e\xdf\x34\xd2\x06\x96\x5e\x86\xb3\xe9\x4f\x53\x6e\x42\x46";
        for (name, way) in ways(&key) {
            let mut block = Block::<Table>::from(key);
            way.encrypt_block(&mut block);
            assert_eq!(<[u8; 16]>::from(block), cipher, "{name}");
        }
    }

    #[test]
    fn every_way_gives_the_same_bytes_for_any_key_and_any_number_of_blocks() {
        for seed in 0..400_u32 {
            let key = <[u8; 16]>::from(blocks(1, seed ^ 0x5ead)[0]);
            let plain = blocks(seed as usize % 70, seed);
            let mut expected = plain.clone();
            Table::new(&key.into()).encrypt_blocks(&mut expected);
            for (name, way) in ways(&key) {
                let mut own = plain.clone();
                way.encrypt_blocks(&mut own);
                assert_eq!(own, expected, "{name}, seed {seed}");
            }
        }
    }
}
