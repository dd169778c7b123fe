//! The list: every device present or bound, its state, its port, what it says of itself.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

use super::{bindings, kind_name, program, state_name};
use crate::config::Config;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_hub::{Binding, Hub, HubConfig, Present, present};

/// How long workers get to find out.
const ASKING: Duration = Duration::from_secs(8);

#[derive(Serialize)]
struct Row {
    /// Role at this station; empty for a device nobody has bound.
    role: String,
    kind: String,
    driver: String,
    /// Something stands at the port.
    present: bool,
    /// Its state, as far as it is known without or with asking.
    state: Option<DeviceState>,
    code: Option<String>,
    port: String,
    /// Port path on the bus.
    path: String,
    identity: Option<String>,
    name: String,
    /// What would cure `无权限`.
    rule: Option<String>,
    evidence: BTreeMap<String, String>,
}

pub(super) fn run(config: &Config, ask: bool, json: bool) -> Result<()> {
    let bound = bindings(config)?;
    let mut rows = rows(&bound, &present());
    if ask {
        asked(config, bound, &mut rows)?;
    }
    for row in &rows {
        if json {
            println!("{}", serde_json::to_string(row)?);
        } else {
            print(row);
        }
    }
    if rows.is_empty() {
        println!("no device is present or bound");
    }
    Ok(())
}

/// Bound devices first, then those nobody has bound.
fn rows(bound: &[Binding], present: &[Present]) -> Vec<Row> {
    let mut taken = vec![false; present.len()];
    let mut rows = Vec::new();
    for binding in bound {
        let found = present.iter().position(|one| is_at(one, &binding.setup.port));
        if let Some(at) = found {
            taken[at] = true;
        }
        rows.push(bound_row(binding, found.map(|at| &present[at])));
    }
    let free = present.iter().zip(taken).filter(|(_, taken)| !taken).map(|(one, _)| one);
    rows.extend(free.map(|one| {
        Row {
            role: String::new(),
            kind: kinds(one),
            driver: one
                .uses
                .iter()
                .map(|(_, driver)| *driver)
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join("|"),
            present: true,
            state: (!one.permitted).then_some(DeviceState::Denied),
            code: None,
            port: one.port.clone(),
            path: one.path.clone(),
            identity: one.identity.clone(),
            name: one.name.clone(),
            rule: (!one.permitted).then(|| one.rule()),
            evidence: BTreeMap::new(),
        }
    }));
    rows
}

fn bound_row(binding: &Binding, found: Option<&Present>) -> Row {
    let remote = !binding.setup.port.starts_with('/') && !binding.setup.port.starts_with("usb:");
    let state = match found {
        Some(one) if !one.permitted => Some(DeviceState::Denied),
        // Whether it works, and whether a device on the network is there, only asking can tell.
        Some(_) => None,
        None if remote => None,
        None => Some(DeviceState::NoDevice),
    };
    Row {
        role: binding.role.clone(),
        kind: kind_name(binding.setup.kind).to_owned(),
        driver: binding.setup.driver.clone(),
        present: found.is_some(),
        state,
        code: None,
        port: binding.setup.port.clone(),
        path: found.map(|one| one.path.clone()).unwrap_or_default(),
        identity: found.and_then(|one| one.identity.clone()),
        name: found.map(|one| one.name.clone()).unwrap_or_default(),
        rule: found.filter(|one| !one.permitted).map(Present::rule),
        evidence: BTreeMap::new(),
    }
}

/// A port may be written in several ways; the node behind it is one.
fn is_at(one: &Present, port: &str) -> bool {
    if one.port == port {
        return true;
    }
    if let Some(usb) = port.strip_prefix("usb:") {
        let (identity, path) = match usb.split_once('@') {
            Some((identity, path)) => (Some(identity), Some(path)),
            None if usb.contains('-') => (None, Some(usb)),
            None => (Some(usb), None),
        };
        let same_path = path.is_none_or(|path| path.split(':').next() == Some(&one.path));
        let same_identity =
            identity.is_none_or(|wanted| one.identity.as_deref().is_some_and(|here| here.eq_ignore_ascii_case(wanted)));
        return same_path && same_identity && !one.path.is_empty();
    }
    Path::new(port).canonicalize().is_ok_and(|node| node == one.node)
}

fn kinds(one: &Present) -> String {
    let kinds: std::collections::BTreeSet<DeviceKind> = one.uses.iter().map(|(kind, _)| *kind).collect();
    kinds.into_iter().map(kind_name).collect::<Vec<_>>().join("|")
}

/// Lets a worker of its own ask every bound device.
fn asked(config: &Config, bound: Vec<Binding>, rows: &mut [Row]) -> Result<()> {
    let hub = Hub::start(HubConfig {
        worker: program(config, "tongban-worker")?,
        vision: program(config, "tongban-vision")?,
        bindings: bound,
        spawn_env: vec![("RUST_LOG".to_owned(), "off".to_owned()), ("TONGBAN_LOG".to_owned(), "off".to_owned())],
    })
    .context("starting the device hub")?;
    let until = Instant::now() + ASKING;
    while hub.devices().iter().any(|view| view.state == DeviceState::Starting) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    for view in hub.devices() {
        if let Some(row) = rows.iter_mut().find(|row| row.role == view.role) {
            row.state = Some(view.state);
            row.code = view.code.map(|code| code.as_str().to_owned());
            row.evidence = view.evidence;
        }
    }
    Ok(())
}

fn print(row: &Row) {
    let role = if row.role.is_empty() { "(未绑定)" } else { &row.role };
    let code = row.code.as_deref().map_or_else(String::new, |code| format!(" {code}"));
    let state = match row.state {
        Some(state) => state_name(state),
        None if row.present => "在位",
        None => "未询问",
    };
    println!("{role}\t{state}{code}\t{}\t{}\t{}", row.kind, row.driver, row.port);
    let identity = row.identity.as_deref().unwrap_or("");
    let about = [("path", row.path.as_str()), ("id", identity), ("name", row.name.as_str())];
    let about: Vec<String> =
        about.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name} {text}")).collect();
    if !about.is_empty() {
        println!("\t{}", about.join(", "));
    }
    if !row.evidence.is_empty() {
        let words: Vec<String> = row.evidence.iter().map(|(name, text)| format!("{name}={text}")).collect();
        println!("\t{}", words.join(" "));
    }
    if let Some(rule) = &row.rule {
        println!(
            "\t无权限: put this line into /etc/udev/rules.d/70-tongban.rules, then `udevadm control --reload` and"
        );
        println!("\t`udevadm trigger`; the station's user has to be in the group tongban:");
        println!("\t{rule}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_device::message::Setup;

    fn reader(port: &str, permitted: bool) -> Present {
        Present {
            port: port.to_owned(),
            path: "1-2".to_owned(),
            node: "/dev/bus/usb/001/004".into(),
            identity: Some("0400:c35a".to_owned()),
            name: "ID Reader".to_owned(),
            uses: vec![(DeviceKind::IdCardReader, "sam-usb")],
            permitted,
        }
    }

    fn binding(port: &str) -> Binding {
        let setup = Setup {
            kind: DeviceKind::IdCardReader,
            driver: "sam-usb".to_owned(),
            port: port.to_owned(),
            options: BTreeMap::new(),
        };
        Binding { role: "reader".to_owned(), setup, required: true }
    }

    #[test]
    fn a_bound_device_is_listed_once_however_its_port_is_written() {
        let here = [reader("usb:0400:c35a@1-2", true)];
        for port in ["usb:0400:c35a@1-2", "usb:1-2", "usb:0400:C35A"] {
            let rows = rows(&[binding(port)], &here);
            assert_eq!(rows.len(), 1, "{port}");
            assert_eq!((rows[0].role.as_str(), rows[0].present, rows[0].state), ("reader", true, None), "{port}");
        }
        let elsewhere = rows(&[binding("usb:0400:c35a@1-3")], &here);
        assert_eq!(elsewhere.len(), 2, "one missing, one not bound");
        assert_eq!(elsewhere[0].state, Some(DeviceState::NoDevice));
        assert_eq!(elsewhere[1].role, "");
    }

    #[test]
    fn a_device_without_rights_comes_with_its_cure() {
        let rows = rows(&[binding("usb:1-2")], &[reader("usb:0400:c35a@1-2", false)]);
        assert_eq!(rows[0].state, Some(DeviceState::Denied));
        assert!(rows[0].rule.as_deref().is_some_and(|rule| rule.contains(r#"ATTR{idProduct}=="c35a""#)));
    }
}
