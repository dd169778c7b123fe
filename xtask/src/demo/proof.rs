//! 个人参保缴费证明 at the kiosk for 李秀英 in 长者模式: few touches, one sheet, nothing left behind.

use super::pages::Cameras;
use super::report::Report;
use super::station::Station;
use super::world::World;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(40);
/// Promised to the applicant.
const TOUCHES_MAX: u32 = 8;
/// Promised to the applicant.
const SECONDS_MAX: u64 = 90;

/// Runs the proof: the home page in the standard look first, then everything in 长者模式; bad cards; and the call for
/// help once `window_free` says that the window's terminal may be started anew. One program, never restarted.
pub fn run(world: &World, report: &Report, window_free: &Receiver<()>) -> Result<()> {
    let cameras = Cameras::prepare(world, "kiosk")?;
    let station = Station::start(world, "kiosk", false)?;
    for role in ["reader", "face", "document", "finger", "printer"] {
        station.inspector.wait_device(role, "Online", LATE)?;
    }
    station.inspector.wait_online(true, LATE)?;
    let all = everything(world, &station, &cameras, report, window_free);
    if all.is_err() {
        // What went wrong matters more than its picture.
        let _ = station.shot(world, "failure-kiosk");
    }
    station.stop();
    all
}

fn everything(
    world: &World,
    station: &Station,
    cameras: &Cameras,
    report: &Report,
    window_free: &Receiver<()>,
) -> Result<()> {
    report.step(11, "kiosk proof", || proof(world, station, cameras))?;
    report.step(12, "kiosk bad cards", || bad_cards(world, station))?;
    // Without a word the journey at the window has failed, and that says more.
    if window_free.recv().is_ok() { super::help::run(world, station, report) } else { Ok(()) }
}

fn proof(world: &World, station: &Station, cameras: &Cameras) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    let reader = world.reader("kiosk");
    let before = world.printer("kiosk").printed_sheets()?.len();
    see.wait("kiosk.item.cb", SOON)?;
    station.shot(world, "20-kiosk-home")?;
    let started = Instant::now();
    let mut touches = 0;
    let mut touch = |id: &str| {
        touches += 1;
        see.touch(display, id, LATE)
    };
    touch("top.elder")?;
    see.wait_text("标准模式", SOON)?;
    station.shot(world, "21-kiosk-home-elder")?;
    touch("kiosk.item.cb")?;
    see.wait_screen("apply.identify", SOON)?;
    station.shot(world, "22-kiosk-swipe-elder")?;
    cameras.face("person-2")?;
    reader.say("put 李秀英")?;
    see.wait_screen("apply.consent", LATE)?;
    station.shot(world, "23-kiosk-consent-elder")?;
    touch("kiosk.consent.face")?;
    see.wait_screen("apply.presence", SOON)?;
    std::thread::sleep(Duration::from_millis(900));
    station.shot(world, "24-kiosk-presence-elder")?;
    attendant(world, station)?;
    see.wait_screen("apply.form", LATE)?;
    station.shot(world, "25-kiosk-choices-elder")?;
    touch("kiosk.form.next")?;
    see.wait("kiosk.share.confirm", LATE)?;
    station.shot(world, "26-kiosk-share-elder")?;
    touch("kiosk.share.confirm")?;
    see.wait("kiosk.done.printed", LATE)?;
    let seconds = started.elapsed().as_secs();
    station.shot(world, "27-kiosk-done-elder")?;
    reader.say("take")?;
    let case = see.state()?.case.context("the case is known until the visit ends")?;
    touch("kiosk.done.finish")?;
    see.wait_screen("home", SOON)?;
    station.shot(world, "28-kiosk-home-again")?;
    ensure!(touches <= TOUCHES_MAX, "{touches} touches, promised {TOUCHES_MAX}");
    ensure!(seconds <= SECONDS_MAX, "{seconds} s, promised {SECONDS_MAX}");
    let sheets = world.printer("kiosk").printed_sheets()?;
    ensure!(sheets.len() == before + 1, "{} sheets for one proof", sheets.len() - before);
    let sheet = sheets.last().context("a proof came out of the printer")?;
    std::fs::copy(sheet, world.out.join("proof.pdf"))?;
    let left = leftovers(station)?;
    see.wait_queue(0, Duration::from_secs(60))?;
    let export = format!("cases/{case}");
    world.export(&case, &world.out.join(&export))?;
    Ok(json!({
        "case_export": export, "touches": touches, "seconds_user": seconds, "spool_file": "proof.pdf",
        "pdf_sha256": super::sha256(&world.out.join("proof.pdf"))?, "personal_data_left": left,
    }))
}

/// The attendant looks and confirms with the own card.
fn attendant(world: &World, station: &Station) -> Result<()> {
    let reader = world.reader("kiosk");
    station.inspector.wait_text("请工作人员核对并刷卡确认", LATE)?;
    reader.say("take")?;
    reader.say("put 王明")?;
    station.inspector.wait_screen("apply.form", LATE)?;
    reader.say("take")?;
    reader.say("put 李秀英").map(drop)
}

/// Searches the station's files for planted personal data in clear.
fn leftovers(station: &Station) -> Result<usize> {
    let planted: [&[u8]; 3] = ["89010219550820022X".as_bytes(), "李秀英".as_bytes(), "中山街道和平社区".as_bytes()];
    let mut found = 0;
    let mut folders = vec![station.state().clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            let hits =
                planted.iter().filter(|needle| bytes.windows(needle.len()).any(|window| window == **needle)).count();
            ensure!(hits == 0, "personal data in clear in {}", path.display());
            found += hits;
        }
    }
    Ok(found)
}

/// The department answers something nobody can read: a code, a sentence, and the journey goes on when it answers again.
fn garbage(world: &World, station: &Station) -> Result<&'static str> {
    let (see, display) = (&station.inspector, &station.display);
    world.partner_mode("housing.rental_eligibility", "garbage")?;
    see.touch(display, "kiosk.consent.manual", SOON)?;
    see.wait_screen("apply.presence", SOON)?;
    world.reader("kiosk").say("take")?;
    world.reader("kiosk").say("put 王明")?;
    see.wait_any(&["kiosk.form.next"], "apply.shares", LATE)?;
    while see.state()?.screen == "apply.form" {
        see.touch(display, "kiosk.form.next", SOON)?;
        std::thread::sleep(Duration::from_millis(400));
    }
    see.wait_screen("apply.shares", LATE)?;
    see.wait_text_containing("N103", LATE).context("garbage from a department has its code")?;
    station.shot(world, "29-kiosk-fault-5-N103")?;
    world.partner_mode("housing.rental_eligibility", "ok")?;
    see.touch(display, "kiosk.share.again", SOON)?;
    // He rents nothing of the city: the honest answer is that there is no record.
    see.wait_text_containing("C111", LATE).context("asked again, the department answers")?;
    world.reader("kiosk").say("take")?;
    see.touch(display, "bottom.home", SOON)?;
    Ok("N103")
}

/// A wrong check digit, an expired card, a corrupt frame, an unplugged reader: each its code, and the journey goes on.
fn bad_cards(world: &World, station: &Station) -> Result<Value> {
    let (see, display) = (&station.inspector, &station.display);
    let reader = world.reader("kiosk");
    reader.say("take")?;
    see.touch(display, "kiosk.item.jzz", SOON)?;
    let mut codes = Vec::new();
    let faults = [
        ("put 号码有误", "D112"),
        ("put 孙丽", "D113"),
        ("fault corrupt|put 陈建国", "D106"),
        ("fault unplug at=700|put 陈建国", "D105"),
    ];
    for (number, (commands, code)) in faults.iter().enumerate() {
        for command in commands.split('|') {
            reader.say(command)?;
        }
        see.wait_text_containing(code, LATE).with_context(|| format!("{commands} shows {code}"))?;
        station.shot(world, &format!("29-kiosk-fault-{}-{code}", number + 1))?;
        codes.push(*code);
        reader.say("clear")?;
        reader.say("take")?;
        if commands.contains("unplug") {
            reader.say("plug")?;
            see.wait_device("reader", "Online", LATE)?;
        }
        see.touch(display, "kiosk.identify.retry", SOON)?;
    }
    reader.say("put 陈建国")?;
    see.wait_screen("apply.consent", LATE).context("after every fault a good card is read")?;
    codes.push(garbage(world, station)?);
    Ok(json!({"codes": codes}))
}
