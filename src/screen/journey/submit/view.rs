//! How the result arrives, and one touch.

use super::{Message, Submit};
use crate::apply::context::Context;
use iced::widget::{center, column};
use tongban_domain::event::Delivery;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{Level, banner, busy, primary, tile, tiles, tinted, title, with_actions};
use tongban_ui::{Element, Icon, Look, Tone};

impl Submit {
    /// The same page on kiosk and window.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.sending() {
            return center(busy(ui, ctx.text("submit-saving"), ctx.tick())).into();
        }
        let signed = Self::signed(ctx).is_some();
        let offered = self.offered(ctx);
        let columns = if ui.tokens.look == Look::Elder { 1 } else { offered.len().clamp(1, 3) };
        let ways = offered.into_iter().map(|delivery| {
            let (name, icon) = match delivery {
                Delivery::Pickup => ("pickup", Icon::Hall),
                Delivery::Courier => ("courier", Icon::Courier),
                Delivery::OnTheSpot => ("on-the-spot", Icon::Printer),
            };
            tile(ui, ctx.id(&format!("submit.{name}")), icon, ctx.text(&format!("submit-{name}")))
                .subtitle(ctx.text(&format!("submit-{name}-hint")))
                .selected(self.delivery() == Some(delivery))
                .upright()
                .on_press_maybe((!signed).then_some(Message::Delivery(delivery)))
                .into()
        });
        let offline = (!ctx.live.online).then(|| {
            banner(ui, ctx.id("submit.offline"), Level::Info, ctx.text("submit-offline"))
                .cure(ctx.text("submit-offline-cure"))
                .into()
        });
        let send = primary(ui, ctx.id("submit.send"), ctx.text("submit-send"))
            .icon(Icon::Check)
            .fill()
            .on_press_maybe(self.delivery().map(|_| Message::Submit));
        let hint =
            tinted(ui, Type::Body, Tone::Soft, ctx.text(if signed { "submit-hint-signed" } else { "submit-hint" }));
        let page = column![title(ui, ctx.text("submit-heading")), hint, tiles(ui, columns, ways)]
            .extend(offline)
            .spacing(ui.tokens.space.l);
        with_actions(ui, page, [send.into()])
    }

    /// The officer submits for the applicant who signed.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.view(ctx)
    }
}
