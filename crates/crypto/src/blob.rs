//! 密封文件: page images and clips sealed in frames, so that cutting, extending and reordering show.
//!
//! Layout (docs/formats.md): header of 16 bytes `"TBBLOB" ‖ u16be version = 1 ‖ 7-byte nonce
//! prefix ‖ 0`, then frames. A frame is the SM4-GCM ciphertext of at most 64 KiB and its tag.
//! The nonce of frame `i` is `prefix ‖ u32be i ‖ last`, `last` = 1 for the final frame only (the
//! STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár). Every frame but the last is
//! full; the last is empty only when the whole file is. The key is HMAC-SM3(data key,
//! `"tongban.blob.v1" ‖ prefix`) cut to 16 bytes, so that no file shares a key with another
//! file or with a payload. The additional data of each frame is header ‖ caller's context.

use crate::seal::{NONCE_BYTES, Sm4Gcm, TAG_BYTES};
use crate::{CryptoError, DataKey, Fill, hmac_sm3};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Nonce, Tag};
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// First bytes of a sealed blob.
pub const BLOB_MAGIC: &[u8; 6] = b"TBBLOB";
/// Header length.
pub const BLOB_HEADER_BYTES: usize = 16;
/// Plain bytes in a full frame.
pub const BLOB_FRAME_BYTES: usize = 64 * 1024;

const VERSION: u16 = 1;
const PREFIX_BYTES: usize = 7;

/// Length of the sealed form of `plain` bytes.
#[must_use]
pub const fn sealed_blob_len(plain: u64) -> u64 {
    let frames = if plain == 0 { 1 } else { plain.div_ceil(BLOB_FRAME_BYTES as u64) };
    BLOB_HEADER_BYTES as u64 + plain + frames * TAG_BYTES as u64
}

/// Key, nonce prefix and additional data of one blob.
struct Frames {
    cipher: Sm4Gcm,
    prefix: [u8; PREFIX_BYTES],
    aad: Vec<u8>,
}

impl Frames {
    fn new(key: &DataKey, header: &[u8; BLOB_HEADER_BYTES], context: &[u8]) -> Self {
        let mut prefix = [0_u8; PREFIX_BYTES];
        prefix.copy_from_slice(&header[8..8 + PREFIX_BYTES]);
        let mut label = b"tongban.blob.v1".to_vec();
        label.extend_from_slice(&prefix);
        let derived = Zeroizing::new(hmac_sm3(key.expose(), &label));
        let cipher = Sm4Gcm::new_from_slice(&derived[..DataKey::BYTES]).expect("an SM4 key is 16 bytes");
        let aad = [header.as_slice(), context].concat();
        Self { cipher, prefix, aad }
    }

    fn nonce(&self, index: u32, last: bool) -> Nonce<aes_gcm::aead::consts::U12> {
        let mut nonce = [0_u8; NONCE_BYTES];
        nonce[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        nonce[PREFIX_BYTES..PREFIX_BYTES + 4].copy_from_slice(&index.to_be_bytes());
        nonce[NONCE_BYTES - 1] = u8::from(last);
        Nonce::from(nonce)
    }

    fn seal(&self, index: u32, last: bool, plain: &[u8]) -> Vec<u8> {
        self.cipher
            .encrypt(&self.nonce(index, last), Payload { msg: plain, aad: &self.aad })
            .expect("a frame is far below the GCM limit")
    }

    fn open(&self, index: u32, last: bool, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.cipher
            .decrypt(&self.nonce(index, last), Payload { msg: sealed, aad: &self.aad })
            .map_err(|_| CryptoError::Sealed)
    }
}

/// Fills `buffer` as far as the reader goes; the length read.
fn read_full(reader: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match reader.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Walks `reader` in chunks of `size`, telling for each whether it is the last; an empty
/// reader yields one empty last chunk.
fn for_chunks(
    reader: &mut dyn Read,
    size: usize,
    mut each: impl FnMut(u32, bool, &[u8]) -> Result<(), CryptoError>,
) -> Result<(), CryptoError> {
    let mut current = Zeroizing::new(vec![0_u8; size]);
    let mut ahead = Zeroizing::new(vec![0_u8; size]);
    let mut len = read_full(reader, &mut current)?;
    let mut index = 0_u32;
    loop {
        let next = if len < size { 0 } else { read_full(reader, &mut ahead)? };
        let last = next == 0;
        each(index, last, &current[..len])?;
        if last {
            return Ok(());
        }
        std::mem::swap(&mut current, &mut ahead);
        len = next;
        index = index.checked_add(1).ok_or(CryptoError::Sealed)?;
    }
}

/// Seals everything `plain` yields into `sealed`.
///
/// # Errors
/// [`CryptoError::Io`] when reading or writing fails; [`CryptoError::Sealed`] beyond 2^32 frames.
pub fn seal_blob_stream(
    key: &DataKey,
    context: &[u8],
    plain: &mut dyn Read,
    sealed: &mut dyn Write,
    fill: &mut Fill<'_>,
) -> Result<(), CryptoError> {
    let mut header = [0_u8; BLOB_HEADER_BYTES];
    header[..6].copy_from_slice(BLOB_MAGIC);
    header[6..8].copy_from_slice(&VERSION.to_be_bytes());
    fill(&mut header[8..8 + PREFIX_BYTES]);
    let frames = Frames::new(key, &header, context);
    sealed.write_all(&header)?;
    for_chunks(plain, BLOB_FRAME_BYTES, |index, last, chunk| {
        sealed.write_all(&frames.seal(index, last, chunk)).map_err(CryptoError::from)
    })
}

/// Opens a sealed blob. Plain bytes are written frame by frame: on an error the caller
/// must throw away what was written.
///
/// # Errors
/// [`CryptoError::Sealed`] when anything was changed, cut, extended or reordered;
/// [`CryptoError::Version`] for an unknown version; [`CryptoError::Io`].
pub fn open_blob_stream(
    key: &DataKey,
    context: &[u8],
    sealed: &mut dyn Read,
    plain: &mut dyn Write,
) -> Result<(), CryptoError> {
    let mut header = [0_u8; BLOB_HEADER_BYTES];
    if read_full(sealed, &mut header)? != BLOB_HEADER_BYTES || &header[..6] != BLOB_MAGIC {
        return Err(CryptoError::Sealed);
    }
    if header[6..8] != VERSION.to_be_bytes() {
        return Err(CryptoError::Version);
    }
    if header[BLOB_HEADER_BYTES - 1] != 0 {
        return Err(CryptoError::Sealed);
    }
    let frames = Frames::new(key, &header, context);
    for_chunks(sealed, BLOB_FRAME_BYTES + TAG_BYTES, |index, last, chunk| {
        // An empty last frame is canonical only for an empty file.
        if chunk.len() == TAG_BYTES && index > 0 {
            return Err(CryptoError::Sealed);
        }
        let opened = Zeroizing::new(frames.open(index, last, chunk)?);
        plain.write_all(&opened).map_err(CryptoError::from)
    })
}

/// Seals `plain`, bound to `context`.
#[must_use]
pub fn seal_blob(key: &DataKey, context: &[u8], plain: &[u8], fill: &mut Fill<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(usize::try_from(sealed_blob_len(plain.len() as u64)).unwrap_or(0));
    seal_blob_stream(key, context, &mut &plain[..], &mut out, fill)
        .expect("memory neither fails to read nor holds 2^32 frames");
    out
}

/// Opens what [`seal_blob`] made.
///
/// # Errors
/// As [`open_blob_stream`].
pub fn open_blob(key: &DataKey, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let mut out = Vec::with_capacity(sealed.len());
    open_blob_stream(key, context, &mut &sealed[..], &mut out)?;
    Ok(out)
}

/// Keeps the tag length and the type that defines it in step.
const _: () = assert!(size_of::<Tag>() == TAG_BYTES);
