//! 语音 of the kiosk: which sentence, how loud, and whether at all.

use super::power::Power;
use super::{App, FaceScreen, Message};
use crate::config::Config;
use crate::screen::kiosk;
use crate::service::speech::{Sentence, Speech};
use crate::session::Due;
use tongban_ui::I18n;
use tongban_ui::widget::TopBar;

/// 小, 中, 大, in percent.
const STEPS: [u8; 3] = [40, 70, 100];
/// Fluent keys of the steps.
const WORDS: [&str; 3] = ["common-volume-low", "common-volume-middle", "common-volume-high"];

/// State of the voice.
#[derive(Debug)]
pub struct Voice {
    speech: Speech,
    muted: bool,
    step: usize,
    last: Option<Sentence>,
}

impl Voice {
    /// As the configuration says; a new visit begins so as well.
    #[must_use]
    pub fn new(speech: Speech, config: &Config) -> Self {
        let mut voice = Self { speech, muted: true, step: 1, last: None };
        voice.reset(config);
        voice
    }

    fn reset(&mut self, config: &Config) {
        self.muted = !config.screen.speech;
        let wanted = config.speech.volume;
        let nearest = STEPS.iter().enumerate().min_by_key(|(_, percent)| percent.abs_diff(wanted));
        self.step = nearest.map_or(1, |(at, _)| at);
    }

    /// Says a sentence once; the same page says nothing twice.
    fn follow(&mut self, sentence: Sentence, i18n: &I18n, rate: f32) {
        if self.last == Some(sentence) {
            return;
        }
        self.last = Some(sentence);
        if !self.muted {
            self.speech.say(i18n.text(sentence.key()), STEPS[self.step], rate);
        }
    }

    fn again(&mut self, i18n: &I18n, rate: f32) {
        if let Some(sentence) = self.last.take() {
            self.follow(sentence, i18n, rate);
        }
    }
}

impl App {
    /// Every message may have changed the page: its sentence is said.
    pub(super) fn speak(&mut self) {
        let FaceScreen::Kiosk(kiosk) = &self.face else { return };
        if !self.voice.speech.is_there() {
            return;
        }
        let sentence = match self.due {
            Due::Warn(_) if self.session.is_some() => Sentence::Idle,
            _ if self.help.said() == Some(super::help::Said::Coming) && self.help.is_open() => Sentence::Help,
            // What stands there is no home page to greet anybody from.
            _ if self.session.is_none() && self.supply.now() != Power::Mains => Sentence::Power,
            _ => kiosk::sentence(kiosk.in_hand().wizard(), self.parts()),
        };
        self.voice.follow(sentence, &self.i18n, self.main_ui.tokens.speech_rate);
    }

    /// The visit is over: the last words, and the next person finds the voice as configured.
    pub(super) fn last_words(&mut self) {
        let rate = self.main_ui.tokens.speech_rate;
        self.voice.follow(Sentence::End, &self.i18n, rate);
        // The home page has nobody to greet.
        self.voice.last = Some(Sentence::Home);
        self.voice.reset(&self.config);
    }

    /// 语音 on or off.
    pub(super) fn mute_toggled(&mut self) {
        self.voice.muted = !self.voice.muted;
        if self.voice.muted {
            self.voice.speech.hush();
        } else {
            self.voice.again(&self.i18n, self.main_ui.tokens.speech_rate);
        }
    }

    /// 音量: one step louder, from the loudest to the quietest; heard at once.
    pub(super) fn volume_turned(&mut self) {
        self.voice.step = (self.voice.step + 1) % STEPS.len();
        self.voice.again(&self.i18n, self.main_ui.tokens.speech_rate);
    }

    /// The voice's controls, where there is a voice.
    pub(super) fn voiced<'a>(&'a self, bar: TopBar<'a, Message>) -> TopBar<'a, Message> {
        if !self.voice.speech.is_there() {
            return bar;
        }
        let bar = bar.on_mute(self.voice.muted, Message::MuteToggled);
        if self.voice.muted {
            return bar;
        }
        bar.on_volume(self.main_ui.text(WORDS[self.voice.step]), Message::VolumeTurned)
    }
}
