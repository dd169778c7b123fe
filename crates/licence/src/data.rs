//! What each paper needs to be told. Plain data; dates are instants, printed in China time (UTC+8).

use std::fmt;
use tongban_domain::clock::WallTime;
use tongban_domain::event::Digest;
use tongban_domain::ink::Handwriting;

/// A finished paper.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    /// The PDF file.
    pub pdf: Vec<u8>,
    /// SHA-256 of `pdf`.
    pub sha256: Digest,
    /// Number of pages.
    pub pages: u32,
}

impl fmt::Debug for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Paper({} bytes, {} pages, {})", self.pdf.len(), self.pages, self.sha256)
    }
}

/// 申请人 as shown on a receipt. Name and number are masked by the layout, so whole values are given.
#[derive(Clone, PartialEq, Eq)]
pub struct ApplicantLine {
    /// 姓名 of the person who stood there.
    pub name: String,
    /// 证件号码.
    pub number: String,
    /// 单位名称 and 统一社会信用代码 when the person acts for a firm; printed whole, they are public.
    pub firm: Option<(String, String)>,
}

impl fmt::Debug for ApplicantLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApplicantLine(redacted)")
    }
}

/// How a material came into the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obtained {
    /// 数据共享; the source as the applicant knows it, for example `电子证照`.
    Shared(String),
    /// 现场采集, with the number of pages.
    Captured(u32),
    /// 系统生成 (the application form).
    Generated,
    /// 承诺后补 (容缺受理).
    Deferred,
    /// 不适用 (a condition of the item was not met).
    NotNeeded,
}

/// One line of the material list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialLine {
    /// 材料名称.
    pub name: String,
    /// 取得方式.
    pub obtained: Obtained,
}

/// 收件回执.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptData {
    /// 大厅, for example `示范市政务服务中心`.
    pub hall: String,
    /// 办理地点, for example `综合窗口 3 号` or `自助终端 K03`.
    pub place: String,
    /// 受理号, 20 digits; printed in groups of 6-6-3-5.
    pub number: String,
    /// 事项名称.
    pub item: String,
    /// 申请人.
    pub applicant: ApplicantLine,
    /// Materials in the order of the item.
    pub materials: Vec<MaterialLine>,
    /// 查询密码, 6 digits.
    pub password: String,
    /// 承诺办结时限 in working days; `None` when done on the spot.
    pub promised_days: Option<u32>,
    /// 咨询电话.
    pub hotline: String,
    /// What the QR code says; usually the query address with the number.
    pub qr: String,
    /// 手写签名 of the sign-off, where that was the way; drawn back on the paper.
    pub signature: Option<Handwriting>,
    /// When the case was submitted.
    pub received_at: WallTime,
    /// The station was offline: the number is a leased one and the centre has not seen the case yet.
    pub offline: bool,
    /// The station's clock is not to be trusted: the paper says 时间以中心入库为准.
    pub time_untrusted: bool,
    /// 演示: the paper says that it has no legal force.
    pub demo: bool,
}

/// 印章 on a paper.
#[derive(Clone, PartialEq, Eq)]
pub enum SealFace {
    /// Drawn by the program: a round red seal with the organisation's name around a star.
    Drawn {
        /// 单位名称.
        organisation: String,
        /// Text below the star, for example `业务专用章`; empty for none.
        purpose: String,
        /// 演示 stands in the seal.
        demo: bool,
    },
    /// The registered picture of a seal, PNG with or without alpha, printed 40 mm wide.
    Picture(Vec<u8>),
    /// 盖章处: an empty slot for a stamp on paper.
    Slot,
}

impl fmt::Debug for SealFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn { organisation, .. } => write!(f, "SealFace::Drawn({organisation})"),
            Self::Picture(png) => write!(f, "SealFace::Picture({} bytes)", png.len()),
            Self::Slot => f.write_str("SealFace::Slot"),
        }
    }
}

/// One month of a payment list. Amounts are texts in yuan as the department sent them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// 缴费年月, `YYYY-MM`.
    pub month: String,
    /// 缴费基数 (yuan).
    pub base: String,
    /// 个人缴费 (yuan).
    pub person: String,
    /// 单位缴费 (yuan).
    pub firm: String,
}

impl fmt::Debug for ProofRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofRow(redacted)")
    }
}

/// 个人参保缴费证明.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofData {
    /// 证明编号.
    pub number: String,
    /// 姓名, printed whole: the proof is for third parties.
    pub name: String,
    /// 公民身份号码, printed whole.
    pub id_number: String,
    /// 险种, for example `城镇职工基本养老保险`.
    pub kind: String,
    /// First month, `YYYY-MM`.
    pub from: String,
    /// Last month, `YYYY-MM`.
    pub to: String,
    /// Months, oldest first.
    pub rows: Vec<ProofRow>,
    /// 个人缴费合计 (yuan); the caller's sum, so that the paper shows what the department counts.
    pub total: String,
    /// 验证码, for example 16 characters; printed in groups of four.
    pub verify_code: String,
    /// What the QR code says: the verification address with the code.
    pub verify_url: String,
    /// 出具单位 (the owning department).
    pub issuer: String,
    /// When the proof was made.
    pub issued_at: WallTime,
    /// 打印地点.
    pub place: String,
    /// 印章.
    pub seal: SealFace,
    /// 演示 watermark.
    pub demo: bool,
}

impl fmt::Debug for ProofData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProofData({}, {} months, redacted)", self.number, self.rows.len())
    }
}

/// A licence: 建筑业企业资质证书 and every other whose face is a template. Empty texts leave their row out.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenceData {
    /// Name of the face: the catalogue's `result.template`, for example `licence` or `licence_food`.
    pub template: String,
    /// Form fields for `{field.<id>}` in the face: id and text as printed (the label of a choice, not its key).
    pub fields: Vec<(String, String)>,
    /// 企业名称.
    pub firm: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// 详细地址.
    pub address: String,
    /// 法定代表人.
    pub legal_person: String,
    /// 注册资本 as printed, for example `3000 万元人民币`.
    pub registered_capital: String,
    /// 经济性质.
    pub economic_type: String,
    /// 证书编号.
    pub number: String,
    /// 有效期起 `YYYY-MM-DD`.
    pub valid_from: String,
    /// 有效期止 `YYYY-MM-DD`; printed as 有效期至.
    pub valid_to: String,
    /// 资质类别及等级, one entry a line.
    pub grades: Vec<String>,
    /// 发证机关.
    pub issuer: String,
    /// 发证日期 `YYYY-MM-DD`.
    pub issued_on: String,
    /// 正本 or 副本.
    pub copy: String,
    /// 电子证照标识 (GB/T 36904); printed small beneath the code.
    pub identifier: String,
    /// What the QR code says: the verification address.
    pub verify_url: String,
    /// 印章.
    pub seal: SealFace,
    /// 演示 watermark.
    pub demo: bool,
    /// When the paper was made; goes into the file's dates, not onto the face.
    pub made_at: WallTime,
}

impl fmt::Debug for LicenceData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LicenceData({}, redacted)", self.number)
    }
}

/// A notice: 受理通知书, 一次性告知书, 不予受理决定书 and the like.
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeData {
    /// 文书名称, for example `受理通知书`.
    pub title: String,
    /// 文号, for example `示住建许受〔2026〕00012号`.
    pub number: String,
    /// 主送: whom it is addressed to, without the colon.
    pub addressee: String,
    /// Paragraphs; each is indented by two characters.
    pub paragraphs: Vec<String>,
    /// Numbered points after the paragraphs (materials to be supplied, legal basis); may be empty.
    pub points: Vec<String>,
    /// 落款.
    pub issuer: String,
    /// When it was issued.
    pub issued_at: WallTime,
    /// What the QR code says; `None` for no code.
    pub qr: Option<String>,
    /// 咨询电话; empty for none.
    pub hotline: String,
    /// 印章.
    pub seal: SealFace,
    /// 演示 watermark.
    pub demo: bool,
}

impl fmt::Debug for NoticeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoticeData({}, {}, redacted)", self.title, self.number)
    }
}

/// What a paper of `papers.toml` is filled with.
#[derive(Clone, PartialEq, Eq)]
pub struct PaperText {
    /// 文号.
    pub number: String,
    /// 主送.
    pub addressee: String,
    /// Values for the placeholders; an absent one leaves its paragraph out.
    pub values: std::collections::BTreeMap<String, String>,
    /// Numbered points after the paragraphs.
    pub points: Vec<String>,
    /// 落款.
    pub issuer: String,
    /// When it was issued.
    pub issued_at: WallTime,
    /// What the QR code says.
    pub qr: Option<String>,
    /// 咨询电话.
    pub hotline: String,
    /// 印章.
    pub seal: SealFace,
    /// 演示 watermark.
    pub demo: bool,
}

impl fmt::Debug for PaperText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaperText({}, redacted)", self.number)
    }
}
