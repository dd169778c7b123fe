//! The frame codec against literal frames, oddities seen in the field and mutations.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use tongban_id_card::codec::{Answer, CodecFault, Decoder, LENGTH_MAX, command};

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn decode(bytes: &[u8]) -> Result<Option<Answer>, CodecFault> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    decoder.next_answer()
}

/// A frame made here, by hand, not by the codec.
fn answer(sw3: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = hex("AA AA AA 96 69");
    bytes.extend(u16::try_from(data.len() + 4).unwrap().to_be_bytes());
    bytes.extend([0, 0, sw3]);
    bytes.extend(data);
    let check = bytes[5..].iter().fold(0, |sum, byte| sum ^ byte);
    bytes.push(check);
    bytes
}

#[test]
fn commands_are_the_literal_frames_of_the_protocol() {
    for (frame, code, parameter, data) in [
        ("AA AA AA 96 69 00 03 10 FF EC", 0x10, 0xFF, &[][..]),
        ("AA AA AA 96 69 00 03 11 FF ED", 0x11, 0xFF, &[]),
        ("AA AA AA 96 69 00 03 12 FF EE", 0x12, 0xFF, &[]),
        ("AA AA AA 96 69 00 03 20 01 22", 0x20, 0x01, &[]),
        ("AA AA AA 96 69 00 03 20 02 21", 0x20, 0x02, &[]),
        ("AA AA AA 96 69 00 03 30 01 32", 0x30, 0x01, &[]),
        ("AA AA AA 96 69 00 03 30 10 23", 0x30, 0x10, &[]),
        ("AA AA AA 96 69 00 03 30 03 30", 0x30, 0x03, &[]),
        ("AA AA AA 96 69 00 04 61 FF 50 CA", 0x61, 0xFF, &[0x50]),
        ("AA AA AA 96 69 00 03 60 00 63", 0x60, 0x00, &[]),
    ] {
        assert_eq!(command(code, parameter, data), hex(frame));
    }
}

#[test]
fn the_literal_answer_to_find_is_understood() {
    let found = decode(&hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")).unwrap().unwrap();
    assert_eq!((found.sw1, found.sw2, found.sw3, found.data.len()), (0, 0, 0x9F, 4));
}

#[test]
fn stray_bytes_and_one_lost_preamble_byte_do_not_matter() {
    let frame = answer(0x90, b"content");
    for stray in 0..7 {
        let noisy = [vec![0x55; stray], frame.clone()].concat();
        assert_eq!(&decode(&noisy).unwrap().unwrap().data[..], b"content", "{stray} stray bytes");
    }
    assert_eq!(&decode(&frame[1..]).unwrap().unwrap().data[..], b"content", "one AA lost");
    assert_eq!(decode(&frame[2..]), Ok(None), "negative control: two lost are too many");
    // More AA than belong to the preamble.
    let doubled = [vec![0xAA; 4], frame].concat();
    assert_eq!(&decode(&doubled).unwrap().unwrap().data[..], b"content");
}

#[test]
fn a_frame_comes_together_from_any_two_pieces() {
    let frame = answer(0x90, &[9; 40]);
    for cut in 0..frame.len() {
        let mut decoder = Decoder::new();
        decoder.push(&frame[..cut]);
        assert_eq!(decoder.next_answer(), Ok(None), "cut at {cut}");
        decoder.push(&frame[cut..]);
        assert!(decoder.next_answer().unwrap().is_some(), "cut at {cut}");
        assert!(!decoder.is_partial());
    }
}

#[test]
fn an_impossible_length_is_refused_and_the_search_goes_on() {
    for length in [0, 3, LENGTH_MAX + 1, 0xFFFF] {
        let mut bytes = hex("AA AA AA 96 69");
        bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        bytes.extend(answer(0x90, b"next"));
        let mut decoder = Decoder::new();
        decoder.push(&bytes);
        assert_eq!(decoder.next_answer(), Err(CodecFault::Length), "length {length}");
        assert_eq!(&decoder.next_answer().unwrap().unwrap().data[..], b"next");
    }
}

#[test]
fn the_odd_answer_of_one_family_ends_with_the_silence() {
    let mut decoder = Decoder::new();
    decoder.push(&hex("AA AA AA 96 69 00 05 05 05 05"));
    assert_eq!(decoder.next_answer(), Ok(None), "it announces more than comes");
    assert_eq!(decoder.silence(), Err(CodecFault::Short));
    decoder.push(&answer(0x80, &[]));
    assert_eq!(decoder.next_answer().unwrap().unwrap().sw3, 0x80);
}

#[test]
fn every_single_flipped_bit_is_noticed() {
    let frame = answer(0x90, b"somebody's card");
    let whole = decode(&frame).unwrap().unwrap();
    for at in 0..frame.len() {
        for bit in 0..8 {
            let mut bent = frame.clone();
            bent[at] ^= 1 << bit;
            // The first byte of the preamble may be lost, so it may be wrong as well.
            if let Ok(Some(same)) = decode(&bent) {
                assert!(at == 0 && same == whole, "byte {at} bit {bit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn mutated_streams_never_panic_and_never_stall(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        pieces in prop::collection::vec(1_usize..40, 1..20),
    ) {
        bytes.extend(answer(0x90, &[1; 60]));
        for (at, value) in &flips {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        let mut decoder = Decoder::new();
        let mut rest = &bytes[..];
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            decoder.push(now);
            // Each refusal uses up bytes, so this ends.
            let mut turns = 0;
            while !matches!(decoder.next_answer(), Ok(None)) {
                turns += 1;
                prop_assert!(turns < 400);
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let _ = decoder.silence();
        decoder.push(&answer(0x80, &[]));
        prop_assert_eq!(decoder.next_answer().unwrap().unwrap().sw3, 0x80);
    }
}
