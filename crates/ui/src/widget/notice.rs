//! Notices: what happened and what to do now.

use iced::widget::{Column, column, container, row};
use iced::{Center, Length};

use super::button::Button;
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui, id};

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Done.
    Ok,
    /// Mind this.
    Warn,
    /// Something failed.
    Fault,
}

impl Level {
    fn look(self) -> (Icon, Tone) {
        match self {
            Level::Info => (Icon::Info, Tone::Primary),
            Level::Ok => (Icon::CheckCircle, Tone::Ok),
            Level::Warn => (Icon::Warning, Tone::Warn),
            Level::Fault => (Icon::Warning, Tone::Fault),
        }
    }
}

/// Who reads an error text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The applicant.
    Applicant,
    /// Staff at a window.
    Officer,
    /// The field technician.
    Technician,
}

impl Audience {
    /// The last word of the Fluent key.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Audience::Applicant => "applicant",
            Audience::Officer => "officer",
            Audience::Technician => "technician",
        }
    }
}

/// A notice under construction; becomes an element with `.into()`.
pub struct Banner<'a, M> {
    ui: &'a Ui,
    id: Id,
    level: Level,
    title: String,
    cure: Option<String>,
    code: Option<String>,
    action: Option<Button<'a, M>>,
}

/// A notice with its cause as title.
pub fn banner<'a, M>(ui: &'a Ui, id: impl Into<Id>, level: Level, title: impl Into<String>) -> Banner<'a, M> {
    Banner { ui, id: id.into(), level, title: title.into(), cure: None, code: None, action: None }
}

/// The notice of an error code: `error-<CODE>-<audience>`, whose first line is
/// the cause and whose other lines say what to do now.
pub fn fault_banner<'a, M>(
    ui: &'a Ui,
    id: impl Into<Id>,
    level: Level,
    code: &str,
    audience: Audience,
) -> Banner<'a, M> {
    let text = ui.text(&format!("error-{code}-{}", audience.suffix()));
    let (cause, cure) = match text.split_once('\n') {
        Some((cause, cure)) => (cause.to_owned(), Some(cure.to_owned())),
        None => (text, None),
    };
    let mut notice = banner(ui, id, level, cause).code(code);
    notice.cure = cure;
    notice
}

impl<'a, M> Banner<'a, M> {
    /// What to do now.
    #[must_use]
    pub fn cure(mut self, words: impl Into<String>) -> Self {
        self.cure = Some(words.into());
        self
    }

    /// The stable error code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// One button that does what the cure says.
    #[must_use]
    pub fn action(mut self, button: Button<'a, M>) -> Self {
        self.action = Some(button);
        self
    }
}

impl<'a, M: Clone + 'a> From<Banner<'a, M>> for Element<'a, M> {
    fn from(banner: Banner<'a, M>) -> Self {
        let ui = banner.ui;
        let t = &ui.tokens;
        let (icon, tone) = banner.level.look();
        let mut words: Column<'a, M> = column![tinted(ui, Type::Strong, tone, banner.title)];
        words = words.extend(banner.cure.map(|cure| super::body(ui, cure).into()));
        if let Some(code) = banner.code {
            let code = super::caption(ui, ui.with("common-code", &[("code", &code)]));
            words = words.push(super::labelled(id!("notice.code"), code));
        }
        let line = row![super::icon(ui, icon, tone), words.spacing(t.space.xs).width(Length::Fill)]
            .extend(banner.action.map(Into::into))
            .spacing(t.space.m)
            .align_y(Center);
        container(line)
            .id(banner.id)
            .width(Length::Fill)
            .padding([t.space.m, t.space.l])
            .style(super::card::surface(t.colour.ground(tone), t.colour.tone(tone), t.size.line, t.size.radius))
            .into()
    }
}

/// Nothing to show: what is missing and what can be done.
#[must_use]
pub fn empty<'a, M: 'a>(ui: &Ui, icon: Icon, title: impl Into<String>, hint: impl Into<String>) -> Element<'a, M> {
    let t = &ui.tokens;
    let body = column![
        super::pictogram(ui, icon, Tone::Faint),
        tinted(ui, Type::Heading, Tone::Ink, title),
        tinted(ui, Type::Body, Tone::Soft, hint).align_x(Center),
    ]
    .spacing(t.space.m)
    .align_x(Center);
    container(body).center_x(Length::Fill).padding(t.space.xxl).into()
}
