//! The way to other departments through the connectors: one for each platform or front-end database.

use crate::error::{CentreError, Result};
use crate::sharing::{Departments, empty};
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use tongban_connect::{
    BreakerState, Connect, ConnectConfig, FrontDatabase, Lookup, Mapping, ShareQuery, Told, TransportKind,
};
use tongban_domain::clock::{Clock, Ids};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_protocol::api::ShareRequest;
use tongban_sqlite::OpenConfig;

/// Connectors with the resources each of them knows; the first that knows a resource is asked.
struct Connected(Vec<(BTreeSet<String>, Connect)>);

impl Connected {
    fn way(&self, resource: &str) -> Option<&Connect> {
        self.0.iter().find(|(known, _)| known.contains(resource)).or(self.0.first()).map(|(_, connect)| connect)
    }
}

impl Departments for Connected {
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>> {
        Box::pin(async move { self.told(request).await.0 })
    }

    fn told<'a>(
        &'a self,
        request: &'a ShareRequest,
    ) -> Pin<Box<dyn Future<Output = (SharedRecord, Option<ErrorCode>)> + Send + 'a>> {
        Box::pin(async move {
            let kind = matches!(request.subject_kind.as_str(), "person" | "firm");
            let Some(connect) = self.way(&request.resource.0).filter(|_| kind) else {
                return (empty(request, ShareOutcome::Refused), Some(ErrorCode::ShareDenied));
            };
            let Told { record, fault } = connect.ask(&ShareQuery::from(request)).await;
            (record, fault.map(tongban_connect::ShareFault::code))
        })
    }

    fn circuit(&self, resource: &str) -> &'static str {
        match self.way(resource).map(|connect| connect.circuit(&resource.into())) {
            None | Some(BreakerState::Closed) => "closed",
            Some(BreakerState::Open) => "open",
            Some(BreakerState::Trial) => "trial",
        }
    }
}

/// A front-end database in SQLite, opened for reading at every look-up: the department replaces the file.
struct SqliteFront(PathBuf);

impl FrontDatabase for SqliteFront {
    fn look_up(&self, lookup: &Lookup) -> Result<Option<Map<String, Value>>, String> {
        let text = |error: rusqlite::Error| error.to_string();
        let database =
            tongban_sqlite::open_read_only(&self.0, &OpenConfig::default()).map_err(|error| error.to_string())?;
        // The mapping file lets only letters, digits and _ into these names.
        let sql =
            format!("SELECT {} FROM {} WHERE {} = ?1 LIMIT 1", lookup.columns.join(", "), lookup.table, lookup.key);
        let mut statement = database.prepare(&sql).map_err(text)?;
        let mut rows = statement.query([&lookup.subject]).map_err(text)?;
        let Some(row) = rows.next().map_err(text)? else { return Ok(None) };
        let mut fields = Map::new();
        for (at, name) in lookup.columns.iter().enumerate() {
            let value = match row.get_ref(at).map_err(text)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?.into(),
                ValueRef::Blob(_) => return Err("a column holds bytes".to_owned()),
            };
            fields.insert(name.clone(), value);
        }
        Ok(Some(fields))
    }
}

/// Sets one connector up. The program must have installed rustls' ring provider.
pub fn connect(config: &ConnectConfig, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Arc<dyn Departments>> {
    connect_all(std::slice::from_ref(config), &clock, &ids)
}

/// Sets up a connector for each platform; a front-end database is the SQLite file its base address names.
pub fn connect_all(
    configs: &[ConnectConfig],
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn Ids>,
) -> Result<Arc<dyn Departments>> {
    let mut connected = Vec::new();
    for config in configs {
        let fault = |error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("connector: {error}"));
        let kind = Mapping::load(&config.mapping).map_err(fault)?.connector().transport;
        let connect = if kind == TransportKind::Database {
            let path = config.base_url.strip_prefix("file://").unwrap_or(&config.base_url);
            Connect::with_front(config, Arc::new(SqliteFront(path.into())), clock.clone(), ids.clone())
        } else {
            Connect::from_config(config, clock.clone(), ids.clone())
        };
        let connect = connect.map_err(fault)?;
        connected.push((connect.resources().map(str::to_owned).collect(), connect));
    }
    Ok(Arc::new(Connected(connected)))
}
