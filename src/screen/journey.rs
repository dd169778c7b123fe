//! The steps of an application, one file each. The same step runs on the kiosk and at the
//! window; `view` is what the applicant touches, `officer_view` what the officer works with.

pub mod capture;
pub mod choose;
pub mod consent;
pub mod done;
pub mod form;
pub mod identify;
pub mod presence;
mod reading;
pub mod shares;
pub mod sign_off;
pub mod submit;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::devices::Scanned;
use iced::Task;
use tongban_domain::case::Step;
use tongban_ui::Element;

/// Defines the closed set of steps and routes to each; nothing else happens here.
macro_rules! steps {
    ($($variant:ident($module:ident, $state:ident)),+ $(,)?) => {
        /// The step on screen.
        #[derive(Debug)]
        pub enum StepScreen { $($variant($module::$state)),+ }

        /// A message of a step.
        #[derive(Debug, Clone)]
        pub enum Message { $($variant($module::Message)),+ }

        impl StepScreen {
            /// A fresh screen for a step.
            #[must_use]
            pub fn new(step: Step) -> Self {
                match step { $(Step::$variant => Self::$variant($module::$state::default())),+ }
            }

            /// Which step this is.
            #[must_use]
            pub fn step(&self) -> Step {
                match self { $(Self::$variant(_) => Step::$variant),+ }
            }

            /// Starts the step's own work.
            pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
                match self { $(Self::$variant(screen) => screen.start(ctx).map(Message::$variant)),+ }
            }

            /// The facts this step asked for are durable and the case stays at this step.
            pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
                match self { $(Self::$variant(screen) => screen.recorded(ctx).map(Message::$variant)),+ }
            }

            /// The step stays on screen although the case could go on.
            #[must_use]
            pub fn stays(&self, draft: &Draft) -> bool {
                match self { $(Self::$variant(screen) => screen.stays(draft)),+ }
            }

            /// Routes a message; one for a step no longer on screen is dropped.
            pub fn update(&mut self, message: Message, ctx: &Context<'_>, failure: &mut Option<Failure>) -> Action<Message> {
                match (self, message) {
                    $((Self::$variant(screen), Message::$variant(message)) => {
                        screen.update(message, ctx, failure).map(Message::$variant)
                    })+
                    _ => Action::None,
                }
            }

            /// What the applicant sees and touches.
            #[must_use]
            pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
                match self { $(Self::$variant(screen) => screen.view(ctx).map(Message::$variant)),+ }
            }

            /// What the officer works with.
            #[must_use]
            pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
                match self { $(Self::$variant(screen) => screen.officer_view(ctx).map(Message::$variant)),+ }
            }
        }
    };
}

steps! {
    Identify(identify, Identify),
    Consent(consent, Consent),
    Presence(presence, Presence),
    ChooseItem(choose, Choose),
    Shares(shares, Shares),
    Form(form, FormScreen),
    Capture(capture, Capture),
    SignOff(sign_off, SignOff),
    Submit(submit, Submit),
    Done(done, Done),
}

impl StepScreen {
    /// The step shows a field a scanned code can go into.
    #[must_use]
    pub fn takes_codes(&self, ctx: &Context<'_>) -> bool {
        match self {
            Self::ChooseItem(screen) => screen.takes_codes(ctx),
            Self::Form(_) => true,
            _ => false,
        }
    }

    /// What a scanned code changes; `cursor` is the name of the input that has it.
    #[must_use]
    pub fn scanned(&self, code: &Scanned, cursor: Option<&str>, ctx: &Context<'_>) -> Option<Message> {
        match self {
            Self::ChooseItem(screen) => screen.scanned(code, ctx).map(Message::ChooseItem),
            Self::Form(screen) => screen.scanned(code, cursor, ctx).map(Message::Form),
            _ => None,
        }
    }
}
