//! The way to other departments through the connector.

use crate::error::{CentreError, Result};
use crate::sharing::{Departments, empty};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tongban_connect::{Connect, ConnectConfig, ShareQuery};
use tongban_domain::clock::{Clock, Ids};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_protocol::api::ShareRequest;

/// A connector as the gateway wants it.
struct Connected(Connect);

impl Departments for Connected {
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>> {
        Box::pin(async move {
            if !matches!(request.subject_kind.as_str(), "person" | "firm") {
                return empty(request, ShareOutcome::Refused);
            }
            let query = ShareQuery::from(request);
            self.0.query(&query).await
        })
    }
}

/// Sets the connector up. The program must have installed rustls' ring provider.
pub fn connect(config: &ConnectConfig, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Arc<dyn Departments>> {
    let connect = Connect::from_config(config, clock, ids)
        .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("connector: {error}")))?;
    Ok(Arc::new(Connected(connect)))
}
