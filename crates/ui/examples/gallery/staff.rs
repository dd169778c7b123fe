//! Staff pages and the applicant's screen at the window.

use iced::widget::{Column, column, row, space};
use iced::{Center, Fill};
use tongban_ui::widget::table::Column as TableColumn;
use tongban_ui::widget::text::{Type, tinted};
use tongban_ui::widget::*;
use tongban_ui::{Element, Icon, Tone, Ui, id};

use crate::pages::Message::{self, Nothing};
use crate::pages::World;

fn top<'a>(ui: &'a Ui, name: String) -> TopBar<'a, Message> {
    top_bar(ui, name, "09:41:07", Link::Slow).who("王芳 · 工号 1024").on_contrast(Nothing).on_zoom(Nothing, Nothing)
}

fn devices<'a>(ui: &'a Ui) -> Column<'a, Message> {
    let line = |icon, key: &str, detail: &str, tone, words: &str, code: Option<&str>| DeviceLine {
        icon,
        name: ui.text(key),
        detail: detail.to_owned(),
        tone,
        words: ui.text(words),
        code: code.map(str::to_owned),
    };
    let all = [
        line(Icon::Reader, "device-id-card", "USB 1-1.2", DeviceTone::Ready, "device-state-online", None),
        line(Icon::Face, "device-face-camera", "USB 1-1.3", DeviceTone::Busy, "device-state-busy", None),
        line(Icon::Camera, "device-document-camera", "USB 1-1.4", DeviceTone::Ready, "device-state-online", None),
        line(Icon::Finger, "device-fingerprint", "ttyS1", DeviceTone::Attention, "device-state-degraded", Some("D103")),
        line(
            Icon::Printer,
            "device-printer",
            "ipp://printer",
            DeviceTone::Fault,
            "device-state-user-error",
            Some("P101"),
        ),
        line(Icon::Stamp, "device-licence-printer", "", DeviceTone::Absent, "device-state-no-device", None),
    ];
    let mut list = Column::new().spacing(ui.tokens.space.s);
    for (at, device) in all.iter().enumerate() {
        list = list.push(device_row(ui, id!("device.row", at), device, Some(Nothing)));
    }
    list
}

fn queue<'a>(ui: &'a Ui) -> Column<'a, Message> {
    let gap = ui.tokens.space.m;
    let waiting = ["A017 李** 不动产查询", "A018 吴* 参保证明", "A019 马** 食品经营"];
    let queue = waiting
        .iter()
        .enumerate()
        .map(|(at, words)| list_row(ui, id!("queue.row", at), *words).selected(at == 0).on_press(Nothing).into());
    column![
        panel(
            ui,
            ui.text("window-current"),
            column![
                field_row::<Message>(ui, id!("who.name"), "姓名", "陈**"),
                field_row::<Message>(ui, id!("who.firm"), "企业", "宏远建设"),
                row![
                    chip_with(ui, Tone::Ok, Icon::CheckCircle, "已核验"),
                    chip_with(ui, Tone::Warn, Icon::Warning, ui.text("window-credit")),
                ]
                .spacing(gap),
            ]
        ),
        panel(
            ui,
            ui.with("window-queue", &[("n", &3)]),
            Column::with_children(queue.collect::<Vec<_>>()).spacing(ui.tokens.space.s)
        ),
        primary(ui, id!("queue.call"), ui.text("window-call")).icon(Icon::Speaker).fill().on_press(Nothing),
    ]
    .spacing(ui.tokens.space.l)
}

fn work<'a>(ui: &'a Ui) -> Column<'a, Message> {
    let gap = ui.tokens.space.m;
    let cell = |words: &str| body(ui, words).into();
    let state = |tone, icon, key: &str| chip_with(ui, tone, icon, ui.text(key));
    let rows = vec![
        vec![cell("营业执照"), cell("电子证照"), cell("1"), state(Tone::Ok, Icon::CheckCircle, "capture-shared")],
        vec![cell("企业净资产证明"), cell("拍摄"), cell("12"), state(Tone::Ok, Icon::CheckCircle, "capture-green")],
        vec![cell("技术负责人职称证书"), cell("拍摄"), cell("2"), state(Tone::Fault, Icon::CrossCircle, "capture-red")],
        vec![cell("办公场所租赁合同"), cell("拍摄"), cell("0"), state(Tone::Faint, Icon::Clock, "capture-todo")],
    ];
    let columns = [
        TableColumn::words("材料", 5),
        TableColumn::words("来源", 2),
        TableColumn::numbers("页数", 1),
        TableColumn::words("状态", 3),
    ];
    column![
        row![
            title(ui, "建筑业企业资质认定（首次申请）"),
            space().width(Fill),
            chip(ui, Tone::Primary, ui.text("status-draft")),
        ]
        .align_y(Center),
        stepper(
            ui,
            &["identify", "item", "shares", "form", "capture", "sign-off", "submit"]
                .map(|s| ui.text(&format!("step-{s}"))),
            4
        ),
        card(ui, table(ui, id!("materials.table"), &columns, rows)),
        panel(
            ui,
            ui.text("window-form"),
            column![
                text_field(ui, id!("form.phone"), "联系电话", "13890110007", false, |_| Nothing, None),
                text_field(ui, id!("form.address"), "通信地址", "", false, |_| Nothing, None),
            ]
            .spacing(gap)
        ),
        fault_banner(ui, id!("window.fault"), Level::Fault, "P101", Audience::Officer),
    ]
    .spacing(ui.tokens.space.l)
}

fn next_steps<'a>(ui: &'a Ui) -> Column<'a, Message> {
    let gap = ui.tokens.space.m;
    column![
        panel(ui, ui.text("window-devices"), devices(ui)),
        space().height(Fill),
        secondary(ui, id!("window.park"), ui.text("window-park")).fill().on_press(Nothing),
        secondary(ui, id!("window.correct"), ui.text("window-correct")).fill().on_press(Nothing),
        primary(ui, id!("window.next"), ui.text("window-next")).trailing(Icon::Forward).fill().on_press(Nothing),
        caption(ui, ui.text("window-hotkeys")),
    ]
    .spacing(gap)
}

pub fn window<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let bar = top(ui, ui.with("window-title", &[("number", &"12")]));
    demo_ribbon(ui, panes(ui, bar, queue(ui), work(ui), next_steps(ui)))
}

pub fn certificate<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let queue = (0..6).map(|at| {
        list_row(ui, id!("certificate.row", at), format!("建筑业企业资质证书 · 宏远建设 {}", at + 1))
            .subtitle("准予许可 2026-11-20")
            .selected(at == 0)
            .on_press(Nothing)
            .into()
    });
    let left = panel(ui, ui.text("certificate-queue"), paged(ui, queue, Paging::new(0, 6, 14), |_| Nothing));
    let middle = column![
        title(ui, ui.text("certificate-check")),
        banner::<Message>(ui, id!("certificate.unknown"), Level::Warn, ui.text("certificate-unknown-title"))
            .cure(ui.text("certificate-unknown-body"))
            .code("P106"),
        panel(
            ui,
            ui.text("certificate-printed-question"),
            actions(
                ui,
                [
                    danger(ui, id!("certificate.spoiled"), ui.text("certificate-printed-spoiled"))
                        .fill()
                        .on_press(Nothing)
                        .into(),
                    primary(ui, id!("certificate.good"), ui.text("certificate-printed-good"))
                        .fill()
                        .on_press(Nothing)
                        .into(),
                ]
            )
        ),
    ]
    .spacing(ui.tokens.space.l);
    let right = panel(ui, ui.text("certificate-stock"), devices(ui));
    panes(ui, top(ui, ui.text("certificate-title")), left, middle, right)
}

pub fn technician<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let left = panel(
        ui,
        ui.text("technician-overview"),
        column![
            field_row::<Message>(ui, id!("t.version"), "版本", "0.1.0"),
            field_row::<Message>(ui, id!("t.sync"), "待上报", "3 件"),
            field_row::<Message>(ui, id!("t.disk"), "剩余空间", "41 GB").mark(Tone::Ok, Icon::CheckCircle, "正常"),
        ],
    );
    let middle = column![
        title(ui, ui.text("technician-why")),
        fault_banner(ui, id!("t.why"), Level::Fault, "D102", Audience::Technician),
        fault_banner(ui, id!("t.why2"), Level::Warn, "N107", Audience::Technician),
        card(ui, devices(ui)),
    ]
    .spacing(ui.tokens.space.l);
    let right = column![
        primary(ui, id!("t.test"), ui.text("technician-test-all")).icon(Icon::Play).fill().on_press(Nothing),
        secondary(ui, id!("t.bind"), ui.text("technician-bind")).icon(Icon::Usb).fill().on_press(Nothing),
        secondary(ui, id!("t.calibrate"), ui.text("technician-calibrate")).icon(Icon::Gear).fill().on_press(Nothing),
        busy(ui, ui.with("technician-test-running", &[("name", &"身份证阅读器")]), 2),
    ]
    .spacing(ui.tokens.space.m);
    panes(ui, top(ui, ui.text("technician-title")), left, middle, right)
}

pub fn customer<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let rows = column![
        field_row::<Message>(ui, id!("c.firm"), "企业名称", "示范市宏远建设有限公司").source("市场监督管理局"),
        divider(ui),
        field_row::<Message>(ui, id!("c.person"), "法定代表人", "陈建国").source("公安局"),
        divider(ui),
        field_row::<Message>(ui, id!("c.phone"), "联系电话", "138****0007"),
    ];
    let bar = top_bar(ui, "示范市政务服务中心", "09:41", Link::Online).on_elder(Nothing).on_mute(true, Nothing);
    let content = column![
        title(ui, ui.text("customer-confirm-title")),
        tinted(ui, Type::Body, Tone::Soft, ui.text("customer-private")),
        card(ui, rows),
    ]
    .spacing(ui.tokens.space.m);
    let answer = actions(
        ui,
        [
            secondary(ui, id!("c.wrong"), ui.text("customer-confirm-wrong")).fill().on_press(Nothing).into(),
            primary(ui, id!("c.ok"), ui.text("customer-confirm-ok")).icon(Icon::Check).fill().on_press(Nothing).into(),
        ],
    );
    page_open(ui, bar, column![content, space().height(Fill), answer])
}
