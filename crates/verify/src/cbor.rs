//! A small reader of CBOR (RFC 8949), and the writer that tells whether bytes were canonical.

/// Deepest nesting read.
const DEPTH_MAX: usize = 24;

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Uint(u64),
    /// -1 - n.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Bool(bool),
    Null,
}

impl Item {
    /// Reads bytes that must be exactly one item in the one canonical form.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes;
        let item = read(&mut rest, 0)?;
        if !rest.is_empty() {
            return Err(format!("{} bytes after the end of the item", rest.len()));
        }
        let mut again = Vec::with_capacity(bytes.len());
        item.write(&mut again);
        if again == bytes { Ok(item) } else { Err("not in canonical form".to_owned()) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Uint(value) => head(out, 0, *value),
            Self::Negative(value) => head(out, 1, *value),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(pairs) => {
                head(out, 5, pairs.len() as u64);
                pairs.iter().for_each(|(key, value)| {
                    key.write(out);
                    value.write(out);
                });
            }
            Self::Bool(value) => out.push(0xf4 + u8::from(*value)),
            Self::Null => out.push(0xf6),
        }
    }

    pub(crate) fn array(&self) -> Result<&[Item], String> {
        match self {
            Self::Array(items) => Ok(items),
            _ => Err("array expected".to_owned()),
        }
    }

    pub(crate) fn uint(&self) -> Result<u64, String> {
        match self {
            Self::Uint(value) => Ok(*value),
            _ => Err("unsigned integer expected".to_owned()),
        }
    }

    pub(crate) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err("text expected".to_owned()),
        }
    }

    pub(crate) fn bytes(&self) -> Result<&[u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err("bytes expected".to_owned()),
        }
    }

    pub(crate) fn fixed<const N: usize>(&self) -> Result<[u8; N], String> {
        self.bytes()?.try_into().map_err(|_| format!("{N} bytes expected"))
    }

    pub(crate) fn boolean(&self) -> Result<bool, String> {
        match self {
            Self::Bool(value) => Ok(*value),
            _ => Err("true or false expected".to_owned()),
        }
    }

    pub(crate) fn map(&self) -> Result<&[(Item, Item)], String> {
        match self {
            Self::Map(pairs) => Ok(pairs),
            _ => Err("map expected".to_owned()),
        }
    }

    /// The value under a text key, if there is one and it is not null.
    pub(crate) fn optional(&self, key: &str) -> Result<Option<&Item>, String> {
        let found = self.map()?.iter().find(|(name, _)| matches!(name, Item::Text(text) if text == key));
        Ok(found.map(|(_, value)| value).filter(|value| **value != Item::Null))
    }

    /// The value under a text key.
    pub(crate) fn get(&self, key: &str) -> Result<&Item, String> {
        self.optional(key)?.ok_or_else(|| format!("field `{key}` is missing"))
    }

    /// A digest written as a list of 32 small numbers, as event bodies do.
    pub(crate) fn digest(&self) -> Result<[u8; 32], String> {
        let mut digest = [0_u8; 32];
        let items = self.array()?;
        if items.len() != 32 {
            return Err("digest of 32 bytes expected".to_owned());
        }
        for (place, item) in digest.iter_mut().zip(items) {
            *place = u8::try_from(item.uint()?).map_err(|_| "digest byte beyond 255".to_owned())?;
        }
        Ok(digest)
    }
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], len: u64) -> Result<&'a [u8], String> {
    let len = usize::try_from(len).map_err(|_| "length beyond the bytes".to_owned())?;
    let (taken, left) = rest.split_at_checked(len).ok_or("length beyond the bytes")?;
    *rest = left;
    Ok(taken)
}

fn read(rest: &mut &[u8], depth: usize) -> Result<Item, String> {
    if depth > DEPTH_MAX {
        return Err("nested too deep".to_owned());
    }
    let first = take(rest, 1)?[0];
    let (major, info) = (first >> 5, first & 31);
    if major == 7 {
        return match info {
            20 => Ok(Item::Bool(false)),
            21 => Ok(Item::Bool(true)),
            22 => Ok(Item::Null),
            _ => Err("simple value or number with a point, which no format of ours uses".to_owned()),
        };
    }
    let value = match info {
        0..=23 => u64::from(info),
        24..=27 => take(rest, 1 << (info - 24))?.iter().fold(0, |acc, byte| acc << 8 | u64::from(*byte)),
        _ => return Err("indefinite length, which no format of ours uses".to_owned()),
    };
    match major {
        0 => Ok(Item::Uint(value)),
        1 => Ok(Item::Negative(value)),
        2 => Ok(Item::Bytes(take(rest, value)?.to_vec())),
        3 => {
            let text = std::str::from_utf8(take(rest, value)?).map_err(|_| "text is not UTF-8".to_owned())?;
            Ok(Item::Text(text.to_owned()))
        }
        4 => {
            let mut items = Vec::new();
            for _ in 0..value {
                items.push(read(rest, depth + 1)?);
            }
            Ok(Item::Array(items))
        }
        5 => {
            let mut pairs = Vec::new();
            for _ in 0..value {
                pairs.push((read(rest, depth + 1)?, read(rest, depth + 1)?));
            }
            Ok(Item::Map(pairs))
        }
        _ => Err("tag, which no format of ours uses".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::Item;

    #[test]
    fn canonical_items_are_read_and_others_refused() {
        let good = [0x83, 0x01, 0x63, b'a', b'b', b'c', 0xa1, 0x61, b'k', 0xf6];
        let item = Item::parse(&good).unwrap();
        assert_eq!(item.array().unwrap()[1].text(), Ok("abc"));
        for bad in [
            &[0x18, 0x01][..],
            &[0x19, 0x00, 0xff],
            &[0x9f, 0xff],
            &[0x01, 0x01],
            &[0xc0, 0x00],
            &[0xf9, 0, 0],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x82, 0x01],
            &[],
        ] {
            assert!(Item::parse(bad).is_err(), "{bad:02x?}");
        }
        assert!(Item::parse(&vec![0x81; 100_000]).is_err());
    }
}
