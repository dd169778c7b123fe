//! 人证比对 with photographs that registry packages ship, and 指纹比对 with synthetic prints: who passes by the machine,
//! who lies in the grey zone, who is refused, and each time the person who can decide instead.
//!
//! Photographs of real people stand on the screen meanwhile: no picture of it is taken, and nothing is exported.

use super::pages::Cameras;
use super::report::Report;
use super::station::Station;
use super::walk::{LATE, SOON};
use super::world::World;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Any item of the home page: the check of who is there is the same for all.
const ITEM: &str = "kiosk.item.cb";
/// What the kiosk says, and what came of the comparison.
const SAYS: [(&str, &str); 5] = [
    ("相似度不够高", "grey"),
    ("与证件照片差别较大", "different"),
    ("没有确认是本人当面", "not living"),
    ("没有拍到清楚的正面照", "no good frame"),
    ("与身份证内的指纹不一致", "another finger"),
];

/// A visit: whose card, what is shown to the machine, what it has to say.
struct Visit {
    what: &'static str,
    card: &'static str,
    /// `None`: the face before the camera, who is the same in every visit; otherwise whose finger.
    finger: Option<&'static str>,
    wanted: &'static [&'static str],
}

/// The machine's yes is "same"; everything else goes to the attendant.
const SAME: &str = "same";
const FACES: [Visit; 3] = [
    Visit { what: "the holder of the card", card: "陈建国", finger: None, wanted: &[SAME] },
    Visit { what: "two people in the card's picture", card: "吴昊", finger: None, wanted: &["grey"] },
    Visit { what: "another person's card", card: "周伟", finger: None, wanted: &["different", "grey"] },
];
const FINGERS: [Visit; 2] = [
    Visit { what: "the holder's finger", card: "陈建国", finger: Some("陈建国"), wanted: &[SAME] },
    Visit { what: "another person's finger", card: "周伟", finger: Some("陈建国"), wanted: &["another finger"] },
];

/// Runs the visits at a kiosk that stands at its home page.
pub fn run(world: &World, station: &Station, cameras: &Cameras, report: &Report) -> Result<()> {
    world.photographs_on_cards(&station.name, true)?;
    cameras.play_photographs(true)?;
    report.step(18, "faces from photographs", || visits(world, station, &FACES))?;
    report.step(19, "fingers against the card", || visits(world, station, &FINGERS))?;
    world.photographs_on_cards(&station.name, false)?;
    cameras.play_photographs(false)
}

/// One station for these visits alone.
pub fn alone(world: &World, report: &Report) -> Result<()> {
    let station = Station::start(world, "kiosk", false)?;
    let cameras = Cameras::prepare(world, "kiosk")?;
    for role in ["reader", "face", "document", "finger"] {
        station.inspector.wait_device(role, "Online", LATE)?;
    }
    let all = run(world, &station, &cameras, report);
    station.stop();
    all
}

fn visits(world: &World, station: &Station, visits: &[Visit]) -> Result<Value> {
    let seen = visits
        .iter()
        .map(|visit| one(world, station, visit).with_context(|| visit.what))
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({"visits": seen, "pictures_kept": false}))
}

fn one(world: &World, station: &Station, visit: &Visit) -> Result<Value> {
    let (see, display, reader) = (&station.inspector, &station.display, world.reader(&station.name));
    see.wait_screen("home", SOON)?;
    see.touch(display, ITEM, LATE)?;
    see.wait_screen("apply.identify", SOON)?;
    reader.say(&format!("put {}", visit.card))?;
    see.wait_any(&["kiosk.identify.start-over"], "apply.consent", LATE)?;
    if see.state()?.screen == "apply.identify" {
        see.touch(display, "kiosk.identify.start-over", SOON)?;
        see.wait_screen("apply.consent", LATE)?;
    }
    let way = if visit.finger.is_some() { "kiosk.consent.fingerprint" } else { "kiosk.consent.face" };
    see.touch(display, way, SOON)?;
    let began = Instant::now();
    see.wait_screen("apply.presence", SOON)?;
    let mut tries = 1;
    let (mut outcome, mut score) = outcome(world, station, visit)?;
    // As a living person would, who was asked to turn the head and was too slow.
    while matches!(outcome, "not living" | "no good frame") && tries < 3 {
        see.touch(display, "kiosk.presence.again", SOON)?;
        tries += 1;
        (outcome, score) = self::outcome(world, station, visit)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    ensure!(visit.wanted.contains(&outcome), "{outcome}, wanted {:?}", visit.wanted);
    let decided = if outcome == SAME {
        see.wait_leaving("apply.presence", SOON)?;
        "comparison"
    } else {
        attendant(world, station)?;
        "attendant"
    };
    reader.say("take")?;
    see.touch(display, "bottom.home", SOON)?;
    Ok(json!({
        "what": visit.what, "outcome": outcome, "decided_by": decided, "tries": tries, "seconds": seconds, "score": score,
    }))
}

/// What the machine makes of it, with the score as it tells it.
fn outcome(world: &World, station: &Station, visit: &Visit) -> Result<(&'static str, Option<String>)> {
    let see = &station.inspector;
    if let Some(name) = visit.finger {
        let finger = world.finger(&station.name);
        finger.say(&format!("press {name}"))?;
        let said = decided(station);
        finger.say("lift")?;
        return said;
    }
    // The page is left behind by a comparison that was not content the time before.
    let deadline = Instant::now() + SOON;
    while see.seen()?.iter().any(|seen| seen.id == "kiosk.presence.why") {
        ensure!(Instant::now() < deadline, "the face is not looked at again");
        std::thread::sleep(Duration::from_millis(60));
    }
    decided(station)
}

fn decided(station: &Station) -> Result<(&'static str, Option<String>)> {
    let deadline = Instant::now() + LATE;
    loop {
        let texts = station.inspector.texts()?;
        let score = texts.iter().find(|text| text.contains("相似度 ") || text.contains("指纹比对 "));
        if score.is_some() {
            return Ok((SAME, score.cloned()));
        }
        let said = SAYS.iter().find(|(part, _)| texts.iter().any(|text| text.contains(part)));
        if let Some((_, outcome)) = said {
            return Ok((outcome, None));
        }
        if Instant::now() > deadline {
            bail!("the comparison says nothing: {texts:?}");
        }
        std::thread::sleep(Duration::from_millis(60));
    }
}

/// The attendant looks and confirms with the own card.
fn attendant(world: &World, station: &Station) -> Result<()> {
    let reader = world.reader(&station.name);
    station.inspector.wait_text("请工作人员核对并刷卡确认", LATE)?;
    reader.say("take")?;
    reader.say("put 王明")?;
    station.inspector.wait_leaving("apply.presence", LATE).map(drop)
}
