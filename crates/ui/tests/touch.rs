//! Pressing: fingers count where they are, not where the cursor is.

use std::path::Path;
use std::sync::Arc;

use iced::widget::row;
use iced::{Event, Point, Size, mouse, touch};
use iced_test::Simulator;
use tongban_ui::widget::{Ink, Strokes, primary, signature};
use tongban_ui::{Element, I18n, Id, Look, Profile, Ui, font, id};

fn ui() -> Ui {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let i18n = I18n::load(&root.join("i18n"), "zh-CN").expect("the texts load");
    Ui::new(Profile::Kiosk, Look::Standard, Arc::new(i18n))
}

fn simulator<'a, M>(view: Element<'a, M>) -> Simulator<'a, M> {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/fonts");
    let settings = iced::Settings {
        fonts: font::load(&fonts).expect("run assets/fonts/fetch.sh first"),
        default_font: font::REGULAR,
        ..iced::Settings::default()
    };
    Simulator::with_size(settings, Size::new(900.0, 300.0), view)
}

fn two<'a>(ui: &'a Ui) -> Element<'a, u8> {
    row![
        primary(ui, id!("test.left"), "左").width(300).on_press(1),
        primary(ui, id!("test.right"), "右").width(300).on_press(2),
        primary(ui, id!("test.off"), "停").width(200),
    ]
    .spacing(20)
    .into()
}

fn centre<M>(simulator: &mut Simulator<'_, M>, id: Id) -> Point {
    simulator.find(id).expect("the button is found by its id").bounds().center()
}

fn down(finger: u64, position: Point) -> Event {
    Event::Touch(touch::Event::FingerPressed { id: touch::Finger(finger), position })
}

fn up(finger: u64, position: Point) -> Event {
    Event::Touch(touch::Event::FingerLifted { id: touch::Finger(finger), position })
}

#[test]
fn a_click_by_id_presses() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    simulator.click(id!("test.right")).expect("found");
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [2]);
}

#[test]
fn a_finger_presses_where_it_is_even_with_the_cursor_elsewhere() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let left = centre(&mut simulator, id!("test.left"));
    let right = centre(&mut simulator, id!("test.right"));
    simulator.point_at(right);
    simulator.simulate([down(1, left), up(1, left)]);
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [1]);
}

/// What a touch panel that speaks as a mouse sends.
fn click(at: Point) -> [Event; 3] {
    use iced::mouse::{Button, Event as Mouse};
    [Mouse::CursorMoved { position: at }, Mouse::ButtonPressed(Button::Left), Mouse::ButtonReleased(Button::Left)]
        .map(Event::Mouse)
}

#[test]
fn fast_presses_of_a_panel_that_speaks_as_a_mouse_land_where_they_were_made() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let (left, right) = (centre(&mut simulator, id!("test.left")), centre(&mut simulator, id!("test.right")));
    // The machine was busy: both presses come in one batch, and the cursor already stands at the end.
    simulator.point_at(right);
    simulator.simulate(click(left).into_iter().chain(click(right)));
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn sliding_off_the_button_takes_the_press_back() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let left = centre(&mut simulator, id!("test.left"));
    let right = centre(&mut simulator, id!("test.right"));
    simulator.simulate([down(1, left), up(1, right)]);
    assert_eq!(simulator.into_messages().count(), 0);
}

#[test]
fn a_second_finger_does_not_press_what_the_first_holds() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let left = centre(&mut simulator, id!("test.left"));
    simulator.simulate([down(1, left), down(2, left), up(2, left)]);
    simulator.simulate([up(1, left)]);
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [1], "one press, not two");
}

#[test]
fn a_lost_finger_presses_nothing() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let left = centre(&mut simulator, id!("test.left"));
    let lost = Event::Touch(touch::Event::FingerLost { id: touch::Finger(1), position: left });
    simulator.simulate([down(1, left), lost, up(1, left)]);
    assert_eq!(simulator.into_messages().count(), 0);
}

#[test]
fn a_disabled_button_cannot_be_pressed() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let off = centre(&mut simulator, id!("test.off"));
    simulator.simulate([down(1, off), up(1, off)]);
    simulator.click(id!("test.off")).expect("it is there");
    assert_eq!(simulator.into_messages().count(), 0);
}

#[test]
fn the_mouse_presses_with_the_left_button_only() {
    let ui = ui();
    let mut simulator = simulator(two(&ui));
    let left = centre(&mut simulator, id!("test.left"));
    simulator.point_at(left);
    let press = |button| {
        [Event::Mouse(mouse::Event::ButtonPressed(button)), Event::Mouse(mouse::Event::ButtonReleased(button))]
    };
    simulator.simulate(press(mouse::Button::Right));
    simulator.simulate(press(mouse::Button::Left));
    assert_eq!(simulator.into_messages().collect::<Vec<_>>(), [1]);
}

#[test]
fn a_finger_writes_a_signature_in_fractions_of_the_field() {
    let ui = ui();
    let mut strokes = Strokes::default();
    let written: Vec<Ink> = {
        let mut simulator = simulator(signature(&ui, id!("test.pad"), &strokes, 200.0, "签名", |ink| ink));
        let bounds = simulator.find(id!("test.pad")).expect("found").bounds();
        let at = |x: f32, y: f32| Point::new(bounds.x + bounds.width * x, bounds.y + bounds.height * y);
        let moved = |x, y| Event::Touch(touch::Event::FingerMoved { id: touch::Finger(1), position: at(x, y) });
        let mut events = vec![down(1, at(0.1, 0.5))];
        events.extend((1..20_u8).map(|step| moved(0.1 + f32::from(step) / 40.0, 0.5)));
        events.push(up(1, at(0.6, 0.5)));
        simulator.simulate(events);
        simulator.into_messages().collect()
    };
    for ink in written {
        strokes.add(ink);
    }
    assert!(strokes.is_signed());
    let (x, y) = strokes.lines()[0][0];
    assert!((x - 0.1).abs() < 0.01 && (y - 0.5).abs() < 0.01, "{x} {y}");
}
