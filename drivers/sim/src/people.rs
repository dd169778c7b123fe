//! 演示人员: who can put a card or press a finger.

use serde::Deserialize;
use std::sync::OnceLock;

/// One synthetic person and what stands on the card.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Another name to call this card by, when the name on it is taken.
    #[serde(default)]
    pub alias: Option<String>,
    /// 姓名.
    pub name: String,
    /// 公民身份号码.
    pub number: String,
    /// 男 or 女.
    pub sex: String,
    /// 民族 code of GB/T 3304.
    pub nation: String,
    /// 住址.
    pub address: String,
    /// 签发机关.
    pub issuer: String,
    /// 有效期起 `YYYYMMDD`.
    pub valid_from: String,
    /// 有效期止 `YYYYMMDD` or 长期.
    pub valid_to: String,
    /// How worn the fingers are, 0–100.
    pub finger_wear: u8,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(synthetic)")
    }
}

impl Person {
    /// 出生 `YYYYMMDD`, from the number.
    #[must_use]
    pub fn birth(&self) -> &str {
        self.number.get(6..14).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct People {
    person: Vec<Person>,
}

/// Everybody, in the order of the file.
#[must_use]
pub fn all() -> &'static [Person] {
    static PEOPLE: OnceLock<Vec<Person>> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let people: People =
            toml::from_str(include_str!("../data/people.toml")).expect("the file is part of the build");
        people.person
    })
}

/// The person with this alias, number or name, in that order.
#[must_use]
pub fn find(key: &str) -> Option<&'static Person> {
    let by_alias = all().iter().find(|person| person.alias.as_deref() == Some(key));
    let by_number = || all().iter().find(|person| person.number == key);
    let by_name = || all().iter().find(|person| person.name == key && person.alias.is_none());
    by_alias.or_else(by_number).or_else(by_name)
}
