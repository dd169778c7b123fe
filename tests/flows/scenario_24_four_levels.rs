//! 24. **Four levels.** Given a village station 双桥村, then it lists only claimed kiosk items, can act as
//!     agent for a city item, cannot search people without their card, and the city sees the case at once;
//!     every query appears in the applicant's own access list.

use crate::common::{CARD_NUMBER, TestStation, code_of};
use crate::hall::{Brings, Hall, construction};
use tongban_centre::library::Claim;
use tongban_centre::people::SearchBasis;
use tongban_centre::rights::Role;
use tongban_centre::stations::NewStation;
use tongban_domain::event::{Digest, Event, Principal};

#[test]
fn scenario_24_a_village_lists_its_claims_and_finds_nobody_without_the_card() {
    let mut hall = Hall::open(1024, "2026-11-23");
    let village = "890121100201";
    let helper = hall.hire("helper", &[Role::Helper], village, "双桥村代办员");
    let head = hall.hire("head", &[Role::Manager], village, "双桥村负责人");

    let library = hall.centre().library();
    let claim = |item: &str, kiosk: bool| Claim {
        region: village.into(),
        item: item.into(),
        address: "双桥村党群服务中心".into(),
        hours: "9:00-17:00".into(),
        consult: "0890-8900404".into(),
        window: "1".into(),
        kiosk,
    };
    assert!(library.kiosk_list(village).unwrap().is_empty());
    for (item, kiosk) in [("cb", true), ("sp", true), ("qs", false)] {
        library.claim(&head, &claim(item, kiosk)).unwrap();
    }
    let listed: Vec<String> = library.kiosk_list(village).unwrap().iter().map(|item| item.key.0.clone()).collect();
    assert_eq!(listed, ["cb", "sp"], "claimed, and for kiosks");
    let elsewhere = Claim { region: "890102".into(), ..claim("cb", true) };
    assert!(library.claim(&head, &elsewhere).is_err(), "not for another region");

    // A case of the city: the city sees it at once, the village does not.
    let case = hall.file(&construction());
    assert!(hall.centre().cases().row(&hall.who("reviewer"), case).is_ok());
    assert_eq!(code_of(&hall.centre().cases().row(&helper, case).unwrap_err()), "C111");

    // No search without the card, an open case, or a supervisor's reason.
    let people = hall.centre().people();
    let search = |who: &tongban_centre::staff::Member, basis: &SearchBasis| people.cases(who, CARD_NUMBER, basis);
    assert_eq!(code_of(&search(&helper, &SearchBasis::Case(case)).unwrap_err()), "A104");
    assert_eq!(code_of(&search(&helper, &SearchBasis::Reason("想看看".into())).unwrap_err()), "A104");
    let card = SearchBasis::Card(Digest([9; 32]));
    assert_eq!(search(&helper, &card).unwrap(), [case], "with the person's card, over all levels");
    assert_eq!(search(&hall.who("chief"), &SearchBasis::Reason("信访核查".into())).unwrap(), [case]);
    assert_eq!(code_of(&search(&hall.who("chief"), &SearchBasis::Reason(" ".into())).unwrap_err()), "A107");

    let looks = people.looks(CARD_NUMBER).unwrap();
    let bases: Vec<&str> = looks.iter().map(|look| look.basis.as_str()).collect();
    assert_eq!(bases, ["card", "reason"], "every look that showed something, and who took it");
    assert!(looks[0].post == "双桥村代办员" && looks[1].detail == "信访核查");
}

#[test]
fn scenario_24_a_village_helper_files_for_a_neighbour_at_the_city_which_sees_it_at_once() {
    let mut hall = Hall::open(1124, "2026-11-23");
    let new = NewStation {
        id: "890121100201-001-K01".into(),
        hall: "890121100201-001".into(),
        region: "890121".into(),
        station3: "301".into(),
        kind: "kiosk".into(),
    };
    let village = TestStation::enrol_at(hall.centre(), &hall.world.clock, 4024, &new);
    let city = std::mem::replace(&mut hall.window, village);
    let helper = Event::AgentNamed {
        principal: Principal { name: "吴昊".into(), number: "890102199912310795".into() },
        items: vec!["jz_first".into()],
        pickup: false,
        valid_to: "2026-12-31".into(),
        requirement: "m17".into(),
    };
    let case = hall.file(&Brings { with: vec![helper], ..construction() });
    hall.window = city;
    let row = hall.centre().cases().row(&hall.who("reviewer"), case).expect("the city sees it at once");
    assert_eq!(
        (row.blocked.as_deref(), row.hall.as_str()),
        (None, "890121100201-001"),
        "an item of the city, from the village"
    );
    assert!(hall.titles(case).contains(&"代理人".to_owned()), "who helped and for whom stands on the case");
    hall.acts("window", case, &tongban_centre::handling::Act::Accept);
    let other = hall.hire("other", &[Role::Helper], "890121100202", "河口村代办员");
    assert_eq!(code_of(&hall.centre().cases().row(&other, case).unwrap_err()), "C111", "the next village does not");
}
