//! The one CBOR (RFC 8949) encoding we accept, and small helpers to write and read it.
//!
//! Core deterministic encoding of RFC 8949 section 4.2.1 as far as it concerns us: shortest
//! integers and lengths, definite lengths, no tags, no floating point, no trailing bytes;
//! narrowed further: nesting at most [`DEPTH_MAX`]. Signed things use fixed arrays, never
//! maps; maps occur only inside event payloads, in the order the type declares.

use crate::FormatError;
use minicbor::Decoder;
use minicbor::data::Type;
use uuid::Uuid;

/// Deepest nesting accepted anywhere.
pub(crate) const DEPTH_MAX: usize = 24;

/// Encoder into memory, which cannot fail.
pub(crate) struct Out(minicbor::Encoder<Vec<u8>>);

impl Out {
    pub(crate) fn new() -> Self {
        Self(minicbor::Encoder::new(Vec::new()))
    }

    pub(crate) fn array(&mut self, len: usize) -> &mut Self {
        self.put(|e| e.array(len as u64).map(drop))
    }

    pub(crate) fn uint(&mut self, value: u64) -> &mut Self {
        self.put(|e| e.u64(value).map(drop))
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.put(|e| e.i64(value).map(drop))
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.put(|e| e.str(value).map(drop))
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.put(|e| e.bytes(value).map(drop))
    }

    fn put(
        &mut self,
        f: impl FnOnce(&mut minicbor::Encoder<Vec<u8>>) -> Result<(), minicbor::encode::Error<core::convert::Infallible>>,
    ) -> &mut Self {
        f(&mut self.0).expect("writing to memory does not fail");
        self
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

/// Decoder that knows which format it reads, so that errors name it.
pub(crate) struct In<'a> {
    decoder: Decoder<'a>,
    what: &'static str,
}

impl<'a> In<'a> {
    /// Checks the canonical form of all of `bytes` first; what follows reads without surprises.
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Result<Self, FormatError> {
        check_canonical(what, bytes)?;
        Ok(Self { decoder: Decoder::new(bytes), what })
    }

    fn wrong<T>(&self, why: &'static str) -> Result<T, FormatError> {
        Err(FormatError::malformed(self.what, why))
    }

    /// An array of exactly `len` entries.
    pub(crate) fn array(&mut self, len: u64) -> Result<(), FormatError> {
        match self.decoder.array() {
            Ok(Some(found)) if found == len => Ok(()),
            _ => self.wrong("array of another length expected"),
        }
    }

    /// An array of at most `max` entries; its length.
    pub(crate) fn list(&mut self, max: u64) -> Result<u64, FormatError> {
        match self.decoder.array() {
            Ok(Some(found)) if found <= max => Ok(found),
            Ok(Some(_)) => Err(FormatError::TooLarge { what: self.what, limit: max }),
            _ => self.wrong("list expected"),
        }
    }

    /// Name and version at the head of every format: `[name, 1, …`.
    pub(crate) fn head(&mut self, name: &str, fields: u64) -> Result<(), FormatError> {
        let Ok(Some(found)) = self.decoder.array() else {
            return self.wrong("array expected");
        };
        if self.text(64)? != name {
            return self.wrong("another format's name");
        }
        let v = self.uint()?;
        if v != 1 {
            return Err(FormatError::Version { what: self.what, v });
        }
        if found == fields { Ok(()) } else { self.wrong("wrong number of fields") }
    }

    pub(crate) fn uint(&mut self) -> Result<u64, FormatError> {
        self.decoder.u64().map_err(|_| FormatError::malformed(self.what, "unsigned integer expected"))
    }

    pub(crate) fn int(&mut self) -> Result<i64, FormatError> {
        self.decoder.i64().map_err(|_| FormatError::malformed(self.what, "integer expected"))
    }

    pub(crate) fn text(&mut self, max: usize) -> Result<&'a str, FormatError> {
        let text = self.decoder.str().map_err(|_| FormatError::malformed(self.what, "text expected"))?;
        if text.len() > max {
            return Err(FormatError::TooLarge { what: self.what, limit: max as u64 });
        }
        Ok(text)
    }

    pub(crate) fn bytes(&mut self, max: usize) -> Result<&'a [u8], FormatError> {
        let bytes = self.decoder.bytes().map_err(|_| FormatError::malformed(self.what, "bytes expected"))?;
        if bytes.len() > max {
            return Err(FormatError::TooLarge { what: self.what, limit: max as u64 });
        }
        Ok(bytes)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let what = self.what;
        <[u8; N]>::try_from(self.bytes(N)?)
            .map_err(|_| FormatError::malformed(what, "bytes of another length expected"))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, FormatError> {
        self.fixed::<16>().map(Uuid::from_bytes)
    }
}

/// Checks that `bytes` are exactly one CBOR item in our canonical form.
///
/// Works without recursion and without allocating on the word of a length.
///
/// # Errors
/// [`FormatError::NotCanonical`] or [`FormatError::Malformed`].
pub fn check_canonical(what: &'static str, bytes: &[u8]) -> Result<(), FormatError> {
    let malformed = || FormatError::malformed(what, "not a CBOR item");
    let mut at = 0_usize;
    // Items still to come at each open level.
    let mut open: Vec<u64> = vec![1];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let (major, value, used) =
            head(bytes.get(at..).unwrap_or_default()).ok_or(FormatError::NotCanonical { what })?;
        at += used;
        match major {
            0 | 1 => {}
            2 | 3 => {
                let len = usize::try_from(value).map_err(|_| malformed())?;
                let end = at.checked_add(len).ok_or_else(malformed)?;
                let body = bytes.get(at..end).ok_or_else(malformed)?;
                if major == 3 && std::str::from_utf8(body).is_err() {
                    return Err(malformed());
                }
                at = end;
            }
            4 | 5 => {
                let items = if major == 5 { value.checked_mul(2) } else { Some(value) }.ok_or_else(malformed)?;
                // Each item takes a byte at least.
                if items > (bytes.len() - at) as u64 {
                    return Err(malformed());
                }
                if open.len() >= DEPTH_MAX {
                    return Err(FormatError::malformed(what, "nested too deep"));
                }
                open.push(items);
            }
            // false, true, null
            7 if used == 1 && (20..=22).contains(&value) => {}
            _ => return Err(FormatError::NotCanonical { what }),
        }
    }
    if at == bytes.len() { Ok(()) } else { Err(FormatError::malformed(what, "bytes after the end")) }
}

/// Major type, argument and length of an item's head; `None` when it is cut or not the shortest.
fn head(bytes: &[u8]) -> Option<(u8, u64, usize)> {
    let first = *bytes.first()?;
    let (major, info) = (first >> 5, first & 31);
    let argument = |n: usize| -> Option<u64> {
        Some(bytes.get(1..=n)?.iter().fold(0_u64, |acc, byte| acc << 8 | u64::from(*byte)))
    };
    match info {
        0..=23 => Some((major, u64::from(info), 1)),
        24 => argument(1).filter(|v| *v >= 24 && major != 7).map(|v| (major, v, 2)),
        25 => argument(2).filter(|v| *v > 0xff && major != 7).map(|v| (major, v, 3)),
        26 => argument(4).filter(|v| *v > 0xffff && major != 7).map(|v| (major, v, 5)),
        27 => argument(8).filter(|v| *v > 0xffff_ffff && major != 7).map(|v| (major, v, 9)),
        _ => None,
    }
}

/// Kind of the next item, for formats that branch on it.
pub(crate) fn is_null(bytes: &[u8]) -> bool {
    matches!(Decoder::new(bytes).datatype(), Ok(Type::Null))
}
