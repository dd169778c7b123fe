//! SM2, SM3 and MD5 by the `openssl` program: the simulation shares no cryptography with what it checks.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("tongban-partner-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).ok()?;
        Some(Self(path))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Option<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).ok()?;
        Some(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(input).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn first_word(bytes: &[u8]) -> Option<String> {
    String::from_utf8_lossy(bytes).split_whitespace().next().map(str::to_owned)
}

/// Hex digest by the algorithm named as `openssl dgst` names it.
pub(crate) fn digest(algorithm: &str, text: &[u8]) -> Option<String> {
    first_word(&run("openssl", &["dgst", &format!("-{algorithm}"), "-r"], text)?)
}

/// Hex HMAC-SM3.
pub(crate) fn hmac_sm3(key: &str, text: &[u8]) -> Option<String> {
    first_word(&run("openssl", &["dgst", "-sm3", "-hmac", key, "-r"], text)?)
}

const SM2: [&str; 5] = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];

fn pkeyutl(first: &[&str], last: &[&str]) -> Option<Vec<u8>> {
    let arguments: Vec<&str> = ["pkeyutl"].iter().chain(first).chain(&SM2).chain(last).copied().collect();
    run("openssl", &arguments, b"")
}

/// Whether the DER signature is the key's (SubjectPublicKeyInfo in PEM).
pub(crate) fn sm2_verify(public_pem: &str, text: &[u8], signature: &[u8]) -> bool {
    let verified = || {
        let scratch = Scratch::new()?;
        let (key, content) = (scratch.file("key", public_pem.as_bytes())?, scratch.file("text", text)?);
        let signature = scratch.file("signature", signature)?;
        let last = ["-pubin", "-inkey", key.to_str()?, "-in", content.to_str()?, "-sigfile", signature.to_str()?];
        pkeyutl(&["-verify"], &last)
    };
    verified().is_some()
}

/// DER signature.
pub(crate) fn sm2_sign(private_pem: &str, text: &[u8]) -> Option<Vec<u8>> {
    let scratch = Scratch::new()?;
    let (key, content) = (scratch.file("key", private_pem.as_bytes())?, scratch.file("text", text)?);
    pkeyutl(&["-sign"], &["-inkey", key.to_str()?, "-in", content.to_str()?])
}

/// A new private key in PEM and its public point, 65 bytes.
pub(crate) fn sm2_key() -> Option<(String, Vec<u8>)> {
    let pem = run("openssl", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"], b"")?;
    let der = run("openssl", &["pkey", "-pubout", "-outform", "DER"], &pem)?;
    // The point ends the SubjectPublicKeyInfo.
    let point = der.get(der.len().checked_sub(65)?..)?.to_vec();
    Some((String::from_utf8(pem).ok()?, point))
}

/// Canonical XML of a document by libxml2; `None` when it is not well-formed.
pub(crate) fn canonical(document: &[u8]) -> Option<String> {
    String::from_utf8(run("xmllint", &["--nonet", "--c14n", "-"], document)?).ok()
}

/// Whether libxml2 finds the document valid.
pub(crate) fn valid(schema: &Path, document: &[u8]) -> bool {
    let path = schema.to_str().unwrap_or_default();
    run("xmllint", &["--nonet", "--noout", "--schema", path, "-"], document).is_some()
}

/// Base64 by openssl, one line.
pub(crate) fn base64(bytes: &[u8]) -> Option<String> {
    let text = run("openssl", &["base64", "-A"], bytes)?;
    String::from_utf8(text).ok().map(|text| text.trim().to_owned())
}

/// Bytes of a Base64 text.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    run("openssl", &["base64", "-d", "-A"], text.as_bytes())
}
