//! The application: windows, timers and routing. No rule of the hall lives here.

#[cfg(feature = "demo")]
mod asked;
mod calls;
#[cfg(feature = "demo")]
mod docked;
pub mod help;
pub mod live;
pub mod power;
mod scan;
pub mod transfer;
mod view;
mod voice;
mod windows;

use crate::apply::ContextParts;
use crate::apply::context::Live;
use crate::boot::{Booted, profile};
use crate::config::{Config, Face};
#[cfg(feature = "demo")]
use crate::inspector::Question;
use crate::screen::certificate::{self, Certificate};
use crate::screen::desk::{self, Desk};
use crate::screen::kiosk::{self, Kiosk};
use crate::screen::technician::{self, Technician};
use crate::screen::visit::{Signal, Visit};
use crate::service::Services;
use crate::service::cases::OpenCase;
use crate::session::{Due, Session};
use iced::{Subscription, Task, window};
use std::sync::Arc;
use std::time::Duration;
#[cfg(feature = "demo")]
use tongban_ui::inspect::Seen;
use tongban_ui::{I18n, Look, Profile, Tokens, Ui};

/// The program's state.
pub struct App {
    booted: Booted,
    config: Arc<Config>,
    i18n: Arc<I18n>,
    look: Look,
    zoom: u8,
    main: Option<window::Id>,
    customer: Option<window::Id>,
    main_ui: Ui,
    customer_ui: Ui,
    live: Live,
    /// Pages of the feed whose items are on offer.
    fed: u64,
    face: FaceScreen,
    session: Option<Session>,
    due: Due,
    help: help::Help,
    transfer: transfer::Transfer,
    voice: voice::Voice,
    supply: power::Supply,
    calls: calls::Calls,
    /// 轮椅模式.
    low: bool,
    /// Counts what may have changed a page; see [`App::style`].
    painted: u16,
    #[cfg(feature = "demo")]
    dock: Option<crate::dock::Dock>,
    #[cfg(feature = "demo")]
    inspector: Option<std::path::PathBuf>,
}

/// The face on screen.
pub enum FaceScreen {
    /// 自助终端.
    Kiosk(Kiosk),
    /// 综合窗口.
    Desk(Desk),
    /// 制证窗口.
    Certificate(Certificate),
    /// 运维.
    Technician(Technician),
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Message {
    /// A window is open.
    WindowOpened(window::Id),
    /// Something live changed.
    Live(live::Change),
    /// A second passed.
    Tick,
    /// Somebody touched the screen.
    Touched,
    /// 长者模式.
    ElderToggled,
    /// 高对比.
    ContrastToggled,
    /// A− (negative) or A+.
    Zoomed(i8),
    /// 低位 and back.
    LowToggled,
    /// 语音 on or off.
    MuteToggled,
    /// The next volume.
    VolumeTurned,
    /// 帮助呼叫.
    Help(help::Message),
    /// 转到窗口续办.
    Transfer(transfer::Message),
    /// 继续 on the idle overlay.
    GoOn,
    /// The visit that was open before a restart.
    Found(Option<Box<(OpenCase, String)>>),
    /// The visit is wiped.
    Wiped,
    /// A code was scanned; the input that has the cursor.
    ScannedInto(crate::service::devices::Scanned, Option<String>),
    /// Kiosk.
    Kiosk(kiosk::Message),
    /// Window.
    Desk(desk::Message),
    /// Certificate window.
    Certificate(certificate::Message),
    /// Technician.
    Technician(technician::Message),
    /// What stands on the call display now (or why not).
    Called(Result<Option<tongban_protocol::queue::QueueCall>, crate::failure::Failure>),
    /// 知道了: whoever is there has read that mains have failed.
    PowerRead,
    /// The simulator panel.
    #[cfg(feature = "demo")]
    Dock(crate::dock::Message),
    /// A question of the inspector.
    #[cfg(feature = "demo")]
    Asked(Question),
    /// The answer to "seen".
    #[cfg(feature = "demo")]
    Surveyed(Question, Vec<Seen>),
}

impl App {
    /// Opens the windows and looks for a visit that was cut off.
    pub fn start(booted: Booted, i18n: Arc<I18n>) -> (Self, Task<Message>) {
        let config = Arc::clone(&booted.config);
        let look = if config.screen.elder { Look::Elder } else { Look::Standard };
        let main_profile = profile(config.identity.face);
        let face = match config.identity.face {
            Face::Kiosk => FaceScreen::Kiosk(Kiosk::default()),
            Face::Window => FaceScreen::Desk(Desk::default()),
            Face::Certificate => FaceScreen::Certificate(Certificate::default()),
            Face::Technician => FaceScreen::Technician(Technician::default()),
        };
        let voice = voice::Voice::new(booted.services.speech.clone(), &config);
        let mut app = Self {
            main_ui: Ui::new(main_profile, look, Arc::clone(&i18n)),
            customer_ui: Ui::new(Profile::Customer, look, Arc::clone(&i18n)),
            booted,
            config,
            i18n,
            look,
            zoom: 0,
            main: None,
            customer: None,
            live: Live::default(),
            fed: 0,
            face,
            session: None,
            due: Due::InTime(0),
            help: help::Help::default(),
            transfer: transfer::Transfer::default(),
            voice,
            supply: power::Supply::default(),
            calls: calls::Calls::default(),
            low: false,
            painted: 0,
            #[cfg(feature = "demo")]
            dock: None,
            #[cfg(feature = "demo")]
            inspector: None,
        };
        let windows = app.open_windows();
        let cases = app.services().cases.clone();
        let found = Task::perform(
            async move {
                let visit = cases.last_visit().await;
                // The draft stays a draft: whoever comes back is offered it.
                visit
                    .inspect_err(|failure| tracing::error!(?failure, "no visit to come back to"))
                    .ok()
                    .flatten()
                    .map(Box::new)
            },
            Message::Found,
        );
        let face = app.start_face();
        (app, Task::batch([windows, found, face]))
    }

    fn services(&self) -> &Services {
        &self.booted.services
    }

    fn parts(&self) -> ContextParts<'_> {
        ContextParts {
            ui: &self.main_ui,
            scope: self.config.identity.face.name(),
            services: &self.booted.services,
            config: &self.config,
            live: &self.live,
        }
    }

    fn start_face(&mut self) -> Task<Message> {
        let parts = ContextParts {
            ui: &self.main_ui,
            scope: self.config.identity.face.name(),
            services: &self.booted.services,
            config: &self.config,
            live: &self.live,
        };
        match &mut self.face {
            FaceScreen::Kiosk(_) | FaceScreen::Desk(_) => Task::none(),
            FaceScreen::Certificate(face) => face.start(&parts).map(Message::Certificate),
            FaceScreen::Technician(face) => face.start(&parts).map(Message::Technician),
        }
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        if !self.repaints(&message) {
            return self.handle(message);
        }
        self.painted = self.painted.wrapping_add(1);
        let task = self.handle(message);
        self.speak();
        task
    }

    fn handle(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::WindowOpened(_) => Task::none(),
            Message::Live(change) => self.changed(change),
            Message::Tick => self.tick(),
            Message::Touched | Message::GoOn => {
                self.touched();
                Task::none()
            }
            Message::ElderToggled => {
                self.look = if self.look == Look::Elder { Look::Standard } else { Look::Elder };
                self.restyle()
            }
            Message::ContrastToggled => {
                self.look = if self.look == Look::HighContrast { Look::Standard } else { Look::HighContrast };
                self.restyle()
            }
            Message::Zoomed(by) => {
                self.zoom = self.zoom.saturating_add_signed(by).min(Tokens::ZOOM_MAX);
                self.restyle()
            }
            Message::LowToggled => {
                self.low = !self.low;
                self.restyle()
            }
            Message::MuteToggled => {
                self.mute_toggled();
                Task::none()
            }
            Message::VolumeTurned => {
                self.volume_turned();
                Task::none()
            }
            Message::Help(message) => self.helped(message),
            Message::Transfer(message) => self.transferred(message),
            Message::Found(found) => self.found(found),
            Message::Called(shown) => {
                self.called(shown);
                Task::none()
            }
            Message::PowerRead => {
                self.power_read();
                Task::none()
            }
            Message::Wiped => Task::none(),
            Message::ScannedInto(code, cursor) => self.scanned_into(&code, cursor.as_deref()),
            Message::Kiosk(message) => self.kiosk(message),
            Message::Desk(message) => self.desk(message),
            Message::Certificate(message) => self.with_parts(|face, parts| match face {
                FaceScreen::Certificate(face) => face.update(message, parts).map(Message::Certificate),
                _ => Task::none(),
            }),
            Message::Technician(message) => self.with_parts(|face, parts| match face {
                FaceScreen::Technician(face) => face.update(message, parts).map(Message::Technician),
                _ => Task::none(),
            }),
            #[cfg(feature = "demo")]
            Message::Dock(message) => self.docked(message),
            #[cfg(feature = "demo")]
            Message::Asked(question) => self.asked(question),
            #[cfg(feature = "demo")]
            Message::Surveyed(question, seen) => {
                question.answer(crate::inspector::describe(&seen, 1.0));
                Task::none()
            }
        }
    }

    fn with_parts(&mut self, work: impl FnOnce(&mut FaceScreen, &ContextParts<'_>) -> Task<Message>) -> Task<Message> {
        let parts = ContextParts {
            ui: &self.main_ui,
            scope: self.config.identity.face.name(),
            services: &self.booted.services,
            config: &self.config,
            live: &self.live,
        };
        work(&mut self.face, &parts)
    }

    fn restyle(&mut self) -> Task<Message> {
        let tokens = Tokens::with_zoom(profile(self.config.identity.face), self.look, self.zoom);
        self.main_ui = Ui { tokens: if self.low { tokens.lowered() } else { tokens }, i18n: Arc::clone(&self.i18n) };
        self.customer_ui =
            Ui { tokens: Tokens::with_zoom(Profile::Customer, self.look, self.zoom), i18n: Arc::clone(&self.i18n) };
        Task::none()
    }

    fn changed(&mut self, change: live::Change) -> Task<Message> {
        match change {
            live::Change::Devices(devices) => {
                self.live.devices = devices;
                return self.power_told();
            }
            live::Change::Link(status) => {
                self.live.online = status.online;
                self.live.stopped = status.stopped;
                self.live.queue = status.queue;
                if status.fed != self.fed {
                    self.fed = status.fed;
                    let (cases, catalogue) = (self.services().cases.clone(), self.services().catalogue.clone());
                    // A kiosk runs for months: what is published meanwhile is on offer at once.
                    return Task::future(async move {
                        match cases.items().await {
                            Ok(items) => {
                                for json in &items {
                                    catalogue.publish(json);
                                }
                            }
                            Err(failure) => tracing::error!(?failure, "new items wait for the next page of the feed"),
                        }
                    })
                    .discard();
                }
            }
            live::Change::Picture(role, picture) => {
                self.live.pictures.insert(role, picture);
            }
            live::Change::Scanned(code) => return self.scanned(code),
        }
        Task::none()
    }

    fn found(&mut self, found: Option<Box<(OpenCase, String)>>) -> Task<Message> {
        let Some(found) = found else { return Task::none() };
        let (open, hint) = *found;
        match self.config.identity.face {
            // On a kiosk anybody may stand there now: masked, and behind a new swipe of the same card.
            Face::Kiosk => self.with_parts(|face, _| {
                if let FaceScreen::Kiosk(kiosk) = face {
                    kiosk.interrupted(&open);
                }
                Task::none()
            }),
            Face::Window => self.with_visit(|face, parts| match face {
                FaceScreen::Desk(desk) => mapped(desk.resume(open, &hint, parts), Message::Desk),
                _ => (Task::none(), Signal::None),
            }),
            Face::Certificate | Face::Technician => Task::none(),
        }
    }

    fn kiosk(&mut self, message: kiosk::Message) -> Task<Message> {
        self.touched_by(matches!(message, kiosk::Message::Visit(_)));
        self.with_visit(|face, parts| match face {
            FaceScreen::Kiosk(kiosk) => mapped(kiosk.update(message, parts), Message::Kiosk),
            _ => (Task::none(), Signal::None),
        })
    }

    fn desk(&mut self, message: desk::Message) -> Task<Message> {
        self.touched_by(matches!(message, desk::Message::Visit(_)));
        self.with_visit(|face, parts| match face {
            FaceScreen::Desk(desk) => mapped(desk.update(message, parts), Message::Desk),
            _ => (Task::none(), Signal::None),
        })
    }

    /// Work of a face that serves people; a session begins and ends with its visit.
    fn with_visit(
        &mut self,
        work: impl FnOnce(&mut FaceScreen, &ContextParts<'_>) -> (Task<Message>, Signal),
    ) -> Task<Message> {
        let mut signal = Signal::None;
        let task = self.with_parts(|face, parts| {
            let (task, said) = work(face, parts);
            signal = said;
            task
        });
        match signal {
            Signal::None => task,
            Signal::Begun => {
                self.begin_session();
                task
            }
            Signal::Ended => Task::batch([task, self.end_session()]),
        }
    }

    /// The visit of a face that serves people.
    fn visit(&self) -> Option<&Visit> {
        match &self.face {
            FaceScreen::Kiosk(kiosk) => Some(kiosk.in_hand()),
            FaceScreen::Desk(desk) => Some(desk.in_hand()),
            FaceScreen::Certificate(_) | FaceScreen::Technician(_) => None,
        }
    }

    fn begin_session(&mut self) {
        self.session = Some(Session::new(self.services().clock.boot().0, &self.config.timers));
    }

    /// Wipes: pictures and drafts are dropped by their owners; the store forgets the visit.
    fn end_session(&mut self) -> Task<Message> {
        self.session = None;
        self.live.pictures.clear();
        self.last_words();
        let call = self.end_call();
        self.transfer.clear();
        self.low = false;
        self.zoom = 0;
        self.look = if self.config.screen.elder { Look::Elder } else { Look::Standard };
        let restyle = self.restyle();
        let cases = self.services().cases.clone();
        Task::batch([restyle, call, Task::perform(async move { drop(cases.end_visit().await) }, |()| Message::Wiped)])
    }

    fn touched(&mut self) {
        let now = self.services().clock.boot().0;
        if let Some(session) = &mut self.session {
            session.touch(now, &self.config.timers);
        }
        self.due = Due::InTime(0);
    }

    /// Work under way (a card read, a page printed) counts as being there.
    fn touched_by(&mut self, counts: bool) {
        if counts && !matches!(self.due, Due::Warn(_)) {
            self.touched();
        }
    }

    /// An officer stands at a window; only the unattended kiosk clears itself.
    fn tick(&mut self) -> Task<Message> {
        self.live.now = Some(self.services().clock.wall());
        self.live.tick = self.live.tick.wrapping_add(1);
        let help = Task::batch([self.help_tick(), self.calls_tick()]);
        let (Some(session), Face::Kiosk) = (&self.session, self.config.identity.face) else { return help };
        let elder = self.look == Look::Elder;
        self.due = session.due(self.services().clock.boot().0, &self.config.timers, elder);
        if self.due == Due::Over { Task::batch([help, self.kiosk(kiosk::Message::Home)]) } else { help }
    }

    /// Streams that run now.
    pub fn subscription(&self) -> Subscription<Message> {
        let mut all = vec![
            live::always(self.services()).map(Message::Live),
            iced::time::every(Duration::from_secs(1)).map(|_| Message::Tick),
            iced::event::listen_with(|event, _, _| match event {
                iced::Event::Mouse(iced::mouse::Event::ButtonPressed(_))
                | iced::Event::Touch(iced::touch::Event::FingerPressed { .. })
                | iced::Event::Keyboard(iced::keyboard::Event::KeyPressed { .. }) => Some(Message::Touched),
                _ => None,
            }),
        ];
        if let Some((role, within)) = self.camera_wanted() {
            all.push(live::pictures(self.services(), role, within).map(Message::Live));
        }
        if self.takes_codes() {
            all.push(live::codes(self.services()).map(Message::Live));
        }
        #[cfg(feature = "demo")]
        all.extend(self.questions());
        Subscription::batch(all)
    }

    /// The camera whose picture is on screen, and how large it is drawn where it is only shown.
    fn camera_wanted(&self) -> Option<(&'static str, Option<(u32, u32)>)> {
        match &self.face {
            FaceScreen::Technician(face) => Some((face.camera()?, Some(technician::PICTURE))),
            _ => Some((self.visit().and_then(Visit::camera)?, None)),
        }
    }
}

/// A face's work and word in the application's messages.
fn mapped<M: Send + 'static>(
    (task, signal): (Task<M>, Signal),
    map: impl Fn(M) -> Message + Send + Clone + 'static,
) -> (Task<Message>, Signal) {
    (task.map(map), signal)
}
