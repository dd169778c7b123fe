//! 取号 as the kiosk's screen sees it.

use super::centre::failure;
use crate::failure::Failure;
use std::time::Duration;
use tongban_device::message::PrintJob;
use tongban_device::slip::{QUEUE_SLIP_TYPE, QueueSlip};
use tongban_domain::code::ErrorCode;
use tongban_protocol::queue::{QueueAsk, QueueCalls, QueueReply};
use tongban_sync::CentreClient;

/// How long somebody waits for a number before being told that there is none.
const WAIT: Duration = Duration::from_secs(8);
/// Roles of a printer that writes slips, the best first.
pub const ROLES: [&str; 2] = ["slip", "printer"];
/// The driver of such a printer.
pub const DRIVER: &str = "escpos";

/// The line to the hall's queue; without a client every call answers `N105`.
#[derive(Clone)]
pub struct QueueLine {
    client: Option<CentreClient>,
}

impl QueueLine {
    /// Wraps the client; `None` before enrolment.
    #[must_use]
    pub fn new(client: Option<CentreClient>) -> Self {
        Self { client }
    }

    /// Asks for a place; the same question again gives the same place.
    ///
    /// # Errors
    /// [`Failure`] of the network, or the hall's refusal: shut, stopped.
    pub async fn take(&self, ask: QueueAsk) -> Result<QueueReply, Failure> {
        let client = self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "queue"))?;
        match tokio::time::timeout(WAIT, client.queue_ask(&ask)).await {
            Ok(answer) => answer.map_err(|error| failure(&error)),
            Err(_) => Err(Failure::new(ErrorCode::NetworkTimeout, "queue")),
        }
    }
}

impl QueueLine {
    /// What the hall calls now.
    ///
    /// # Errors
    /// [`Failure`] of the network.
    pub async fn calls(&self) -> Result<QueueCalls, Failure> {
        let client = self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "queue"))?;
        match tokio::time::timeout(WAIT, client.queue_calls()).await {
            Ok(answer) => answer.map_err(|error| failure(&error)),
            Err(_) => Err(Failure::new(ErrorCode::NetworkTimeout, "queue")),
        }
    }
}

/// The print job of a slip.
///
/// # Errors
/// [`Failure`] `P105`: words that cannot be written down, which no slip has.
pub fn job(slip: &QueueSlip) -> Result<PrintJob, Failure> {
    let document = serde_json::to_vec(slip).map_err(|_| Failure::new(ErrorCode::PrinterStopped, "slip"))?;
    Ok(PrintJob {
        job_name: format!("queue-{}", slip.number),
        document,
        media_type: QUEUE_SLIP_TYPE.to_owned(),
        media: String::new(),
        copies: 1,
    })
}
