//! What is known about a page on screen: green, amber or red, and the reason in words.

use crate::apply::context::Context;
use tongban_device::message::Rgba;
use tongban_device::page::{PageFinding, PageFlaw, PageHint, PageReport};
use tongban_domain::event::{Light, PageVerdict, Value};
use tongban_domain::ids::RequirementId;
use tongban_ui::{Icon, Tone};

/// What is known about a page.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// What was found when it was taken.
    pub findings: Vec<PageFinding>,
    /// What it says, once it was read.
    pub report: Option<Box<PageReport>>,
    /// It is being read.
    pub reading: bool,
}

impl Look {
    /// Green only when it is legible and the document that was asked for; nobody's guess is green.
    pub fn light(&self, recorded: Option<&PageVerdict>) -> Light {
        if self.findings.iter().any(|finding| finding.bad) {
            return Light::Red;
        }
        let verdict = self.report.as_ref().map(|report| &report.verdict).or(recorded);
        match verdict.map(|verdict| (verdict.legible, verdict.right_document)) {
            Some((Some(false), _) | (_, Some(false))) => Light::Red,
            Some((Some(true), Some(true))) => Light::Green,
            _ => Light::Amber,
        }
    }

    /// The reason in words; the number found stands beside the number in the form.
    pub fn reason(&self, ctx: &Context<'_>, slot: &RequirementId, recorded: Option<&PageVerdict>) -> String {
        if self.reading && !self.findings.iter().any(|finding| finding.bad) {
            return ctx.text("capture-checking");
        }
        if let Some(finding) = self.findings.first() {
            return ctx.text(flaw_key(finding.flaw));
        }
        let Some(report) = &self.report else {
            return ctx.text(if recorded.is_some() { "capture-read-before" } else { "capture-unread" });
        };
        if report.unread {
            return ctx.text("capture-unread");
        }
        if report.turn != 0 {
            return ctx.text("capture-fault-turned");
        }
        let wanted = requirement_name(ctx, slot);
        match (report.verdict.legible, report.verdict.right_document, report.seen.first()) {
            (Some(false), _, _) => ctx.text("capture-fault-blurred"),
            (_, Some(false), Some(seen)) => ctx.ui.with("capture-fault-wrong", &[("seen", seen), ("wanted", &wanted)]),
            _ if report.named == Some(false) => ctx.text("capture-fault-name"),
            (_, None, _) => ctx.text("capture-kind-unknown"),
            _ => self.found(ctx, slot, report).unwrap_or_else(|| ctx.text("capture-green-why")),
        }
    }

    /// Number on the page beside the number in the form.
    fn found(&self, ctx: &Context<'_>, slot: &RequirementId, report: &PageReport) -> Option<String> {
        let (item, case) = ctx.draft.item.as_deref().zip(ctx.case())?;
        let detail = item.requirement(slot)?.detail.as_ref()?;
        let figure = detail.figures.first()?;
        let (_, on_page) = report.verdict.figures.iter().find(|(name, _)| *name == figure.figure)?;
        let in_form = match case.form().get(&figure.field) {
            Some(Value::Text(text)) => text.clone(),
            _ => ctx.text("capture-figure-none"),
        };
        let key = if same_number(on_page, &in_form) { "capture-figure-same" } else { "capture-figure-differs" };
        Some(ctx.ui.with(key, &[("label", &figure.label), ("page", on_page), ("form", &in_form)]))
    }
}

fn same_number(page: &str, form: &str) -> bool {
    let number = |text: &str| text.replace(',', "").trim().parse::<tongban_domain::item::Decimal>().ok();
    match (number(page), number(form)) {
        (Some(page), Some(form)) => page == form,
        _ => page.trim() == form.trim(),
    }
}

fn requirement_name(ctx: &Context<'_>, slot: &RequirementId) -> String {
    let item = ctx.draft.item.as_deref();
    item.and_then(|item| item.requirement(slot)).map(|requirement| requirement.name.clone()).unwrap_or_default()
}

/// Text of a reason.
fn flaw_key(flaw: PageFlaw) -> &'static str {
    match flaw {
        PageFlaw::Blurred => "capture-fault-blurred",
        PageFlaw::Dark => "capture-fault-dark",
        PageFlaw::Glare => "capture-fault-glare",
        PageFlaw::Shadow => "capture-fault-shadow",
        PageFlaw::Cut => "capture-fault-cut",
        PageFlaw::Finger => "capture-fault-finger",
        PageFlaw::Coarse => "capture-fault-small",
        PageFlaw::Blank => "capture-fault-blank",
        PageFlaw::Double => "capture-fault-double",
        PageFlaw::Turned => "capture-fault-turned",
        PageFlaw::NoSheet => "capture-fault-no-sheet",
    }
}

/// Text of a hint, and how it looks.
pub(super) fn hint(hint: PageHint) -> (&'static str, Tone, Icon) {
    match hint {
        PageHint::LayPage => ("capture-place", Tone::Soft, Icon::Page),
        PageHint::Closer => ("capture-fault-small", Tone::Warn, Icon::Warning),
        PageHint::Dark => ("capture-fault-dark", Tone::Warn, Icon::Warning),
        PageHint::Cut => ("capture-fault-cut", Tone::Warn, Icon::Warning),
        PageHint::Glare => ("capture-fault-glare", Tone::Warn, Icon::Warning),
        PageHint::Finger => ("capture-fault-finger", Tone::Warn, Icon::Warning),
        PageHint::HoldStill => ("capture-hold", Tone::Soft, Icon::Hourglass),
        PageHint::Good => ("capture-good", Tone::Ok, Icon::CheckCircle),
    }
}

/// Word, tone and icon of a light.
pub(super) fn state(light: Light) -> (&'static str, Tone, Icon) {
    match light {
        Light::Green => ("capture-green", Tone::Ok, Icon::CheckCircle),
        Light::Amber => ("capture-yellow", Tone::Warn, Icon::Question),
        Light::Red => ("capture-red", Tone::Fault, Icon::CrossCircle),
    }
}

/// Draws a frame around the place of the first finding into the small picture: where to look.
pub(super) fn marked(mut picture: Rgba, findings: &[PageFinding], colour: [u8; 4]) -> Rgba {
    let Some(finding) = findings.iter().find(|finding| finding.place != [0, 0, 10_000, 10_000]) else { return picture };
    let at = |part: u16, side: u32| u32::from(part) * side.saturating_sub(1) / 10_000;
    let (left, right) = (at(finding.place[0], picture.width), at(finding.place[2], picture.width));
    let (top, bottom) = (at(finding.place[1], picture.height), at(finding.place[3], picture.height));
    let width = (picture.width.max(picture.height) / 80).max(2);
    for y in top..=bottom {
        for x in left..=right {
            let inside = x >= left + width && x + width <= right && y >= top + width && y + width <= bottom;
            let start = ((y * picture.width + x) * 4) as usize;
            if !inside && let Some(pixel) = picture.pixels.get_mut(start..start + 4) {
                pixel.copy_from_slice(&colour);
            }
        }
    }
    picture
}
