//! 帮助呼叫 as the screens see it: ask, look, answer.

use super::centre::failure;
use crate::failure::Failure;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StaffId;
use tongban_protocol::help::{HelpAnswer, HelpAsk, HelpCall};
use tongban_sync::CentreClient;
use uuid::Uuid;

/// The line to the hall; without a client every call answers `N105`.
#[derive(Clone)]
pub struct HelpLine {
    client: Option<CentreClient>,
}

impl HelpLine {
    /// Wraps the client; `None` before enrolment.
    #[must_use]
    pub fn new(client: Option<CentreClient>) -> Self {
        Self { client }
    }

    fn client(&self) -> Result<&CentreClient, Failure> {
        self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "help"))
    }

    /// Calls, repeats the call or ends it; answers who is on the way.
    ///
    /// # Errors
    /// [`Failure`] of the network: then nobody was called.
    pub async fn ask(&self, call: Uuid, ended: bool) -> Result<HelpCall, Failure> {
        self.client()?.help_ask(&HelpAsk { call, ended }).await.map_err(|error| failure(&error))
    }

    /// Open calls of this hall.
    ///
    /// # Errors
    /// [`Failure`] of the network.
    pub async fn calls(&self) -> Result<Vec<HelpCall>, Failure> {
        self.client()?.help_calls().await.map_err(|error| failure(&error))
    }

    /// 已去.
    ///
    /// # Errors
    /// [`Failure`] of the network, `C111` when the call has ended.
    pub async fn answer(&self, call: Uuid, by: StaffId, name: String) -> Result<HelpCall, Failure> {
        self.client()?.help_answer(call, &HelpAnswer { by, name }).await.map_err(|error| failure(&error))
    }
}
