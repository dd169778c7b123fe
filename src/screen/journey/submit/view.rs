//! How the result arrives, and one touch.

use super::{Message, Submit};
use crate::apply::context::Context;
use iced::widget::{column, row};
use tongban_domain::event::Delivery;
use tongban_ui::widget::{Level, actions, banner, body, busy, primary, tile, title};
use tongban_ui::{Element, Icon};

impl Submit {
    /// The same page on kiosk and window.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.sending() {
            return iced::widget::center(busy(ui, ctx.text("submit-saving"), ctx.tick())).into();
        }
        let ways = self.offered(ctx).into_iter().map(|delivery| {
            let (name, icon) = match delivery {
                Delivery::Pickup => ("pickup", Icon::Hall),
                Delivery::Courier => ("courier", Icon::Courier),
                Delivery::OnTheSpot => ("on-the-spot", Icon::Printer),
            };
            tile(ui, ctx.id(&format!("submit.{name}")), icon, ctx.text(&format!("submit-{name}")))
                .subtitle(ctx.text(&format!("submit-{name}-hint")))
                .selected(self.delivery() == Some(delivery))
                .upright()
                .on_press(Message::Delivery(delivery))
                .into()
        });
        let offline = (!ctx.live.online).then(|| {
            banner(ui, ctx.id("submit.offline"), Level::Info, ctx.text("submit-offline")).cure(ctx.text("submit-offline-cure")).into()
        });
        let send = primary(ui, ctx.id("submit.send"), ctx.text("submit-send"))
            .icon(Icon::Check)
            .on_press_maybe(self.delivery().map(|_| Message::Submit));
        column![title(ui, ctx.text("submit-heading")), body(ui, ctx.text("submit-hint")), row(ways).spacing(ui.tokens.space.m)]
            .extend(offline)
            .push(actions(ui, [send.into()]))
            .spacing(ui.tokens.space.xl)
            .into()
    }

    /// The officer submits for the applicant who signed.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.view(ctx)
    }
}
