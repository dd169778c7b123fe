//! The records, read from files once.

use crate::mode::{Mode, RuleText};
use crate::payments::{Month, Rule, written_out};
use crate::sign::{self, Algorithm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file is missing, unreadable or malformed.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The date of today is not `YYYY-MM-DD`.
    #[error("today must be YYYY-MM-DD, not {0:?}")]
    Today(String),
    /// The `openssl` program is needed and not there.
    #[error("openssl cannot be run")]
    OpenSsl,
}

/// Resources of the document, in its order.
pub const RESOURCES: [&str; 17] = [
    "elicence.business_licence",
    "population.person",
    "legal.charter",
    "realestate.ownership",
    "housing.constructors",
    "housing.site_managers",
    "social.firm_staff",
    PAYMENTS,
    "realestate.person_register",
    "housing.rental_eligibility",
    "elicence.birth_certificate",
    "elicence.health",
    "elicence.driving_licence",
    "elicence.transport_qualification",
    "police.vehicles",
    "invest.project",
    "credit.record",
];

const PAYMENTS: &str = "social.person_payments";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    id: String,
    secret: String,
    #[serde(default)]
    algorithm: Algorithm,
}

/// Everything the platform holds.
pub struct Directory {
    records: HashMap<&'static str, HashMap<String, Value>>,
    payments: HashMap<String, Rule>,
    today: Month,
    pub(crate) clients: HashMap<String, sign::Client>,
    pub(crate) services: Value,
    pub(crate) behaviour: Vec<(RuleText, Mode)>,
}

/// What a look-up found.
pub enum Found {
    /// The fields of the reply.
    Data(Value),
    /// 无记录.
    NoRecord,
    /// No such resource.
    NoResource,
}

impl Directory {
    /// Reads every resource file, the clients and the behaviour at the start.
    ///
    /// # Errors
    /// [`DataError::File`] for the first file that cannot be used.
    pub fn load(dir: &Path, today: Month) -> Result<Self, DataError> {
        let mut records = HashMap::new();
        for resource in RESOURCES.into_iter().filter(|resource| *resource != PAYMENTS) {
            records.insert(resource, read(&dir.join(format!("{resource}.json")))?);
        }
        let payments = read(&dir.join(format!("{PAYMENTS}.json")))?;
        let clients: Vec<Client> = read(&dir.join("clients.json"))?;
        let path = dir.join("behaviour.json");
        let rules: Vec<RuleText> = read(&path)?;
        let behaviour = rules
            .into_iter()
            .map(|rule| match rule.mode.parse() {
                Ok(mode) => Ok((rule, mode)),
                Err(error) => Err(DataError::File { path: path.clone(), reason: format!("{error}") }),
            })
            .collect::<Result<_, _>>()?;
        let client = |client: Client| (client.id, sign::Client { algorithm: client.algorithm, secret: client.secret });
        let clients = clients.into_iter().map(client).collect();
        let services = read(&dir.join("services.json"))?;
        Ok(Self { records, payments, today, clients, services, behaviour })
    }

    /// The record of one subject.
    #[must_use]
    pub fn find(&self, resource: &str, subject: &str, parameters: &BTreeMap<String, String>) -> Found {
        let data = if resource == PAYMENTS {
            self.payments.get(subject).and_then(|rule| written_out(rule, self.today, parameters))
        } else {
            let Some(of_resource) = self.records.get(resource) else { return Found::NoResource };
            of_resource.get(subject).map(|record| self.complete(resource, record.clone()))
        };
        data.map_or(Found::NoRecord, Found::Data)
    }

    /// 前置库: flat columns of the resources a department lays out as tables, as SQL that fills an empty database.
    #[must_use]
    pub fn front_sql(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let mut sql = String::new();
        for resource in ["population.person", "elicence.business_licence", "credit.record"] {
            let table = format!("v_{}", resource.replace('.', "_"));
            let rows = self.records.get(resource).into_iter().flatten();
            let mut rows: Vec<_> = rows.collect();
            rows.sort_by_key(|(subject, _)| subject.as_str());
            let flat = |value: &Value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            let mut columns: Vec<&String> = rows
                .iter()
                .filter_map(|(_, record)| record.as_object())
                .flat_map(|record| record.iter().filter(|(_, value)| flat(value).is_some()).map(|(name, _)| name))
                .collect();
            columns.sort();
            columns.dedup();
            let heads: String = columns.iter().map(|name| format!(", {name} TEXT")).collect();
            sql.push_str(&format!("CREATE TABLE {table} (subject TEXT PRIMARY KEY{heads});\n"));
            for (subject, record) in rows {
                let values: String = columns
                    .iter()
                    .map(|name| {
                        record.get(name.as_str()).and_then(flat).map_or_else(|| "NULL".to_owned(), |text| quoted(&text))
                    })
                    .map(|text| format!(", {text}"))
                    .collect();
                sql.push_str(&format!("INSERT INTO {table} VALUES ({}{values});\n", quoted(subject)));
            }
        }
        sql
    }

    /// Adds what depends on the day: counts of lists that have none, months and dates.
    fn complete(&self, resource: &str, mut record: Value) -> Value {
        if let Value::Object(fields) = &mut record {
            match resource {
                "social.firm_staff" => {
                    let month = json!(self.today.before(1).dashed());
                    for row in fields.get_mut("list").and_then(Value::as_array_mut).into_iter().flatten() {
                        row["social_month"] = month.clone();
                    }
                    put(fields, "month", month);
                    count(fields);
                }
                "realestate.person_register" => {
                    put(fields, "as_of", json!(format!("{}-01", self.today.dashed())));
                    count(fields);
                }
                _ => {}
            }
        }
        record
    }
}

fn put(fields: &mut Map<String, Value>, key: &str, value: Value) {
    fields.insert(key.to_owned(), value);
}

fn count(fields: &mut Map<String, Value>) {
    let length = fields.get("list").and_then(Value::as_array).map_or(0, Vec::len);
    put(fields, "count", json!(length));
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, DataError> {
    let fault = |reason: String| DataError::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| fault(error.to_string()))
}
