//! 20. **Privacy wipe.** Given a user walks away on the confirm page, when 60 s + 15 s pass, then the session is
//!     cleared; a scan of the disk, spool and logs finds no ID number or photo in clear.
//!
//! Here: everything the centre writes for a whole application, the log of its staff included, is searched for what
//! the applicant is and typed. Not here: the 60 s + 15 s on the screen (`tongban::bin/tongban/an_idle_visit_is_warned_then_wiped`),
//! the station's own disk (`tongban-store::store`), and the print spool of a real machine, which is looked at by hand
//! (`docs/manual-checks.md`).

use crate::common::CARD_NUMBER;
use crate::common::sample::{head, picture};
use crate::hall::{Hall, construction};
use std::path::Path;
use tongban_centre::handling::Act;
use tongban_centre::people::SearchBasis;
use tongban_domain::event::Digest;

/// Files below a folder that hold one of these texts, as UTF-8, UTF-16, hex or base 64.
pub fn leaks(folder: &Path, texts: &[impl AsRef<str>]) -> Vec<String> {
    let needles: Vec<Vec<u8>> = texts.iter().flat_map(|text| forms(text.as_ref().as_bytes(), text.as_ref())).collect();
    let mut found = Vec::new();
    scan(folder, &needles, &mut found);
    found
}

fn forms(bytes: &[u8], text: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
    // The last letters of base 64 depend on what follows.
    let coded = coded.as_bytes()[..coded.len() - coded.len().min(2)].to_vec();
    vec![bytes.to_vec(), wide, hex::encode(bytes).into_bytes(), coded]
}

fn scan(folder: &Path, needles: &[Vec<u8>], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scan(&path, needles, found);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let holds = |needle: &&Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle.as_slice());
        if let Some(needle) = needles.iter().find(holds) {
            found.push(format!("{} holds {}", path.display(), String::from_utf8_lossy(needle)));
        }
    }
}

/// Writes a text into a folder in clear: what the search must find.
pub fn plant(folder: &Path, text: &str) {
    std::fs::write(folder.join("planted.log"), format!("card read: {text}\n")).unwrap();
}

/// Part of a picture's own bytes, deep enough that no two pictures share them.
fn inside(picture: &[u8]) -> Vec<u8> {
    let middle = picture.len() / 2;
    picture[middle..middle + 32].to_vec()
}

fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let mut found = Vec::new();
    scan(folder, &[bytes.to_vec()], &mut found);
    !found.is_empty()
}

#[test]
fn scenario_20_nothing_the_applicant_is_or_typed_lies_in_clear() {
    let mut hall = Hall::open(1020, "2026-11-23");
    let case = hall.file(&construction());
    hall.acts("window", case, &Act::Accept);
    let card = SearchBasis::Card(Digest([9; 32]));
    hall.centre().people().cases(&hall.who("window"), CARD_NUMBER, &card).unwrap();
    // Somebody begins and walks away: the draft never reaches the centre.
    let _left = hall.draft(&construction());

    let folder = hall.world.dir.path().join("centre");
    let person = ["陈建国", CARD_NUMBER, "13900000000", "示范省示范市城东区中山街道1号"];
    assert_eq!(leaks(&folder, &person), Vec::<String>::new());
    for photo in [head(0), head(3), picture(120, 170, 120)] {
        assert!(!holds(&folder, &inside(&photo)), "a photo lies in clear");
    }

    // Controls: the same search finds a number, and a photo, that somebody leaves there.
    plant(&folder, CARD_NUMBER);
    assert_eq!(leaks(&folder, &person).len(), 1);
    std::fs::write(folder.join("still.jpg"), head(3)).unwrap();
    assert!(holds(&folder, &inside(&head(3))));
}
