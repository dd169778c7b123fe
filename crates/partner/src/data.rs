//! The records, read from files once.

use crate::mode::{Mode, RuleText};
use crate::payments::{Month, Rule, written_out};
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
}

/// Resources of the document, in its order.
pub const RESOURCES: [&str; 16] = [
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
];

const PAYMENTS: &str = "social.person_payments";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    id: String,
    secret: String,
}

/// Everything the platform holds.
pub struct Directory {
    records: HashMap<&'static str, HashMap<String, Value>>,
    payments: HashMap<String, Rule>,
    today: Month,
    pub(crate) secrets: HashMap<String, String>,
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
        let secrets = clients.into_iter().map(|client| (client.id, client.secret)).collect();
        Ok(Self { records, payments, today, secrets, behaviour })
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
