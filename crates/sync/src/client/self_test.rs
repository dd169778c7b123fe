//! 自检报告: what a technician's tests found goes to the centre.

use super::{CentreClient, CentreError};
use tongban_protocol::self_test::SignedSelfTest;

/// Longest answer taken.
const ANSWER_BYTES_MAX: usize = 1024;

impl CentreClient {
    /// Leaves the last report of this station with the centre; the same report again changes nothing.
    ///
    /// # Errors
    /// [`CentreError`].
    pub async fn self_test(&self, report: &SignedSelfTest) -> Result<(), CentreError> {
        self.json::<bool>(self.post("self-test", report), ANSWER_BYTES_MAX).await.map(|_| ())
    }
}
