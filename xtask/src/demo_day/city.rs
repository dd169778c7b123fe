//! The city: the centre, its people, and stations of four levels.

use super::hall::Hall;
use super::ledger::Ledger;
use super::plan::Dice;
use crate::load::hall::common::{TestStation, sample};
use anyhow::Result;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use time::Date;
use tongban_centre::Departments;
use tongban_centre::stations::NewStation;
use tongban_domain::event::{Digest, ShareOutcome, SharedRecord};
use tongban_domain::limits::Calendar;
use tongban_protocol::api::ShareRequest;
use tongban_protocol::seeded::SeededRng;

/// First simulated day, a Monday with the autumn's holidays ahead.
pub const FIRST: &str = "2026-08-31";
/// Blank sheets of each kind.
const BLANKS: u32 = 3000;

/// Hall, region and kind of each station: city, county, town, village.
const PLACES: [(&str, &str, &str, &str); 6] = [
    ("890100-001-W01", "890100-001", "890100", "window"),
    ("890102-002-W01", "890102-002", "890102", "window"),
    ("890102-002-K01", "890102-002", "890102", "kiosk"),
    ("890121-001-W01", "890121-001", "890121", "window"),
    ("890121100-001-K01", "890121100-001", "890121", "kiosk"),
    ("890121100201-001-K01", "890121100201-001", "890121", "kiosk"),
];

/// What the departments answer about the demo's person.
struct Answers;

impl Departments for Answers {
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>> {
        let record = SharedRecord {
            resource: request.resource.clone(),
            outcome: ShareOutcome::Found,
            fields: answer(&request.resource.0),
            answer_sha256: Digest([3; 32]),
            took_ms: 40,
        };
        Box::pin(std::future::ready(record))
    }
}

/// Fields of a department's answer.
pub fn answer(resource: &str) -> Vec<(tongban_domain::ids::FieldId, String)> {
    let month = r#"[{"month":"2026-06","base_yuan":"6000.00","personal_yuan":"480.00","employer_yuan":"960.00"}]"#;
    let fields: &[(&str, &str)] = match resource {
        "social.person_payments" => &[
            ("kind", "企业职工基本养老保险"),
            ("from", "2026-06"),
            ("to", "2026-06"),
            ("months", "1"),
            ("total_yuan", "480.00"),
            ("list", month),
        ],
        "realestate.person_register" => &[("name", "陈建国"), ("count", "0"), ("as_of", "2026-08-30"), ("list", "[]")],
        "housing.rental_eligibility" => {
            &[("name", "陈建国"), ("eligible", "否"), ("kind", "无"), ("waiting_no", "0"), ("valid_to", "2026-12-31")]
        }
        "invest.project" => {
            &[("code", "2608-890102-04-01-000001"), ("name", "示范厂房"), ("place", "城东区"), ("state", "已备案")]
        }
        "elicence.health" | "police.vehicles" | "elicence.driving_licence" | "elicence.transport_qualification" => {
            &[("count", "0"), ("list", "[]")]
        }
        other => return sample::answer(other),
    };
    fields.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect()
}

/// Everything the days are played on.
pub struct City {
    /// The centre and its people.
    pub hall: Hall,
    /// Stations, see [`PLACES`].
    pub stations: Vec<TestStation>,
    /// The certificate window of each station's hall.
    pub desks: Vec<tongban_centre::stations::Station>,
    /// Regions of their halls as cases carry them.
    pub regions: Vec<String>,
    /// Working days, for the player's own counting.
    pub calendar: Calendar,
    /// What happens.
    pub dice: Dice,
    /// The player's book.
    pub book: Ledger,
    /// The days as messages to another authority.
    pub exchange: super::exchange::Exchange,
    /// Next blank sheet of each item.
    pub blanks: std::collections::BTreeMap<String, u32>,
}

impl City {
    /// Opens the centre, enrols the stations, hires people, buys blank sheets.
    pub fn open(seed: u64) -> Result<Self> {
        let mut hall = Hall::open_with(seed, FIRST, Some(Arc::new(Answers)));
        let (mut stations, mut desks) = (Vec::new(), Vec::new());
        for (n, (id, place, region, kind)) in PLACES.iter().enumerate() {
            let enrol = |id: &str, kind: &str, number: usize| {
                let new = NewStation {
                    id: id.into(),
                    hall: (*place).into(),
                    region: (*region).into(),
                    station3: format!("{number:03}"),
                    kind: kind.into(),
                };
                TestStation::enrol_at(hall.centre(), &hall.world.clock, seed + 500 + number as u64, &new)
            };
            stations.push(enrol(id, kind, 101 + n));
            desks.push(enrol(&format!("{place}-C{n:02}"), "certificate", 201 + n).station);
        }
        let operator = hall.who("operator").id;
        for item in ["jz_first", "sp", "hy", "ws", "qs"] {
            hall.centre().stock().add("test", item, "000001", &format!("{BLANKS:06}"), &operator)?;
        }
        let digits = |place: &str| place.chars().take_while(char::is_ascii_digit).collect();
        let calendar = std::fs::read_to_string(crate::load::hall::common::assets().join("calendar/workdays.json"))?;
        let exchange = super::exchange::Exchange::open(&mut hall, seed)?;
        Ok(Self {
            hall,
            exchange,
            stations,
            desks,
            regions: PLACES.iter().map(|place| digits(place.1)).collect(),
            calendar: Calendar::from_json(&calendar)?,
            dice: Dice(SeededRng::new(seed ^ 0x0da7)),
            book: Ledger::default(),
            blanks: std::collections::BTreeMap::new(),
        })
    }

    /// Today by the simulated clock.
    pub fn today(&self) -> Date {
        use tongban_domain::clock::Clock as _;
        tongban_domain::limits::local_day(self.hall.world.clock.wall())
    }
}
