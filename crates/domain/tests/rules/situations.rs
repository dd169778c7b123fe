//! 场景式服务 over the catalogue's own files.

use std::collections::BTreeMap;
use std::path::Path;
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ServiceItem;
use tongban_domain::situation::{Node, Place, Situations, materials};

fn catalogue() -> BTreeMap<ItemKey, ServiceItem> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/catalogue");
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let json = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let read = |path: std::path::PathBuf| ServiceItem::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    json.map(read).map(|item| (item.key.clone(), item)).collect()
}

fn text() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/situations/situations.json"))
        .unwrap()
}

fn ends<'s>(node: &'s Node, way: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, &'s Node)>) {
    match node {
        Node::Ask { answers, .. } => {
            for (at, answer) in answers.iter().enumerate() {
                way.push(at);
                ends(&answer.then, way, found);
                way.pop();
            }
        }
        end => found.push((way.clone(), end)),
    }
}

#[test]
fn every_way_through_every_situation_ends_at_an_item_or_at_advice_and_every_item_is_reached() {
    let items = catalogue();
    let all = Situations::from_json(&text(), |key| items.get(key)).unwrap();
    let mut reached = std::collections::BTreeSet::new();
    for situation in &all.situations {
        let mut found = Vec::new();
        ends(&situation.start, &mut Vec::new(), &mut found);
        assert!(found.len() >= 3, "{} leaves hardly a choice", situation.key);
        for (way, end) in found {
            match (situation.walk(&way).unwrap(), end) {
                (Place::Item { item, values }, Node::Item { .. }) => {
                    let service = &items[item];
                    assert!(!materials(service, values).is_empty(), "{way:?} of {}", situation.key);
                    reached.insert(item.clone());
                }
                (Place::Advice(words), Node::Advice { .. }) => assert!(words.chars().count() > 10, "{words}"),
                (place, _) => panic!("{way:?} ends at {place:?}"),
            }
        }
        assert!(situation.walk(&[99]).is_none(), "an answer nobody offered leads nowhere");
    }
    let missing: Vec<_> = items.keys().filter(|key| !reached.contains(*key)).collect();
    assert!(missing.is_empty(), "no situation leads to {missing:?}");
}

#[test]
fn answers_decide_the_materials_and_what_was_not_asked_stays_open() {
    let items = catalogue();
    let all = Situations::from_json(&text(), |key| items.get(key)).unwrap();
    let shop = all.get("shop").unwrap();
    let listed = |way: &[usize]| {
        let Place::Item { item, values } = shop.walk(way).unwrap() else { panic!("no item at {way:?}") };
        materials(&items[item], values)
            .into_iter()
            .map(|(one, sure)| (one.name.clone(), sure))
            .collect::<BTreeMap<_, _>>()
    };
    let (with, without) = (listed(&[1, 0]), listed(&[1, 1]));
    let air = "集中空调通风系统卫生检测或者评价报告";
    assert_eq!((with.get(air), without.get(air)), (Some(&true), None), "the answer decides");
    assert_eq!(without.get("授权委托书"), Some(&false), "whether an agent comes was not asked: named as open");
}

#[test]
fn a_tree_that_names_what_the_catalogue_does_not_have_is_refused() {
    let items = catalogue();
    let read =
        |text: &str| Situations::from_json(text, |key| items.get(key)).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(read(&text()), Ok(()), "control");
    for (from, to, words) in [
        ("\"item\": \"ws\"", "\"item\": \"wss\"", "no item wss"),
        ("\"insurance\": \"medical\"", "\"insurance\": \"dental\"", "cannot be dental"),
        ("\"subject\": \"minor\"", "\"subjects\": \"minor\"", "has no field subjects"),
        ("\"central_air\": \"true\"", "\"central_air\": \"yes\"", "cannot be yes"),
        ("\"key\": \"water\"", "\"key\": \"shop\"", "stands twice"),
        ("\"v\": 1", "\"v\": 2", "format v=2"),
    ] {
        let error = read(&text().replace(from, to)).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    }
}
