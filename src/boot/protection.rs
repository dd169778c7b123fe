//! 密钥保护: what seals the station's key-encrypting key on this machine.

use anyhow::{Result, bail};
use std::path::Path;
use tongban_store::{KekProtection, SystemdCreds, Tpm2};

/// How the key in `keys` is kept: as it was sealed when it was made. For a first start `TONGBAN_KEK` says:
/// `tpm2`, `systemd-creds`, `passphrase`, `none`, or `auto` for the best this machine has; without it a
/// passphrase if one is handed in (`TONGBAN_KEK_PASSPHRASE`, by the service manager), else nothing.
///
/// # Errors
/// For a word that means nothing, and for a passphrase asked for and not handed in.
pub(super) fn of(keys: &Path) -> Result<KekProtection> {
    let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let passphrase = variable("TONGBAN_KEK_PASSPHRASE");
    let asked = variable("TONGBAN_KEK");
    let kept = KekProtection::in_force(keys).map(str::to_owned);
    let word = match (kept, asked) {
        // Typed for a store that is kept another way: the mismatch is told by the store.
        (Some(kept), _) if kept == "none" && passphrase.is_some() => "passphrase".to_owned(),
        (Some(kept), _) => kept,
        (None, Some(asked)) => asked,
        (None, None) if passphrase.is_some() => "passphrase".to_owned(),
        (None, None) => "none".to_owned(),
    };
    Ok(match word.as_str() {
        "auto" => KekProtection::best_here(),
        "tpm2" => KekProtection::Tpm2(Tpm2 {
            tcti: variable("TONGBAN_TPM_TCTI").unwrap_or_else(|| "device:/dev/tpmrm0".to_owned()),
            pcrs: variable("TONGBAN_TPM_PCRS").unwrap_or_else(|| "sha256:7".to_owned()),
        }),
        "systemd-creds" => KekProtection::SystemdCreds(SystemdCreds { with_key: "auto".to_owned() }),
        "passphrase" => match passphrase {
            Some(text) => KekProtection::Passphrase(text.into()),
            None => bail!("S104 the station's keys are sealed by a passphrase; hand it in as TONGBAN_KEK_PASSPHRASE"),
        },
        "none" => KekProtection::None,
        other => bail!("K102 TONGBAN_KEK: {other} is not one of auto, tpm2, systemd-creds, passphrase, none"),
    })
}
