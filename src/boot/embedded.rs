//! 一体机: terminal and central server in one process, for a village hall with one machine.
//! The terminal still speaks to it over mutual TLS, so that nothing depends on being together.

use super::identity::{Identity, enrol};
use crate::config::{Config, Face};
use anyhow::{Context, Result};
use tongban_server::{NewStation, ServerConfig, ServerHandle, launch_thread};

/// Starts the server below the terminal's state and enrols the terminal at the first start.
///
/// # Errors
/// When a listener or the centre's store cannot be opened.
pub fn embed(mut config: Config) -> Result<(Config, Option<ServerHandle>)> {
    let state = config.paths.state.clone();
    let mut server = ServerConfig::local(state.join("centre"), config.paths.assets.clone());
    server.demo = config.service.demo;
    let handle = launch_thread(server).context("starting the embedded server")?;
    if Identity::load(&state)?.is_none() {
        let code = code(&handle, &config)?;
        let url = format!("http://{}", handle.staff_addr);
        enrol(&state, &url, &handle.ca_pem, &code).context("enrolling at the embedded server")?;
    }
    // The listener's port is new at every start; the identity stays.
    config.centre.station_url = format!("https://localhost:{}", handle.station_addr.port());
    tracing::info!(staff = %handle.staff_addr, public = %handle.public_addr, "embedded server ready");
    Ok((config, Some(handle)))
}

fn code(handle: &ServerHandle, config: &Config) -> Result<String> {
    let id = config.identity.station.clone();
    let region = config.identity.hall.split('-').next().unwrap_or_default().to_owned();
    let kind = match config.identity.face {
        Face::Kiosk => "kiosk",
        Face::Window => "window",
        Face::Certificate => "certificate",
        Face::Technician => "technician",
    };
    let new = NewStation {
        id: id.clone(),
        hall: config.identity.hall.clone(),
        region,
        station3: "001".to_owned(),
        kind: kind.to_owned(),
    };
    let stations = handle.centre().stations();
    // A station added by an earlier start that did not finish enrolling gets a fresh code.
    stations.add("embedded", &new).or_else(|_| stations.make_code("embedded", &id)).context("making the enrolment code")
}
