//! 文字信息: the 256-byte UTF-16LE record of GA/T 490 in its four layouts.
//!
//! Decoding is lossy on purpose (private-use characters occur in names; the raw bytes are
//! kept beside), and numbers that fail their check are reported, not refused: whether such
//! a card may be used is the hall's rule, not the reader's.

use tongban_domain::event::CardFacts;
use tongban_domain::id_number::IdNumber;
use zeroize::Zeroizing;

/// Length of the record.
pub const RECORD_BYTES: usize = 256;
/// Where the layout letter stands.
const LAYOUT_AT: usize = 248;

/// 证件版式.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 居民身份证.
    Citizen,
    /// 港澳台居民居住证 (`J`).
    Hmt,
    /// 外国人永久居留身份证 2017 (`I`).
    Foreigner2017,
    /// 外国人永久居留身份证 2023 (`Y`).
    Foreigner2023,
}

impl Layout {
    /// The name used in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Hmt => "hmt",
            Self::Foreigner2017 => "foreigner-2017",
            Self::Foreigner2023 => "foreigner-2023",
        }
    }
}

/// A record as understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Which layout it has.
    pub layout: Layout,
    /// The facts; for foreigners `nation` holds the three-letter nationality, `issuer` the
    /// accepting authority's code (2017) and the name is the Chinese one where there is one.
    pub facts: CardFacts,
    /// The name in Latin letters, for foreigners.
    pub latin_name: Option<String>,
    /// Number of the mainland travel permit, for residents of Hong Kong, Macao and Taiwan.
    pub pass_number: Option<String>,
    /// The number's check digit and date hold and agree with the birth date printed.
    pub number_ok: bool,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({}, redacted)", self.layout.name())
    }
}

/// Why a record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFault {
    /// Not 256 bytes.
    Length,
    /// No letter of a known layout.
    Layout,
    /// Name or number is empty.
    Empty,
}

/// Fields by offset and length in bytes.
struct Fields<'a>(&'a [u8; RECORD_BYTES]);

impl Fields<'_> {
    fn text(&self, at: usize, length: usize) -> String {
        let units: Zeroizing<Vec<u16>> = Zeroizing::new(
            self.0[at..at + length].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        );
        let text = Zeroizing::new(String::from_utf16_lossy(&units));
        text.trim_matches([' ', '\0']).to_owned()
    }

    fn sex(&self, at: usize) -> String {
        match self.text(at, 2).as_str() {
            "1" => "男".to_owned(),
            "2" => "女".to_owned(),
            // 0 未知, 9 未说明 (GB/T 2261.1).
            other => other.to_owned(),
        }
    }
}

/// Reads a record.
///
/// # Errors
/// [`RecordFault`] when the bytes are no record of a known layout.
pub fn parse(bytes: &[u8]) -> Result<Record, RecordFault> {
    let bytes: &[u8; RECORD_BYTES] = bytes.try_into().map_err(|_| RecordFault::Length)?;
    let fields = Fields(bytes);
    let record = match (bytes[LAYOUT_AT], bytes[LAYOUT_AT + 1]) {
        (b' ' | 0, 0) => citizen(&fields),
        (b'J', 0) => hmt(&fields),
        (b'I', 0) => foreigner_2017(&fields),
        (b'Y', 0) => foreigner_2023(&fields),
        _ => return Err(RecordFault::Layout),
    };
    if record.facts.number.is_empty() || (record.facts.name.is_empty() && record.latin_name.is_none()) {
        return Err(RecordFault::Empty);
    }
    Ok(record)
}

/// 姓名 30, 性别 2, 民族 4, 出生 16, 住址 70, 号码 36, 签发机关 30, 有效期 16 + 16.
fn citizen(fields: &Fields<'_>) -> Record {
    let facts = CardFacts {
        name: fields.text(0, 30),
        sex: fields.sex(30),
        nation: fields.text(32, 4),
        birth: fields.text(36, 16),
        address: fields.text(52, 70),
        number: fields.text(122, 36),
        issuer: fields.text(158, 30),
        valid_from: fields.text(188, 16),
        valid_to: fields.text(204, 16),
    };
    Record { layout: Layout::Citizen, number_ok: number_ok(&facts), facts, latin_name: None, pass_number: None }
}

/// As a citizen's, nation reserved, with the travel permit's number at 220.
fn hmt(fields: &Fields<'_>) -> Record {
    let mut record = citizen(fields);
    record.layout = Layout::Hmt;
    record.facts.nation.clear();
    record.pass_number = some(fields.text(220, 18));
    record
}

fn foreigner_2017(fields: &Fields<'_>) -> Record {
    let latin = fields.text(0, 120);
    let chinese = fields.text(158, 30);
    let facts = CardFacts {
        name: if chinese.is_empty() { latin.clone() } else { chinese },
        sex: fields.sex(120),
        nation: fields.text(152, 6),
        birth: fields.text(220, 16),
        address: String::new(),
        number: fields.text(122, 30),
        issuer: fields.text(240, 8),
        valid_from: fields.text(188, 16),
        valid_to: fields.text(204, 16),
    };
    // Fifteen characters with a check of their own that no public text gives: shape only.
    let number_ok = facts.number.len() == 15 && facts.number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Record { layout: Layout::Foreigner2017, facts, latin_name: some(latin), pass_number: None, number_ok }
}

fn foreigner_2023(fields: &Fields<'_>) -> Record {
    // The Latin name is cut: characters 1-35 at 52, 36-46 at 220.
    let latin = format!("{}{}", untrimmed(fields, 52, 70), untrimmed(fields, 220, 22)).trim().to_owned();
    let chinese = fields.text(0, 30);
    let facts = CardFacts {
        name: if chinese.is_empty() { latin.clone() } else { chinese },
        sex: fields.sex(30),
        nation: fields.text(242, 6),
        birth: fields.text(36, 16),
        address: String::new(),
        number: fields.text(122, 36),
        issuer: String::new(),
        valid_from: fields.text(188, 16),
        valid_to: fields.text(204, 16),
    };
    let number_ok = number_ok(&facts) && facts.number.starts_with('9');
    Record { layout: Layout::Foreigner2023, facts, latin_name: some(latin), pass_number: None, number_ok }
}

/// A blank at the cut belongs to the name.
fn untrimmed(fields: &Fields<'_>, at: usize, length: usize) -> String {
    let units: Vec<u16> =
        fields.0[at..at + length].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).replace('\0', " ")
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// GB 11643: date and check digit hold and the date is the one printed.
fn number_ok(facts: &CardFacts) -> bool {
    IdNumber::parse(&facts.number).is_ok() && facts.number.get(6..14) == Some(facts.birth.as_str())
}
