//! Hashes and SM2 signatures as the published formats define them.

use sm2::dsa::signature::Verifier;
use sm2::dsa::{Signature, VerifyingKey};
use sm3::Digest;

/// Default distinguishing identifier of GM/T 0009.
const DISTINGUISHING_ID: &str = "1234567812345678";

pub(crate) fn sm3(bytes: &[u8]) -> [u8; 32] {
    sm3::Sm3::digest(bytes).into()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Checks a DER signature by an uncompressed 65-byte key given in hex.
pub(crate) fn verify(key_hex: &str, message: &[u8], der: &[u8]) -> Result<(), String> {
    let key = hex::decode(key_hex).map_err(|_| "key is not hex".to_owned())?;
    if key.len() != 65 || key[0] != 4 {
        return Err("key is not an uncompressed SM2 point".to_owned());
    }
    let key =
        VerifyingKey::from_sec1_bytes(DISTINGUISHING_ID, &key).map_err(|_| "key is not on the curve".to_owned())?;
    let signature = Signature::from_der(der).map_err(|_| "signature is not DER".to_owned())?;
    key.verify(message, &signature).map_err(|_| "signature does not hold".to_owned())
}
