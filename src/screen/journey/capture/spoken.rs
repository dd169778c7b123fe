//! What of the capture page is worth saying aloud: a hint that stands, and how the page just taken turned out.

use super::Capture;
use std::time::{Duration, Instant};
use tongban_device::page::{PageHint, PageSight};
use tongban_domain::event::Light;

/// A hint is said when it has stood this long: while a page is being laid, several flit by.
const HINT_STANDS: Duration = Duration::from_millis(1200);

/// Something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// What to do with the page under the camera.
    Hint(PageHint),
    /// The page taken last is good and another one is missing.
    Next,
    /// The page taken last has to be taken again.
    Again,
}

impl Capture {
    /// Keeps what the live picture shows, and since when its hint stands.
    pub(super) fn sighted(&mut self, sight: Option<PageSight>) {
        let hint = sight.map(|sight| sight.hint);
        if self.hinted.map(|(hint, _)| hint) != hint {
            self.hinted = hint.map(|hint| (hint, Instant::now()));
        }
        if let Some(sight) = sight.filter(|_| self.unnumbered) {
            self.number(sight);
        }
        self.sight = sight;
    }

    /// The page that was taken before it lay still has its number now, or is gone.
    fn number(&mut self, sight: PageSight) {
        match sight.hint {
            // On its way to lie still; where it lies says nothing of which page it is.
            PageHint::HoldStill | PageHint::Cut | PageHint::Closer => {}
            PageHint::LayPage => self.unnumbered = false,
            PageHint::Good | PageHint::Glare | PageHint::Finger | PageHint::Dark => {
                self.unnumbered = false;
                self.done = Some(sight.page);
            }
        }
    }

    /// What to say now; `None`: nothing beyond what the page says at its beginning.
    #[must_use]
    pub fn spoken(&self) -> Option<Spoken> {
        let lies_there = self.sight.is_some_and(|sight| self.done == Some(sight.page));
        if lies_there && let Some(look) = self.newest.and_then(|page| self.look(page)) {
            return match look.light(None) {
                Light::Red => Some(Spoken::Again),
                Light::Green if !look.reading => Some(Spoken::Next),
                _ => None,
            };
        }
        let (hint, since) = self.hinted?;
        (since.elapsed() >= HINT_STANDS).then_some(Spoken::Hint(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::Look;
    use super::*;
    use tongban_device::page::{PageFinding, PageFlaw};
    use tongban_domain::ids::PageId;
    use uuid::Uuid;

    fn sight(hint: PageHint) -> Option<PageSight> {
        Some(PageSight { quad: None, hint, page: 3, ready: false })
    }

    #[test]
    fn a_hint_is_said_once_it_stands_and_not_while_it_flits_by() {
        let mut capture = Capture::default();
        capture.sighted(sight(PageHint::Glare));
        assert_eq!(capture.spoken(), None);
        let long_ago = Instant::now().checked_sub(HINT_STANDS).expect("the machine runs longer");
        capture.hinted = Some((PageHint::Glare, long_ago));
        capture.sighted(sight(PageHint::Glare));
        assert_eq!(capture.spoken(), Some(Spoken::Hint(PageHint::Glare)));
        capture.sighted(sight(PageHint::Cut));
        assert_eq!(capture.spoken(), None, "another hint stands from now on");
        capture.sighted(None);
        assert_eq!(capture.spoken(), None);
    }

    #[test]
    fn a_page_taken_by_hand_before_it_lay_still_is_not_a_new_one_when_it_does() {
        let page = |hint, page| Some(PageSight { page, ..sight(hint).expect("a sight") });
        let mut capture = Capture { done: Some(3), unnumbered: true, ..Capture::default() };
        capture.sighted(page(PageHint::HoldStill, 3));
        assert_eq!((capture.done, capture.unnumbered), (Some(3), true));
        capture.sighted(page(PageHint::Good, 4));
        assert_eq!((capture.done, capture.unnumbered), (Some(4), false));
        capture.sighted(page(PageHint::Good, 5));
        assert_eq!(capture.done, Some(4), "the next page is another one");
        let mut gone = Capture { done: Some(3), unnumbered: true, ..Capture::default() };
        gone.sighted(page(PageHint::LayPage, 3));
        gone.sighted(page(PageHint::Good, 4));
        assert_eq!(gone.done, Some(3), "it was taken away: what comes next has not been taken");
    }

    #[test]
    fn the_page_that_was_taken_is_spoken_of_while_it_lies_there() {
        let page = PageId(Uuid::from_u128(7));
        let mut capture = Capture { newest: Some(page), done: Some(3), ..Capture::default() };
        capture.sighted(sight(PageHint::Good));
        let finding = PageFinding { flaw: PageFlaw::Blurred, bad: true, place: [0, 0, 10_000, 10_000] };
        capture.looks.insert(page, Look { findings: vec![finding], report: None, reading: true });
        assert_eq!(capture.spoken(), Some(Spoken::Again));
        capture.looks.insert(page, Look { reading: true, ..Look::default() });
        assert_eq!(capture.spoken(), None, "nothing is promised before it was read");
        capture.sighted(Some(PageSight { page: 4, ..sight(PageHint::Good).expect("a sight") }));
        assert_eq!(capture.spoken(), None, "another page lies there");
    }
}
