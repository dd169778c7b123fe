//! Choice tiles: one big pressable thing per choice, all the same size.

use iced::alignment::Horizontal;
use iced::widget::{Column, Row, column, container, row, space};
use iced::{Center, Length};

use crate::press::{Face, Press, Skin};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Look, Tone, Ui};

/// A tile under construction; becomes an element with `.into()`.
pub struct Tile<'a, M> {
    ui: &'a Ui,
    id: Id,
    icon: Icon,
    title: String,
    subtitle: Option<String>,
    badge: Option<(Tone, String)>,
    selected: bool,
    upright: bool,
    paired: bool,
    on_press: Option<M>,
}

/// A tile with icon and title.
pub fn tile<'a, M>(ui: &'a Ui, id: impl Into<Id>, icon: Icon, title: impl Into<String>) -> Tile<'a, M> {
    Tile {
        ui,
        id: id.into(),
        icon,
        title: title.into(),
        subtitle: None,
        badge: None,
        selected: false,
        upright: false,
        paired: false,
        on_press: None,
    }
}

impl<M> Tile<'_, M> {
    /// A line below the title; on a disabled tile the reason.
    #[must_use]
    pub fn subtitle(mut self, words: impl Into<String>) -> Self {
        self.subtitle = Some(words.into());
        self
    }

    /// A state word in the corner.
    #[must_use]
    pub fn badge(mut self, tone: Tone, words: impl Into<String>) -> Self {
        self.badge = Some((tone, words.into()));
        self
    }

    /// Marks the choice in force.
    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Icon above the words instead of before them.
    #[must_use]
    pub fn upright(mut self) -> Self {
        self.upright = true;
        self
    }

    /// For tiles in two columns: icon and badge above, the words below over the whole width.
    #[must_use]
    pub fn paired(mut self) -> Self {
        self.paired = true;
        self
    }

    /// What happens. Without it the tile is greyed; give the reason as subtitle.
    #[must_use]
    pub fn on_press(mut self, message: M) -> Self {
        self.on_press = Some(message);
        self
    }

    /// What happens, when it may happen.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<M>) -> Self {
        self.on_press = message;
        self
    }
}

/// Height of a [`Tile::paired`] tile: icon, a title of two lines, one line below.
#[must_use]
pub fn paired_height(t: &crate::Tokens) -> f32 {
    let words = (t.text.label * 2.0 + t.text.caption) * crate::Tokens::LINE_HEIGHT;
    t.size.icon_large * 1.5 + t.space.s + words + t.space.xs + 2.0 * t.space.m
}

fn skin(ui: &Ui, selected: bool) -> Skin {
    let (c, s) = (&ui.tokens.colour, &ui.tokens.size);
    let rest = if selected {
        Face { fill: c.primary_soft, line: c.primary, width: s.line_strong }
    } else {
        Face { fill: c.surface, line: c.line, width: s.line }
    };
    let pressed = Face { fill: c.primary_soft, line: c.primary, width: s.line_strong };
    let hovered = Face { line: c.primary, ..rest };
    Skin {
        rest,
        hovered: if ui.tokens.hovers() { hovered } else { rest },
        pressed,
        disabled: Face { fill: c.sunk, line: c.line, width: s.line },
        focus: c.primary,
        radius: s.radius_large,
    }
}

impl<'a, M: Clone + 'a> From<Tile<'a, M>> for Element<'a, M> {
    fn from(tile: Tile<'a, M>) -> Self {
        let ui = tile.ui;
        let t = &ui.tokens;
        let enabled = tile.on_press.is_some();
        let (ink, soft) = if enabled { (Tone::Ink, Tone::Soft) } else { (Tone::Faint, Tone::Faint) };
        let mark = badge_icon(ui, tile.icon, enabled);
        let side = if tile.upright { Horizontal::Center } else { Horizontal::Left };
        let mut words: Column<'a, M> = column![tinted(ui, Type::Label, ink, tile.title.clone()).align_x(side)];
        let bare = tile.subtitle.is_none();
        if let Some(subtitle) = tile.subtitle {
            words = words.push(tinted(ui, Type::Caption, soft, subtitle).align_x(side));
        }
        words = words.spacing(t.space.xs);
        let chip = tile.badge.map(|(tone, words)| super::chip(ui, tone, words));
        // In the elder look a tile has the whole width: words stand beside the icon.
        let upright = tile.upright && (t.look != Look::Elder || bare);
        let paired = tile.paired && !upright;
        let content: Element<'a, M> = if paired {
            let head: Row<'a, M> = row![mark, space::horizontal()];
            let head = head.extend(chip).align_y(Center);
            column![head, words.width(Length::Fill)].spacing(t.space.s).width(Length::Fill).into()
        } else if upright {
            let mut col: Column<'a, M> = column![mark, words.align_x(Center).width(Length::Fill)];
            col = col.extend(chip);
            container(col.spacing(t.space.m).align_x(Center)).center(Length::Fill).into()
        } else {
            let parts: Row<'a, M> = row![mark, words.width(Length::Fill)];
            let parts = parts.extend(chip).spacing(t.space.m).align_y(Center);
            container(parts).center_y(Length::Fill).width(Length::Fill).into()
        };
        let height = match (upright, bare) {
            _ if paired => paired_height(t),
            (false, _) => t.size.tile,
            (true, true) => t.size.tile.max(t.size.icon_large * 1.5 + t.text.label * 2.4),
            (true, false) => t.size.icon_large * 1.5 + t.text.label * 2.2 + t.text.caption * 4.4,
        };
        Press::new(tile.id, tile.title, skin(ui, tile.selected), content)
            .wants(t.size.icon_large * 1.5 + 2.0 * t.space.l, height)
            .on_press_maybe(tile.on_press)
            .width(Length::Fill)
            .height(Length::Fixed(height))
            .padding(if paired {
                [t.space.m, t.space.m]
            } else {
                [t.space.s, if upright { t.space.s } else { t.space.l }]
            })
            .into()
    }
}

/// The tile's icon on its pale square.
fn badge_icon<'a, M: 'a>(ui: &Ui, icon: Icon, enabled: bool) -> Element<'a, M> {
    let t = &ui.tokens;
    let tone = if enabled { Tone::Primary } else { Tone::Faint };
    let side = t.size.icon_large * 1.5;
    container(crate::icon::icon(icon, t.size.icon_large, t.colour.tone(tone)))
        .center(Length::Fixed(side))
        .style(super::card::surface(t.colour.ground(tone), t.colour.ground(tone), 0.0, t.size.radius))
        .into()
}

/// Lays tiles out in rows of `columns`, equal widths, free places left empty.
#[must_use]
pub fn tiles<'a, M: 'a>(ui: &Ui, columns: usize, tiles: impl IntoIterator<Item = Element<'a, M>>) -> Element<'a, M> {
    let gap = ui.tokens.space.m;
    let columns = columns.max(1);
    let mut rest = tiles.into_iter().peekable();
    let mut rows: Column<'a, M> = Column::new().spacing(gap);
    while rest.peek().is_some() {
        let mut line: Row<'a, M> = Row::new().spacing(gap);
        for _ in 0..columns {
            line = line.push(rest.next().unwrap_or_else(|| space().width(Length::Fill).into()));
        }
        rows = rows.push(line);
    }
    rows.into()
}
