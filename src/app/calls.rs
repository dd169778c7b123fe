//! 叫号: what the hall calls, on the display of this station.

use super::{App, Message};
use crate::failure::Failure;
use iced::Task;
use tongban_protocol::queue::QueueCall;

/// Role of the display.
const DISPLAY: &str = "call-display";
/// Seconds between two questions.
const EVERY_S: u32 = 2;

/// What stands on the display.
#[derive(Debug, Default)]
pub struct Calls {
    shown: Option<QueueCall>,
    under_way: bool,
}

impl App {
    /// Asks the hall what was called, where there is a display to show it.
    pub(super) fn calls_tick(&mut self) -> Task<Message> {
        let due = self.live.online && self.live.tick.is_multiple_of(EVERY_S) && self.live.ready(DISPLAY);
        if !due || self.calls.under_way {
            return Task::none();
        }
        self.calls.under_way = true;
        let (queue, devices) = (self.services().queue.clone(), self.services().devices.clone());
        let (shown, window) = (self.calls.shown.clone(), self.config.identity.window_no.clone());
        let work = async move {
            let newest = newest(queue.calls().await?.calls, &window);
            match newest.filter(|call| Some(call) != shown.as_ref()) {
                // What the display did not confirm is shown with the next question.
                Some(call) => devices.show_call(&call.number, &call.window).await.map(|()| Some(call)),
                None => Ok(shown),
            }
        };
        Task::perform(work, Message::Called)
    }

    /// It stands there (or not).
    pub(super) fn called(&mut self, shown: Result<Option<QueueCall>, Failure>) {
        self.calls.under_way = false;
        match shown {
            Ok(shown) => self.calls.shown = shown,
            Err(failure) => tracing::warn!(code = failure.code.as_str(), "no call on the display"),
        }
    }
}

/// The last call of this window, or of the hall where the display is no window's.
fn newest(calls: Vec<QueueCall>, window: &str) -> Option<QueueCall> {
    calls.into_iter().filter(|call| window.is_empty() || call.window == window).max_by_key(|call| call.at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_over_a_window_shows_its_own_calls_and_a_board_those_of_the_hall() {
        let call = |number: &str, window: &str, at_ms| QueueCall {
            number: number.to_owned(),
            window: window.to_owned(),
            at_ms,
        };
        let calls = vec![call("A001", "3", 10), call("A003", "5", 30), call("A002", "3", 20)];
        let number = |window| newest(calls.clone(), window).map(|call| call.number);
        assert_eq!(number("3").as_deref(), Some("A002"));
        assert_eq!(number("").as_deref(), Some("A003"));
        assert_eq!(number("9"), None);
    }
}
