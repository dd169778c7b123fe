//! The other side of the exchange (API.md section 7): judged by libxml2 and openssl, receipted, stored once.

use crate::mode::Mode;
use crate::openssl;
use crate::render::{Rendered, escaped};
use crate::state::Partner;
use roxmltree::Document;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;

/// What is kept of a message.
struct Kept {
    digest: String,
    receipt: String,
}

/// Where a record stands.
#[derive(Clone)]
struct Standing {
    op: String,
    time: String,
    id: String,
    inserted: bool,
}

/// The exchange's store and key.
pub struct Exchange {
    code: String,
    schema: PathBuf,
    private_pem: String,
    public: Vec<u8>,
    /// Public keys of senders, SubjectPublicKeyInfo in PEM.
    senders: HashMap<String, String>,
    kept: HashMap<String, Kept>,
    standing: BTreeMap<(String, String), Standing>,
    days: BTreeMap<String, BTreeMap<String, u64>>,
    count: u64,
}

impl Exchange {
    pub(crate) fn new(schema: PathBuf) -> Option<Self> {
        let (private_pem, public) = openssl::sm2_key()?;
        Some(Self {
            code: "890100ZJJ".to_owned(),
            schema,
            private_pem,
            public,
            senders: HashMap::new(),
            kept: HashMap::new(),
            standing: BTreeMap::new(),
            days: BTreeMap::new(),
            count: 0,
        })
    }

    /// Lets a sender in.
    pub fn trust(&mut self, code: &str, public_pem: &str) {
        self.senders.insert(code.to_owned(), public_pem.to_owned());
    }

    /// Our public point, 130 hex digits.
    #[must_use]
    pub fn public_hex(&self) -> String {
        hex::encode(&self.public)
    }

    /// Messages taken, by type, of batches of a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn totals(&self, day: &str) -> BTreeMap<String, u64> {
        self.days.get(&day.replace('-', "")).cloned().unwrap_or_default()
    }

    /// Every day's totals, by `YYYY-MM-DD`.
    #[must_use]
    pub fn books(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let dashed = |day: &str| match (day.get(..4), day.get(4..6), day.get(6..8)) {
            (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
            _ => day.to_owned(),
        };
        self.days.iter().map(|(day, totals)| (dashed(day), totals.clone())).collect()
    }

    /// Every record with what became of it, for tests that compare two runs.
    #[must_use]
    pub fn records(&self) -> Vec<String> {
        let line = |((kind, guid), at): (&(String, String), &Standing)| {
            format!("{kind} {guid} {} {} {} {}", at.op, at.time, at.id, at.inserted)
        };
        self.standing.iter().map(line).collect()
    }

    /// A progress message of the department's own system about a case, signed.
    pub fn step(&mut self, to: &str, project_no: &str, name: &str, passed: bool, at: OffsetDateTime) -> Option<String> {
        self.count += 1;
        let (time, id) = (moment(at), format!("{:032x}", self.count + 0x5_0000));
        let event = if passed { "1" } else { "2" };
        let fields = format!(
            "<row_guid>{id}</row_guid><project_no>{}</project_no><event_name>{event}</event_name><process_name>{}</process_name>\
             <handle_user_name>住建局经办人</handle_user_name><handle_explain>部门系统办理</handle_explain>\
             <event_start_time>{time}</event_start_time><event_end_time>{time}</event_end_time><cd_time>{time}</cd_time>\
             <cd_batch>{}-0001</cd_batch>",
            escaped(project_no),
            escaped(name),
            time[..10].replace('-', ""),
        );
        self.signed("ProcessStep", "UpProProcess", to, &id, &time, &fields)
    }

    fn signed(&self, kind: &str, element: &str, to: &str, id: &str, time: &str, fields: &str) -> Option<String> {
        let batch = format!("{}-0001", time[..10].replace('-', ""));
        // Canonical as written: attributes sorted, pairs of tags, no space between.
        let open = format!(
            "<Exchange xmlns=\"urn:tongban:exchange:1\" id=\"{id}\" type=\"{kind}\" version=\"1.0\"><Head><From>{}</From><To>{to}</To>\
             <SentAt>{time}</SentAt><Batch>{batch}</Batch><Purpose></Purpose></Head><Body><{element} op=\"I\">{fields}</{element}></Body>",
            self.code
        );
        let content = format!("{open}</Exchange>");
        let digest = openssl::digest("sm3", content.as_bytes())?;
        let signature = openssl::base64(&openssl::sm2_sign(&self.private_pem, content.as_bytes())?)?;
        let key = &openssl::digest("sm3", &self.public)?[..16];
        Some(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{open}<Signature alg=\"SM2-SM3\" digest=\"{digest}\" key=\"{key}\">{signature}</Signature></Exchange>"
        ))
    }

    /// Takes a message; the receipt, and whether it was taken.
    pub fn take(&mut self, document: &[u8], at: OffsetDateTime) -> Option<(String, bool)> {
        let time = moment(at);
        let message = Message::read(document)?;
        let digest = message.digest.clone();
        if let Some(kept) = self.kept.get(&message.id) {
            if kept.digest == digest {
                return Some((kept.receipt.clone(), true));
            }
            return Some((self.receipt(&message, &digest, ("X117", "refused"), &time)?, false));
        }
        let verdict = self.judge(&message, document);
        if let Err(code) = verdict {
            return Some((self.receipt(&message, &digest, (code, "refused"), &time)?, false));
        }
        let state = self.place(&message);
        let receipt = self.receipt(&message, &digest, ("0", state), &time)?;
        let day = self.days.entry(message.batch[..8.min(message.batch.len())].to_owned()).or_default();
        *day.entry(message.kind.clone()).or_default() += 1;
        self.kept.insert(message.id, Kept { digest, receipt: receipt.clone() });
        Some((receipt, true))
    }

    fn judge(&self, message: &Message, document: &[u8]) -> Result<(), &'static str> {
        let sender = self.senders.get(&message.from).ok_or("X118")?;
        if !openssl::valid(&self.schema, document) {
            return Err("X115");
        }
        let signature = openssl::base64_bytes(&message.signature).ok_or("X116")?;
        let right =
            message.stated == message.digest && openssl::sm2_verify(sender, message.content.as_bytes(), &signature);
        if right { Ok(()) } else { Err("X116") }
    }

    /// The newest time decides, whatever came first.
    fn place(&mut self, message: &Message) -> &'static str {
        let key = (message.kind.clone(), message.guid.clone());
        let new = Standing {
            op: message.op.clone(),
            time: message.time.clone(),
            id: message.id.clone(),
            inserted: message.op == "I",
        };
        let Some(known) = self.standing.get_mut(&key) else {
            let state = if new.inserted { "applied" } else { "early" };
            self.standing.insert(key, new);
            return state;
        };
        let inserted = known.inserted || new.inserted;
        let later = (&new.time, &new.id) > (&known.time, &known.id);
        if later {
            *known = new;
        }
        known.inserted = inserted;
        match (later, inserted) {
            (false, _) => "superseded",
            (true, false) => "early",
            (true, true) => "applied",
        }
    }

    fn receipt(&mut self, message: &Message, digest: &str, (code, state): (&str, &str), time: &str) -> Option<String> {
        self.count += 1;
        let id = format!("{:032x}", self.count);
        let fields = format!(
            "<row_guid>{id}</row_guid><of>{}</of><of_digest>{digest}</of_digest><code>{code}</code><state>{state}</state>\
             <cd_time>{time}</cd_time><cd_batch>{}-0001</cd_batch>",
            message.id,
            time[..10].replace('-', ""),
        );
        let to: String = message.from.chars().filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).collect();
        self.signed("Receipt", "Receipt", &to, &id, time, &fields)
    }
}

fn moment(at: OffsetDateTime) -> String {
    let at = at + time::Duration::hours(8);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// What is read of a message before it is judged.
struct Message {
    id: String,
    from: String,
    kind: String,
    batch: String,
    op: String,
    guid: String,
    time: String,
    stated: String,
    signature: String,
    content: String,
    digest: String,
}

impl Message {
    fn read(document: &[u8]) -> Option<Self> {
        let canonical = openssl::canonical(document)?;
        let from = canonical.find("<Signature")?;
        let content = format!("{}</Exchange>", &canonical[..from]);
        let parsed = Document::parse(&canonical).ok()?;
        let root = parsed.root_element();
        let below = |name: &str| root.descendants().find(|node| node.tag_name().name() == name);
        let text = |name: &str| below(name).and_then(|node| node.text()).unwrap_or_default().to_owned();
        let id = root.attribute("id")?.to_owned();
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let body = below("Body")?.first_element_child()?;
        Some(Self {
            digest: openssl::digest("sm3", content.as_bytes())?,
            from: text("From"),
            kind: root.attribute("type")?.to_owned(),
            batch: text("Batch"),
            op: body.attribute("op").unwrap_or_default().to_owned(),
            guid: text("row_guid"),
            time: text("cd_time"),
            stated: below("Signature")?.attribute("digest")?.to_owned(),
            signature: text("Signature"),
            content,
            id,
        })
    }
}

/// The HTTP face: a receipt, or misbehaviour.
pub(crate) async fn answer(partner: &Partner, mode: Mode, document: &[u8]) -> Option<Rendered> {
    const XML: &str = "application/xml; charset=utf-8";
    let plain = |status, bytes: Vec<u8>| Rendered { status, content_type: XML, bytes, cut: false };
    let taken = || partner.exchange().take(document, partner.time());
    Some(match mode {
        Mode::Timeout => return None,
        Mode::Refuse => plain(403, Vec::new()),
        Mode::Error500 | Mode::SoapFault => plain(500, Vec::new()),
        // The message is taken, and the receipt lost on the way: what makes senders send twice.
        Mode::Dead => Rendered { cut: true, ..plain(200, taken()?.0.into_bytes()) },
        Mode::Garbage | Mode::WrongEncoding | Mode::WrongCharset => plain(200, b"<Exchange>\xd6\xd0".to_vec()),
        Mode::Oversize => plain(200, vec![b' '; 2 * 1024 * 1024]),
        Mode::Slow(wait) => {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            receipted(taken())
        }
        Mode::Ok | Mode::Replay | Mode::Gb18030 => receipted(taken()),
    })
}

fn receipted(taken: Option<(String, bool)>) -> Rendered {
    let (status, text) = match taken {
        Some((receipt, true)) => (200, receipt),
        Some((receipt, false)) => (422, receipt),
        None => (400, String::new()),
    };
    Rendered { status, content_type: "application/xml; charset=utf-8", bytes: text.into_bytes(), cut: false }
}
