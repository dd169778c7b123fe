//! Steps 1 to 7 at the window with its customer screen.

use super::{Done, FIRM};
use crate::demo::Faults;
use crate::demo::pages::{Cameras, PAGES};
use crate::demo::report::Report;
use crate::demo::station::Station;
use crate::demo::world::World;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(40);

/// Runs the steps; with `offline` the network is cut from the end of step 3 to the end of step 7, with `kill` the
/// power at every step.
pub fn steps(world: &World, station: &Station, report: &mut Report, faults: Faults) -> Result<Done> {
    let cameras = Cameras::prepare(world, "window")?;
    wait_ready(station)?;
    station.shot(world, "01-window-idle")?;
    station.customer_shot(world, "02-customer-welcome")?;
    let mut power = Power { world, station, on: faults.kill, offline: false, cuts: Vec::new() };
    report.step(1, "swipe", || swipe(world, station))?;
    power.cut()?;
    report.step(2, "presence", || presence(world, station, &cameras, &mut power))?;
    power.cut()?;
    report.step(3, "item and shared data", || shares(world, station, &mut power))?;
    if faults.offline {
        station.inspector.network(false)?;
        power.offline = true;
    }
    power.cut()?;
    report.step(4, "form", || form(world, station, &mut power))?;
    power.cut()?;
    report.step(5, "capture", || capture(world, station, &cameras, &mut power))?;
    power.cut()?;
    report.step(6, "sign-off", || sign_off(world, station))?;
    power.cut()?;
    let mut done = None;
    report.step(7, "submit", || {
        let (submitted, mut evidence) = submit(world, station, faults.offline, &mut power)?;
        evidence["power_cuts"] = json!(power.cuts);
        done = Some(submitted);
        Ok(evidence)
    })?;
    done.context("step 7 left a receipt number")
}

/// The power button, pressed where the journey allows it.
struct Power<'a> {
    world: &'a World,
    station: &'a Station,
    on: bool,
    offline: bool,
    /// Screen and milliseconds until it was back.
    cuts: Vec<Value>,
}

impl Power<'_> {
    /// Cuts the power and comes back to the same screen, case and pages.
    fn cut(&mut self) -> Result<()> {
        if !self.on {
            return Ok(());
        }
        let screen = self.station.inspector.state()?.screen;
        let ms = self.station.power_cut(self.world)?;
        if self.offline {
            self.station.inspector.network(false)?;
        } else {
            self.station.inspector.wait_online(true, Duration::from_secs(20))?;
        }
        self.cuts.push(json!({"screen": screen, "back_after_ms": ms}));
        Ok(())
    }
}

/// All devices of the window are up and the centre answers.
fn wait_ready(station: &Station) -> Result<()> {
    for role in ["reader", "face", "document", "finger", "printer"] {
        station.inspector.wait_device(role, "Online", Duration::from_secs(30))?;
    }
    station.inspector.wait_online(true, Duration::from_secs(20))
}

fn swipe(world: &World, station: &Station) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    let reader = world.reader("window");
    see.touch(display, "window.begin", SOON)?;
    see.wait_screen("apply.identify", SOON)?;
    station.customer_shot(world, "03-customer-swipe")?;
    reader.say("put 陈建国")?;
    let state = see.wait_screen("apply.consent", LATE)?;
    station.shot(world, "04-window-identified")?;
    let case = state.case.context("a case is open after the card was read")?;
    let mut evidence = reader.evidence(&world.out, "card-window")?;
    evidence["case"] = json!(case);
    evidence["port"] = json!(reader.port().file_name().map(|name| name.to_string_lossy()));
    Ok(evidence)
}

fn presence(world: &World, station: &Station, cameras: &Cameras, power: &mut Power<'_>) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    cameras.face("person-1")?;
    see.wait("customer.consent.face", SOON)?;
    station.customer_shot(world, "05-customer-consent")?;
    see.touch(display, "customer.consent.face", SOON)?;
    see.wait_screen("apply.presence", SOON)?;
    std::thread::sleep(Duration::from_millis(900));
    station.customer_shot(world, "06-customer-presence")?;
    see.wait("window.presence.reason.0", LATE)?;
    station.shot(world, "07-window-presence")?;
    power.cut()?;
    see.wait("window.presence.reason.0", LATE)?;
    see.touch(display, "window.presence.reason.0", SOON)?;
    see.touch(display, "window.presence.same", SOON)?;
    see.wait_screen("apply.choose", SOON)?;
    // Chip photo, clip and still must lie sealed on the station's disk before the step counts.
    let case = see.state()?.case.context("the case is in hand")?.replace('-', "");
    let folder = station.state().join("store/blobs").join(&case);
    let mut sealed = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("sealed files in {}", folder.display()))?.flatten()
    {
        sealed.push(json!({"name": entry.file_name().to_string_lossy(), "bytes": entry.metadata()?.len()}));
    }
    ensure!(sealed.len() >= 3, "only {} sealed files after the presence check", sealed.len());
    Ok(json!({"sealed_files": sealed}))
}

fn shares(world: &World, station: &Station, power: &mut Power<'_>) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    see.wait("window.choose.item.jz_first", SOON)?;
    station.shot(world, "08-window-choose")?;
    see.touch(display, "window.choose.item.jz_first", SOON)?;
    let field = see.touch(display, "window.choose.firm", SOON)?;
    ensure!(field.bounds[2] > 100.0, "the field for the credit code is visible");
    display.keys(FIRM)?;
    station.shot(world, "09-window-firm")?;
    see.touch(display, "window.choose.firm-confirm", SOON)?;
    see.wait_screen("apply.shares", SOON)?;
    let mut confirmed = 0;
    loop {
        see.wait_any(&["customer.share.confirm"], "apply.form", LATE)?;
        if see.state()?.screen != "apply.shares" {
            break;
        }
        if confirmed == 0 {
            station.customer_shot(world, "10-customer-share")?;
            station.shot(world, "11-window-shares")?;
        }
        let before = see.texts()?;
        see.touch(display, "customer.share.confirm", SOON)?;
        see.wait_change(&before, SOON)?;
        confirmed += 1;
        if confirmed == 3 {
            power.cut()?;
        }
        ensure!(confirmed <= 12, "more confirmations than the item has shares");
    }
    Ok(json!({"confirmed": confirmed}))
}

/// What the officer types: field → text; choices are touched.
const TYPED: [(&str, &str); 3] = [("net_assets", "860.00"), ("technical_leader", "ZHOU"), ("phone", "13900000000")];
/// Options touched, in order: each opens the next.
const CHOSEN: [(&str, &str); 3] = [("series", "general"), ("category", "building"), ("grade", "third")];

fn form(world: &World, station: &Station, power: &mut Power<'_>) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    see.wait_screen("apply.form", SOON)?;
    let mut sections = 0;
    let mut typed = 0;
    while see.state()?.screen == "apply.form" {
        sections += 1;
        ensure!(sections <= 8, "the form does not end; seen: {:?}", see.texts()?);
        for (field, text) in TYPED {
            if see.reveal(display, &format!("window.form.{field}"))?
                && see.text_of(&format!("window.form.{field}"))?.is_empty()
            {
                see.touch(display, &format!("window.form.{field}"), SOON)?;
                display.keys(text)?;
                typed += 1;
            }
        }
        for (field, option) in CHOSEN {
            if see.reveal(display, &format!("window.form.{field}.{option}"))? {
                see.touch(display, &format!("window.form.{field}.{option}"), SOON)?;
                // The next choice opens with this answer.
                std::thread::sleep(Duration::from_millis(250));
                typed += 1;
            }
        }
        station.shot(world, &format!("12-window-form-{sections}"))?;
        let before = see.texts()?;
        see.touch(display, "window.form.next", SOON)?;
        see.wait_change(&before, SOON)?;
        std::thread::sleep(Duration::from_millis(200));
        if sections == 1 {
            power.cut()?;
        }
    }
    ensure!(typed >= 4, "only {typed} fields were there to fill");
    Ok(json!({"sections": sections, "filled_by_officer": typed}))
}

fn capture(world: &World, station: &Station, cameras: &Cameras, power: &mut Power<'_>) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    see.wait_screen("apply.capture", SOON)?;
    // Something that is no picture first: it has a code, a sentence, and the journey goes on.
    cameras.no_picture()?;
    see.touch(display, "window.capture.slot.m05", SOON)?;
    see.wait("window.capture.camera-fault", LATE).context("a file that is no picture is named by its code")?;
    see.wait_text_containing("D132", SOON)?;
    station.shot(world, "13-window-capture-no-picture")?;
    for (number, (slot, page)) in PAGES.iter().enumerate() {
        cameras.page(page)?;
        see.touch(display, &format!("window.capture.slot.{slot}"), SOON)?;
        std::thread::sleep(Duration::from_millis(450));
        let before = see.pages_captured()?;
        see.touch(display, "window.capture.shoot", LATE)?;
        see.wait_pages(before + 1, LATE).with_context(|| format!("page {} ({page})", number + 1))?;
        if number == 4 {
            station.shot(world, "14-window-capture")?;
            power.cut()?;
        }
    }
    station.shot(world, "15-window-capture-done")?;
    let captured = see.pages_captured()?;
    see.touch(display, "window.capture.next", SOON)?;
    see.wait_screen("apply.sign-off", SOON)?;
    Ok(json!({"pages": captured, "wanted": PAGES.len()}))
}

fn sign_off(world: &World, station: &Station) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    let finger = world.finger("window");
    see.wait("customer.sign-off.finger", SOON)?;
    station.customer_shot(world, "16-customer-sign-off")?;
    see.touch(display, "customer.sign-off.finger", SOON)?;
    finger.say("press 陈建国")?;
    see.wait_screen("apply.submit", LATE)?;
    finger.say("lift")?;
    let line = finger.evidence(&world.out, "finger-window")?;
    // The fingerprint's line is kept as evidence of real bytes; the case holds the picture, not this hash.
    Ok(json!({"file": line["capture_file"], "sha256": line["line_sha256"], "bytes_on_line": line["line_bytes"]}))
}

fn submit(world: &World, station: &Station, offline: bool, power: &mut Power<'_>) -> Result<(Done, Value)> {
    let (see, display) = (&station.inspector, &station.display);
    station.shot(world, "17-window-submit")?;
    see.touch(display, "window.submit.pickup", SOON)?;
    see.touch(display, "window.submit.send", SOON)?;
    let state = see.wait_screen("apply.done", LATE)?;
    see.wait("window.done.printed", LATE)?;
    station.shot(world, "18-window-done")?;
    station.customer_shot(world, "19-customer-done")?;
    let case = state.case.context("the case is still in hand")?;
    let receipts = world.printer.printed_sheets()?.len();
    power.cut()?;
    see.wait("window.done.printed", LATE)?;
    let sheet = world.printer.printed_sheets()?.pop().context("a receipt came out of the printer")?;
    std::fs::copy(&sheet, world.out.join("receipt.pdf"))?;
    let text = pdf_text(&sheet)?;
    let receipt = receipt_number(&text)?;
    // A receipt may be printed again after a power cut; its number is the same.
    ensure!(
        receipt == receipt_number(&pdf_text(&world.printer.printed_sheets()?[receipts - 1])?)?,
        "another number on the second receipt"
    );
    world.reader("window").say("take")?;
    if offline {
        let queue = see.state()?.queue;
        ensure!(queue > 0, "offline, but nothing waits to be sent");
        see.network(true)?;
    }
    see.wait_queue(0, Duration::from_secs(60))?;
    see.touch(display, "window.done.finish", LATE)?;
    see.wait_screen("desk", SOON)?;
    let evidence = json!({
        "receipt": receipt,
        "offline": offline,
        "file": "receipt.pdf",
        "sha256": crate::demo::sha256(&world.out.join("receipt.pdf"))?,
        "sheets_printed": world.printer.printed_sheets()?.len(),
    });
    Ok((Done { case, receipt }, evidence))
}

fn pdf_text(path: &std::path::Path) -> Result<String> {
    crate::processes::output(std::process::Command::new("pdftotext").args(["-layout"]).arg(path).arg("-"))
}

/// The 20 digits in groups of 6-6-3-5 on the paper.
fn receipt_number(text: &str) -> Result<String> {
    for line in text.lines() {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        if let Some(at) = digits.find("890102")
            && digits.len() >= at + 20
        {
            return Ok(digits[at..at + 20].to_owned());
        }
    }
    bail!("no receipt number on the paper: {text}")
}
