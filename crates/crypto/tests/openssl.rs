//! A second opinion: the `openssl` program must agree with us both ways. Without it these tests fail.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tongban_crypto::{DISTINGUISHING_ID, DataKey, Fill, SigningKey, VerifyingKey, WrapSecret, hmac_sm3, sm3};

/// Deterministic bytes for tests: SM3 of a counter.
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

fn openssl(dir: &Path, args: &[&str], input: &[u8]) -> (bool, Vec<u8>) {
    let mut child = Command::new("openssl")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the openssl program is installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), output.stdout)
}

fn must(dir: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let (ok, out) = openssl(dir, args, input);
    assert!(ok, "openssl {args:?} failed");
    out
}

#[test]
fn sm3_and_hmac_agree_on_lengths_around_the_block() {
    let dir = tempfile::tempdir().unwrap();
    let mut fill = bytes_from(1);
    for len in [0, 1, 55, 56, 63, 64, 65, 1000] {
        let mut data = vec![0; len];
        fill(&mut data);
        assert_eq!(must(dir.path(), &["dgst", "-sm3", "-binary"], &data), sm3(&data), "{len} bytes");
        let mac = must(
            dir.path(),
            &["dgst", "-sm3", "-mac", "HMAC", "-macopt", "hexkey:00112233445566778899", "-binary"],
            &data,
        );
        assert_eq!(mac, hmac_sm3(&hex::decode("00112233445566778899").unwrap(), &data), "{len} bytes");
    }
}

#[test]
fn openssl_decrypts_the_counter_mode_inside_our_sealing() {
    let dir = tempfile::tempdir().unwrap();
    let fill: &mut Fill<'_> = &mut bytes_from(2);
    let key = DataKey::generate(fill);
    let plain = b"a line of a form, longer than one block".to_vec();
    let sealed = key.seal(b"", &plain, fill);
    // GCM encrypts from counter 2 on.
    let iv = [&sealed[..12], &[0, 0, 0, 2]].concat();
    let body = &sealed[12..sealed.len() - 16];
    let args = ["enc", "-d", "-sm4-ctr", "-K", &hex::encode(key.expose()), "-iv", &hex::encode(iv)];
    assert_eq!(must(dir.path(), &args, body), plain);
}

#[test]
fn openssl_verifies_what_we_sign_and_refuses_another_message() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(&mut bytes_from(3));
    let distid = format!("distid:{DISTINGUISHING_ID}");
    std::fs::write(dir.path().join("pub.pem"), key.verifying_key().to_pem().unwrap()).unwrap();
    std::fs::write(dir.path().join("s.der"), key.sign(b"what is signed").unwrap()).unwrap();
    let args = [
        "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", &distid, "-pubin", "-inkey", "pub.pem", "-in",
        "m", "-sigfile", "s.der",
    ];
    std::fs::write(dir.path().join("m"), b"what is signed").unwrap();
    assert!(openssl(dir.path(), &args, b"").0);
    std::fs::write(dir.path().join("m"), b"what is signeD").unwrap();
    assert!(!openssl(dir.path(), &args, b"").0);
}

#[test]
fn we_verify_what_openssl_signs_and_read_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let pem = must(dir.path(), &["genpkey", "-algorithm", "SM2"], b"");
    std::fs::write(dir.path().join("key.pem"), &pem).unwrap();
    std::fs::write(dir.path().join("m"), b"signed elsewhere").unwrap();
    let distid = format!("distid:{DISTINGUISHING_ID}");
    let args = ["pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-pkeyopt", &distid, "-inkey", "key.pem", "-in", "m"];
    let der = must(dir.path(), &args, b"");
    let key = SigningKey::from_pem(std::str::from_utf8(&pem).unwrap()).unwrap();
    let public = must(dir.path(), &["pkey", "-in", "key.pem", "-pubout"], b"");
    let public = VerifyingKey::from_pem(std::str::from_utf8(&public).unwrap()).unwrap();
    assert_eq!(public, key.verifying_key());
    public.verify(b"signed elsewhere", &der).unwrap();
    public.verify(b"signed elsewherE", &der).unwrap_err();
}

/// `SEQUENCE { INTEGER x, INTEGER y, OCTET STRING c3, OCTET STRING c2 }` (GM/T 0009 section 7.2).
fn ciphertext_der(wrapped: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let mut value: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if value[0] >= 0x80 {
            value.insert(0, 0);
        }
        [&[2, value.len() as u8], value.as_slice()].concat()
    };
    let octets = |bytes: &[u8]| [&[4, bytes.len() as u8], bytes].concat();
    let body = [integer(&wrapped[1..33]), integer(&wrapped[33..65]), octets(&wrapped[65..97]), octets(&wrapped[97..])]
        .concat();
    assert!(body.len() < 0x80, "short form of the length");
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}

#[test]
fn openssl_opens_a_key_we_wrapped() {
    let dir = tempfile::tempdir().unwrap();
    let fill: &mut Fill<'_> = &mut bytes_from(4);
    let secret = WrapSecret::generate(fill);
    let key = DataKey::generate(fill);
    let wrapped = secret.public().wrap(&key, fill).unwrap();
    std::fs::write(dir.path().join("key.pem"), secret.to_pem().unwrap().as_bytes()).unwrap();
    let args = ["pkeyutl", "-decrypt", "-inkey", "key.pem"];
    assert_eq!(must(dir.path(), &args, &ciphertext_der(&wrapped)), key.expose());
}
