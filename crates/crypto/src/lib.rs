//! The national algorithms (SM2, SM3, SM4) and what we build from them: signatures,
//! wrapped case keys, sealed payloads, framed blobs, the station's key-encrypting key.
//!
//! Invariant: this crate imports nothing of ours, reads no clock and draws no randomness
//! of its own; every call that needs random bytes is handed a [`Fill`]. No other crate
//! of the product names `sm2`, `sm3` or `sm4`.

mod blob;
mod error;
mod hash;
mod kek;
mod seal;
mod sign;
mod sm4;
mod wrap;

pub use blob::{
    BLOB_FRAME_BYTES, BLOB_HEADER_BYTES, BLOB_MAGIC, open_blob, open_blob_stream, seal_blob, seal_blob_stream,
    sealed_blob_len,
};
pub use error::CryptoError;
pub use hash::{Digest, HmacSm3, Sm3, hmac_sm3, sm3};
pub use kek::{IndexKey, Kek, KekSource, PassphraseCost, PassphraseKek, SealKey, blind_index};
pub use seal::{DataKey, SEAL_OVERHEAD};
pub use sign::{DISTINGUISHING_ID, SigningKey, VerifyingKey};
pub use wrap::{WrapPublic, WrapSecret};

/// Source of random bytes handed in by the caller: fills the whole buffer.
pub type Fill<'a> = dyn FnMut(&mut [u8]) + 'a;
