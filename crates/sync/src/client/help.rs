//! 帮助呼叫: calls between a kiosk and the windows of its hall.

use super::{CentreClient, CentreError};
use tongban_protocol::help::{HelpAnswer, HelpAsk, HelpCall};
use uuid::Uuid;

/// Longest answer taken.
const HELP_BYTES_MAX: usize = 256 * 1024;

impl CentreClient {
    /// Calls, or repeats the call; answers who is on the way.
    ///
    /// # Errors
    /// [`CentreError`]; A104 for a station that is no kiosk.
    pub async fn help_ask(&self, ask: &HelpAsk) -> Result<HelpCall, CentreError> {
        self.json(self.post("help", ask), HELP_BYTES_MAX).await
    }

    /// Open calls of this hall, the oldest first.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn help_calls(&self) -> Result<Vec<HelpCall>, CentreError> {
        self.json(self.get("help"), HELP_BYTES_MAX).await
    }

    /// 已去; a call somebody answered before stays theirs.
    ///
    /// # Errors
    /// [`CentreError`]; C111 when the call has ended.
    pub async fn help_answer(&self, call: Uuid, answer: &HelpAnswer) -> Result<HelpCall, CentreError> {
        self.json(self.post(&format!("help/{call}/answer"), answer), HELP_BYTES_MAX).await
    }
}
