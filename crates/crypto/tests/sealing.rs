//! Sealed things open only whole, in place, with the right key.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use tongban_crypto::{
    BLOB_FRAME_BYTES, BLOB_HEADER_BYTES, CryptoError, DataKey, Fill, Kek, KekSource, PassphraseCost, PassphraseKek,
    SEAL_OVERHEAD, SigningKey, VerifyingKey, WrapPublic, WrapSecret, blind_index, open_blob, seal_blob,
    sealed_blob_len, sm3,
};

fn bytes_from(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut block = 0_u64;
    move |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(32) {
            block += 1;
            let value = sm3(&[seed.to_be_bytes(), block.to_be_bytes()].concat());
            chunk.copy_from_slice(&value[..chunk.len()]);
        }
    }
}

const TAG: usize = 16;
const SEALED_FRAME: usize = BLOB_FRAME_BYTES + TAG;

#[test]
fn blobs_of_lengths_around_the_frame_come_back_and_have_the_length_foretold() {
    let fill: &mut Fill<'_> = &mut bytes_from(1);
    let key = DataKey::generate(fill);
    for len in [0, 1, BLOB_FRAME_BYTES - 1, BLOB_FRAME_BYTES, BLOB_FRAME_BYTES + 1, 3 * BLOB_FRAME_BYTES, 200_000] {
        let mut plain = vec![0; len];
        fill(&mut plain);
        let sealed = seal_blob(&key, b"case", &plain, fill);
        assert_eq!(sealed.len() as u64, sealed_blob_len(len as u64), "{len}");
        assert_eq!(open_blob(&key, b"case", &sealed).unwrap(), plain, "{len}");
        assert_eq!(open_blob(&key, b"cas", &sealed), Err(CryptoError::Sealed));
        assert_eq!(open_blob(&DataKey::generate(fill), b"case", &sealed), Err(CryptoError::Sealed));
    }
}

#[test]
fn a_blob_cut_anywhere_does_not_open() {
    let fill: &mut Fill<'_> = &mut bytes_from(2);
    let key = DataKey::generate(fill);
    let small = seal_blob(&key, b"", b"three words here", fill);
    for len in 0..small.len() {
        assert!(open_blob(&key, b"", &small[..len]).is_err(), "cut to {len}");
    }
    // Whole frames gone from the end is the cut an attacker would choose.
    let large = seal_blob(&key, b"", &vec![7; 3 * BLOB_FRAME_BYTES], fill);
    for frames in 0..3 {
        let len = BLOB_HEADER_BYTES + frames * SEALED_FRAME;
        assert!(open_blob(&key, b"", &large[..len]).is_err(), "{frames} frames left");
    }
}

#[test]
fn frames_swapped_repeated_or_added_do_not_open() {
    let fill: &mut Fill<'_> = &mut bytes_from(3);
    let key = DataKey::generate(fill);
    let sealed = seal_blob(&key, b"", &vec![9; 3 * BLOB_FRAME_BYTES], fill);
    let (header, frames) = sealed.split_at(BLOB_HEADER_BYTES);
    let frames: Vec<&[u8]> = frames.chunks(SEALED_FRAME).collect();
    assert_eq!(frames.len(), 3);
    let join = |order: &[usize]| {
        let mut bytes = header.to_vec();
        order.iter().for_each(|i| bytes.extend_from_slice(frames[*i]));
        bytes
    };
    assert!(open_blob(&key, b"", &join(&[0, 1, 2])).is_ok(), "control: joining in order opens");
    for order in [&[1, 0, 2][..], &[0, 2, 1], &[0, 0, 2], &[0, 1, 1, 2], &[0, 1, 2, 2], &[1, 2], &[2]] {
        assert_eq!(open_blob(&key, b"", &join(order)), Err(CryptoError::Sealed), "{order:?}");
    }
    let other = seal_blob(&key, b"", &vec![9; 3 * BLOB_FRAME_BYTES], fill);
    let mixed = [header, &other[BLOB_HEADER_BYTES..]].concat();
    assert_eq!(open_blob(&key, b"", &mixed), Err(CryptoError::Sealed), "frames of another blob of the same case");
}

#[test]
fn every_bit_of_a_sealed_blob_counts() {
    let fill: &mut Fill<'_> = &mut bytes_from(4);
    let key = DataKey::generate(fill);
    let sealed = seal_blob(&key, b"case", b"page", fill);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            assert!(open_blob(&key, b"case", &changed).is_err(), "byte {at} bit {bit}");
        }
    }
    let mut newer = sealed.clone();
    newer[7] = 2;
    assert_eq!(open_blob(&key, b"case", &newer), Err(CryptoError::Version));
}

#[test]
fn the_same_page_sealed_twice_has_two_addresses() {
    let fill: &mut Fill<'_> = &mut bytes_from(5);
    let key = DataKey::generate(fill);
    assert_ne!(sm3(&seal_blob(&key, b"", b"page", fill)), sm3(&seal_blob(&key, b"", b"page", fill)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sealed_bytes_open_only_unchanged(
        seed: u64, plain in prop::collection::vec(any::<u8>(), 0..300), aad in prop::collection::vec(any::<u8>(), 0..40),
        at: prop::sample::Index, flip in 1_u8..,
    ) {
        let fill: &mut Fill<'_> = &mut bytes_from(seed);
        let key = DataKey::generate(fill);
        let mut sealed = key.seal(&aad, &plain, fill);
        prop_assert_eq!(sealed.len(), plain.len() + SEAL_OVERHEAD);
        prop_assert_eq!(key.open(&aad, &sealed).unwrap(), plain);
        let place = at.index(sealed.len());
        sealed[place] ^= flip;
        prop_assert_eq!(key.open(&aad, &sealed), Err(CryptoError::Sealed));
    }

    #[test]
    fn arbitrary_bytes_never_open_or_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let key = DataKey::from_bytes(&[7; 16]).unwrap();
        prop_assert!(key.open(b"", &bytes).is_err());
        prop_assert!(open_blob(&key, b"", &bytes).is_err());
        prop_assert!(open_blob(&key, b"", &[b"TBBLOB\0\x01", bytes.as_slice()].concat()).is_err());
        prop_assert!(VerifyingKey::from_bytes(&[4; 65]).is_err());
        let _ = VerifyingKey::from_bytes(&bytes);
        let _ = SigningKey::from_bytes(&bytes);
        prop_assert!(WrapSecret::from_bytes(&[1; 32]).unwrap().unwrap_key(&bytes).is_err());
    }
}

#[test]
fn a_wrapped_key_opens_for_its_reader_only() {
    let fill: &mut Fill<'_> = &mut bytes_from(6);
    let (centre, station) = (WrapSecret::generate(fill), WrapSecret::generate(fill));
    let key = DataKey::generate(fill);
    let public = WrapPublic::from_hex(&centre.public().to_hex()).unwrap();
    let wrapped = public.wrap(&key, fill).unwrap();
    assert_eq!(wrapped.len(), 113);
    assert_eq!(centre.unwrap_key(&wrapped).unwrap(), key);
    assert_eq!(station.unwrap_key(&wrapped), Err(CryptoError::Sealed));
    for at in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[at] ^= 1;
        assert_eq!(centre.unwrap_key(&changed), Err(CryptoError::Sealed), "byte {at}");
    }
    assert_ne!(public.wrap(&key, fill).unwrap(), wrapped, "wrapping is randomised");
}

#[test]
fn keys_survive_their_encodings_and_never_print_themselves() {
    let fill: &mut Fill<'_> = &mut bytes_from(7);
    let key = SigningKey::generate(fill);
    assert_eq!(*SigningKey::from_pem(&key.to_pem().unwrap()).unwrap().to_bytes(), *key.to_bytes());
    let public = key.verifying_key();
    assert_eq!(VerifyingKey::from_hex(&public.to_hex()).unwrap(), public);
    assert_eq!(VerifyingKey::from_pem(&public.to_pem().unwrap()).unwrap(), public);
    let wrap = WrapSecret::generate(fill);
    assert_eq!(*WrapSecret::from_pem(&wrap.to_pem().unwrap()).unwrap().to_bytes(), *wrap.to_bytes());
    let data = DataKey::generate(fill);
    let kek = Kek::generate(fill);
    let printed = format!("{key:?} {wrap:?} {data:?} {kek:?} {:?}", kek.index_key());
    let secrets = [key.to_bytes().to_vec(), wrap.to_bytes().to_vec(), data.expose().to_vec(), kek.expose().to_vec()];
    for secret in &secrets {
        assert!(!printed.contains(&hex::encode(&secret[..4])));
    }
    assert_eq!(printed.matches("redacted").count(), 5);
    assert_eq!(SigningKey::from_bytes(&[0; 32]).unwrap_err(), CryptoError::Key);
    assert_eq!(SigningKey::from_bytes(&[0xff; 32]).unwrap_err(), CryptoError::Key);
}

#[test]
fn signing_is_repeatable_and_bound_to_message_and_key() {
    let fill: &mut Fill<'_> = &mut bytes_from(8);
    let (key, other) = (SigningKey::generate(fill), SigningKey::generate(fill));
    let signature = key.sign(b"yes").unwrap();
    assert_eq!(signature, key.sign(b"yes").unwrap());
    key.verifying_key().verify(b"yes", &signature).unwrap();
    assert_eq!(key.verifying_key().verify(b"no", &signature), Err(CryptoError::Signature));
    assert_eq!(other.verifying_key().verify(b"yes", &signature), Err(CryptoError::Signature));
    assert_eq!(key.verifying_key().verify(b"yes", b""), Err(CryptoError::Signature));
    assert_eq!(
        key.verifying_key().verify(b"yes", &[signature.as_slice(), b"\0"].concat()),
        Err(CryptoError::Signature)
    );
}

#[test]
fn the_kek_wraps_per_case_and_its_derived_keys_differ() {
    let fill: &mut Fill<'_> = &mut bytes_from(9);
    let (kek, other) = (Kek::generate(fill), Kek::generate(fill));
    let key = DataKey::generate(fill);
    let wrapped = kek.wrap(b"case one", &key, fill);
    assert_eq!(kek.unwrap_key(b"case one", &wrapped).unwrap(), key);
    assert_eq!(kek.unwrap_key(b"case two", &wrapped), Err(CryptoError::Sealed));
    assert_eq!(other.unwrap_key(b"case one", &wrapped), Err(CryptoError::Sealed));
    assert_eq!(kek.index_key().of("890102199003070019"), kek.index_key().of("890102199003070019"));
    assert_ne!(kek.index_key().of("890102199003070019"), other.index_key().of("890102199003070019"));
    assert_ne!(kek.index_key().of("890102199003070019"), kek.index_key().of("890102199003070027"));
    assert_ne!(kek.index_key().of("a"), blind_index(kek.expose(), "a"), "the index key is derived, not the KEK itself");
    assert_ne!(&kek.column_key().expose()[..], &kek.expose()[..16]);
}

#[test]
fn the_passphrase_opens_the_kek_and_nothing_else_does() {
    let fill: &mut Fill<'_> = &mut bytes_from(10);
    let kek = Kek::generate(fill);
    let cost = PassphraseCost { memory_kib: 64, passes: 1 };
    let sealed = PassphraseKek::seal(&kek, "correct horse", cost, fill).unwrap();
    let load = |bytes: &[u8], passphrase: &str| PassphraseKek::new(bytes.to_vec(), passphrase.to_owned()).load();
    assert_eq!(load(&sealed, "correct horse").unwrap().expose(), kek.expose());
    assert_eq!(load(&sealed, "correct horsE").unwrap_err(), CryptoError::Passphrase);
    for at in 0..sealed.len() {
        // A changed cost may ask for more memory than we grant or for less; either way it does not open.
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(load(&changed, "correct horse").is_err(), "byte {at}");
    }
    let greedy = PassphraseCost { memory_kib: u32::MAX, passes: 1 };
    assert!(PassphraseKek::seal(&kek, "p", greedy, fill).is_err());
    assert_eq!(PassphraseKek::new(sealed, String::new()).name(), "passphrase");
}
