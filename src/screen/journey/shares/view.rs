//! Progress of the calls, then one record at a time with two equal answers.

use super::{Message, Shares};
use crate::apply::context::Context;
use crate::screen::journey::reading::{far, to_read};
use iced::widget::{center, column, row, space};
use iced::{Center, Length};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{ShareAnswer, ShareOutcome, SharedRecord};
use tongban_domain::id_number::IdNumber;
use tongban_domain::item::ShareCall;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Level, Progress, ProgressState, banner, busy, card, choice, field_row, heading, icon, leaves, primary,
    progress_row, secondary, tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Profile, Tone};

/// What an applicant may object with, by Fluent key.
const REASONS: [&str; 4] =
    ["share-reason-wrong", "share-reason-old", "share-reason-incomplete", "share-reason-not-mine"];

impl Shares {
    /// The applicant confirms or objects.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        if self.objecting().is_some() {
            return self.objection(ctx);
        }
        match self.to_answer(ctx) {
            Some((call, record)) => self.record(ctx, call, record),
            None => self.waiting(ctx),
        }
    }

    /// The officer follows; the answers belong to the applicant.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.to_answer(ctx).is_none() {
            return self.waiting(ctx);
        }
        let hint = banner(ui, ctx.id("share.officer"), Level::Info, ctx.text("share-officer-wait"));
        let hint = Element::from(hint.cure(ctx.text("share-officer-wait-cure")));
        let read = self.to_answer(ctx).map(|(call, _)| self.leafed(&call.resource)).unwrap_or_default();
        column![title(ui, ctx.text("share-title")), hint]
            .extend(far(ctx, read))
            .push(self.progress(ctx, "share-state-asked"))
            .spacing(ui.tokens.space.m)
            .into()
    }

    /// All calls while one runs, or when something essential did not come.
    fn waiting<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let page = column![title(ui, ctx.text("share-title")), self.progress(ctx, "share-state-found")]
            .spacing(ui.tokens.space.m);
        if self.asking().is_some() {
            let low = center(busy(ui, ctx.text("share-asking"), ctx.tick())).height(Length::Shrink);
            return column![page.height(Length::Fill), low].spacing(ui.tokens.space.m).into();
        }
        let open = ctx
            .case()
            .zip(ctx.draft.item.as_deref())
            .and_then(|(case, item)| case.open_shares(item).first().map(|call| call.resource.clone()));
        let again = primary(ui, ctx.id("share.again"), ctx.text("share-again"))
            .icon(Icon::Refresh)
            .fill()
            .on_press_maybe(open.map(Message::AskAgain));
        let missing = banner(ui, ctx.id("share.missing"), Level::Warn, ctx.text("share-essential-missing"));
        let missing =
            Element::from(missing.cure(ctx.text("share-essential-missing-cure")).code(self.code(ctx).as_str()));
        with_actions(ui, page.push(missing), [again.into()])
    }

    /// Why the essential record did not come.
    fn code(&self, ctx: &Context<'_>) -> ErrorCode {
        let outcome = ctx.case().zip(ctx.draft.item.as_deref()).and_then(|(case, item)| {
            let call = case.open_shares(item).into_iter().next()?;
            Some(case.shares().get(&call.resource)?.record.outcome)
        });
        match outcome {
            Some(ShareOutcome::TimedOut) => ErrorCode::NetworkTimeout,
            Some(ShareOutcome::Garbage) => ErrorCode::NetworkGarbage,
            Some(ShareOutcome::Refused) => ErrorCode::NetworkRefused,
            Some(ShareOutcome::Found | ShareOutcome::NoRecord) => ErrorCode::NotFound,
            Some(ShareOutcome::Unreachable) | None => ErrorCode::NetworkDown,
        }
    }

    /// All calls; `open` is what a record that waits for its answer is called, to the applicant or to the officer.
    fn progress<'a>(&'a self, ctx: &Context<'a>, open: &'static str) -> Element<'a, Message> {
        let ui = ctx.ui;
        let Some((case, item)) = ctx.case().zip(ctx.draft.item.as_deref()) else { return space().into() };
        let rows = item.shares.iter().map(|call| {
            let share = case.shares().get(&call.resource);
            let state = match share {
                None if self.asking() == Some(&call.resource) => ProgressState::Running,
                None => ProgressState::Waiting,
                Some(share) => match (share.record.outcome, &share.answer) {
                    (ShareOutcome::Found, None) => ProgressState::Running,
                    (ShareOutcome::Found, Some(ShareAnswer::Confirmed)) => ProgressState::Done,
                    (ShareOutcome::Found, Some(ShareAnswer::Objected { .. })) => ProgressState::Skipped,
                    (_, _) if call.essential => ProgressState::Failed,
                    (ShareOutcome::NoRecord, _) => ProgressState::Skipped,
                    (_, _) => ProgressState::Late,
                },
            };
            let words = share.map(|share| {
                let key = answer_key(share.record.outcome, share.answer.as_ref(), call.essential);
                ctx.text(if key == "share-state-found" { open } else { key })
            });
            let ms = share.and_then(|share| u32::try_from(share.record.took_ms).ok());
            let line = Progress { name: call.title.clone(), source: call.source_org.clone(), state, words, ms };
            progress_row(ui, ctx.id(&format!("share.{}", call.resource)), &line)
        });
        // Few calls need no page of their own.
        let edge = [ui.tokens.space.s, ui.tokens.space.l];
        if item.shares.len() <= 3 {
            return card(ui, column(rows)).padding(edge).into();
        }
        card(ui, leaves(ui, ctx.id("share.progress")).extend(rows)).padding(edge).height(Length::Fill).into()
    }

    fn record<'a>(&'a self, ctx: &Context<'a>, call: &ShareCall, record: &SharedRecord) -> Element<'a, Message> {
        let ui = ctx.ui;
        let wide = ui.tokens.profile == Profile::Customer && !ui.tokens.is_big();
        let label = |key: &tongban_domain::ids::FieldId| {
            call.fields
                .iter()
                .find(|field| field.key == *key)
                .map_or_else(|| key.0.clone(), |field| field.label.clone())
        };
        let lines = record.fields.iter().filter(|(_, value)| !value.is_empty() && !value.starts_with('[')).map(
            |(key, value)| {
                Element::from(field_row(ui, ctx.id(&format!("share.field.{key}")), label(key), discreet(value)))
            },
        );
        let resource = call.resource.clone();
        let read = self.leafed(&resource);
        let rows = leaves(ui, ctx.id(&format!("share.record.{resource}")))
            .on_seen(move |leafed| Message::Leafed(resource.clone(), leafed));
        let rows = if wide { rows.extend(paired(ctx, lines.collect())) } else { rows.extend(lines) };
        let source = tinted(ui, Type::Caption, Tone::Soft, ui.with("share-from", &[("org", &call.source_org)]));
        let details = column![heading(ui, call.title.clone()), source, rows].spacing(ui.tokens.space.s);
        let at = ctx.draft.item.as_deref().and_then(|item| {
            let at = item.shares.iter().position(|known| known.resource == call.resource)?;
            Some(ui.with("share-count", &[("n", &(at + 1)), ("of", &item.shares.len())]))
        });
        let head = row![title(ui, ctx.text("share-title")), space::horizontal()]
            .extend(at.map(|words| tinted(ui, Type::Body, Tone::Soft, words).into()))
            .align_y(Center);
        let hint =
            row![icon(ui, Icon::EyeOff, Tone::Soft), tinted(ui, Type::Caption, Tone::Soft, ctx.text("share-private"))]
                .spacing(ui.tokens.space.s)
                .align_y(Center);
        let page = column![head, card(ui, details).height(Length::Fill), hint]
            .extend(to_read(ctx, "share.unread", read))
            .spacing(ui.tokens.space.m);
        let no = secondary(ui, ctx.id("share.object"), ctx.text("share-object"))
            .fill()
            .on_press(Message::Object(call.resource.clone()));
        let yes = primary(ui, ctx.id("share.confirm"), ctx.text("share-confirm"))
            .icon(Icon::Check)
            .fill()
            .on_press_maybe(read.is_whole().then(|| Message::Confirm(call.resource.clone())));
        with_actions(ui, page, [no.into(), yes.into()])
    }

    fn objection<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let reasons = REASONS.iter().enumerate().map(|(n, key)| {
            let text = ctx.text(key);
            choice(
                ui,
                ctx.id(&format!("share.reason.{n}")),
                text.clone(),
                self.reason() == text,
                Some(Message::ReasonChosen(text)),
            )
        });
        let columns = if ui.tokens.profile == Profile::Customer { 2 } else { 1 };
        let back = secondary(ui, ctx.id("share.object-back"), ctx.text("common-back"))
            .fill()
            .on_press(Message::ObjectionCancelled);
        let send = primary(ui, ctx.id("share.object-send"), ctx.text("share-object-send"))
            .fill()
            .on_press_maybe((!self.reason().is_empty()).then_some(Message::ObjectionConfirmed));
        let page = column![
            title(ui, ctx.text("share-object-title")),
            tinted(ui, Type::Body, Tone::Soft, ctx.text("share-object-hint")),
            tongban_ui::widget::tiles(ui, columns, reasons),
        ]
        .spacing(ui.tokens.space.l);
        with_actions(ui, page, [back.into(), send.into()])
    }
}

/// Two fields beside each other.
fn paired<'a>(ctx: &Context<'a>, lines: Vec<Element<'a, Message>>) -> Vec<Element<'a, Message>> {
    let mut lines = lines.into_iter();
    let mut rows = Vec::new();
    while let Some(first) = lines.next() {
        let second = lines.next().unwrap_or_else(|| space().width(Length::Fill).into());
        rows.push(row![first, second].spacing(ctx.ui.tokens.space.l).into());
    }
    rows
}

/// Numbers of persons are known by their ends; the rest must be read to be judged.
fn discreet(value: &str) -> String {
    if IdNumber::parse(value).is_ok() { tongban_domain::mask::number(value) } else { value.to_owned() }
}

/// What a record's state is called.
fn answer_key(outcome: ShareOutcome, answer: Option<&ShareAnswer>, essential: bool) -> &'static str {
    match (outcome, answer) {
        (ShareOutcome::Found, None) => "share-state-found",
        (ShareOutcome::Found, Some(ShareAnswer::Confirmed)) => "share-state-confirmed",
        (ShareOutcome::Found, Some(ShareAnswer::Objected { .. })) => "share-state-objected",
        (_, _) if essential => "share-state-needed",
        (ShareOutcome::NoRecord, _) => "share-state-none",
        (ShareOutcome::TimedOut, _) => "share-state-late",
        (ShareOutcome::Refused, _) => "share-state-refused",
        (ShareOutcome::Garbage, _) => "share-state-garbage",
        (ShareOutcome::Unreachable, _) => "share-state-offline",
    }
}
