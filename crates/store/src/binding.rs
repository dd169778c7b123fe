//! 设备绑定: which port serves which role.

use crate::point::Commit;
use crate::{Store, StoreError};
use std::collections::BTreeMap;

impl Store {
    /// Binds a role to a port; `None` unbinds it.
    ///
    /// # Errors
    /// `Database`.
    pub fn set_binding(&self, role: &str, port: Option<&str>) -> Result<(), StoreError> {
        self.write(Commit::Binding, |tx| {
            match port {
                Some(port) => tx.execute(
                    "INSERT INTO binding (role, port) VALUES (?1, ?2)
                     ON CONFLICT (role) DO UPDATE SET port = excluded.port",
                    (role, port),
                )?,
                None => tx.execute("DELETE FROM binding WHERE role = ?1", [role])?,
            };
            Ok(())
        })
    }

    /// Every role bound, with its port.
    ///
    /// # Errors
    /// `Database`.
    pub fn bindings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(|conn| {
            let mut statement = conn.prepare("SELECT role, port FROM binding")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
