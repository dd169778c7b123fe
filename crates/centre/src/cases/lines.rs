//! The lines of a case's page: plain data, ready to be shown.

use tongban_domain::ids::PageId;

/// Outcome of the chain check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// Numbers, hashes and signatures all hold.
    pub holds: bool,
    /// Actions checked.
    pub actions: usize,
    /// Where it breaks.
    pub detail: String,
}

/// One action on the timeline.
#[derive(Clone, PartialEq, Eq)]
pub struct TimelineLine {
    /// Place in the chain.
    pub seq: u64,
    /// Wall time at the origin, ms.
    pub at_ms: i64,
    /// 动作.
    pub title: String,
    /// More, without personal data beyond what the role may see.
    pub detail: String,
    /// Who.
    pub who: String,
    /// Where.
    pub origin: String,
}

/// Where a form value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceMark {
    /// 共享数据, unchanged.
    Shared,
    /// 身份证, unchanged.
    Card,
    /// 默认, unchanged.
    Default,
    /// 共享或证件数据, changed by the applicant.
    Changed,
    /// 本人填写.
    Typed,
}

/// One line of the form.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// Label.
    pub label: String,
    /// Value as text; empty for lists.
    pub text: String,
    /// For lists: column labels and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Source.
    pub source: SourceMark,
}

/// A section of the form.
#[derive(Clone, PartialEq, Eq)]
pub struct SectionLines {
    /// Heading.
    pub title: String,
    /// Lines.
    pub lines: Vec<FieldLine>,
}

/// A page image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLine {
    /// Page id.
    pub id: PageId,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

/// One row of the material list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialLine {
    /// Requirement id.
    pub id: String,
    /// 材料名称.
    pub name: String,
    /// 共享, 表单, 刷卡, 拍摄, 未提供 or 不适用.
    pub obtained: &'static str,
    /// Present, or not needed.
    pub settled: bool,
    /// Resource title for shared ones.
    pub source: String,
    /// Pages, in order.
    pub pages: Vec<PageLine>,
}

/// A shared record with the applicant's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareLine {
    /// Title.
    pub title: String,
    /// 提供部门.
    pub org: String,
    /// 已获取, 无记录 ….
    pub outcome: &'static str,
    /// It was found.
    pub found: bool,
    /// 本人确认无误, 本人有异议: …, 未确认.
    pub answer: String,
    /// The applicant objected.
    pub objected: bool,
    /// Label and value.
    pub fields: Vec<(String, String)>,
}

/// Presence as the page shows it before any evidence is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceLine {
    /// 刷脸, 指纹 or 人工核验.
    pub method: &'static str,
    /// Score in thousandths.
    pub score_milli: Option<u32>,
    /// A still is held.
    pub still: bool,
    /// A clip is held.
    pub clip: bool,
    /// The chip's portrait is held.
    pub portrait: bool,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The applicant agreed to the upload of evidence.
    pub consented: bool,
}

/// Sign-off and whether it still fits the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOffLine {
    /// 指纹签认 or 摄像签认.
    pub method: &'static str,
    /// Quality 0..=100.
    pub quality: u8,
    /// The digest fits form and materials as they stand.
    pub holds: bool,
    /// The digest.
    pub digest: String,
}

/// 自动预审: the number found beside the number asked; a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLine {
    /// What is measured.
    pub title: String,
    /// Found, with unit; 无法计算 when nothing can be measured.
    pub found: String,
    /// Asked, with unit.
    pub asked: String,
    /// Whether it reaches the number asked.
    pub passed: Option<bool>,
    /// 依据.
    pub basis: String,
}
