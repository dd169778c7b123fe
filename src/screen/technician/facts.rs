//! The machine's strip, and evidence of devices in words.

use super::Message;
use crate::apply::ContextParts;
use crate::service::upkeep::Machine;
use iced::widget::{column, row};
use iced::{Center, Length};
use tongban_ui::widget::{caption, icon, panel, strong};
use tongban_ui::{Element, Icon, Tone, Ui, id};

/// Free share of the disk below which somebody should look, percent.
const DISK_LOW: u64 = 20;
/// Share below which new cases stop soon, percent.
const DISK_OUT: u64 = 5;

/// Bytes of a gigabyte, as disks are sold.
pub const GIGABYTE: u64 = 1_000_000_000;

/// Version, keys, queue, link, clock, disk.
pub fn strip<'a>(machine: &Machine, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let identity = &parts.config.identity;
    let keys = ui
        .text(&format!("technician-keys-{}", if machine.protection.is_empty() { "none" } else { machine.protection }));
    let keys_tone = if machine.protection == "passphrase" { Tone::Ok } else { Tone::Warn };
    let (link_tone, link) =
        if parts.live.online { (Tone::Ok, "common-link-online") } else { (Tone::Fault, "technician-link-down") };
    let waiting = if machine.quarantined > 0 {
        (Tone::Warn, ui.with("technician-sync-quarantined", &[("n", &machine.quarantined)]))
    } else {
        (Tone::Ok, ui.with("technician-sync", &[("n", &machine.outbox)]))
    };
    let clock_tone = if machine.skewed { Tone::Fault } else { Tone::Ok };
    let clock = ui.with("technician-clock", &[("n", &(machine.skew_ms / 1000))]);
    let lines = [
        line(ui, "station", Tone::Ink, identity.station.clone()),
        line(ui, "version", Tone::Ink, env!("CARGO_PKG_VERSION").to_owned()),
        line(ui, "keys", keys_tone, keys),
        line(ui, "link", link_tone, ui.text(link)),
        line(ui, "queue", waiting.0, waiting.1),
        line(ui, "lease", Tone::Ink, machine.lease_left.to_string()),
        line(ui, "clock", clock_tone, clock),
        disk(ui, machine),
    ];
    let content = column(lines).spacing(ui.tokens.space.m);
    tongban_ui::widget::labelled(id!("technician.overview"), panel(ui, ui.text("technician-overview"), content)).into()
}

fn disk<'a>(ui: &'a Ui, machine: &Machine) -> Element<'a, Message> {
    let (Some(bytes), Some(percent)) = (machine.free_bytes, machine.free_percent) else {
        return line(ui, "disk", Tone::Warn, ui.text("common-unknown"));
    };
    let tone = match percent {
        0..DISK_OUT => Tone::Fault,
        DISK_OUT..DISK_LOW => Tone::Warn,
        _ => Tone::Ok,
    };
    let gigabytes = bytes / GIGABYTE;
    line(ui, "disk", tone, ui.with("technician-disk-free", &[("gb", &gigabytes), ("percent", &percent)]))
}

fn line<'a>(ui: &'a Ui, name: &'static str, tone: Tone, value: String) -> Element<'a, Message> {
    let mark = match tone {
        Tone::Ok => Some(icon(ui, Icon::CheckCircle, tone)),
        Tone::Warn => Some(icon(ui, Icon::Warning, tone)),
        Tone::Fault => Some(icon(ui, Icon::CrossCircle, tone)),
        _ => None,
    };
    let words =
        column![caption(ui, ui.text(&format!("technician-label-{name}"))), strong(ui, value)].width(Length::Fill);
    row![words].extend(mark).spacing(ui.tokens.space.s).align_y(Center).into()
}

/// Seconds as people say them.
pub fn duration(ui: &Ui, seconds: u64) -> String {
    match seconds {
        0..60 => ui.with("common-seconds", &[("n", &seconds)]),
        60..7200 => ui.with("common-minutes", &[("n", &(seconds / 60))]),
        _ => ui.with("technician-hours", &[("n", &(seconds / 3600))]),
    }
}

/// What a driver reports, in words; what has no words is for the log only.
pub fn told(ui: &Ui, evidence: &[(String, String)]) -> Vec<(String, String)> {
    let shown = evidence.iter().filter_map(|(name, value)| {
        let key = format!("technician-fact-{}", name.replace('_', "-"));
        ui.i18n.has(&key).then(|| (ui.text(&key), plain(ui, name, value)))
    });
    shown.filter(|(_, value)| !value.is_empty()).collect()
}

fn plain(ui: &Ui, name: &str, value: &str) -> String {
    match name {
        // The code stands for the driver's own words, which are in the log.
        "last_error" => value.split(' ').next().unwrap_or_default().to_owned(),
        "printer-state" => ui.text(match value {
            "3" => "technician-printer-idle",
            "4" => "technician-printer-processing",
            _ => "technician-printer-stopped",
        }),
        "mains" => ui.text(if value == "true" { "technician-mains" } else { "technician-on-battery" }),
        "card" => match value {
            "none" | "present" | "kept" | "shared" | "mute" => ui.text(&format!("technician-chip-{value}")),
            _ => String::new(),
        },
        "charge" | "load" => format!("{value} %"),
        "printer-up-time" => value.parse().map(|seconds| duration(ui, seconds)).unwrap_or_default(),
        "media-ready" => value.split(',').map(media).collect::<Vec<_>>().join("、"),
        _ => value.to_owned(),
    }
}

/// `iso_a4_210x297mm` as A4.
fn media(name: &str) -> String {
    let short = name.split('_').nth(1).unwrap_or(name);
    short.to_ascii_uppercase()
}
