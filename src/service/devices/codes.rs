//! 扫码: what a scanner reads while a page has a field for it.

use super::{CancelOnDrop, Devices};
use futures::{Stream, StreamExt};
use std::fmt;
use std::time::Duration;
use tongban_device::fault::DeviceFault;
use tongban_device::hall::ScannedCode;
use tongban_hub::{CancelToken, Claim, Hub};
use zeroize::Zeroizing;

/// Role of the scanner whose text goes into fields.
pub const ROLE: &str = "codes";
/// How long the worker waits before it is asked again.
const WAIT: Duration = Duration::from_secs(30);
/// Pause after a fault, or while a technician has the scanner.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest text any field takes; a longer code is no field's.
const CHARS_MAX: usize = 512;

/// Text of a code. It may hold a person's number: Debug shows the length, dropping overwrites it.
#[derive(Clone)]
pub struct Scanned(Zeroizing<String>);

impl Scanned {
    /// The text of a code: printable UTF-8, trimmed. Codes of bytes belong into no field.
    #[must_use]
    pub fn of(code: &ScannedCode) -> Option<Self> {
        let text = std::str::from_utf8(code.bytes()).ok()?.trim();
        let good = !text.is_empty() && text.chars().count() <= CHARS_MAX && !text.chars().any(char::is_control);
        good.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Runs of letters and digits: a code on a licence or a receipt often holds its number among other things.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
    }
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanned({} bytes)", self.0.len())
    }
}

impl Devices {
    /// Texts as they are scanned, until the stream is dropped. It holds the scanner meanwhile, so that
    /// nothing scanned while no field was there arrives later; a technician takes it away and gives it back.
    pub fn codes(&self) -> impl Stream<Item = Scanned> + use<> {
        let cancel = CancelToken::new();
        let guard = CancelOnDrop(cancel.clone());
        let from = (self.hub.clone(), None, cancel);
        futures::stream::unfold(from, |(hub, mut claim, cancel)| async move {
            loop {
                match next(&hub, &mut claim, &cancel).await {
                    Ok(Some(code)) => return Some((code, (hub, claim, cancel))),
                    Ok(None) => {}
                    Err(fault) => {
                        tracing::debug!(%fault, "no code");
                        claim = None;
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        })
        .map(move |code| {
            let _held = &guard;
            code
        })
    }
}

async fn next(hub: &Hub, claim: &mut Option<Claim>, cancel: &CancelToken) -> Result<Option<Scanned>, DeviceFault> {
    let held = match claim.take() {
        Some(held) => held,
        None => hub.claim(ROLE, None)?,
    };
    let scanned = held.scan_code(WAIT, cancel.clone()).await;
    match scanned {
        Ok(code) => {
            *claim = Some(held);
            Ok(Scanned::of(&code))
        }
        Err(DeviceFault::NoMedia | DeviceFault::Timeout(_)) => {
            *claim = Some(held);
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(bytes: &[u8]) -> Option<String> {
        Scanned::of(&ScannedCode::new(bytes.to_vec())).map(|code| code.text().to_owned())
    }

    #[test]
    fn only_text_reaches_a_field() {
        assert_eq!(scanned(b" SF000123 ").as_deref(), Some("SF000123"));
        assert_eq!(scanned("证号 7".as_bytes()).as_deref(), Some("证号 7"));
        for other in [&b""[..], b"  ", b"\xFF\xFE", b"a\x1bb", &[b'A'; CHARS_MAX + 1]] {
            assert_eq!(scanned(other), None, "{other:?}");
        }
        let code = Scanned::of(&ScannedCode::new(b"https://x.cn/?id=91890100MA8DEM018P&t=1".to_vec())).unwrap();
        assert!(code.words().any(|word| word == "91890100MA8DEM018P"));
        assert_eq!(format!("{code:?}"), "Scanned(39 bytes)");
    }
}
