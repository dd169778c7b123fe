//! 映射: the department's names and forms into ours, as data.

use crate::config::ConnectError;
use crate::convert::{self, Kind};
use crate::front::{Lookup, is_identifier};
use crate::sign::SignerKind;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use tongban_domain::ids::{FieldId, ResourceId};

/// A mapping file as read: `resource."ID".fields.KEY = {pointer, type, …}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    #[serde(default)]
    connector: Connector,
    resource: BTreeMap<String, ResourceMap>,
}

/// How the platform is spoken to: `[connector]` of a mapping file; REST-JSON with HMAC-SHA256 when left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Transport.
    #[serde(default)]
    pub transport: TransportKind,
    /// Signer.
    #[serde(default)]
    pub signer: SignerKind,
    /// Encoding of answers.
    #[serde(default)]
    pub encoding: Encoding,
}

/// A way of carrying question and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransportKind {
    /// JSON over HTTP.
    #[default]
    Rest,
    /// SOAP 1.1 over HTTP.
    Soap,
    /// Files in two folders.
    FileDrop,
    /// A row of the department's front-end database.
    Database,
}

/// An encoding a platform's document may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB 18030 with GBK and GB 2312 in it.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Encoding {
    /// Whether a character set's name means this encoding.
    pub(crate) fn named(self, charset: &str) -> bool {
        match self {
            Self::Utf8 => charset == "utf-8" || charset == "utf8",
            Self::Gb18030 => matches!(charset, "gb18030" | "gbk" | "gb2312"),
        }
    }

    /// The text, when every byte is of this encoding.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Gb18030 => {
                let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
                Some(text.into_owned())
            }
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceMap {
    /// Path below the base address; the platform's usual one when left out.
    path: Option<String>,
    /// Table or view of a front-end database.
    table: Option<String>,
    /// Its column for the subject.
    key: Option<String>,
    fields: BTreeMap<String, FieldMap>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldMap {
    /// RFC 6901 pointer within `data`; `/KEY` when left out.
    pointer: Option<String>,
    #[serde(rename = "type", default)]
    kind: Kind,
    #[serde(default)]
    optional: bool,
    /// For `list`: our column → theirs.
    columns: Option<BTreeMap<String, Column>>,
    /// For `code`: code → word.
    table: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Column {
    Same(String),
    Converted {
        from: String,
        #[serde(rename = "type", default)]
        kind: Kind,
    },
}

/// The answer does not hold what the mapping expects; names only, no values.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Mismatch {
    /// Our field.
    pub field: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl Mapping {
    /// Reads and checks a mapping file.
    ///
    /// # Errors
    /// [`ConnectError::Mapping`] naming the file.
    pub fn load(path: &Path) -> Result<Self, ConnectError> {
        let fault = |reason: String| ConnectError::Mapping { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        Self::parse(&text).map_err(fault)
    }

    /// Reads and checks the text of a mapping file; the error is in words.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (resource, map) in &mapping.resource {
            if mapping.connector.transport == TransportKind::Database {
                map.check_table().map_err(|reason| format!("{resource}: {reason}"))?;
            }
            for (key, field) in &map.fields {
                field.check().map_err(|reason| format!("{resource}.{key}: {reason}"))?;
            }
        }
        Ok(mapping)
    }

    /// How the platform is spoken to.
    #[must_use]
    pub const fn connector(&self) -> Connector {
        self.connector
    }

    /// The look-up of the fields wanted: no column more than they need.
    pub(crate) fn lookup(&self, resource: &str, subject: &str, wanted: &[FieldId]) -> Option<Lookup> {
        let map = self.resource.get(resource)?;
        let mut columns: Vec<String> = wanted
            .iter()
            .filter_map(|field| Some((field, map.fields.get(&field.0)?)))
            .map(|(field, known)| known.column().unwrap_or(&field.0).to_owned())
            .collect();
        columns.sort();
        columns.dedup();
        let (table, key) = (map.table.clone()?, map.key.clone()?);
        Some(Lookup { table, key, subject: subject.to_owned(), columns })
    }

    /// Resources the mapping knows.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resource.keys().map(String::as_str)
    }

    /// Are all these fields mapped?
    ///
    /// # Errors
    /// [`ConnectError::Unmapped`] naming the first that is not.
    pub fn check(&self, resource: &ResourceId, fields: &[FieldId]) -> Result<(), ConnectError> {
        let unmapped = |field: &str| ConnectError::Unmapped { resource: resource.0.clone(), field: field.to_owned() };
        let map = self.resource.get(&resource.0).ok_or_else(|| unmapped("*"))?;
        fields.iter().try_for_each(
            |field| {
                if map.fields.contains_key(&field.0) { Ok(()) } else { Err(unmapped(&field.0)) }
            },
        )
    }

    /// Path of the resource below the base address, without a leading slash.
    pub(crate) fn path(&self, resource: &str) -> String {
        let own = self.resource.get(resource).and_then(|map| map.path.as_deref());
        own.map_or_else(|| format!("api/v1/resources/{resource}/query"), |path| path.trim_start_matches('/').to_owned())
    }

    /// The wanted fields out of `data`, in the order wanted. A missing optional field is left out.
    pub(crate) fn apply(
        &self,
        resource: &str,
        wanted: &[FieldId],
        data: &Value,
    ) -> Result<Vec<(FieldId, String)>, Mismatch> {
        let mut fields = Vec::with_capacity(wanted.len());
        for key in wanted {
            let mismatch = |reason| Mismatch { field: key.0.clone(), reason };
            let map = self.resource.get(resource).and_then(|map| map.fields.get(&key.0));
            let map = map.ok_or_else(|| mismatch("not in the mapping"))?;
            let value = match &map.pointer {
                Some(pointer) => data.pointer(pointer),
                None => data.get(&key.0),
            };
            match value.filter(|value| !value.is_null()) {
                Some(value) => fields.push((key.clone(), map.convert(value).map_err(mismatch)?)),
                None if map.optional => {}
                None => return Err(mismatch("missing")),
            }
        }
        Ok(fields)
    }
}

impl ResourceMap {
    /// A front-end table needs names that need no quoting.
    fn check_table(&self) -> Result<(), &'static str> {
        let named = |name: &Option<String>| name.as_deref().is_some_and(is_identifier);
        if !named(&self.table) || !named(&self.key) {
            return Err("table and key are needed, letters, digits and _ only");
        }
        let column = |(key, field): (&String, &FieldMap)| is_identifier(field.column().unwrap_or(key));
        if self.fields.iter().all(column) { Ok(()) } else { Err("columns have letters, digits and _ only") }
    }
}

impl FieldMap {
    /// The first step of the pointer: the column in a row.
    fn column(&self) -> Option<&str> {
        self.pointer.as_deref().and_then(|pointer| pointer.trim_start_matches('/').split('/').next())
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.pointer.as_deref().is_some_and(|pointer| !pointer.starts_with('/')) {
            return Err("a pointer begins with /");
        }
        if (self.kind == Kind::Code) != self.table.is_some() {
            return Err("a table belongs to type code, and only there");
        }
        if self.columns.is_some() && self.kind != Kind::List {
            return Err("columns belong to type list");
        }
        let nested = |column: &Column| matches!(column, Column::Converted { kind: Kind::List | Kind::Code, .. });
        if self.columns.iter().flat_map(BTreeMap::values).any(nested) {
            return Err("a column is neither a list nor a code");
        }
        Ok(())
    }

    fn convert(&self, value: &Value) -> Result<String, &'static str> {
        match (&self.kind, &self.columns, &self.table) {
            (Kind::Code, _, Some(table)) => {
                let code = convert::plain(Kind::Text, value)?;
                table.get(&code).cloned().ok_or("unknown code")
            }
            (Kind::List, Some(columns), _) => {
                let rows = value.as_array().ok_or("not a list")?;
                let rows: Result<Vec<Value>, &'static str> = rows.iter().map(|row| renamed(row, columns)).collect();
                Ok(Value::Array(rows?).to_string())
            }
            (kind, _, _) => convert::plain(*kind, value),
        }
    }
}

/// One row with our names; a column the row lacks is left out.
fn renamed(row: &Value, columns: &BTreeMap<String, Column>) -> Result<Value, &'static str> {
    let row = row.as_object().ok_or("a row is not an object")?;
    let mut out = Map::new();
    for (ours, column) in columns {
        let (from, kind) = match column {
            Column::Same(from) => (from, Kind::Text),
            Column::Converted { from, kind } => (from, *kind),
        };
        if let Some(value) = row.get(from).filter(|value| !value.is_null()) {
            out.insert(ours.clone(), Value::String(convert::plain(kind, value)?));
        }
    }
    Ok(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(keys: &[&str]) -> Vec<FieldId> {
        keys.iter().map(|key| FieldId::from(*key)).collect()
    }

    const TEXT: &str = r#"
        [resource.r]
        path = "/own/way"
        [resource.r.fields]
        name = { pointer = "/entName" }
        founded = { pointer = "/deep/est", type = "date" }
        nick = { optional = true }
        nation = { pointer = "/mz", type = "code", table = { 01 = "汉" } }
        [resource.r.fields.list]
        type = "list"
        columns = { month = { from = "m", type = "month" }, who = "w" }
        [resource.plain.fields]
        a = {}
    "#;

    #[test]
    fn names_places_and_forms_are_turned_into_ours_in_the_order_wanted() {
        let mapping = Mapping::parse(TEXT).expect("a mapping");
        let data = json!({
            "entName": "甲", "deep": {"est": "20150612"}, "mz": "01", "extra": "not asked",
            "list": [{"m": "202610", "w": "乙", "secret": "x"}, {"m": "202611"}],
        });
        let fields = mapping.apply("r", &ids(&["founded", "name", "nick", "nation", "list"]), &data).expect("applied");
        let list = r#"[{"month":"2026-10","who":"乙"},{"month":"2026-11"}]"#;
        let wanted = [("founded", "2015-06-12"), ("name", "甲"), ("nation", "汉"), ("list", list)];
        let wanted: Vec<_> = wanted.iter().map(|(key, value)| (FieldId::from(*key), (*value).to_owned())).collect();
        assert_eq!(fields, wanted);
        assert_eq!(mapping.path("r"), "own/way");
        assert_eq!(mapping.path("plain"), "api/v1/resources/plain/query");
    }

    #[test]
    fn what_is_missing_or_of_another_form_is_a_mismatch_without_values() {
        let mapping = Mapping::parse(TEXT).expect("a mapping");
        let fault =
            |key: &str, data: Value| mapping.apply("r", &ids(&[key]), &data).expect_err("a mismatch").to_string();
        assert_eq!(fault("name", json!({})), "name: missing");
        assert_eq!(fault("name", json!({"entName": ["陈"]})), "name: not a text or number");
        assert_eq!(fault("nation", json!({"mz": "77"})), "nation: unknown code");
        assert_eq!(fault("list", json!({"list": "x"})), "list: not a list");
        assert_eq!(fault("other", json!({"other": 1})), "other: not in the mapping");
        assert!(mapping.check(&"r".into(), &ids(&["name"])).is_ok());
        assert!(mapping.check(&"r".into(), &ids(&["other"])).is_err());
        assert!(mapping.check(&"s".into(), &[]).is_err());
    }

    #[test]
    fn a_mapping_that_cannot_work_is_refused_at_reading() {
        for (text, why) in [
            ("[resource.r.fields]\na = { pointer = \"x\" }", "begins with /"),
            ("[resource.r.fields]\na = { type = \"code\" }", "table"),
            ("[resource.r.fields]\na = { columns = { b = \"c\" } }", "columns"),
            ("[resource.r.fields]\na = { tpye = \"date\" }", "tpye"),
            ("[resource.r.fields]\na = { type = \"star-sign\" }", "star-sign"),
        ] {
            let error = Mapping::parse(text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
    }
}
