//! 换证: the next certificate, asked for while the present one is still good.

use super::lane::LaneError;
use crate::client::{CentreClient, CentreError};
use crate::enrol::new_key_and_csr;
use std::fmt;
use std::sync::Arc;
use tongban_domain::clock::WallTime;
use tongban_store::StoreError;

/// A certificate is renewed when less than this is left of it, ms (30 of its 90 days).
const RENEW_LEFT_MS: i64 = 30 * 24 * 3600 * 1000;

/// Keeps the station's certificate where the next start finds it.
pub trait IdentityKeeper: Send + Sync + fmt::Debug {
    /// Last moment of the certificate in force; `None` when it cannot be read.
    fn until(&self) -> Option<WallTime>;

    /// Keeps a new certificate, its key and its last moment. Durable when it returns.
    ///
    /// # Errors
    /// When it could not be kept: the old one stays in force.
    fn keep(&self, certificate_pem: &str, key_pem: &str, until: WallTime) -> Result<(), StoreError>;
}

/// Whether a new certificate is due.
pub(super) fn is_due(keeper: &dyn IdentityKeeper, now: WallTime) -> bool {
    keeper.until().is_some_and(|until| until.0.saturating_sub(now.0) < RENEW_LEFT_MS)
}

/// Makes a key, has it certified, keeps both, and only then shows them.
pub(super) async fn renew(keeper: Arc<dyn IdentityKeeper>, client: CentreClient) -> Result<(), LaneError> {
    let (key_pem, csr_pem) = new_key_and_csr()?;
    let reply = client.renew(&csr_pem).await?;
    if !reply.certificate_pem.contains("BEGIN CERTIFICATE") {
        return Err(CentreError::Garbage { what: "not a certificate" }.into());
    }
    let (certificate, key, until) = (reply.certificate_pem.clone(), key_pem.clone(), WallTime(reply.until_ms));
    tokio::task::spawn_blocking(move || keeper.keep(&certificate, &key, until)).await??;
    client.change_identity(&reply.certificate_pem, &key_pem)?;
    tracing::info!(until_ms = reply.until_ms, "certificate renewed");
    Ok(())
}
