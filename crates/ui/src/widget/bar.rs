//! The two bars every public page has.

use iced::widget::{Row, column, container, row, space};
use iced::{Center, Length};

use super::button::{quiet, secondary};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Look, Profile, Tone, Ui, id};

/// State of the connection to the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Connected.
    Online,
    /// Connected, slow or losing answers.
    Slow,
    /// Not connected; some items wait.
    Offline,
}

impl Link {
    fn look(self) -> (Icon, Tone, &'static str) {
        match self {
            Link::Online => (Icon::Wifi, Tone::Ok, "common-link-online"),
            Link::Slow => (Icon::Wifi, Tone::Warn, "common-link-slow"),
            Link::Offline => (Icon::WifiOff, Tone::Fault, "common-link-offline"),
        }
    }
}

/// The top bar under construction.
pub struct TopBar<'a, M> {
    ui: &'a Ui,
    hall: String,
    clock: String,
    link: Link,
    muted: bool,
    who: Option<String>,
    on_elder: Option<M>,
    on_contrast: Option<M>,
    on_smaller: Option<M>,
    on_bigger: Option<M>,
    on_mute: Option<M>,
    on_volume: Option<(String, M)>,
}

/// Top bar: hall, time, connection, and the controls that were given messages.
pub fn top_bar<'a, M>(ui: &'a Ui, hall: impl Into<String>, clock: impl Into<String>, link: Link) -> TopBar<'a, M> {
    TopBar {
        ui,
        hall: hall.into(),
        clock: clock.into(),
        link,
        muted: false,
        who: None,
        on_elder: None,
        on_contrast: None,
        on_smaller: None,
        on_bigger: None,
        on_mute: None,
        on_volume: None,
    }
}

impl<M> TopBar<'_, M> {
    /// Who is served or signed in (masked where the public sees it).
    #[must_use]
    pub fn who(mut self, words: impl Into<String>) -> Self {
        self.who = Some(words.into());
        self
    }

    /// 长者模式 on and off (`top.elder`).
    #[must_use]
    pub fn on_elder(mut self, message: M) -> Self {
        self.on_elder = Some(message);
        self
    }

    /// 高对比 on and off (`top.contrast`).
    #[must_use]
    pub fn on_contrast(mut self, message: M) -> Self {
        self.on_contrast = Some(message);
        self
    }

    /// A− and A+ (`top.smaller`, `top.bigger`).
    #[must_use]
    pub fn on_zoom(mut self, smaller: M, bigger: M) -> Self {
        self.on_smaller = Some(smaller);
        self.on_bigger = Some(bigger);
        self
    }

    /// 语音 on and off (`top.mute`); `muted` is the state in force.
    #[must_use]
    pub fn on_mute(mut self, muted: bool, message: M) -> Self {
        self.muted = muted;
        self.on_mute = Some(message);
        self
    }

    /// The next volume (`top.volume`); `words` name the one in force.
    #[must_use]
    pub fn on_volume(mut self, words: impl Into<String>, message: M) -> Self {
        self.on_volume = Some((words.into(), message));
        self
    }

    fn controls<'a>(&mut self, ui: &'a Ui) -> Row<'a, M>
    where
        M: Clone + 'a,
    {
        let look = ui.tokens.look;
        let mut parts: Vec<Element<'a, M>> = Vec::new();
        if let Some(message) = self.on_elder.take() {
            let key = if look == Look::Elder { "common-look-usual" } else { "common-look-elder" };
            let icon = Icon::Elder;
            parts.push(bar_button(ui, id!("top.elder"), icon, ui.text(key), message));
        }
        if let Some(message) = self.on_contrast.take() {
            let on = look == Look::HighContrast;
            let key = if on { "common-look-usual" } else { "common-look-contrast" };
            parts.push(bar_button(ui, id!("top.contrast"), Icon::Contrast, ui.text(key), message));
        }
        if let Some(message) = self.on_smaller.take() {
            let message = (ui.tokens.zoom > 0).then_some(message);
            let label = ui.text("common-zoom-smaller");
            parts.push(quiet(ui, id!("top.smaller"), label).small().on_press_maybe(message).into());
        }
        if let Some(message) = self.on_bigger.take() {
            let message = (ui.tokens.zoom < crate::Tokens::ZOOM_MAX).then_some(message);
            let label = ui.text("common-zoom-bigger");
            parts.push(quiet(ui, id!("top.bigger"), label).small().on_press_maybe(message).into());
        }
        if let Some(message) = self.on_mute.take() {
            let (icon, key) =
                if self.muted { (Icon::Mute, "common-speech-off") } else { (Icon::Speaker, "common-speech-on") };
            parts.push(bar_button(ui, id!("top.mute"), icon, ui.text(key), message));
        }
        if let Some((words, message)) = self.on_volume.take() {
            parts.push(bar_button(ui, id!("top.volume"), Icon::Speaker, words, message));
        }
        Row::with_children(parts).align_y(Center)
    }
}

fn bar_button<'a, M: Clone + 'a>(ui: &'a Ui, id: crate::Id, icon: Icon, words: String, message: M) -> Element<'a, M> {
    let button = quiet(ui, id, words).icon(icon).small().on_press(message);
    if ui.tokens.profile == Profile::Kiosk { button.stacked().into() } else { button.into() }
}

/// Clock and connection.
fn state<'a, M: 'a>(ui: &'a Ui, clock: &str, link: Link) -> Row<'a, M> {
    let t = &ui.tokens;
    let (icon, tone, key) = link.look();
    let small = t.text.caption * 1.1;
    let link = row![crate::icon::icon(icon, small, t.colour.tone(tone)), tinted(ui, Type::Caption, tone, ui.text(key))]
        .spacing(t.space.xs)
        .align_y(Center);
    row![super::caption(ui, clock.to_owned()), super::labelled(id!("top.link"), link)]
        .spacing(t.space.m)
        .align_y(Center)
}

impl<'a, M: Clone + 'a> TopBar<'a, M> {
    /// Hall, time and connection without the controls: for a page whose upper part nobody can reach.
    pub(super) fn read_only(self) -> Element<'a, M> {
        let ui = self.ui;
        let hall = super::title(ui, self.hall).align_x(Center);
        column![hall, state(ui, &self.clock, self.link)].align_x(Center).spacing(ui.tokens.space.s).into()
    }
}

impl<'a, M: Clone + 'a> From<TopBar<'a, M>> for Element<'a, M> {
    fn from(mut bar: TopBar<'a, M>) -> Self {
        let ui = bar.ui;
        let t = &ui.tokens;
        let controls = bar.controls(ui);
        // Where type is big there is room for the time only, not for the date before it.
        let clock = if t.is_big() { time_of(&bar.clock) } else { &bar.clock };
        let state = state(ui, clock, bar.link);
        let name = row![
            crate::icon::icon(Icon::Hall, t.text.heading * 1.2, t.colour.primary),
            tinted(ui, Type::Heading, Tone::Ink, bar.hall).wrapping(iced::widget::text::Wrapping::None),
        ]
        .spacing(t.space.s)
        .align_y(Center);
        // What is too long is cut here, so that the controls keep their place.
        let cut = |content: Element<'a, M>| container(content).width(Length::Fill).clip(true);
        let content: Element<'a, M> = if t.profile != Profile::Kiosk {
            let who = bar.who.map(|w| tinted(ui, Type::Body, Tone::Soft, w).into());
            let left = row![name, state].extend(who).spacing(t.space.xl).align_y(Center);
            row![cut(left.into()), controls].align_y(Center).into()
        } else if t.is_big() {
            let first = row![cut(name.into()), state].spacing(t.space.m).align_y(Center);
            column![first, controls.spacing(t.space.s)].spacing(t.space.xs).into()
        } else {
            let left = column![name, state].spacing(t.space.xs);
            row![cut(left.into()), controls].align_y(Center).into()
        };
        frame(ui, content, t.size.top_bar, true)
    }
}

/// The last word of a clock text: `11月23日 星期一 09:41` → `09:41`.
fn time_of(clock: &str) -> &str {
    clock.rsplit(' ').next().unwrap_or(clock)
}

/// The bottom bar under construction.
pub struct BottomBar<'a, M> {
    ui: &'a Ui,
    home: Option<M>,
    back: Option<M>,
    help: Option<(String, M)>,
    low: Option<M>,
    seconds: Option<u32>,
}

/// Bottom bar: 返回首页 · 上一步 · countdown · 帮助呼叫 · 低位. 返回首页 and 上一步 stay in
/// their places, greyed, when they lead nowhere; the others are there when they have a message.
pub fn bottom_bar<M>(ui: &Ui) -> BottomBar<'_, M> {
    BottomBar { ui, home: None, back: None, help: None, low: None, seconds: None }
}

impl<M> BottomBar<'_, M> {
    /// 返回首页 (`bottom.home`).
    #[must_use]
    pub fn on_home(mut self, message: M) -> Self {
        self.home = Some(message);
        self
    }

    /// 上一步 (`bottom.back`).
    #[must_use]
    pub fn on_back(mut self, message: M) -> Self {
        self.back = Some(message);
        self
    }

    /// 帮助呼叫 (`bottom.help`); `words` say how far the call is.
    #[must_use]
    pub fn on_help(mut self, words: impl Into<String>, message: M) -> Self {
        self.help = Some((words.into(), message));
        self
    }

    /// 低位 and back (`bottom.low`).
    #[must_use]
    pub fn on_low(mut self, message: M) -> Self {
        self.low = Some(message);
        self
    }

    /// Seconds until the page is cleared.
    #[must_use]
    pub fn countdown(mut self, seconds: Option<u32>) -> Self {
        self.seconds = seconds;
        self
    }
}

impl<'a, M: Clone + 'a> From<BottomBar<'a, M>> for Element<'a, M> {
    fn from(bar: BottomBar<'a, M>) -> Self {
        let ui = bar.ui;
        let t = &ui.tokens;
        let clock: Element<'a, M> = match bar.seconds {
            Some(seconds) => row![
                super::icon(ui, Icon::Clock, Tone::Soft),
                tinted(ui, Type::Strong, Tone::Soft, ui.with("common-clears-in", &[("n", &seconds)])),
            ]
            .spacing(t.space.xs)
            .align_y(Center)
            .into(),
            None => space().into(),
        };
        // Icon above the word where fingers press: four must stand side by side, in big type too.
        let stacked = !t.hovers();
        let button = |id, icon, words: String, message| {
            let button = secondary(ui, id, words).icon(icon).on_press_maybe(message);
            Element::from(if stacked { button.stacked() } else { button })
        };
        // A call nobody answers is not offered.
        let help = bar.help.map(|(words, help)| button(id!("bottom.help"), Icon::Help, words, Some(help)));
        // Near the lower right corner, where a hand reaches from a wheelchair.
        let low = bar.low.map(|low| {
            let key = if t.low { "common-low-off" } else { "common-low" };
            button(id!("bottom.low"), Icon::Wheelchair, ui.text(key), Some(low))
        });
        let content = row![
            button(id!("bottom.home"), Icon::Home, ui.text("common-home"), bar.home),
            button(id!("bottom.back"), Icon::Back, ui.text("common-back"), bar.back),
            space::horizontal(),
            super::labelled(id!("bottom.countdown"), clock),
        ]
        .extend(help)
        .extend(low)
        .spacing(t.space.m)
        .align_y(Center);
        frame(ui, content, t.size.bottom_bar, false)
    }
}

/// A bar: surface with a line towards the page.
fn frame<'a, M: 'a>(ui: &Ui, content: impl Into<Element<'a, M>>, height: f32, top: bool) -> Element<'a, M> {
    let t = &ui.tokens;
    let side = t.size.margin * 0.7;
    let body = container(content)
        .width(Length::Fill)
        .height(Length::Fixed(height))
        .align_y(Center)
        .padding([0.0, side])
        .style(super::card::surface(t.colour.surface, t.colour.surface, 0.0, 0.0));
    if top { column![body, super::divider(ui)].into() } else { column![super::divider(ui), body].into() }
}
