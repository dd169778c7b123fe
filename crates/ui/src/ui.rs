//! What every view function is handed: the tokens and the texts.

use std::sync::Arc;

use crate::i18n::{I18n, ToArg};
use crate::tokens::{Look, Profile, Tokens};

/// Tokens and texts of one window; cheap to clone.
#[derive(Debug, Clone)]
pub struct Ui {
    /// Colours, sizes and limits.
    pub tokens: Tokens,
    /// Texts of the language in force.
    pub i18n: Arc<I18n>,
}

impl Ui {
    /// Context for one window.
    #[must_use]
    pub fn new(profile: Profile, look: Look, i18n: Arc<I18n>) -> Self {
        Self { tokens: Tokens::new(profile, look), i18n }
    }

    /// The text of `key`.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.i18n.text(key)
    }

    /// The text of `key` with arguments: `ui.with("hello", &[("name", &name)])`.
    #[must_use]
    pub fn with(&self, key: &str, args: &[(&str, &dyn ToArg)]) -> String {
        self.i18n.with(key, args)
    }

    /// The iced theme of these tokens (background and default text colour).
    #[must_use]
    pub fn theme(&self) -> iced::Theme {
        self.tokens.theme()
    }
}
