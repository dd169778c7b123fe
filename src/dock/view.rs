//! The panel: one group per thing, a sentence on what it shows.

use super::{Dock, Message, PEOPLE};
use iced::widget::{Row, column, container, row, space};
use iced::{Center, Length};
use tongban_ui::widget::{Button, caption, card, chip_with, heading, primary, quiet, secondary, strong};
use tongban_ui::{Element, Icon, Tone, Ui};

/// Names in a row.
const NAMES: usize = 4;

impl Dock {
    /// Draws the panel.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        let ui = &self.ui;
        let last = self.last.map(|(key, well)| {
            let (tone, icon) = if well { (Tone::Ok, Icon::CheckCircle) } else { (Tone::Warn, Icon::Warning) };
            chip_with(ui, tone, icon, ui.text(key))
        });
        let head = row![heading(ui, ui.text("dock-title")).width(Length::Fill)].extend(last).align_y(Center);
        let groups = column![
            head,
            caption(ui, ui.text("dock-hint")),
            self.people(),
            self.group(
                "dock-card",
                [
                    ("dock.card.put", "dock-card-put", Message::PutCard, true),
                    ("dock.card.take", "dock-card-remove", Message::TakeCard, false)
                ],
                self.places.reader.is_some()
            ),
            self.group(
                "dock-finger",
                [("dock.finger", "dock-finger-press", Message::Finger, true)],
                self.places.finger.is_some()
            ),
            self.group(
                "dock-paper",
                [("dock.page", "dock-paper-next", Message::NextPage, true)],
                self.places.document.is_some()
            ),
            self.group(
                "dock-network",
                [
                    ("dock.network.off", "dock-network-cut", Message::Network(false), self.online),
                    ("dock.network.on", "dock-network-restore", Message::Network(true), !self.online)
                ],
                true
            ),
            self.group(
                "dock-reader",
                [
                    ("dock.reader.unplug", "dock-unplug", Message::Reader("unplug"), false),
                    ("dock.reader.plug", "dock-plug", Message::Reader("plug"), false),
                    ("dock.reader.swap", "dock-swap", Message::Reader("swap"), false)
                ],
                self.places.reader.is_some()
            ),
            self.group(
                "dock-printer",
                [
                    ("dock.printer.empty", "dock-printer-paper", Message::Printer("media-empty"), false),
                    ("dock.printer.clear", "dock-printer-clear", Message::Printer(""), false)
                ],
                self.places.printer.is_some()
            ),
            self.group("dock-power", [("dock.power", "dock-power-cut", Message::Power, false)], true),
        ];
        let page = groups.push(space().height(Length::Fill)).spacing(ui.tokens.space.xs);
        container(page).padding(ui.tokens.space.m).width(Length::Fill).height(Length::Fill).into()
    }

    fn people(&self) -> Element<'_, Message> {
        let ui = &self.ui;
        let name = |(at, name): (usize, &&'static str)| {
            let id = tongban_ui::Id::from(format!("dock.person.{at}"));
            let button = if at == self.person { primary(ui, id, *name) } else { quiet(ui, id, *name) };
            container(Element::from(button.small().fill().on_press(Message::Person(at)))).width(Length::Fill).into()
        };
        let rows = PEOPLE.chunks(NAMES).enumerate().map(|(line, names)| {
            let names = names.iter().enumerate().map(|(at, person)| name((line * NAMES + at, person)));
            Row::with_children(names.collect::<Vec<_>>()).spacing(ui.tokens.space.xs).into()
        });
        column(rows).spacing(ui.tokens.space.xs).into()
    }

    /// A heading, a sentence, the buttons. `<key>-shows` is the sentence.
    fn group<const N: usize>(
        &self,
        key: &str,
        buttons: [(&'static str, &str, Message, bool); N],
        there: bool,
    ) -> Element<'_, Message> {
        let ui = &self.ui;
        let buttons = buttons.into_iter().map(|(id, words, message, main)| {
            let button = weighted(ui, id, ui.text(words), main).small().fill();
            container(Element::from(button.on_press_maybe(there.then_some(message)))).width(Length::Fill).into()
        });
        let shows = if there { ui.text(&format!("{key}-shows")) } else { ui.text("dock-absent") };
        let page = (key == "dock-paper").then_some(self.page.as_ref()).flatten();
        let shows = page.map_or(shows, |page| ui.with("dock-paper-now", &[("name", page)]));
        let words = row![strong(ui, ui.text(key)), caption(ui, shows)].spacing(ui.tokens.space.s).align_y(Center);
        let line = Row::with_children(buttons.collect::<Vec<_>>()).spacing(ui.tokens.space.s);
        card(ui, column![words, row![line]].spacing(ui.tokens.space.xs)).padding(ui.tokens.space.s).into()
    }
}

fn weighted<'a>(ui: &'a Ui, id: &'static str, words: String, main: bool) -> Button<'a, Message> {
    let id = tongban_ui::Id::new(id);
    if main { primary(ui, id, words).icon(Icon::Play) } else { secondary(ui, id, words) }
}
