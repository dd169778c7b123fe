//! Exchange messages judged by two validators that share no code with us or with each other
//! (libxml2 and Python's xmlschema), and by the canonicalisation of libxml2.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tongban_crypto::{SigningKey, VerifyingKey};
use tongban_domain::clock::{Rng as _, WallTime};
use tongban_protocol::exchange::table::{Field, Kind};
use tongban_protocol::exchange::{
    Envelope, ExchangeFault, MessageKind, Op, Receipt, Record, Verdict, moment, moment_ms, peek, read, schema,
};
use tongban_protocol::seeded::SeededRng;

const AT: &str = "2026-11-23T09:30:00+08:00";

fn key(seed: u64) -> SigningKey {
    let rng = SeededRng::new(seed);
    SigningKey::generate(&mut |buffer: &mut [u8]| rng.fill(buffer))
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/exchange/exchange.xsd")
}

/// A value that just fits; with characters XML has to escape.
fn sample(kind: Kind) -> String {
    match kind {
        Kind::Text(most) => "建<设>&\"A\"'\t1".chars().cycle().take(most.min(9)).collect(),
        Kind::Code(codes) => (*codes.last().expect("codes")).to_owned(),
        Kind::Day => "2028-02-29".into(),
        Kind::Moment => AT.into(),
        Kind::Count => "42".into(),
        Kind::Yuan => "10.00".into(),
        Kind::Flag => "1".into(),
        Kind::Guid => "0123456789abcdef".repeat(2),
        Kind::Digest => "0123456789abcdef".repeat(4),
    }
}

fn record(kind: MessageKind, full: bool) -> Record {
    let wanted = |field: &&Field| full || field.required;
    kind.fields().iter().filter(wanted).fold(Record::new(kind, Op::Update), |record, field| {
        if field.rows.is_empty() {
            return record.set(field.name, &sample(field.kind));
        }
        let row: Vec<_> = field.rows.iter().filter(wanted).map(|one| (one.name, sample(one.kind))).collect();
        record.rows(field.name, vec![row.clone(), row])
    })
}

fn envelope(kind: MessageKind, full: bool) -> Envelope {
    Envelope {
        id: "f".repeat(32),
        from: "890100ZWFW".into(),
        to: "890100ZJJ".into(),
        sent_at: AT.into(),
        batch: "20261123-0007".into(),
        item: if full { "1189010000123401X63890117001001".into() } else { String::new() },
        case: if full { "0193".into() } else { String::new() },
        record: record(kind, full),
    }
}

fn signed(kind: MessageKind, full: bool) -> String {
    let (bytes, _) = envelope(kind, full).sign(&key(1)).unwrap_or_else(|fault| panic!("{}: {fault}", kind.name()));
    String::from_utf8(bytes).expect("UTF-8")
}

/// Damage of one kind each; the name says what. `None` where it does not apply to this text.
fn damages(text: &str) -> Vec<(&'static str, Option<String>)> {
    let swap = |from: &str, to: &str| text.contains(from).then(|| text.replacen(from, to, 1));
    vec![
        ("no-op", swap(" op=\"U\"", "")),
        ("op-x", swap("op=\"U\"", "op=\"X\"")),
        ("no-guid", swap(&format!("<row_guid>{}</row_guid>", "0123456789abcdef".repeat(2)), "")),
        ("guid-upper", swap("<row_guid>0123456789abcdef", "<row_guid>0123456789ABCDEF")),
        ("time-zone", swap("<cd_time>2026-11-23T09:30:00+08:00", "<cd_time>2026-11-23T09:30:00Z")),
        ("time-25h", swap("<cd_time>2026-11-23T09", "<cd_time>2026-11-23T25")),
        ("time-day", swap("<cd_time>2026-11-23", "<cd_time>2026-02-30")),
        ("unknown-field", swap("<cd_batch>", "<shoe_size>43</shoe_size><cd_batch>")),
        ("twice", swap("<cd_time>", "<cd_time>2026-11-23T09:30:00+08:00</cd_time><cd_time>")),
        (
            "empty-batch",
            swap("<cd_batch>", "<cd_batch></cd_batch><x>").map(|text| text.replacen("</cd_batch></U", "</x></U", 1)),
        ),
        ("two-bodies", swap("</Body>", "</Body><Body></Body>")),
        (
            "no-signature",
            text.find("<Signature")
                .zip(text.find("</Exchange>"))
                .map(|(from, to)| format!("{}{}", &text[..from], &text[to..])),
        ),
        ("alg", swap("SM2-SM3", "NONE")),
        ("version", swap("version=\"1.0\"><Head>", "version=\"2.0\"><Head>")),
        ("from-small", swap("<From>890100ZWFW", "<From>890100zwfw")),
        ("batch-form", swap("<Batch>20261123-0007", "<Batch>today")),
        ("text-between", swap("</Head>", "</Head>hello")),
        ("namespace", swap("urn:tongban:exchange:1", "urn:other")),
        ("attribute", swap("<Body>", "<Body x=\"1\">")),
        ("type", swap("\" version=\"1.0\"", "x\" version=\"1.0\"")),
    ]
}

fn judged_by_libxml2(dir: &Path, names: &[String]) -> BTreeMap<String, bool> {
    let output = Command::new("xmllint")
        .arg("--noout")
        .arg("--nonet")
        .arg("--schema")
        .arg(assets())
        .args(names)
        .current_dir(dir)
        .output();
    let output = output.expect("xmllint is needed (libxml2-utils; ./dev setup)");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let valid = |name: &String| said.lines().any(|line| line == format!("{name} validates"));
    names.iter().map(|name| (name.clone(), valid(name))).collect()
}

fn judged_by_python(dir: &Path) -> BTreeMap<String, bool> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange");
    let fetched = Command::new("bash").arg(here.join("fetch.sh")).output().expect("bash");
    assert!(fetched.status.success(), "xmlschema cannot be fetched: {}", String::from_utf8_lossy(&fetched.stderr));
    let packages = String::from_utf8(fetched.stdout).expect("a path");
    let output =
        Command::new("python3").arg(here.join("validate.py")).arg(assets()).arg(dir).arg(packages.trim()).output();
    let output = output.expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, verdict)| (name.to_owned(), verdict == "valid"))
        .collect()
}

#[test]
fn the_published_schema_is_the_one_written_from_the_table() {
    if std::env::var_os("TONGBAN_WRITE").is_some() {
        std::fs::write(assets(), schema()).expect("written");
    }
    let published = std::fs::read_to_string(assets()).expect("assets/exchange/exchange.xsd");
    assert!(published == schema(), "run this test with TONGBAN_WRITE=1 and review the difference");
}

#[test]
fn every_type_validates_and_every_damage_is_found_by_both_validators_and_by_us() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut ours = BTreeMap::new();
    for kind in MessageKind::ALL {
        for full in [true, false] {
            let text = signed(*kind, full);
            let word = if full { "full" } else { "least" };
            let mut write = |name: String, text: &str, wanted: bool| {
                std::fs::write(dir.path().join(&name), text).expect("written");
                let got = read(text.as_bytes());
                assert_eq!(got.is_ok(), wanted, "{name}: {:?}", got.err());
                ours.insert(name, wanted);
            };
            write(format!("{}-{word}-good.xml", kind.name()), &text, true);
            if full {
                let mut applied = 0;
                for (what, damaged) in damages(&text) {
                    if let Some(damaged) = damaged {
                        write(format!("{}-{what}.xml", kind.name()), &damaged, false);
                        applied += 1;
                    }
                }
                assert!(applied >= 19, "{}: only {applied} damages apply", kind.name());
            }
        }
    }
    let names: Vec<String> = ours.keys().cloned().collect();
    let (libxml2, python) = (judged_by_libxml2(dir.path(), &names), judged_by_python(dir.path()));
    let differ = |theirs: &BTreeMap<String, bool>| -> Vec<&String> {
        ours.iter().filter(|(name, valid)| theirs.get(*name) != Some(valid)).map(|(name, _)| name).collect()
    };
    assert!(differ(&libxml2).is_empty(), "libxml2 says otherwise of {:?}", differ(&libxml2));
    assert!(differ(&python).is_empty(), "xmlschema says otherwise of {:?}", differ(&python));
    assert_eq!(ours.values().filter(|valid| **valid).count(), 2 * MessageKind::ALL.len());
}

#[test]
fn the_signed_bytes_are_the_canonical_xml_that_libxml2_makes() {
    let dir = tempfile::tempdir().expect("a directory");
    for kind in [MessageKind::ProjectAccept, MessageKind::CorrectionNotice, MessageKind::Receipt] {
        let text = signed(kind, true);
        let path = dir.path().join("m.xml");
        std::fs::write(&path, &text).expect("written");
        let output =
            Command::new("xmllint").arg("--c14n").arg(&path).output().expect("xmllint is needed (libxml2-utils)");
        let canonical = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text.split_once('\n').expect("a declaration").1, canonical);
        let from = canonical.find("<Signature").expect("signed");
        let content = format!("{}</Exchange>", &canonical[..from]);
        let received = read(text.as_bytes()).expect("a message");
        assert_eq!(
            hex::encode(tongban_crypto::sm3(content.as_bytes())),
            received.digest,
            "digest over libxml2's bytes"
        );
    }
}

#[test]
fn openssl_finds_the_signature_good_and_a_changed_message_bad() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = signed(MessageKind::Result, true);
    let content = format!(
        "{}</Exchange>",
        &text[text.find("<Exchange").expect("root")..text.find("<Signature").expect("signed")]
    );
    let signature = &text[text.find("\">").map_or(0, |_| text.rfind("\">").expect("an attribute") + 2)
        ..text.find("</Signature>").expect("an end")];
    let public = key(1).verifying_key().to_pem().expect("PEM");
    let verify = |content: &str| {
        for (name, bytes) in [("c", content.as_bytes()), ("s64", signature.as_bytes()), ("p", public.as_bytes())] {
            std::fs::write(dir.path().join(name), bytes).expect("written");
        }
        let script = "base64 -d s64 > s && openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin -inkey p -in c -sigfile s";
        Command::new("sh").arg("-c").arg(script).current_dir(dir.path()).output().expect("openssl").status.success()
    };
    assert!(verify(&content));
    assert!(!verify(&content.replace("890100ZJJ", "890100ZJK")));
}

#[test]
fn a_message_is_believed_only_with_the_senders_signature() {
    let text = signed(MessageKind::ProjectAccept, true);
    let (right, wrong): (VerifyingKey, VerifyingKey) = (key(1).verifying_key(), key(2).verifying_key());
    let received = read(text.as_bytes()).expect("a message");
    assert_eq!(received.verify(&right).expect("verified"), &envelope(MessageKind::ProjectAccept, true));
    assert_eq!(received.verify(&wrong), Err(ExchangeFault::Signature));
    let changed = text.replace("<task_version>42", "<task_version>43");
    let fault = read(changed.as_bytes()).expect("still a message").verify(&right).expect_err("changed");
    assert_eq!((fault.clone(), fault.code().as_str()), (ExchangeFault::Digest, "X116"));
    // A digest made to fit does not help: the signature covers the content, not the digest.
    let received = read(changed.as_bytes()).expect("a message");
    let forged = changed.replacen(&read(text.as_bytes()).expect("a message").digest, &received.digest, 1);
    assert_eq!(read(forged.as_bytes()).expect("a message").verify(&right), Err(ExchangeFault::Signature));
}

#[test]
fn faults_have_codes_and_name_no_value() {
    let text = signed(MessageKind::ProjectAccept, true);
    let code = |bytes: &[u8]| read(bytes).expect_err("refused").code().as_str();
    assert_eq!(code(b"<Exchange"), "X114");
    assert_eq!(code(b"\xff\xfe<"), "X114");
    assert_eq!(code(text.replace("version=\"1.0\"><Head>", "version=\"2.0\"><Head>").as_bytes()), "K103");
    let secret = text.replacen("<applyer_type>6", "<applyer_type>89010219", 1);
    let fault = read(secret.as_bytes()).expect_err("refused");
    assert!(fault.code().as_str() == "X115" && !fault.to_string().contains("8901"), "{fault}");
    let unsigned = Envelope { to: "lower".into(), ..envelope(MessageKind::Result, true) };
    assert!(unsigned.sign(&key(1)).is_err(), "nothing is sent that the schema would refuse");
    assert_eq!(peek(text.as_bytes()), Some(("f".repeat(32), "890100ZWFW".into())));
}

#[test]
fn a_receipt_says_what_became_of_a_message() {
    let receipt = Receipt {
        of: "a".repeat(32),
        of_digest: "b".repeat(64),
        code: "0".into(),
        detail: String::new(),
        verdict: Verdict::Early,
    };
    let envelope = Envelope {
        record: receipt.record(&"c".repeat(32), AT, "20261123-0007"),
        ..envelope(MessageKind::Receipt, false)
    };
    let (bytes, _) = envelope.sign(&key(1)).expect("signed");
    assert_eq!(Receipt::of(&read(&bytes).expect("a message").envelope), Some(receipt));
    assert_eq!(Receipt::of(&read(signed(MessageKind::Result, true).as_bytes()).expect("a message").envelope), None);
}

#[test]
fn moments_are_china_time_and_read_back() {
    assert_eq!(moment(WallTime(1_795_397_400_000)), AT);
    assert_eq!(moment_ms(AT), Some(1_795_397_400_000));
    assert_eq!(moment_ms("2026-11-23T24:00:00+08:00"), None);
    assert_eq!(moment_ms("2026-11-23T9:30:00+08:00"), None);
}

proptest! {
    #[test]
    fn a_message_with_any_byte_changed_is_refused_or_fails_its_signature(at in 0_usize..4000, with in any::<u8>()) {
        let good = signed(MessageKind::CorrectionNotice, true).into_bytes();
        let mut bytes = good.clone();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != with);
        bytes[at] = with;
        if let Ok(received) = read(&bytes) {
            let verified = received.verify(&key(1).verifying_key());
            // A change that leaves the canonical content as it was changes nothing said.
            prop_assert!(verified.is_err() || received.digest == read(&good).expect("good").digest);
        }
    }
}
