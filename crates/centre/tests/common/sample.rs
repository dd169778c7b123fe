//! Demo applications (region 8901xx only) and pictures that show nobody.

use super::{CARD_NUMBER, Draft, FIRM, TestStation, sha256};
use std::collections::BTreeMap;
use tongban_centre::Centre;
use tongban_crypto::sm3;
use tongban_domain::case::sign_off_content;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{
    CardFacts, Channel, Delivery, Digest, Event, PresenceMethod, ShareAnswer, ShareOutcome, SharedRecord,
    SignOffMethod, Value,
};
use tongban_domain::form::prefill;
use tongban_domain::ids::{FieldId, PageId};
use tongban_domain::item::{How, MaterialState, ServiceItem, material_state};
use tongban_protocol::bundle::Bundle;

pub fn card() -> CardFacts {
    CardFacts {
        name: "陈建国".into(),
        sex: "男".into(),
        nation: "01".into(),
        birth: "19780315".into(),
        address: "示范省示范市城东区中山街道1号".into(),
        number: CARD_NUMBER.into(),
        issuer: "示范市公安局城东分局".into(),
        valid_from: "20200101".into(),
        valid_to: "20400101".into(),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn jpeg(image: &image::RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
    bytes
}

/// A picture of a page: grey lines on white, a dark heading, a red round stamp.
pub fn picture(width: u32, height: u32, shade: u8) -> Vec<u8> {
    jpeg(&image::RgbImage::from_fn(width, height, |x, y| {
        let (col, row) = (x * 100 / width, y * 140 / height);
        let heading = (10..15).contains(&row) && (25..75).contains(&col);
        let line = row > 24 && row < 122 && (row % 6 < 2) && col > 10 && col < 62 + (row * 7 % 28);
        let stamp = (i64::from(col) - 74).pow(2) + (i64::from(row) - 112).pow(2);
        if heading {
            image::Rgb([40, 46, 60])
        } else if (90..130).contains(&stamp) {
            image::Rgb([196, 40, 40])
        } else if line {
            image::Rgb([shade, shade, shade.saturating_add(8)])
        } else {
            image::Rgb([252, 251, 247])
        }
    }))
}

/// A face-like picture that is nobody.
pub fn head(shift: i64) -> Vec<u8> {
    jpeg(&image::RgbImage::from_fn(320, 400, |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        let oval = |cx: i64, cy: i64, rx: i64, ry: i64| {
            (x - cx).pow(2) * ry * ry + (y - cy).pow(2) * rx * rx < rx * rx * ry * ry
        };
        if oval(130 + shift, 170, 8, 5) || oval(190 + shift, 170, 8, 5) {
            image::Rgb([40, 40, 48])
        } else if oval(160 + shift, 180, 72, 96) {
            image::Rgb([224, 186, 160])
        } else if oval(160 + shift, 150, 84, 100) {
            image::Rgb([52, 48, 50])
        } else if oval(160 + shift, 400, 140, 130) {
            image::Rgb([70, 96, 150])
        } else {
            image::Rgb([206, 216, 228])
        }
    }))
}

pub fn clip() -> Vec<u8> {
    let mut bytes = b"TBCLIP1\n\x05\x00\x06\x00".to_vec();
    for frame in 0..6 {
        let jpeg = head(frame * 6 - 15);
        bytes.extend_from_slice(&u32::try_from(jpeg.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&jpeg);
    }
    bytes
}

/// What the departments know of the demo firm and person, by resource.
pub fn answer(resource: &str) -> Vec<(FieldId, String)> {
    let staff = r#"[{"name":"赵强","number":"890102198605050458","post":"项目经理","title":"工程师/建筑工程","registration_no":"建890100001","social_month":"2026-02"},{"name":"王明","number":"890121199001010336","post":"技术员","title":"助理工程师","registration_no":"","social_month":"2026-02"}]"#;
    let fields: &[(&str, &str)] = match resource {
        "elicence.business_licence" => &[
            ("name", "示范市宏远建设有限公司"),
            ("uscc", FIRM),
            ("address", "示范市城东区建设路18号"),
            ("economic_type", "有限责任公司"),
            ("founded", "2015-06-01"),
            ("registered_capital_wan", "3000"),
            ("legal_person", "陈建国"),
            ("legal_person_number", CARD_NUMBER),
        ],
        "realestate.ownership" => &[
            ("certificate_no", "示（2019）示范市不动产权第0000123号"),
            ("owner", "示范市宏远建设有限公司"),
            ("location", "示范市城东区建设路18号"),
            ("area_m2", "860"),
            ("use", "办公"),
        ],
        "social.firm_staff" => &[("month", "2026-02"), ("count", "2"), ("list", staff)],
        "housing.constructors" => &[("count", "5"), ("names", "赵强等"), ("specialities", "建筑工程"), ("list", "[]")],
        "housing.site_managers" => &[("count", "15"), ("posts", "施工员、质量员"), ("list", "[]")],
        "legal.charter" => &[
            ("name", "示范市宏远建设有限公司"),
            ("adopted", "2015-05-20"),
            ("articles", "46"),
            ("shareholders", "陈建国"),
        ],
        "population.person" => {
            &[("name", "陈建国"), ("number", CARD_NUMBER), ("nation", "汉"), ("address", "示范市城东区中山街道1号")]
        }
        _ => &[],
    };
    fields.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect()
}

/// Swipe, consent, presence, item: what every application begins with.
pub fn begin(station: &mut TestStation, item: &ServiceItem, firm: Option<&str>) -> Draft {
    let mut draft = Draft::open(station, Channel::Kiosk);
    let portrait = draft.blob(station, &head(0), "image/jpeg");
    let photo = draft.blob(station, &[0x57; 1024], "application/x-wlt");
    let identified = Event::Identified {
        card: card(),
        line_sha256: sha256(b"line"),
        reader: "SAM 0001".into(),
        expired: false,
        photo: Some(photo),
        portrait: Some(portrait),
    };
    draft.say(station, identified);
    draft.say(station, Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Face, evidence_upload: true });
    let still = draft.blob(station, &head(3), "image/jpeg");
    let clip = draft.blob(station, &clip(), "video/x-tongban-clip");
    let proved = Event::PresenceProved {
        method: PresenceMethod::Face,
        still: Some(still),
        clip: Some(clip),
        score_milli: Some(812),
        decided_by: None,
        reason: None,
    };
    draft.say(station, proved);
    draft.say(
        station,
        Event::ItemChosen { item: item.key.clone(), version: item.version, firm: firm.map(str::to_owned) },
    );
    draft
}

/// The whole application for an item, up to the sign-off.
pub fn fill(station: &mut TestStation, draft: &mut Draft, item: &ServiceItem, extra: &[(&str, Value)]) {
    for call in &item.shares {
        let record = SharedRecord {
            resource: call.resource.clone(),
            outcome: ShareOutcome::Found,
            fields: answer(&call.resource.0),
            answer_sha256: sha256(call.resource.0.as_bytes()),
            took_ms: 312,
        };
        draft.say(station, Event::ShareFetched { record });
        draft.say(station, Event::ShareAnswered { resource: call.resource.clone(), answer: ShareAnswer::Confirmed });
    }
    let first = prefill(item, draft.case.card(), draft.case.standing_records());
    let mut values: BTreeMap<FieldId, Value> = first.into_iter().map(|(id, value, _)| (id, value)).collect();
    values.extend(extra.iter().map(|(id, value)| ((*id).into(), value.clone())));
    draft.say(station, Event::FormFilled { values });
    let wanted: Vec<MaterialState> =
        material_state(item, &draft.case).into_iter().filter(MaterialState::is_missing).collect();
    for state in wanted {
        assert!(
            matches!(item.requirement(&state.requirement).unwrap().how, How::Capture),
            "{} is open",
            state.requirement
        );
        for shade in [120, 150] {
            let (page, thumb) = (picture(700, 990, shade), picture(140, 198, shade));
            let (blob, thumb) = (draft.blob(station, &page, "image/jpeg"), draft.blob(station, &thumb, "image/jpeg"));
            let page = PageId(station.ids.next());
            draft.say(
                station,
                Event::PageCaptured {
                    page,
                    requirement: state.requirement.clone(),
                    blob,
                    thumb,
                    width: 700,
                    height: 990,
                },
            );
        }
    }
    if item.sign_off {
        let evidence = draft.blob(station, &picture(300, 300, 60), "image/jpeg");
        let digest = Digest(sm3(&sign_off_content(&draft.case)));
        draft.say(station, Event::SignedOff { method: SignOffMethod::Fingerprint, evidence, quality: 84, digest });
    }
    draft.case.complete(item).expect("the application is complete");
}

/// What the applicant types into 建筑业企业资质认定.
pub fn construction_extra() -> Vec<(&'static str, Value)> {
    let project = BTreeMap::from([
        ("name".into(), text("城东区便民服务中心")),
        ("scale".into(), text("建筑面积 8600㎡")),
        ("place".into(), text("城东区")),
    ]);
    vec![
        ("net_assets", text("1260.50")),
        ("series", text("general")),
        ("category", text("building")),
        ("grade", text("third")),
        ("technical_leader", text("赵强")),
        ("projects", Value::Rows(vec![project.clone(), project])),
        ("phone", text("13900000000")),
    ]
}

fn submit(centre: &Centre, station: &mut TestStation, mut draft: Draft) -> (Draft, Bundle) {
    let receipt = station.receipt(centre);
    draft.say(station, Event::Submitted { receipt, delivery: Delivery::Pickup, offline: false });
    let bundle = draft.bundle(station);
    (draft, bundle)
}

/// A complete, submitted application for 建筑业企业资质认定, as one bundle.
pub fn construction_case(centre: &Centre, station: &mut TestStation) -> (Draft, Bundle) {
    let item = centre.catalogue().latest(&"jz_first".into()).unwrap();
    let mut draft = begin(station, &item, Some(FIRM));
    fill(station, &mut draft, &item, &construction_extra());
    submit(centre, station, draft)
}

/// An item file no release of the program has seen.
pub fn unseen_item() -> String {
    serde_json::json!({
        "v": 1, "key": "street_stall", "version": 1, "name": "临时摊位设置许可", "catalog_code": "890131009001",
        "task_code": "1189010000123402863890131009001", "task_handle_item": "118901000012340286389013100900101", "task_type": "01",
        "org": {"code": "118901000012340286", "name": "示范市市场监督管理局"}, "level": "city", "audience": "person",
        "case_type": "promised", "statutory_days": 10, "promised_days": 5, "visits_max": 1, "theme": "经营", "icon": "form",
        "channels": {"kiosk": "apply", "window": true},
        "materials": [
            {"id": "m01", "name": "居民身份证", "necessity": "required", "how": "card"},
            {"id": "m02", "name": "摊位位置图", "necessity": "required", "how": "capture"}],
        "form": {"sections": [{"title": "摊位", "fields": [{"id": "place", "label": "地点", "kind": {"text": {"max": 60}}, "required": true}]}]},
        "workflow": [{"name": "审查", "role": "承办人", "days": 2}, {"name": "决定", "role": "负责人", "days": 1}],
        "result": {"name": "临时摊位许可证", "kind": "licence", "template": "licence", "number_rule": "TW{region6}{year4}{serial4}{check1}", "validity_years": 1},
        "sign_off": true, "delivery": ["pickup"]
    })
    .to_string()
}

/// A complete, submitted application for the unseen item: small, for tests of many variants.
pub fn stall_case(centre: &Centre, station: &mut TestStation) -> (Draft, Bundle) {
    let item = centre.catalogue().latest(&"street_stall".into()).unwrap();
    let mut draft = begin(station, &item, None);
    fill(station, &mut draft, &item, &[("place", text("中山街道东口"))]);
    submit(centre, station, draft)
}
