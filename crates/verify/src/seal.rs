//! Opening of sealed payloads and blobs (docs/formats.md, sections on payload and sealed blob).

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use hmac::{Hmac, Mac};

type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

const FRAME: usize = 64 * 1024;
const TAG: usize = 16;
const HEADER: usize = 16;

fn decrypt(key: &[u8], nonce: [u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, String> {
    let cipher = Sm4Gcm::new_from_slice(key).map_err(|_| "case key is not 16 bytes".to_owned())?;
    cipher
        .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad })
        .map_err(|_| "does not open: changed, or sealed for another place or with another key".to_owned())
}

/// Nonce 12 ‖ ciphertext ‖ tag, bound to case, number and kind.
pub(crate) fn open_payload(
    key: &[u8; 16],
    case: &[u8; 16],
    seq: u64,
    kind: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, String> {
    let (nonce, body) = sealed.split_first_chunk::<12>().ok_or("sealed payload is shorter than its nonce")?;
    let aad = [b"tongban.payload.v1".as_slice(), case, &seq.to_be_bytes(), kind.as_bytes()].concat();
    decrypt(key, *nonce, &aad, body)
}

/// Checks what a sealed blob shows without its key: name, version, frame lengths.
pub(crate) fn blob_shape(sealed: &[u8]) -> Result<(), String> {
    if sealed.len() < HEADER + TAG || &sealed[..6] != b"TBBLOB" {
        return Err("not a sealed blob".to_owned());
    }
    if sealed[6..8] != [0, 1] {
        return Err("sealed blob of an unknown version".to_owned());
    }
    let tail = (sealed.len() - HEADER) % (FRAME + TAG);
    if sealed[15] != 0 || (tail != 0 && tail < TAG) {
        return Err("sealed blob is cut".to_owned());
    }
    Ok(())
}

/// Opens a sealed blob of a case.
pub(crate) fn open_blob(key: &[u8; 16], case: &[u8; 16], sealed: &[u8]) -> Result<Vec<u8>, String> {
    blob_shape(sealed)?;
    let (header, body) = sealed.split_at(HEADER);
    let prefix = &header[8..15];
    let mut mac = <Hmac<sm3::Sm3> as KeyInit>::new_from_slice(key).map_err(|_| "case key is not usable".to_owned())?;
    mac.update(b"tongban.blob.v1");
    mac.update(prefix);
    let derived = mac.finalize().into_bytes();
    let aad = [header, case].concat();
    let frames: Vec<&[u8]> = body.chunks(FRAME + TAG).collect();
    let mut plain = Vec::with_capacity(body.len());
    for (index, frame) in frames.iter().enumerate() {
        let index32 = u32::try_from(index).map_err(|_| "too many frames".to_owned())?;
        let mut nonce = [0_u8; 12];
        nonce[..7].copy_from_slice(prefix);
        nonce[7..11].copy_from_slice(&index32.to_be_bytes());
        nonce[11] = u8::from(index + 1 == frames.len());
        let opened = decrypt(&derived[..16], nonce, &aad, frame).map_err(|why| format!("frame {index} {why}"))?;
        if opened.is_empty() && index > 0 {
            return Err("an empty frame at the end".to_owned());
        }
        plain.extend_from_slice(&opened);
    }
    Ok(plain)
}
