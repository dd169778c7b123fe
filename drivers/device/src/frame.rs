//! 帧: `u32le length ‖ postcard` on a byte stream, with a size cap and version negotiation.
//!
//! Buffers are zeroized: a message may hold a card or a fingerprint.

use crate::message::{MESSAGE_BYTES_MAX, VERSION_MAX, VERSION_MIN};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// Length of the length.
pub const HEADER_BYTES: usize = 4;
/// How much is reserved before the bytes are really there, so that a false length costs nothing.
const GROW_BYTES: usize = 64 * 1024;

/// Why a message could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length says more than [`MESSAGE_BYTES_MAX`].
    #[error("message of {0} bytes is over the limit")]
    TooLong(u64),
    /// The stream ended inside a message.
    #[error("the stream ended inside a message")]
    Truncated,
    /// The bytes are not such a message.
    #[error("not a message of this protocol")]
    Malformed,
    /// The stream failed.
    #[error("the message stream failed")]
    Io(#[source] io::Error),
}

/// The message with its length before it.
///
/// # Errors
/// [`FrameError::TooLong`] over the cap, [`FrameError::Malformed`] when it cannot be encoded.
pub fn encode<T: Serialize>(message: &T) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    let body = Zeroizing::new(postcard::to_stdvec(message).map_err(|_| FrameError::Malformed)?);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    if length > MESSAGE_BYTES_MAX {
        return Err(FrameError::TooLong(body.len() as u64));
    }
    let mut framed = Zeroizing::new(Vec::with_capacity(HEADER_BYTES + body.len()));
    framed.extend_from_slice(&length.to_le_bytes());
    framed.extend_from_slice(&body);
    Ok(framed)
}

/// The message in exactly these bytes (without the length).
///
/// # Errors
/// [`FrameError::Malformed`] when they are not one, or something is left over.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes::<T>(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Malformed),
    }
}

/// The body length a header announces.
///
/// # Errors
/// [`FrameError::TooLong`] over the cap.
pub fn body_length(header: [u8; HEADER_BYTES]) -> Result<usize, FrameError> {
    let length = u32::from_le_bytes(header);
    if length > MESSAGE_BYTES_MAX {
        return Err(FrameError::TooLong(u64::from(length)));
    }
    Ok(length as usize)
}

/// Writes one message.
///
/// # Errors
/// As [`encode`], and [`FrameError::Io`].
pub fn write_message<T: Serialize>(stream: &mut impl Write, message: &T) -> Result<(), FrameError> {
    let framed = encode(message)?;
    stream.write_all(&framed).and_then(|()| stream.flush()).map_err(FrameError::Io)
}

/// Reads one message; `None` when the stream ended between two messages.
///
/// # Errors
/// [`FrameError`] when the stream breaks off, fails or holds something else.
pub fn read_message<T: DeserializeOwned>(stream: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut header = [0_u8; HEADER_BYTES];
    match fill(stream, &mut header)? {
        0 => return Ok(None),
        HEADER_BYTES => {}
        _ => return Err(FrameError::Truncated),
    }
    let length = body_length(header)?;
    let mut body = Zeroizing::new(Vec::new());
    while body.len() < length {
        let have = body.len();
        let want = (length - have).min(GROW_BYTES.max(have));
        body.resize(have + want, 0);
        if fill(stream, &mut body[have..])? < want {
            return Err(FrameError::Truncated);
        }
    }
    decode(&body).map(Some)
}

/// Reads until the buffer is full or the stream ends; says how much came.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> Result<usize, FrameError> {
    let mut have = 0;
    while have < buffer.len() {
        match stream.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FrameError::Io(error)),
        }
    }
    Ok(have)
}

/// The newest version both sides understand; `None` when there is none.
#[must_use]
pub fn negotiate(min: u16, max: u16) -> Option<u16> {
    let version = max.min(VERSION_MAX);
    (version >= min.max(VERSION_MIN)).then_some(version)
}
