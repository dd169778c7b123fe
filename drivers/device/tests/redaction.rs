//! Nothing personal in any Debug output.
#![allow(clippy::unwrap_used)]

use tongban_device::message::{CardRead, FingerImage, Reply, Rgba};
use tongban_domain::event::CardFacts;

fn card() -> CardRead {
    let text = |text: &str| text.to_owned();
    CardRead {
        facts: CardFacts {
            name: text("陈建国"),
            sex: text("男"),
            nation: text("01"),
            birth: text("19780315"),
            address: text("示范省示范市城东区"),
            number: text("890102197803150113"),
            issuer: text("示范市公安局"),
            valid_from: text("20180402"),
            valid_to: text("20380402"),
        },
        layout: text("citizen"),
        number_ok: true,
        text_raw: vec![201; 256],
        photo_wlt: vec![202; 1024],
        photo: Some(Rgba { width: 1, height: 1, pixels: vec![203; 4] }),
        fingerprint: vec![204; 1024],
        line_sha256: [1; 32],
        line_bytes: 2321,
        sam_id: text("05.01"),
    }
}

#[test]
fn a_card_shows_its_layout_and_nothing_of_its_holder() {
    for shown in [format!("{:?}", card()), format!("{:#?}", Reply::Card(Box::new(card())))] {
        for secret in ["陈建国", "8901", "1978", "城东", "201", "202", "203", "204"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("citizen"), "negative control: {shown}");
    }
}

#[test]
fn a_finger_shows_its_size_only() {
    let image = FingerImage {
        width: 2,
        height: 2,
        dpi: 508,
        pixels: vec![201; 4],
        quality: 80,
        png: vec![202; 9],
        line_sha256: [203; 32],
    };
    let shown = format!("{image:?}");
    for secret in ["201", "202", "203"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
