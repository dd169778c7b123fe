//! What comes, goes and changes, as it happens.
#![allow(clippy::print_stdout, reason = "what the person asked for on the command line is answered there")]

use super::{bindings, state_name};
use crate::config::Config;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tongban_device::state::DeviceState;
use tongban_hub::{Present, hotplug::Listener, present};

/// Between two looks when the kernel says nothing (permissions change without a word).
const LOOK: Duration = Duration::from_secs(1);

pub(super) fn run(config: &Config) -> Result<()> {
    let roles: BTreeMap<String, String> =
        bindings(config)?.into_iter().map(|binding| (binding.setup.port, binding.role)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut listener = Listener::open().context("listening to the kernel")?;
        let begun = Instant::now();
        let mut before = seen();
        println!("{} devices present; watching", before.len());
        loop {
            tokio::select! {
                event = listener.next() => {
                    if let Ok(event) = event {
                        let node = event.node.as_deref().unwrap_or("");
                        let ms = begun.elapsed().as_millis();
                        println!("{ms:>8} ms kernel {} {} {node} {}", event.action, event.subsystem, event.path);
                    }
                }
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = seen();
            for line in changes(&before, &now, &roles) {
                println!("{:>8} ms {line}", begun.elapsed().as_millis());
            }
            before = now;
        }
    })
}

fn seen() -> BTreeMap<String, Present> {
    present().into_iter().map(|one| (one.port.clone(), one)).collect()
}

fn changes(
    before: &BTreeMap<String, Present>,
    now: &BTreeMap<String, Present>,
    roles: &BTreeMap<String, String>,
) -> Vec<String> {
    let role = |port: &str| roles.get(port).map_or_else(String::new, |role| format!(" ({role})"));
    let gone = before.keys().filter(|port| !now.contains_key(*port)).map(|port| format!("拔出 {port}{}", role(port)));
    let changed = now.iter().filter(|(port, one)| before.get(*port) != Some(*one)).map(|(port, one)| {
        let state = if one.permitted { "" } else { state_name(DeviceState::Denied) };
        let word = if before.contains_key(port) { "变化" } else { "插入" };
        format!("{word} {port}{} {} {}", role(port), state, one.name)
    });
    gone.chain(changed).collect()
}
