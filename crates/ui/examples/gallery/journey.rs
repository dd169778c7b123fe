//! Kiosk pages of the journey after the item is chosen, and odd ones.

use iced::widget::{Column, column, container, row, space};
use iced::{Center, Fill, Point};
use tongban_ui::keyboard::pinyin::Purpose;
use tongban_ui::keyboard::{KeyMessage, Keyboard, Layout};
use tongban_ui::qr::QrModules;
use tongban_ui::widget::text::{Type, tinted};
use tongban_ui::widget::*;
use tongban_ui::{Element, Icon, Look, Tone, Ui, id};

use crate::pages::Message::{self, Nothing};
use crate::pages::World;

use crate::kiosk::{bars, framed, head, journey, test_picture};

pub fn shares<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let line = |name: &str, source: &str, state, ms| Progress {
        name: name.to_owned(),
        source: source.to_owned(),
        state,
        words: None,
        ms,
    };
    let lines = [
        line("营业执照", "市场监督管理局", ProgressState::Done, Some(320)),
        line("居民身份信息", "公安局", ProgressState::Done, Some(180)),
        line("注册建造师", "住房和城乡建设局", ProgressState::Done, Some(1240)),
        line("单位参保明细", "人力资源和社会保障局", ProgressState::Late, Some(8200)),
        line("不动产权属", "自然资源和规划局", ProgressState::Running, None),
        line("信用信息", "发展和改革委员会", ProgressState::Failed, None),
        line("机械设备证明", "不需要", ProgressState::Skipped, None),
        line("企业章程", "市场监督管理局", ProgressState::Waiting, None),
    ];
    let mut list: Column<'a, Message> = Column::new();
    let count = if ui.tokens.look == Look::Elder { 5 } else { lines.len() };
    for (at, row) in lines.iter().take(count).enumerate() {
        if at > 0 {
            list = list.push(divider(ui));
        }
        list = list.push(progress_row(ui, id!("shares.row", at), row));
    }
    let late = banner(ui, id!("shares.late"), Level::Warn, ui.with("shares-late", &[("source", &"社会保险")]))
        .cure(ui.text("shares-late-body"));
    let content =
        column![journey(ui, 3), head(ui, ui.text("shares-title"), ui.text("shares-intro")), card(ui, list), late,];
    framed(
        ui,
        with_actions(
            ui,
            content.spacing(ui.tokens.space.l),
            [
                secondary(ui, id!("shares.capture"), ui.text("shares-capture"))
                    .icon(Icon::Camera)
                    .fill()
                    .on_press(Nothing)
                    .into(),
                primary(ui, id!("shares.wait"), ui.text("shares-wait")).fill().on_press(Nothing).into(),
            ],
        ),
    )
}

pub fn confirm<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let object = |name: &'static str| {
        quiet(ui, id!("confirm.object", name), ui.text("shares-objection")).small().on_press(Nothing)
    };
    let rows: [Element<'a, Message>; 5] = [
        field_row(ui, id!("confirm.firm"), "企业名称", "示范市宏远建设有限公司")
            .source("市场监督管理局")
            .action(object("firm"))
            .into(),
        field_row(ui, id!("confirm.code"), "统一社会信用代码", "91890102MA0DEMO01X")
            .source("市场监督管理局")
            .action(object("code"))
            .into(),
        field_row(ui, id!("confirm.person"), "法定代表人", "陈建国")
            .source("公安局")
            .mark(Tone::Ok, Icon::CheckCircle, ui.text("shares-checked"))
            .into(),
        field_row(ui, id!("confirm.staff"), "参保人数", "46 人")
            .source("人力资源和社会保障局")
            .mark(Tone::Warn, Icon::Warning, ui.text("shares-objected"))
            .into(),
        field_row(ui, id!("confirm.capital"), "净资产（万元）", "80O.5")
            .fault(ui.text("field-not-a-number"))
            .action(quiet(ui, id!("confirm.edit"), ui.text("common-edit")).small().on_press(Nothing))
            .into(),
    ];
    let mut list: Column<'a, Message> = Column::new();
    for (at, row) in rows.into_iter().enumerate() {
        if at > 0 {
            list = list.push(divider(ui));
        }
        list = list.push(row);
    }
    let content = column![
        journey(ui, 3),
        head(ui, ui.text("shares-confirm-title"), ui.text("shares-confirm-intro")),
        card(ui, list),
    ];
    let ok = primary(ui, id!("confirm.ok"), ui.text("shares-confirm-ok")).icon(Icon::Check).fill().on_press(Nothing);
    framed(ui, with_actions(ui, content.spacing(ui.tokens.space.l), [ok.into()]))
}

pub fn form<'a>(ui: &'a Ui, world: &'a World) -> Element<'a, Message> {
    let mut keyboard = Keyboard::new(Some(world.pinyin.clone()));
    keyboard.open(Layout::Pinyin, Purpose::Text);
    for letter in "jianzhugongcheng".chars() {
        let _ = keyboard.update(KeyMessage::Char(letter));
    }
    let mut fields = column![
        input_box(ui, id!("form.category"), "申请类别", "示范市")
            .required()
            .active(true, keyboard.composing())
            .on_press(Nothing),
    ];
    // Elder: while the keyboard is open only the input it writes to is shown.
    let others: [Element<'a, Message>; 2] = [
        input_box(ui, id!("form.phone"), "联系电话", "138900")
            .required()
            .fault(Some(ui.text("field-not-a-phone")))
            .on_press(Nothing)
            .into(),
        input_box(ui, id!("form.note"), "备注", "").hint(ui.text("form-touch")).on_press(Nothing).into(),
    ];
    if ui.tokens.look != Look::Elder {
        fields = fields.extend(others);
    }
    let fields = fields.spacing(ui.tokens.space.m);
    let content = column![
        head(ui, ui.text("form-title"), ui.with("form-intro", &[("filled", &14), ("left", &3)])),
        card(ui, fields),
        space().height(Fill),
        keyboard.view(ui).map(Message::Key),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}

pub fn number<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let mut keyboard = Keyboard::new(None);
    keyboard.open(Layout::IdNumber, Purpose::Text);
    let content = column![
        title(ui, ui.text("identify-number")),
        input_box(ui, id!("identify.number"), ui.text("identify-number-label"), "89010119900307")
            .hint(ui.text("identify-number-hint"))
            .active(true, "")
            .on_press(Nothing),
        keyboard.view(ui).map(Message::Key),
    ];
    framed(ui, content.spacing(ui.tokens.space.xl))
}

pub fn capture<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let quad = [Point::new(0.12, 0.1), Point::new(0.86, 0.08), Point::new(0.9, 0.9), Point::new(0.1, 0.93)];
    let waiting = ui.text("capture-waiting");
    let live = live_view(ui, test_picture(960, 540), (960.0, 540.0), Outline::Quad(quad), waiting);
    let row_of = |at: usize, name: &str, tone, icon, key: &str| {
        list_row(ui, id!("capture.row", at), name)
            .icon(Icon::Page)
            .state(tone, icon, ui.text(key))
            .selected(at == 2)
            .on_press(Nothing)
            .into()
    };
    let rows = [
        row_of(0, "营业执照", Tone::Ok, Icon::CheckCircle, "capture-shared"),
        row_of(1, "企业净资产证明", Tone::Ok, Icon::CheckCircle, "capture-green"),
        row_of(2, "技术负责人职称证书", Tone::Fault, Icon::CrossCircle, "capture-red"),
        row_of(3, "中级以上职称人员证书", Tone::Faint, Icon::Clock, "capture-todo"),
    ];
    let shown = if ui.tokens.look == Look::Elder { 2 } else { 4 };
    let fault = banner(ui, id!("capture.fault"), Level::Fault, ui.text("capture-fault-blurred"))
        .code("V102")
        .action(secondary(ui, id!("capture.retake"), ui.text("capture-retake")).small().on_press(Nothing));
    let content = column![
        journey(ui, 5),
        head(ui, ui.with("capture-now", &[("name", &"技术负责人职称证书")]), ui.text("capture-edge")),
        live,
        fault,
        paged(ui, rows.into_iter().take(shown), Paging::new(0, shown, 9), |_| Nothing),
    ];
    framed(ui, content.spacing(ui.tokens.space.m))
}

pub fn signoff<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let summary = column![
        field_row::<Message>(ui, id!("signoff.item"), ui.text("signoff-summary"), "建筑业企业资质认定（首次申请）"),
        divider(ui),
        field_row::<Message>(ui, id!("signoff.who"), ui.text("common-applicant"), "陈**"),
        divider(ui),
        tinted(ui, Type::Body, Tone::Ink, ui.with("signoff-materials", &[("n", &17), ("pages", &23)])),
        sunk(ui, body(ui, ui.text("signoff-declare"))),
    ]
    .spacing(ui.tokens.space.s);
    let way = |name: &'static str, icon| {
        tile(ui, id!("signoff", name), icon, ui.text(&format!("signoff-{name}")))
            .upright()
            .selected(name == "finger")
            .on_press(Nothing)
            .into()
    };
    let ways = [way("finger", Icon::Finger), way("face", Icon::Face), way("sign", Icon::Pen)];
    let content = column![
        journey(ui, 6),
        title(ui, ui.text("signoff-title")),
        card(ui, summary),
        heading(ui, ui.text("signoff-choose")),
        tiles(ui, 3, ways),
    ];
    let submit =
        primary(ui, id!("signoff.submit"), ui.text("signoff-submit")).icon(Icon::Seal).fill().on_press(Nothing);
    framed(ui, with_actions(ui, content.spacing(ui.tokens.space.l), [submit.into()]))
}

pub fn sign<'a>(ui: &'a Ui, world: &'a World) -> Element<'a, Message> {
    let hint = ui.text("signoff-sign-here");
    let content = column![
        journey(ui, 6),
        head(ui, ui.text("signoff-sign"), ui.text("signoff-declare")),
        signature(ui, id!("sign.pad"), &world.strokes, 520.0, hint, |_| Nothing),
        secondary(ui, id!("sign.clear"), ui.text("signoff-sign-clear")).icon(Icon::Refresh).on_press(Nothing),
    ];
    let agree = primary(ui, id!("sign.agree"), ui.text("signoff-agree")).fill().on_press(Nothing);
    framed(ui, with_actions(ui, content.spacing(ui.tokens.space.l), [agree.into()]))
}

pub fn receipt<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let code = QrModules::encode("https://demo.invalid/q/8901172026112300017");
    let code: Element<'a, Message> = match code {
        Ok(code) => qr(ui, code, 300.0),
        Err(error) => body(ui, error.to_string()).into(),
    };
    let next = column![
        body(ui, ui.with("receipt-next-accept", &[("n", &5)])),
        body(ui, ui.text("receipt-next-sms")),
        body(ui, ui.with("receipt-next-collect", &[("place", &"示范市政务服务中心 12 号窗口")])),
    ]
    .spacing(ui.tokens.space.s);
    let number = column![
        tinted(ui, Type::Heading, Tone::Primary, ui.with("receipt-number", &[("number", &"890117-2026-11230017")])),
        body(ui, ui.with("receipt-due", &[("date", &"2026-12-07")])),
        code,
        caption(ui, ui.text("receipt-scan")),
    ]
    .spacing(ui.tokens.space.m)
    .align_x(Center)
    .width(Fill);
    let content = column![
        row![
            pictogram(ui, Icon::Check, Tone::Ok),
            column![headline(ui, ui.text("receipt-title")), body(ui, ui.text("receipt-saved-here"))]
                .spacing(ui.tokens.space.s),
        ]
        .spacing(ui.tokens.space.l)
        .align_y(Center),
        card(ui, number),
    ];
    // Elder: what comes next stands on the printed receipt.
    let content =
        if ui.tokens.look == Look::Elder { content } else { content.push(panel(ui, ui.text("receipt-next"), next)) };
    let content = content.push(
        banner::<Message>(ui, id!("receipt.complete"), Level::Ok, ui.text("receipt-complete-title"))
            .cure(ui.text("receipt-complete-body")),
    );
    let content = content.spacing(ui.tokens.space.l);
    framed(
        ui,
        with_actions(
            ui,
            content,
            [
                secondary(ui, id!("receipt.again"), ui.text("receipt-print-again"))
                    .icon(Icon::Printer)
                    .fill()
                    .on_press(Nothing)
                    .into(),
                primary(ui, id!("receipt.done"), ui.text("receipt-done")).fill().on_press(Nothing).into(),
            ],
        ),
    )
}

pub fn idle<'a>(ui: &'a Ui, world: &'a World) -> Element<'a, Message> {
    overlay(ui, confirm(ui, world), Some(idle_dialog(ui, 12, Nothing, Nothing)))
}

pub fn notices<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let content = column![
        banner(ui, id!("n.info"), Level::Info, ui.text("kiosk-offline-title")).cure(ui.text("kiosk-offline-body")),
        banner(ui, id!("n.ok"), Level::Ok, ui.text("capture-complete")).cure(ui.text("capture-complete-body")),
        fault_banner(ui, id!("n.warn"), Level::Warn, "D111", Audience::Applicant)
            .action(secondary(ui, id!("n.retry"), ui.text("common-retry")).small().on_press(Nothing)),
        fault_banner(ui, id!("n.fault"), Level::Fault, "P106", Audience::Applicant),
        container(busy(ui, ui.text("common-saving"), 5)),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}

pub fn buttons<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let content = column![
        row![
            primary(ui, id!("b.primary"), "主要操作").on_press(Nothing),
            secondary(ui, id!("b.secondary"), "次要").on_press(Nothing),
            quiet(ui, id!("b.quiet"), "轻量").on_press(Nothing),
        ]
        .spacing(ui.tokens.space.m),
        row![
            danger(ui, id!("b.danger"), "结束").icon(Icon::Logout).on_press(Nothing),
            primary::<Message>(ui, id!("b.off"), "不可用"),
            secondary::<Message>(ui, id!("b.off2"), "不可用"),
        ]
        .spacing(ui.tokens.space.m),
    ];
    framed(ui, content.spacing(ui.tokens.space.l))
}

pub fn nothing<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let hint = ui.text("kiosk-items-empty-hint");
    framed(ui, card(ui, empty(ui, Icon::Search, ui.text("kiosk-items-empty"), hint)))
}

pub fn low<'a>(ui: &'a Ui, _: &'a World) -> Element<'a, Message> {
    let (top, bottom) = bars(ui);
    let content = column![
        title(ui, ui.text("kiosk-items-title")),
        tiles(ui, 2, (0..4).map(|at| tile(ui, id!("low", at), Icon::Form, "事项").on_press(Nothing).into())),
    ]
    .spacing(ui.tokens.space.m);
    let above = column![
        pictogram(ui, Icon::Wheelchair, Tone::Primary),
        tinted(ui, Type::Title, Tone::Soft, ui.text("common-reach")),
    ]
    .spacing(ui.tokens.space.m)
    .align_x(Center);
    page_low(ui, column![Element::from(top), above], content, bottom)
}
