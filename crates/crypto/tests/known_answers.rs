//! Worked examples of the standards.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use sm2::dsa::Signature;
use sm4::cipher::{BlockCipherEncrypt, KeyInit};
use tongban_crypto::{DataKey, SigningKey, Sm3, hmac_sm3, sm3};

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

#[test]
fn sm3_gives_the_two_examples_of_gb_t_32905_annex_a() {
    let abc = "66c7f0f4 62eeedd9 d1f2d46b dc10e4e2 4167c487 5cf2f7a2 297da02b 8f4ba8e0";
    assert_eq!(sm3(b"abc").to_vec(), unhex(abc));
    let long = "debe9ff9 2275b8a1 38604889 c18e5a4d 6fdb70e5 387e5765 293dcba3 9c0c5732";
    assert_eq!(sm3(&b"abcd".repeat(16)).to_vec(), unhex(long));
}

#[test]
fn sm3_in_pieces_is_sm3_in_one() {
    let data: Vec<u8> = (0..1000_u32).map(|i| (i * 7 % 251) as u8).collect();
    for cut in [0, 1, 63, 64, 65, 500, 999, 1000] {
        let mut hash = Sm3::new();
        hash.update(&data[..cut]);
        hash.update(&data[cut..]);
        assert_eq!(hash.finish(), sm3(&data), "cut at {cut}");
    }
}

#[test]
fn hmac_sm3_of_a_long_key_hashes_the_key_first() {
    let key = [0xaa_u8; 131];
    assert_eq!(hmac_sm3(&key, b"text"), hmac_sm3(&sm3(&key), b"text"));
    assert_ne!(hmac_sm3(&key, b"text"), hmac_sm3(&key[..130], b"text"));
}

#[test]
fn sm4_gives_the_examples_of_gb_t_32907_annex_a() {
    let key = unhex("0123456789abcdeffedcba9876543210");
    let cipher = sm4::Sm4::new_from_slice(&key).unwrap();
    let mut block = <[u8; 16]>::try_from(key.as_slice()).unwrap();
    cipher.encrypt_block((&mut block).into());
    assert_eq!(block.to_vec(), unhex("681edf34d206965e86b3e94f536e4246"));
    // A.2 asks for a million turns; the block continues from the first.
    for _ in 1..1_000_000 {
        cipher.encrypt_block((&mut block).into());
    }
    assert_eq!(block.to_vec(), unhex("595298c7c6fd271f0402f804c33d3f66"));
}

#[test]
fn sealing_gives_the_sm4_gcm_example_of_rfc_8998_appendix_a() {
    let key = DataKey::from_bytes(&unhex("0123456789abcdeffedcba9876543210")).unwrap();
    let nonce = unhex("00001234567800000000abcd");
    let aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plain = unhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd
         eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
    );
    let sealed = key.seal(&aad, &plain, &mut |buffer: &mut [u8]| buffer.copy_from_slice(&nonce));
    let expected = unhex(
        "00001234567800000000abcd
         17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
         d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
         83de3541e4c2b58177e065a9bf7b62ec",
    );
    assert_eq!(sealed, expected);
    assert_eq!(key.open(&aad, &sealed).unwrap(), plain);
}

/// GM/T 0003.5-2012: the example key on the recommended curve.
const EXAMPLE_SECRET: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

#[test]
fn the_signature_example_of_gm_t_0003_5_verifies_and_a_changed_one_does_not() {
    let key = SigningKey::from_bytes(&unhex(EXAMPLE_SECRET)).unwrap();
    let public = key.verifying_key();
    let expected = "04 09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020
         ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    assert_eq!(public.to_bytes().to_vec(), unhex(expected));
    let raw = unhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3
         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    );
    let der = Signature::from_slice(&raw).unwrap().to_der().as_bytes().to_vec();
    public.verify(b"message digest", &der).unwrap();
    public.verify(b"message digesT", &der).unwrap_err();
}

#[test]
fn the_encryption_example_of_gm_t_0003_5_decrypts_in_the_order_we_use() {
    let secret = sm2::SecretKey::from_slice(&unhex(EXAMPLE_SECRET)).unwrap();
    let wrapped = unhex(
        "04 04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73
         e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0
         59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766
         21886ca989ca9c7d58087307ca93092d651efa",
    );
    let key = sm2::pke::DecryptingKey::new_with_mode(secret.to_nonzero_scalar(), sm2::pke::Mode::C1C3C2);
    assert_eq!(key.decrypt(&wrapped).unwrap(), b"encryption standard");
}
