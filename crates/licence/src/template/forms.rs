//! What each template file holds.

use super::{Row, Template, row_texts};
use serde::Deserialize;

/// `receipt.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptTemplate {
    pub title: String,
    pub heading: String,
    pub number_label: String,
    pub password_label: String,
    pub password_note: String,
    pub qr_caption: String,
    pub promise_days: String,
    pub promise_now: String,
    pub offline_note: String,
    pub untrusted_note: String,
    pub demo_note: String,
    pub table_heads: [String; 3],
    pub shared: String,
    pub captured: String,
    pub generated: String,
    pub deferred: String,
    pub not_needed: String,
    pub materials_title: String,
    pub signature_label: String,
    pub notes: Vec<String>,
    pub page: String,
    pub watermark: String,
    pub rows: Vec<Row>,
}

impl Template for ReceiptTemplate {
    const KEYS: &'static [&'static str] = &[
        "hall",
        "place",
        "number",
        "item",
        "applicant",
        "id",
        "firm",
        "uscc",
        "received",
        "promise",
        "hotline",
        "password",
        "days",
        "source",
        "pages",
        "page",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.heading, &self.promise_days, &self.shared, &self.captured, &self.page];
        own.into_iter().chain(&self.notes).map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `proof.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofTemplate {
    pub title: String,
    pub number_label: String,
    pub table_heads: [String; 4],
    pub summary: String,
    pub verify_label: String,
    pub qr_caption: String,
    pub verify_note: String,
    pub notes: Vec<String>,
    pub demo_note: String,
    pub page: String,
    pub watermark: String,
    pub rows: Vec<Row>,
}

impl Template for ProofTemplate {
    const KEYS: &'static [&'static str] = &[
        "number", "name", "id", "kind", "from", "to", "months", "total", "issuer", "issued", "place", "code", "page",
        "pages",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.summary, &self.verify_note, &self.page];
        own.into_iter().chain(&self.notes).map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `licence.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceTemplate {
    pub title: String,
    pub subtitle: String,
    pub number: String,
    pub qr_caption: String,
    pub identifier: String,
    pub issuer_label: String,
    pub issued_label: String,
    pub demo_note: String,
    pub watermark: String,
    pub rows: Vec<Row>,
    #[serde(default)]
    pub layout: FaceLayout,
}

/// Measures of a face, in mm and points; what a file leaves out is as on the 资质证书.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaceLayout {
    pub title_size: f32,
    pub title_y: f32,
    /// The fields: left edge, width, top and lowest y.
    pub left: f32,
    pub room: f32,
    pub top: f32,
    pub bottom: f32,
    pub label_room: f32,
    /// Type of the fields: as large as fits between the two.
    pub size: f32,
    pub min_size: f32,
    pub gap: f32,
    pub qr_left: f32,
    pub qr_top: f32,
    pub qr_side: f32,
    /// Middle of the seal.
    pub seal_x: f32,
    pub seal_y: f32,
}

impl Default for FaceLayout {
    fn default() -> Self {
        Self {
            title_size: 34.0,
            title_y: 43.0,
            left: 38.0,
            room: 221.0,
            top: 65.0,
            bottom: 147.0,
            label_room: 46.0,
            size: 14.0,
            min_size: 9.0,
            gap: 3.2,
            qr_left: 38.0,
            qr_top: 155.0,
            qr_side: 27.0,
            seal_x: 219.0,
            seal_y: 168.5,
        }
    }
}

impl Template for LicenceTemplate {
    const KEYS: &'static [&'static str] = &[
        "firm",
        "uscc",
        "address",
        "legal_person",
        "capital",
        "economic_type",
        "number",
        "valid_from",
        "valid_to",
        "grades",
        "issuer",
        "issued",
        "copy",
        "identifier",
    ];

    fn texts(&self) -> Vec<&str> {
        let own = [&self.subtitle, &self.number, &self.identifier];
        own.into_iter().map(String::as_str).chain(row_texts(&self.rows)).collect()
    }
}

/// `notice.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeTemplate {
    pub addressee: String,
    pub hotline: String,
    pub qr_caption: String,
    pub demo_note: String,
    pub page: String,
    pub watermark: String,
}

impl Template for NoticeTemplate {
    const KEYS: &'static [&'static str] = &["addressee", "hotline", "page", "pages"];

    fn texts(&self) -> Vec<&str> {
        [&self.addressee, &self.hotline, &self.page].into_iter().map(String::as_str).collect()
    }
}
