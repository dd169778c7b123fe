//! 取号: a kiosk's place in its hall's queue.

use super::{CentreClient, CentreError};
use tongban_protocol::queue::{QueueAsk, QueueCalls, QueueReply};

/// Longest answer taken.
const QUEUE_BYTES_MAX: usize = 16 * 1024;

impl CentreClient {
    /// Asks for a place in the queue of this station's hall; the same question again gives the same place.
    ///
    /// # Errors
    /// [`CentreError`]; C123 and C126 when the hall is stopped or shut, C106 for an item nobody knows.
    pub async fn queue_ask(&self, ask: &QueueAsk) -> Result<QueueReply, CentreError> {
        self.json(self.post("queue", ask), QUEUE_BYTES_MAX).await
    }

    /// What this station's hall calls, for its display.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn queue_calls(&self) -> Result<QueueCalls, CentreError> {
        self.json(self.get("queue"), QUEUE_BYTES_MAX).await
    }
}
