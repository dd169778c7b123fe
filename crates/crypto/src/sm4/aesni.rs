//! SM4 with the AES round instruction: four blocks a register, one word of each.
#![allow(unsafe_code, reason = "functions compiled for instructions that are looked for at run time")]

use super::{PAR, Rounds, Words};
use std::arch::x86_64::{
    __m128i, _mm_aesenclast_si128, _mm_and_si128, _mm_cvtsi128_si32, _mm_extract_epi32, _mm_or_si128, _mm_set_epi32,
    _mm_set1_epi8, _mm_set1_epi32, _mm_setr_epi8, _mm_setzero_si128, _mm_shuffle_epi8, _mm_slli_epi32, _mm_srli_epi32,
    _mm_srli_epi64, _mm_xor_si128,
};

/// Shows that the instructions were looked for and found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Have(());

impl Have {
    pub fn look() -> Option<Self> {
        (is_x86_feature_detected!("aes") && is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3"))
            .then_some(Self(()))
    }

    /// The S-box on each byte of a word.
    pub fn tau(self, word: u32) -> u32 {
        // SAFETY: a `Have` exists only after `look` found aes, sse4.1 and ssse3.
        unsafe { tau(word) }
    }

    /// Enciphers all blocks.
    pub fn encipher(self, rounds: &Rounds, words: &mut Words) {
        // SAFETY: a `Have` exists only after `look` found aes, sse4.1 and ssse3.
        unsafe { encipher(rounds, words) }
    }
}

/// An affine map of bytes as two tables of nibbles.
#[inline]
#[target_feature(enable = "aes,sse4.1,ssse3")]
fn affine(x: __m128i, low: __m128i, high: __m128i) -> __m128i {
    let nibble = _mm_set1_epi8(0x0f);
    let of_low = _mm_shuffle_epi8(low, _mm_and_si128(x, nibble));
    let of_high = _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi64::<4>(x), nibble));
    _mm_xor_si128(of_low, of_high)
}

/// The S-box of SM4 on every byte, the bytes moved as AES moves its rows.
///
/// The tables follow from the two S-boxes alone: `after(aes(before(x))) = sm4(x)` for each of the
/// 256 bytes, which the tests hold against the plain implementation.
#[inline]
#[target_feature(enable = "aes,sse4.1,ssse3")]
fn sbox(x: __m128i) -> __m128i {
    let before_low =
        _mm_setr_epi8(0x65, 0x41, -3, -39, 0x0a, 0x2e, -110, -74, 0x0f, 0x2b, -105, -77, 0x60, 0x44, -8, -36);
    let before_high =
        _mm_setr_epi8(0x00, -55, 0x67, -82, -128, 0x49, -25, 0x2e, 0x4a, -125, 0x2d, -28, -54, 0x03, -83, 0x64);
    let after_low =
        _mm_setr_epi8(0x2f, -91, -60, 0x4e, 0x30, -70, -37, 0x51, -54, 0x40, 0x21, -85, -43, 0x5f, 0x3e, -76);
    let after_high =
        _mm_setr_epi8(0x00, 0x50, 0x14, 0x44, -119, -39, -99, -51, -34, -114, -54, -102, 0x57, 0x07, 0x43, 0x13);
    affine(_mm_aesenclast_si128(affine(x, before_low, before_high), _mm_setzero_si128()), after_low, after_high)
}

#[target_feature(enable = "aes,sse4.1,ssse3")]
fn tau(word: u32) -> u32 {
    // All columns are the same, so that moving rows changes nothing.
    _mm_cvtsi128_si32(sbox(_mm_set1_epi32(word.cast_signed()))).cast_unsigned()
}

/// S-box and linear map L; the shuffles put the rows back and rotate at once.
#[inline]
#[target_feature(enable = "aes,sse4.1,ssse3")]
fn t(x: __m128i) -> __m128i {
    let s = sbox(x);
    let by_0 = _mm_shuffle_epi8(s, _mm_setr_epi8(0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3));
    let by_8 = _mm_shuffle_epi8(s, _mm_setr_epi8(7, 0, 13, 10, 11, 4, 1, 14, 15, 8, 5, 2, 3, 12, 9, 6));
    let by_16 = _mm_shuffle_epi8(s, _mm_setr_epi8(10, 7, 0, 13, 14, 11, 4, 1, 2, 15, 8, 5, 6, 3, 12, 9));
    let by_24 = _mm_shuffle_epi8(s, _mm_setr_epi8(13, 10, 7, 0, 1, 14, 11, 4, 5, 2, 15, 8, 9, 6, 3, 12));
    let sum = _mm_xor_si128(_mm_xor_si128(by_0, by_8), by_16);
    let by_2 = _mm_or_si128(_mm_slli_epi32::<2>(sum), _mm_srli_epi32::<30>(sum));
    _mm_xor_si128(_mm_xor_si128(by_0, by_24), by_2)
}

const GROUPS: usize = PAR / 4;

#[target_feature(enable = "aes,sse4.1,ssse3")]
fn encipher(rounds: &Rounds, words: &mut Words) {
    let mut x = [[_mm_setzero_si128(); 4]; GROUPS];
    for (group, blocks) in x.iter_mut().zip(words.as_chunks::<4>().0) {
        for (place, word) in group.iter_mut().enumerate() {
            let [a, b, c, d] = [0, 1, 2, 3].map(|block: usize| blocks[block][place].cast_signed());
            *word = _mm_set_epi32(d, c, b, a);
        }
    }
    for four in rounds.as_chunks::<4>().0 {
        for (at, round) in four.iter().enumerate() {
            let key = _mm_set1_epi32(round.cast_signed());
            for group in &mut x {
                let others =
                    _mm_xor_si128(_mm_xor_si128(group[(at + 1) % 4], group[(at + 2) % 4]), group[(at + 3) % 4]);
                group[at] = _mm_xor_si128(group[at], t(_mm_xor_si128(others, key)));
            }
        }
    }
    for (group, blocks) in x.iter().zip(words.as_chunks_mut::<4>().0) {
        // The standard gives the last four words backwards.
        for (place, word) in group.iter().rev().enumerate() {
            blocks[0][place] = _mm_extract_epi32::<0>(*word).cast_unsigned();
            blocks[1][place] = _mm_extract_epi32::<1>(*word).cast_unsigned();
            blocks[2][place] = _mm_extract_epi32::<2>(*word).cast_unsigned();
            blocks[3][place] = _mm_extract_epi32::<3>(*word).cast_unsigned();
        }
    }
}
