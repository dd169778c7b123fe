//! Acceptance scenarios at the level of the services, in process: each file is readable beside the
//! scenario's text, which stands in its head. Windows, devices and browsers are driven elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

#[path = "common/mod.rs"]
mod common;

#[path = "../../../tests/flows/hall.rs"]
mod hall;

#[path = "../../../tests/flows/exchange.rs"]
mod exchange;
#[path = "../../../tests/flows/hours.rs"]
mod hours;
#[path = "../../../tests/flows/scenario_01_proof.rs"]
mod scenario_01_proof;
#[path = "../../../tests/flows/scenario_02_main_flow.rs"]
mod scenario_02_main_flow;
#[path = "../../../tests/flows/scenario_03_04_objection_and_time_out.rs"]
mod scenario_03_04_objection_and_time_out;
#[path = "../../../tests/flows/scenario_05_face_mismatch.rs"]
mod scenario_05_face_mismatch;
#[path = "../../../tests/flows/scenario_06_to_09_people.rs"]
mod scenario_06_to_09_people;
#[path = "../../../tests/flows/scenario_10_correction_once.rs"]
mod scenario_10_correction_once;
#[path = "../../../tests/flows/scenario_11_deemed_acceptance.rs"]
mod scenario_11_deemed_acceptance;
#[path = "../../../tests/flows/scenario_12_clock.rs"]
mod scenario_12_clock;
#[path = "../../../tests/flows/scenario_13_deferral.rs"]
mod scenario_13_deferral;
#[path = "../../../tests/flows/scenario_14_four_eyes.rs"]
mod scenario_14_four_eyes;
#[path = "../../../tests/flows/scenario_15_joint.rs"]
mod scenario_15_joint;
#[path = "../../../tests/flows/scenario_16_17_licence.rs"]
mod scenario_16_17_licence;
#[path = "../../../tests/flows/scenario_19_clock_tamper.rs"]
mod scenario_19_clock_tamper;
#[path = "../../../tests/flows/scenario_20_privacy_wipe.rs"]
mod scenario_20_privacy_wipe;
#[path = "../../../tests/flows/scenario_21_integrity.rs"]
mod scenario_21_integrity;
#[path = "../../../tests/flows/scenario_22_rating.rs"]
mod scenario_22_rating;
#[path = "../../../tests/flows/scenario_23_technician.rs"]
mod scenario_23_technician;
#[path = "../../../tests/flows/scenario_24_four_levels.rs"]
mod scenario_24_four_levels;
#[path = "../../../tests/flows/scenario_25_supervision.rs"]
mod scenario_25_supervision;
#[path = "../../../tests/flows/services.rs"]
mod services;
#[path = "../../../tests/flows/sharing.rs"]
mod sharing;
#[path = "../../../tests/flows/words.rs"]
mod words;
