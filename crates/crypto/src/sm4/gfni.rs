//! SM4 with the affine instructions of GFNI: eight blocks a register, one word of each.
#![allow(unsafe_code, reason = "functions compiled for instructions that are looked for at run time")]

use super::{PAR, Rounds, Words};
use std::arch::x86_64::{
    __m256i, _mm256_extract_epi32, _mm256_gf2p8affine_epi64_epi8, _mm256_gf2p8affineinv_epi64_epi8, _mm256_or_si256,
    _mm256_set_epi32, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_xor_si256,
};

/// Shows that the instructions were looked for and found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Have(());

impl Have {
    pub fn look() -> Option<Self> {
        (is_x86_feature_detected!("gfni") && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avx"))
            .then_some(Self(()))
    }

    /// The S-box on each byte of a word.
    pub fn tau(self, word: u32) -> u32 {
        // SAFETY: a `Have` exists only after `look` found gfni, avx2 and avx.
        unsafe { tau(word) }
    }

    /// Enciphers all blocks.
    pub fn encipher(self, rounds: &Rounds, words: &mut Words) {
        // SAFETY: a `Have` exists only after `look` found gfni, avx2 and avx.
        unsafe { encipher(rounds, words) }
    }
}

/// The S-box of SM4 on every byte: into the field of AES, the inverse there, and back.
///
/// Matrices and constants follow from the S-box alone; the tests hold all 256 bytes against
/// the plain implementation.
#[inline]
#[target_feature(enable = "gfni,avx2,avx")]
fn sbox(x: __m256i) -> __m256i {
    let into = _mm256_set1_epi64x(0x34ac_259e_022d_bc52);
    let back = _mm256_set1_epi64x(0xd72d_8e51_1e6c_8b19_u64.cast_signed());
    _mm256_gf2p8affineinv_epi64_epi8::<0xd3>(_mm256_gf2p8affine_epi64_epi8::<0x65>(x, into), back)
}

#[target_feature(enable = "gfni,avx2,avx")]
fn tau(word: u32) -> u32 {
    _mm256_extract_epi32::<0>(sbox(_mm256_set1_epi32(word.cast_signed()))).cast_unsigned()
}

/// S-box and linear map L.
#[inline]
#[target_feature(enable = "gfni,avx2,avx")]
fn t(x: __m256i) -> __m256i {
    let s = sbox(x);
    #[rustfmt::skip]
    let by_8 = _mm256_shuffle_epi8(s, _mm256_setr_epi8(
        3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
    #[rustfmt::skip]
    let by_16 = _mm256_shuffle_epi8(s, _mm256_setr_epi8(
        2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    #[rustfmt::skip]
    let by_24 = _mm256_shuffle_epi8(s, _mm256_setr_epi8(
        1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
    let sum = _mm256_xor_si256(_mm256_xor_si256(s, by_8), by_16);
    let by_2 = _mm256_or_si256(_mm256_slli_epi32::<2>(sum), _mm256_srli_epi32::<30>(sum));
    _mm256_xor_si256(_mm256_xor_si256(s, by_24), by_2)
}

const GROUPS: usize = PAR / 8;

#[target_feature(enable = "gfni,avx2,avx")]
fn encipher(rounds: &Rounds, words: &mut Words) {
    let mut x = [[_mm256_setzero_si256(); 4]; GROUPS];
    for (group, blocks) in x.iter_mut().zip(words.as_chunks::<8>().0) {
        for (place, word) in group.iter_mut().enumerate() {
            let [a, b, c, d, e, f, g, h] =
                [0, 1, 2, 3, 4, 5, 6, 7].map(|block: usize| blocks[block][place].cast_signed());
            *word = _mm256_set_epi32(h, g, f, e, d, c, b, a);
        }
    }
    for four in rounds.as_chunks::<4>().0 {
        for (at, round) in four.iter().enumerate() {
            let key = _mm256_set1_epi32(round.cast_signed());
            for group in &mut x {
                let others =
                    _mm256_xor_si256(_mm256_xor_si256(group[(at + 1) % 4], group[(at + 2) % 4]), group[(at + 3) % 4]);
                group[at] = _mm256_xor_si256(group[at], t(_mm256_xor_si256(others, key)));
            }
        }
    }
    for (group, blocks) in x.iter().zip(words.as_chunks_mut::<8>().0) {
        // The standard gives the last four words backwards.
        for (place, word) in group.iter().rev().enumerate() {
            blocks[0][place] = _mm256_extract_epi32::<0>(*word).cast_unsigned();
            blocks[1][place] = _mm256_extract_epi32::<1>(*word).cast_unsigned();
            blocks[2][place] = _mm256_extract_epi32::<2>(*word).cast_unsigned();
            blocks[3][place] = _mm256_extract_epi32::<3>(*word).cast_unsigned();
            blocks[4][place] = _mm256_extract_epi32::<4>(*word).cast_unsigned();
            blocks[5][place] = _mm256_extract_epi32::<5>(*word).cast_unsigned();
            blocks[6][place] = _mm256_extract_epi32::<6>(*word).cast_unsigned();
            blocks[7][place] = _mm256_extract_epi32::<7>(*word).cast_unsigned();
        }
    }
}
