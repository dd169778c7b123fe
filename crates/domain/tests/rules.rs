//! The rules from outside: vectors, the catalogue's files, whole cases, and random ones.
#![allow(clippy::unwrap_used)]

#[path = "rules/cases.rs"]
mod cases;
#[path = "rules/catalogue.rs"]
mod catalogue;
#[path = "rules/clock.rs"]
mod clock;
#[path = "rules/forms.rs"]
mod forms;
#[path = "rules/laws.rs"]
mod laws;
#[path = "rules/model.rs"]
mod model;
#[path = "rules/numbers.rs"]
mod numbers;
#[path = "rules/promises.rs"]
mod promises;
#[path = "rules/random_cases.rs"]
mod random_cases;
#[path = "rules/sign_off.rs"]
mod sign_off;
#[path = "rules/situations.rs"]
mod situations;
#[path = "rules/steps.rs"]
mod steps;
#[path = "rules/support.rs"]
mod support;
#[path = "rules/timing.rs"]
mod timing;
#[path = "rules/unseen_item.rs"]
mod unseen_item;
#[path = "rules/workflow.rs"]
mod workflow;
