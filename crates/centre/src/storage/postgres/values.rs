//! The four kinds of value on PostgreSQL's wire.

use crate::error::{CentreError, Result};
use crate::storage::value::{Row, Val};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

impl ToSql for Val {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(value), &Type::INT8) => value.to_sql(kind, out),
            (Self::Int(value), &Type::INT4) => i32::try_from(*value)?.to_sql(kind, out),
            (Self::Text(value), _) if <&str as ToSql>::accepts(kind) => value.as_str().to_sql(kind, out),
            (Self::Bytes(value), &Type::BYTEA) => value.as_slice().to_sql(kind, out),
            (Self::Int(_) | Self::Text(_) | Self::Bytes(_), _) => Err(format!("value does not fit {kind}").into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BYTEA].contains(kind) || <&str as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// One row of an answer.
pub(super) fn row(name: &str, row: &tokio_postgres::Row) -> Result<Row> {
    let fail = |error| CentreError::database(name, error);
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        values.push(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index).map_err(fail)?.map_or(Val::Null, Val::Int),
            Type::INT4 => {
                row.try_get::<_, Option<i32>>(index).map_err(fail)?.map_or(Val::Null, |v| Val::Int(i64::from(v)))
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index).map_err(fail)?.map_or(Val::Null, Val::Bytes),
            Type::TEXT | Type::VARCHAR => {
                row.try_get::<_, Option<String>>(index).map_err(fail)?.map_or(Val::Null, Val::Text)
            }
            ref other => return Err(CentreError::Damaged(format!("{name}: column of type {other}"))),
        });
    }
    Ok(Row(values))
}
