//! Kiosk pages.

use iced::advanced::image::Handle;
use iced::widget::{Column, column, row, space};
use iced::{Center, Fill};
use tongban_ui::preview;
use tongban_ui::widget::text::{Type, tinted};
use tongban_ui::widget::*;
use tongban_ui::{Element, Icon, Look, Tone, Ui, id};

use crate::pages::Message::{self, Nothing};
use crate::pages::World;

const HALL: &str = "示范市政务服务中心";

pub fn bars<'a>(ui: &'a Ui) -> (TopBar<'a, Message>, BottomBar<'a, Message>) {
    let top = top_bar(ui, HALL, "11月23日 星期一 09:41", Link::Online)
        .on_elder(Nothing)
        .on_contrast(Nothing)
        .on_zoom(Nothing, Nothing)
        .on_mute(false, Nothing);
    let bottom =
        bottom_bar(ui).on_home(Nothing).on_back(Nothing).on_help(ui.text("common-help"), Nothing).countdown(Some(52));
    (top, bottom)
}

pub fn framed<'a>(ui: &'a Ui, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let (top, bottom) = bars(ui);
    demo_ribbon(ui, page(ui, top, content, bottom))
}

pub fn head<'a>(ui: &'a Ui, title_words: String, below: String) -> Column<'a, Message> {
    column![title(ui, title_words), tinted(ui, Type::Body, Tone::Soft, below)].spacing(ui.tokens.space.s)
}

pub fn journey<'a>(ui: &'a Ui, at: usize) -> Element<'a, Message> {
    let names = ["identify", "presence", "item", "shares", "form", "capture", "sign-off"]
        .map(|step| ui.text(&format!("step-{step}")));
    stepper(ui, &names, at)
}

pub fn home<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let entry = |name: &'static str, icon, key: &str| {
        let entry = tile(ui, id!("home.tile", name), icon, ui.text(&format!("kiosk-home-{key}")));
        // Elder: two columns of pictures with one word each, no small print.
        let entry = if ui.tokens.look == Look::Elder {
            entry.upright()
        } else {
            entry.subtitle(ui.text(&format!("kiosk-home-{key}-sub")))
        };
        entry.on_press(Nothing).into()
    };
    let entries = [
        entry("apply", Icon::Form, "apply"),
        entry("proof", Icon::Printer, "proof"),
        entry("query", Icon::Search, "query"),
        entry("appoint", Icon::Calendar, "appoint"),
        entry("pay", Icon::Wallet, "pay"),
        entry("rate", Icon::Star, "rate"),
    ];
    let resume = list_row(ui, id!("home.resume"), ui.text("kiosk-home-resume"))
        .icon(Icon::Card)
        .subtitle(ui.text("kiosk-home-resume-sub"))
        .on_press(Nothing);
    let (top, _) = bars(ui);
    let bottom = bottom_bar(ui).on_help(ui.text("common-help"), Nothing);
    let content = column![
        headline(ui, ui.text("kiosk-home-title")),
        tinted(ui, Type::Body, Tone::Soft, ui.text("kiosk-home-subtitle")),
        space().height(ui.tokens.space.m),
        tiles(ui, 2, entries),
        resume,
        space().height(Fill),
        row![
            chip_with(ui, Tone::Soft, Icon::List, ui.with("kiosk-home-count", &[("n", &36)])),
            chip_with(ui, Tone::Soft, Icon::Clock, ui.with("kiosk-home-hours", &[("hours", &"全天 24 小时")])),
        ]
        .spacing(ui.tokens.space.s),
        tinted(ui, Type::Body, Tone::Soft, ui.with("common-hotline", &[("number", &"12345")])),
    ]
    .spacing(ui.tokens.space.m);
    page(ui, top, content, bottom)
}

pub fn identify<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let guide = column![
        pictogram(ui, Icon::Reader, Tone::Primary),
        heading(ui, ui.text("identify-card")).align_x(Center),
        tinted(ui, Type::Body, Tone::Soft, ui.text("identify-card-hint")),
        busy(ui, ui.text("identify-reading"), 3),
    ]
    .spacing(ui.tokens.space.l)
    .align_x(Center)
    .width(Fill);
    let count = if ui.tokens.look == Look::Elder { 2 } else { 4 };
    let others = [
        ("number", Icon::Keyboard, "identify-number"),
        ("qr", Icon::Phone, "identify-qr"),
        ("hmt", Icon::Card, "identify-hmt"),
        ("foreign", Icon::Card, "identify-foreign"),
    ]
    .map(|(name, icon, key)| {
        list_row(ui, id!("identify.other", name), ui.text(key)).icon(icon).on_press(Nothing).into()
    });
    let content = column![
        journey(ui, 0),
        title(ui, ui.text("identify-title")),
        card(ui, guide).padding(ui.tokens.space.xxl),
        heading(ui, ui.text("identify-other")),
        Column::with_children(others.into_iter().take(count)).spacing(ui.tokens.space.s),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}

pub fn presence<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let way = |name: &'static str, icon| {
        tile(ui, id!("presence", name), icon, ui.text(&format!("presence-{name}")))
            .subtitle(ui.text(&format!("presence-{name}-sub")))
            .upright()
            .on_press(Nothing)
            .into()
    };
    let columns = ui.tokens.columns(3);
    let ways = [way("face", Icon::Face), way("finger", Icon::Finger), way("person", Icon::Officer)];
    let content = column![
        journey(ui, 1),
        head(ui, ui.text("presence-title"), ui.text("presence-intro")),
        tiles(ui, columns, ways),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}

pub fn consent<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let consent = column![
        check(ui, id!("consent.share"), ui.text("consent-share-title"), true, Some(Nothing)),
        caption(ui, ui.text("consent-share-body")),
        check(ui, id!("consent.face"), ui.text("consent-face-title"), false, Some(Nothing)),
        caption(ui, ui.text("consent-face-body")),
    ]
    .spacing(ui.tokens.space.m);
    let who = column![
        choice(ui, id!("consent.self"), ui.text("identify-self"), true, Some(Nothing)),
        choice(ui, id!("consent.firm"), ui.text("identify-firm"), false, Some(Nothing)),
    ]
    .spacing(ui.tokens.space.m);
    let content =
        column![journey(ui, 0), head(ui, ui.text("consent-title"), ui.text("consent-intro")), card(ui, consent), who,];
    framed(
        ui,
        with_actions(
            ui,
            content.spacing(ui.tokens.space.l),
            [
                secondary(ui, id!("consent.decline"), ui.text("consent-decline")).fill().on_press(Nothing).into(),
                primary(ui, id!("consent.agree"), ui.text("consent-agree")).fill().on_press(Nothing).into(),
            ],
        ),
    )
}

/// A quiet picture made of numbers: nobody's face.
pub fn test_picture(width: u32, height: u32) -> Option<Handle> {
    let mut pixels = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let shade = 60 + (x * 60 / width + y * 60 / height) as u8;
            pixels.extend([shade / 2, shade - 20, shade + 20, 255]);
        }
    }
    preview::rgba(width, height, pixels)
}

pub fn face<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let waiting = ui.text("presence-face-waiting");
    let size = if ui.tokens.look == Look::Elder { (600.0, 800.0) } else { (720.0, 960.0) };
    let live = live_view(ui, test_picture(480, 640), size, Outline::FaceGuide, waiting);
    let content = column![
        journey(ui, 1),
        title(ui, ui.text("presence-face-look")),
        live,
        chip_with(ui, Tone::Ok, Icon::CheckCircle, ui.text("presence-face-still")),
        secondary(ui, id!("presence.change"), ui.text("presence-change")).on_press(Nothing),
    ];
    framed(ui, content.spacing(ui.tokens.space.l).align_x(Center))
}

pub fn items<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let names = [
        ("建筑业企业资质认定（首次申请）", 10, Icon::Building),
        ("食品经营许可（新办）", 5, Icon::Licence),
        ("公共场所卫生许可（告知承诺）", 1, Icon::Shield),
        ("道路普通货物运输经营许可", 8, Icon::Courier),
        ("取水许可（新办）", 15, Icon::Licence),
        ("个人参保缴费证明", 0, Icon::Page),
        ("不动产登记信息查询", 0, Icon::Home),
        ("公共租赁住房资格查询", 0, Icon::Person),
    ];
    let paging = Paging::new(0, if ui.tokens.columns(2) == 1 { 3 } else { 6 }, 36);
    let shown = names.iter().take(paging.per_page).enumerate().map(|(at, (name, days, icon))| {
        let sub = match days {
            0 => ui.text("kiosk-items-instant"),
            n => ui.with("kiosk-items-promise", &[("n", n)]),
        };
        let offline = at == 3;
        let sub = if offline { ui.text("kiosk-items-offline") } else { sub };
        tile(ui, id!("items.tile", at), *icon, *name).subtitle(sub).on_press_maybe((!offline).then_some(Nothing)).into()
    });
    let columns = ui.tokens.columns(2);
    let content = column![
        journey(ui, 2),
        title(ui, ui.text("kiosk-items-title")),
        input_box(ui, id!("items.search"), ui.text("common-search"), "")
            .hint(ui.text("kiosk-items-search"))
            .on_press(Nothing),
        tiles(ui, columns, shown),
        pager(ui, paging, |_| Nothing),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}
