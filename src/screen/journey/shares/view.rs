//! Progress of the calls, then one record at a time with two equal answers.

use super::{Message, Shares};
use crate::apply::context::Context;
use iced::Length;
use iced::widget::{center, column, row, scrollable};
use tongban_domain::event::{ShareAnswer, ShareOutcome, SharedRecord};
use tongban_domain::item::ShareCall;
use tongban_ui::widget::{
    Progress, ProgressState, actions, body, busy, card, choice, field_row, panel, primary, progress_row, secondary, title,
};
use tongban_ui::{Element, Icon};

/// What an applicant may object with, by Fluent key.
const REASONS: [&str; 4] = ["share-reason-wrong", "share-reason-old", "share-reason-incomplete", "share-reason-not-mine"];

impl Shares {
    /// The applicant confirms or objects.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.objecting().is_some() {
            return self.objection(ctx);
        }
        // One record fills the page; the list of calls is for waiting.
        if let Some((call, record)) = self.to_answer(ctx) {
            return self.record(ctx, call, record);
        }
        let wait = match self.asking() {
            Some(_) => busy(ui, ctx.text("share-asking"), ctx.tick()),
            None => self.retry(ctx),
        };
        column![title(ui, ctx.text("share-title")), self.progress(ctx), wait].spacing(ui.tokens.space.l).into()
    }

    /// The officer follows; the answers belong to the applicant.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let stuck: Option<Element<'a, Message>> =
            (self.asking().is_none() && self.to_answer(ctx).is_none()).then(|| self.retry(ctx));
        let hint = self.to_answer(ctx).map(|_| body(ui, ctx.text("share-officer-wait")).into());
        column![title(ui, ctx.text("share-title")), self.progress(ctx)].extend(hint).extend(stuck).spacing(ui.tokens.space.l).into()
    }

    fn progress<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let Some((case, item)) = ctx.case().zip(ctx.draft.item.as_deref()) else { return iced::widget::space().into() };
        let rows = item.shares.iter().map(|call| {
            let share = case.shares().get(&call.resource);
            let state = match share {
                None if self.asking() == Some(&call.resource) => ProgressState::Running,
                None => ProgressState::Waiting,
                Some(share) => match (share.record.outcome, &share.answer) {
                    (ShareOutcome::Found, Some(ShareAnswer::Objected { .. })) => ProgressState::Skipped,
                    (ShareOutcome::Found, _) => ProgressState::Done,
                    (ShareOutcome::TimedOut, _) => ProgressState::Late,
                    (_, _) => ProgressState::Failed,
                },
            };
            let words = share.map(|share| ctx.text(answer_key(share.record.outcome, share.answer.as_ref())));
            let ms = share.and_then(|share| u32::try_from(share.record.took_ms).ok());
            let line = Progress { name: call.title.clone(), source: call.source_org.clone(), state, words, ms };
            progress_row(ui, ctx.id(&format!("share.{}", call.resource)), &line)
        });
        card(ui, column(rows).spacing(ui.tokens.space.s)).into()
    }

    fn record<'a>(&'a self, ctx: &Context<'a>, call: &ShareCall, record: &SharedRecord) -> Element<'a, Message> {
        let ui = ctx.ui;
        let label = |key: &tongban_domain::ids::FieldId| {
            call.fields.iter().find(|field| field.key == *key).map_or_else(|| key.0.clone(), |field| field.label.clone())
        };
        let lines = record
            .fields
            .iter()
            .filter(|(_, value)| !value.is_empty() && !value.starts_with('['))
            .map(|(key, value)| Element::from(field_row(ui, ctx.id(&format!("share.field.{key}")), label(key), value.clone())));
        let source = ui.with("share-from", &[("org", &call.source_org)]);
        let details = scrollable(column![body(ui, source)].extend(lines).spacing(ui.tokens.space.s)).height(Length::Fill);
        let yes = primary(ui, ctx.id("share.confirm"), ctx.text("share-confirm"))
            .icon(Icon::Check)
            .fill()
            .on_press(Message::Confirm(call.resource.clone()));
        let no = secondary(ui, ctx.id("share.object"), ctx.text("share-object"))
            .fill()
            .on_press(Message::Object(call.resource.clone()));
        column![panel(ui, call.title.clone(), details).height(Length::Fill), row![no, yes].spacing(ui.tokens.space.m)]
            .spacing(ui.tokens.space.m)
            .height(Length::Fill)
            .into()
    }

    fn objection<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let reasons = REASONS.iter().enumerate().map(|(n, key)| {
            let text = ctx.text(key);
            choice(ui, ctx.id(&format!("share.reason.{n}")), text.clone(), self.reason() == text, Some(Message::ReasonChosen(text)))
        });
        let send = primary(ui, ctx.id("share.object-send"), ctx.text("share-object-send"))
            .on_press_maybe((!self.reason().is_empty()).then_some(Message::ObjectionConfirmed));
        let back = secondary(ui, ctx.id("share.object-back"), ctx.text("common-back")).on_press(Message::ObjectionCancelled);
        column![
            title(ui, ctx.text("share-object-title")),
            body(ui, ctx.text("share-object-hint")),
            column(reasons).spacing(ui.tokens.space.m),
            actions(ui, [back.into(), send.into()]),
        ]
        .spacing(ui.tokens.space.l)
        .into()
    }

    /// Something essential did not come: ask again, or leave it for later.
    fn retry<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let open = ctx.case().zip(ctx.draft.item.as_deref()).and_then(|(case, item)| case.open_shares(item).first().map(|call| call.resource.clone()));
        let again = primary(ui, ctx.id("share.again"), ctx.text("share-again")).on_press_maybe(open.map(Message::AskAgain));
        column![body(ui, ctx.text("share-essential-missing")), actions(ui, [again.into()])].spacing(ui.tokens.space.m).into()
    }
}

/// What a record's state is called.
fn answer_key(outcome: ShareOutcome, answer: Option<&ShareAnswer>) -> &'static str {
    match (outcome, answer) {
        (ShareOutcome::Found, None) => "share-state-found",
        (ShareOutcome::Found, Some(ShareAnswer::Confirmed)) => "share-state-confirmed",
        (ShareOutcome::Found, Some(ShareAnswer::Objected { .. })) => "share-state-objected",
        (ShareOutcome::NoRecord, _) => "share-state-none",
        (ShareOutcome::TimedOut, _) => "share-state-late",
        (ShareOutcome::Refused, _) => "share-state-refused",
        (ShareOutcome::Garbage, _) => "share-state-garbage",
        (ShareOutcome::Unreachable, _) => "share-state-offline",
    }
}
