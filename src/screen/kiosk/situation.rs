//! 帮我找事项: a few questions lead to the exact item; what was answered need not be typed again.

mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use tongban_domain::ids::{FieldId, ItemKey};
use tongban_domain::situation::{Place, Situation as Tree, Situations};

/// State of the page.
#[derive(Debug)]
pub struct Situation {
    trees: Arc<Situations>,
    chosen: Option<String>,
    answers: Vec<usize>,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A situation.
    Choose(String),
    /// An answer, by its place.
    Answer(usize),
    /// 重新选择.
    Anew,
    /// 开始办理.
    Begin,
    /// 到窗口取号: what cannot be begun here.
    Queue,
}

/// What the kiosk must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// Begin with this item and what is known of its form.
    Begin(ItemKey, BTreeMap<FieldId, String>),
    /// A number for a window.
    Queue,
    /// Back to the home page.
    Leave,
}

impl Situation {
    /// Begins with the list.
    #[must_use]
    pub fn new(trees: Arc<Situations>) -> Self {
        Self { trees, chosen: None, answers: Vec::new() }
    }

    fn tree(&self) -> Option<&Tree> {
        self.chosen.as_deref().and_then(|key| self.trees.get(key))
    }

    /// Where the person stands; `None` before a situation was chosen.
    #[must_use]
    pub fn place(&self) -> Option<Place<'_>> {
        self.tree().and_then(|tree| tree.walk(&self.answers))
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message) -> Step {
        match message {
            Message::Choose(key) => {
                self.answers.clear();
                self.chosen = self.trees.get(&key).map(|tree| tree.key.clone());
            }
            Message::Answer(at) => {
                self.answers.push(at);
                // A press on a page that has gone leads nowhere.
                if self.place().is_none() {
                    self.answers.pop();
                }
            }
            Message::Anew => {
                self.answers.clear();
                self.chosen = None;
            }
            Message::Begin => {
                if let Some(Place::Item { item, values }) = self.place() {
                    return Step::Begin(item.clone(), values.clone());
                }
            }
            Message::Queue => return Step::Queue,
        }
        Step::Stay
    }

    /// 上一步: the question before; from the list back to the home page.
    pub fn back(&mut self) -> Step {
        if self.answers.pop().is_none() && self.chosen.take().is_none() {
            return Step::Leave;
        }
        Step::Stay
    }
}
