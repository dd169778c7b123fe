//! Signatures found good before. A case's page checks the whole chain each time it is opened, and
//! most of it was checked the last time; what is remembered is a pure fact about exactly these bytes,
//! this signature and this key, so that any changed byte is a stranger and is checked.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tongban_crypto::{VerifyingKey, sm3};
use tongban_protocol::action::SignedAction;

/// Facts kept; forgotten all at once when there are more (6 MiB).
const KEPT_MAX: usize = 200_000;

static GOOD: Mutex<BTreeSet<[u8; 32]>> = Mutex::new(BTreeSet::new());

/// Whether the key made the signature over the action as its bytes say it.
pub(super) fn holds(action: &SignedAction, key: &VerifyingKey) -> bool {
    let parts = [sm3(&action.bytes), sm3(&action.signature), sm3(key.to_hex().as_bytes()), action.hash.0];
    let fact = sm3(&parts.concat());
    if GOOD.lock().unwrap_or_else(PoisonError::into_inner).contains(&fact) {
        return true;
    }
    let good = action.verify(key).is_ok();
    if good {
        let mut known = GOOD.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT_MAX {
            known.clear();
        }
        known.insert(fact);
    }
    good
}

/// Forgets what is known.
#[cfg(feature = "bench")]
pub(crate) fn forget() {
    GOOD.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
