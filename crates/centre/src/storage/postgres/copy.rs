//! A consistent copy of all tables, and its way back: `COPY` in one snapshot, one file a table.

use super::pool::{Lease, Pool};
use crate::error::{CentreError, Result};
use crate::storage::db::Schema;
use bytes::{Bytes, BytesMut};
use futures::executor::block_on;
use futures::{SinkExt as _, StreamExt as _};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// Tables and columns, by name; what `schema_migrations` holds is made by the migrations themselves.
const COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
    JOIN information_schema.tables USING (table_schema, table_name) \
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations' \
    ORDER BY table_name::text COLLATE \"C\", column_name::text COLLATE \"C\"";
/// Bytes of one piece on the way back.
const PIECE: usize = 256 * 1024;

fn fault(table: &str) -> impl Fn(tokio_postgres::Error) -> CentreError {
    let operation = format!("copy {table}");
    move |error| CentreError::database(&operation, error)
}

/// The tables there are, with their columns.
pub(super) fn schema(client: &tokio_postgres::Client) -> std::result::Result<Schema, tokio_postgres::Error> {
    let mut schema = Schema::new();
    for row in block_on(client.query(COLUMNS, &[]))? {
        schema.entry(row.get(0)).or_default().push(row.get(1));
    }
    Ok(schema)
}

fn tables(client: &tokio_postgres::Client) -> Result<Vec<String>> {
    Ok(schema(client).map_err(fault("list"))?.into_keys().collect())
}

/// Writes every table as the transaction on this connection sees it.
pub(super) fn out(connection: &Lease<'_>, dir: &Path) -> Result<()> {
    let client = connection.client();
    for table in tables(&client)? {
        let mut file = File::create(dir.join(format!("{table}.copy"))).map_err(CentreError::file("create copy"))?;
        let stream = block_on(client.copy_out(&format!("COPY {table} TO STDOUT"))).map_err(fault(&table))?;
        let mut stream = std::pin::pin!(stream);
        while let Some(piece) = block_on(stream.next()) {
            file.write_all(&piece.map_err(fault(&table))?).map_err(CentreError::file("write copy"))?;
        }
        file.sync_all().map_err(CentreError::file("sync copy"))?;
    }
    Ok(())
}

/// Fills an empty store of the same schema.
pub(super) fn back(pool: &Pool, dir: &Path) -> Result<()> {
    let connection = pool.take()?;
    let client = connection.client();
    let held: i64 = block_on(client.query_one("SELECT COUNT(*) FROM action", &[])).map_err(fault("look"))?.get(0);
    if held > 0 {
        return Err(CentreError::Unsafe("the database to restore into is not empty".into()));
    }
    block_on(client.batch_execute("BEGIN")).map_err(fault("begin"))?;
    for table in tables(&client)? {
        // What the migrations put there is in the copy too.
        block_on(client.batch_execute(&format!("DELETE FROM {table}"))).map_err(fault(&table))?;
        let mut file = File::open(dir.join(format!("{table}.copy"))).map_err(CentreError::file("open copy"))?;
        let sink = block_on(client.copy_in::<_, Bytes>(&format!("COPY {table} FROM STDIN"))).map_err(fault(&table))?;
        let mut sink = std::pin::pin!(sink);
        loop {
            let mut piece = BytesMut::zeroed(PIECE);
            let read = file.read(&mut piece).map_err(CentreError::file("read copy"))?;
            if read == 0 {
                break;
            }
            piece.truncate(read);
            block_on(sink.send(piece.freeze())).map_err(fault(&table))?;
        }
        block_on(sink.finish()).map_err(fault(&table))?;
    }
    block_on(client.batch_execute("COMMIT")).map_err(fault("end"))
}
