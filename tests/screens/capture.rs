//! 采集材料 at the window: a page that lies still is taken by the machine, once; the officer can switch that off, press
//! 拍摄, and throw away what was taken.

use crate::shot::{self, Hand};
use crate::stage::{Stage, show, stage};
use iced::Size;
use tongban::app::Message;
use tongban::apply::Message as Visit;
use tongban::failure::Failure;
use tongban::screen::desk::Message as Desk;
use tongban::screen::journey::{Message as Step, capture};
use tongban_device::page::{PageHint, PageSight};
use tongban_domain::code::ErrorCode;
use tongban_ui::Look;
use tongban_ui::inspect::{Kind, Seen};

const DESK: Size = Size::new(1920.0, 1080.0);
const TAKING: &str = "正在拍摄，请不要移动纸张";

/// The window's page of materials, with a camera that is well.
struct Window {
    stage: Stage,
    hand: Hand,
}

impl Window {
    /// Nothing was taken yet, and much is missing.
    fn open() -> Self {
        shot::use_fonts(&crate::stage::root().join("assets/fonts"));
        let mut stage = stage("window");
        let at = stage.preset("window-capture-empty");
        show(&mut stage, at, Look::Standard);
        Self { stage, hand: Hand::new() }
    }

    fn say(&mut self, message: capture::Message) {
        let visit = Visit::Step(Step::Capture(message));
        drop(self.stage.app.update(Message::Desk(Desk::Visit(visit))));
    }

    /// What the live picture shows; the machine says `ready` of a page that lies still, whole, sharp and lit.
    fn shows(&mut self, hint: PageHint, page: u32) {
        let quad = Some([[2000, 500], [8000, 500], [8000, 9500], [2000, 9500]]);
        let ready = hint == PageHint::Good;
        self.say(capture::Message::Sighted(Some(PageSight { quad, hint, page, ready })));
    }

    fn press(&mut self, id: &str) {
        self.stage.touch(&mut self.hand, false, DESK, Some(id));
    }

    fn seen(&mut self) -> Vec<Seen> {
        self.hand.frame(self.stage.app.draw(false), DESK, None).0
    }

    fn reads(&mut self, words: &str) -> bool {
        self.seen().iter().any(|seen| match &seen.kind {
            Kind::Text(text) | Kind::Press { label: text, .. } => text == words,
            _ => false,
        })
    }

    fn is_taking(&mut self) -> bool {
        self.reads(TAKING)
    }

    /// The picture came to nothing; the next one may be taken.
    fn fails(&mut self) {
        self.say(capture::Message::Taken(Err(Failure::new(ErrorCode::CameraBadImage, "document"))));
        assert!(!self.is_taking());
    }
}

#[test]
fn a_page_that_lies_still_is_taken_at_the_window_and_the_same_page_never_twice() {
    let mut window = Window::open();
    window.shows(PageHint::Good, 1);
    assert!(window.is_taking() && !window.reads("已拍，请换下一页"), "not yet");
    window.fails();
    window.shows(PageHint::Good, 1);
    assert!(!window.is_taking(), "the page that lies there was taken");
    assert!(window.reads("已拍，请换下一页"));
    window.shows(PageHint::Good, 2);
    assert!(window.is_taking(), "the next page");
}

#[test]
fn a_page_that_moves_or_is_not_sharp_whole_and_lit_is_not_taken_and_says_why() {
    let mut window = Window::open();
    for (hint, words) in [
        (PageHint::HoldStill, "请保持不动"),
        (PageHint::Glare, "有反光，请稍微转动材料"),
        (PageHint::Cut, "边角没有拍全，请移到框内"),
        (PageHint::Finger, "手指挡住了材料，请移开"),
        (PageHint::Dark, "光线较暗，请打开补光灯或移开遮挡"),
        (PageHint::Closer, "材料离得太远，请靠近一些"),
        (PageHint::LayPage, "请将材料平放在拍摄区"),
    ] {
        window.shows(hint, 1);
        assert!(!window.is_taking(), "{hint:?}");
        assert!(window.reads(words), "{hint:?} is written: {words}");
    }
    // Control: the same page, once nothing is against it.
    window.shows(PageHint::Good, 1);
    assert!(window.is_taking());
}

#[test]
fn the_officer_switches_it_off_and_takes_pages_by_hand() {
    let mut window = Window::open();
    window.press("window.capture.by-itself");
    window.shows(PageHint::Good, 1);
    assert!(!window.is_taking());
    assert!(window.reads("很好，可以拍摄"), "nothing is promised that does not happen");
    window.press("window.capture.shoot");
    assert!(window.is_taking(), "the button stays");
    window.fails();
    // On again: the page that lies there was taken by hand, the next one is taken by the machine.
    window.press("window.capture.by-itself");
    assert!(!window.is_taking());
    window.shows(PageHint::Good, 2);
    assert!(window.is_taking());
}

#[test]
fn a_page_taken_by_hand_before_it_lay_still_is_not_taken_again_when_it_does() {
    let mut window = Window::open();
    window.shows(PageHint::HoldStill, 0);
    window.press("window.capture.shoot");
    assert!(window.is_taking());
    window.fails();
    window.shows(PageHint::Good, 1);
    assert!(!window.is_taking());
    window.shows(PageHint::LayPage, 1);
    window.shows(PageHint::Good, 2);
    assert!(window.is_taking());
}
