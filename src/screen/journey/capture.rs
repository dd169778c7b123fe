//! 采集材料: pages from the document camera into the slots of what is still needed.
//!
//! A page is taken when it lies still, whole and lit, or when 拍摄 is pressed; the machine takes a page that lies
//! there once only. Each page is judged and read at once; what was found stands beside it.

mod look;
mod spoken;
mod taking;
mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use iced::Task;
use iced::widget::image::Handle;
use look::Look;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tongban_device::page::{PageHint, PageReport, PageSight};
use tongban_domain::event::{BlobRef, Event};
use tongban_domain::ids::{PageId, RequirementId};
use tongban_domain::item::{MaterialState, material_state};
use tongban_protocol::action::Actor;
use tongban_ui::Tone;

pub use spoken::Spoken;
pub use taking::TakenPage;

/// How long 下一步 waits for pages being read; what is unread then is read when the page of materials is shown again,
/// or by the officer.
const READING_WAIT: Duration = Duration::from_secs(3);

/// State of the page.
#[derive(Debug, Default)]
pub struct Capture {
    selected: Option<RequirementId>,
    taking: bool,
    retaking: Option<PageId>,
    focused: Option<PageId>,
    thumbs: HashMap<PageId, Handle>,
    looks: HashMap<PageId, Look>,
    /// Pages that are durable and wait to be read.
    unread: Vec<(PageId, RequirementId, BlobRef)>,
    /// What the live picture shows.
    sight: Option<PageSight>,
    /// The hint of the live picture and since when it stands.
    hinted: Option<(PageHint, Instant)>,
    /// Taken last since the page was opened.
    newest: Option<PageId>,
    /// Number of the laid page that was taken last, by the machine or by hand.
    done: Option<u32>,
    /// It was taken by hand before it lay still: its number comes later, and is that of a page already taken.
    unnumbered: bool,
    /// The machine took it, for this slot: pressing 拍摄 for the same page is the same wish.
    by_itself: Option<RequirementId>,
    /// 下一步 was pressed while pages were still being read: the last verdict leads on.
    going: bool,
    leaving: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A slot was touched.
    Select(RequirementId),
    /// 拍摄.
    Shoot,
    /// What the live picture shows changed.
    Sighted(Option<PageSight>),
    /// The pages are durable.
    Taken(Result<Vec<TakenPage>, Failure>),
    /// A page was read.
    Read(PageId, Result<Box<PageReport>, Failure>),
    /// Small pictures of earlier pages.
    Loaded(Vec<(PageId, Handle)>),
    /// 自动拍摄 on or off.
    ByItself(bool),
    /// 撤销: the page taken last is thrown away again.
    Undo,
    /// A page was touched.
    Focus(PageId),
    /// 重拍.
    Retake(PageId),
    /// 删除.
    Remove(PageId),
    /// 前移.
    Earlier(PageId),
    /// 后移.
    Later(PageId),
    /// Move to another slot.
    MoveTo(PageId, RequirementId),
    /// 下一步.
    Forward,
    /// Pages still being read were waited for long enough.
    WaitedEnough,
}

impl Capture {
    /// Selects the first missing slot, loads the small pictures, and reads what was left unread.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.selected = self.first_missing(ctx);
        let (Some(id), Some(case)) = (ctx.case_id(), ctx.case()) else { return Task::none() };
        let wanted: Vec<_> =
            case.pages_by_requirement().into_values().flatten().map(|page| (page.id, page.thumb.clone())).collect();
        let services = ctx.services.clone();
        let live = Task::run(taking::sights(ctx.services), Message::Sighted);
        let load = Task::perform(async move { taking::load(&services, id, wanted).await }, Message::Loaded);
        let unread: Vec<_> = case
            .pages_by_requirement()
            .into_iter()
            .flat_map(|(slot, pages)| pages.into_iter().map(move |page| (page.id, slot.clone(), page.blob.clone())))
            .filter(|(page, ..)| !case.handling().page_verdicts.contains_key(page))
            .collect();
        let reads = unread.into_iter().map(|(page, slot, blob)| self.read(page, &slot, blob, ctx));
        Task::batch([load, live].into_iter().chain(reads.collect::<Vec<_>>()))
    }

    /// A page is in its slot: go to the next slot that misses something.
    pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let unread = std::mem::take(&mut self.unread);
        if unread.is_empty() {
            return Task::none();
        }
        self.taking = false;
        self.retaking = None;
        let full = self
            .selected
            .as_ref()
            .is_some_and(|slot| self.slots(ctx).iter().any(|state| state.requirement == *slot && !state.is_missing()));
        if full && let Some(next) = self.first_missing(ctx) {
            self.selected = Some(next);
        }
        Task::batch(unread.into_iter().map(|(page, slot, blob)| self.read(page, &slot, blob, ctx)))
    }

    fn read(&mut self, page: PageId, slot: &RequirementId, blob: BlobRef, ctx: &Context<'_>) -> Task<Message> {
        let (Some(item), Some(case), Some(id)) = (ctx.draft.item.as_deref(), ctx.case(), ctx.case_id()) else {
            return Task::none();
        };
        let Some(requirement) = item.requirement(slot) else { return Task::none() };
        let look = self.looks.entry(page).or_default();
        look.reading = true;
        let task = taking::wish(requirement, item, case, &look.findings);
        let services = ctx.services.clone();
        Task::perform(async move { taking::read(&services, id, blob, task).await }, move |read| {
            Message::Read(page, read)
        })
    }

    /// Stays until 下一步, so that more pages can be added.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        !self.leaving
    }

    /// Slots that take pages, needed ones first.
    #[must_use]
    pub fn slots(&self, ctx: &Context<'_>) -> Vec<MaterialState> {
        let Some((item, case)) = ctx.draft.item.as_deref().zip(ctx.case()) else { return Vec::new() };
        let mut slots: Vec<_> = material_state(item, case).into_iter().filter(|state| state.by_capture).collect();
        slots.sort_by_key(|state| !state.needed);
        slots
    }

    fn first_missing(&self, ctx: &Context<'_>) -> Option<RequirementId> {
        self.slots(ctx).into_iter().find(MaterialState::is_missing).map(|state| state.requirement)
    }

    /// The slot the next page goes to.
    #[must_use]
    pub fn selected(&self) -> Option<&RequirementId> {
        self.selected.as_ref()
    }

    /// The page touched last.
    #[must_use]
    pub fn focused(&self) -> Option<PageId> {
        self.focused
    }

    /// A picture is being taken.
    #[must_use]
    pub fn taking(&self) -> bool {
        self.taking
    }

    /// Small picture of a page.
    #[must_use]
    pub fn thumb(&self, page: PageId) -> Option<&Handle> {
        self.thumbs.get(&page)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::Select(slot) => {
                self.going = false;
                self.selected = Some(slot);
                self.focused = None;
                // Chosen by hand: the page that lies there may be meant for this slot.
                self.by_itself = None;
                Action::None
            }
            Message::Shoot if self.is_there_already() => Action::None,
            Message::Shoot => {
                self.by_itself = None;
                self.shoot(ctx)
            }
            Message::Sighted(sight) => {
                self.sighted(sight);
                self.take_by_itself(ctx)
            }
            Message::Taken(Ok(pages)) => self.taken(pages, ctx),
            Message::Read(page, read) => self.was_read(page, read, ctx),
            Message::Taken(Err(fault)) => {
                self.taking = false;
                *failure = Some(fault);
                Action::None
            }
            Message::Loaded(thumbs) => {
                self.thumbs.extend(thumbs);
                Action::None
            }
            Message::ByItself(on) => {
                ctx.services.by_itself.store(on, Ordering::Relaxed);
                self.take_by_itself(ctx)
            }
            Message::Undo => self.undo(ctx),
            Message::Focus(page) => {
                self.focused = (self.focused != Some(page)).then_some(page);
                Action::None
            }
            Message::Retake(page) => {
                self.retaking = Some(page);
                self.by_itself = None;
                self.shoot(ctx)
            }
            Message::Remove(page) => {
                self.focused = None;
                self.by_itself = None;
                Action::Record(vec![Event::PageRemoved { page }], Actor::Applicant)
            }
            Message::Earlier(page) => self.shift(page, ctx, -1),
            Message::Later(page) => self.shift(page, ctx, 1),
            Message::MoveTo(page, slot) => self.move_to(page, slot, ctx),
            // What is being read is waited for; who presses again does not wait.
            Message::Forward if self.reading() > 0 && !self.going => {
                self.going = true;
                let wait = async { tokio::time::sleep(READING_WAIT).await };
                Action::Run(Task::perform(wait, |()| Message::WaitedEnough))
            }
            Message::WaitedEnough if !self.going => Action::None,
            Message::WaitedEnough => {
                self.leaving = true;
                Action::Forward
            }
            Message::Forward => {
                self.leaving = true;
                Action::Forward
            }
        }
    }

    fn shoot(&mut self, ctx: &Context<'_>) -> Action<Message> {
        let Some(id) = ctx.case_id().filter(|_| !self.taking) else { return Action::None };
        self.taking = true;
        self.done = self.sight.map(|sight| sight.page);
        self.unnumbered = self.sight.is_some_and(|sight| sight.hint == PageHint::HoldStill);
        let services = ctx.services.clone();
        Action::Run(Task::perform(async move { taking::shoot(&services, id).await }, Message::Taken))
    }

    /// The machine took the page that lies there a moment ago, for this slot.
    fn is_there_already(&self) -> bool {
        let lies = self.sight.map(|sight| sight.page);
        self.by_itself.is_some() && lies.is_some() && lies == self.done
    }

    /// Takes the page that lies still, unless it was taken or nothing is missing where it would go.
    fn take_by_itself(&mut self, ctx: &Context<'_>) -> Action<Message> {
        if self.taking || !self.would_take(ctx) || !ctx.live.ready("document") {
            return Action::None;
        }
        self.by_itself.clone_from(&self.selected);
        self.shoot(ctx)
    }

    /// The page that lies there is one the machine takes.
    fn would_take(&self, ctx: &Context<'_>) -> bool {
        let missing =
            |slot: &RequirementId| self.slots(ctx).iter().any(|state| state.requirement == *slot && state.is_missing());
        self.sight.is_some_and(|sight| sight.ready && self.done != Some(sight.page))
            && self.focused.is_none()
            && ctx.services.by_itself.load(Ordering::Relaxed)
            && self.selected.as_ref().is_some_and(missing)
    }

    /// Throws the page taken last away and waits for another one in its place.
    fn undo(&mut self, ctx: &Context<'_>) -> Action<Message> {
        let Some(page) = self.newest.take() else { return Action::None };
        let Some((slot, _)) = place(page, ctx) else { return Action::None };
        self.selected = Some(slot);
        self.focused = None;
        self.by_itself = None;
        Action::Record(vec![Event::PageRemoved { page }], Actor::Applicant)
    }

    fn taken(&mut self, taken: Vec<TakenPage>, ctx: &Context<'_>) -> Action<Message> {
        let old = self.retaking.and_then(|page| place(page, ctx));
        let Some(slot) = old.as_ref().map(|(slot, _)| slot.clone()).or_else(|| self.selected.clone()) else {
            self.taking = false;
            return Action::None;
        };
        let colour = ctx.ui.tokens.colour.tone(Tone::Fault).into_rgba8();
        let mut events = Vec::new();
        let mut fresh = Vec::new();
        for page in taken {
            let picture = look::marked(page.picture, &page.findings, colour);
            self.thumbs.insert(page.page, Handle::from_rgba(picture.width, picture.height, picture.pixels));
            self.newest = Some(page.page);
            self.looks.insert(page.page, Look { findings: page.findings, report: None, reading: true });
            self.unread.push((page.page, slot.clone(), page.blob.clone()));
            fresh.push(page.page);
            events.push(Event::PageCaptured {
                page: page.page,
                requirement: slot.clone(),
                blob: page.blob,
                thumb: page.thumb,
                width: page.width,
                height: page.height,
            });
        }
        if let (Some(retaken), Some((slot, pages))) = (self.retaking, old) {
            // The new pages take the old one's place.
            let order = pages.into_iter().flat_map(|known| if known == retaken { fresh.clone() } else { vec![known] });
            let pages = order.collect();
            events.push(Event::PageRemoved { page: retaken });
            events.push(Event::PagesOrdered { requirement: slot, pages });
            self.focused = fresh.first().copied();
        }
        Action::Record(events, Actor::Applicant)
    }

    /// Keeps what was read; the verdict becomes a fact of the case unless nothing could be read.
    fn was_read(&mut self, page: PageId, read: Result<Box<PageReport>, Failure>, ctx: &Context<'_>) -> Action<Message> {
        let look = self.looks.entry(page).or_default();
        look.reading = false;
        // A page nobody could read stays amber; that is no failure of the visit.
        let verdict = read.ok().and_then(|report| {
            let verdict = (!report.unread).then(|| report.verdict.clone());
            look.report = Some(report);
            verdict
        });
        if self.going && self.reading() == 0 {
            self.going = false;
            // A page that has to be taken again is shown first; pressing once more goes on all the same.
            self.leaving = self.pages_to_retake(ctx) == 0;
        }
        match verdict.filter(|_| place(page, ctx).is_some()) {
            Some(verdict) => Action::Record(vec![Event::PageJudged { page, verdict }], Actor::System),
            None if self.leaving => Action::Forward,
            None => Action::None,
        }
    }

    /// Pages that are being read.
    #[must_use]
    pub fn reading(&self) -> usize {
        self.looks.values().filter(|look| look.reading).count()
    }

    /// What is known about a page.
    #[must_use]
    pub fn look(&self, page: PageId) -> Option<&Look> {
        self.looks.get(&page)
    }

    /// What the live picture shows.
    #[must_use]
    pub fn sight(&self) -> Option<PageSight> {
        self.sight
    }

    fn shift(&mut self, page: PageId, ctx: &Context<'_>, by: isize) -> Action<Message> {
        let Some((requirement, mut pages)) = place(page, ctx) else { return Action::None };
        let Some(at) = pages.iter().position(|known| *known == page) else { return Action::None };
        let Some(to) = at.checked_add_signed(by).filter(|to| *to < pages.len()) else { return Action::None };
        pages.swap(at, to);
        Action::Record(vec![Event::PagesOrdered { requirement, pages }], Actor::Applicant)
    }

    fn move_to(&mut self, page: PageId, slot: RequirementId, ctx: &Context<'_>) -> Action<Message> {
        let Some(case) = ctx.case() else { return Action::None };
        let mut pages: Vec<_> = case.pages(&slot).iter().map(|page| page.id).collect();
        pages.push(page);
        self.selected = Some(slot.clone());
        Action::Record(vec![Event::PagesOrdered { requirement: slot, pages }], Actor::Applicant)
    }
}

/// The slot a page is in, with all its pages in order.
fn place(page: PageId, ctx: &Context<'_>) -> Option<(RequirementId, Vec<PageId>)> {
    let slots = ctx.case()?.pages_by_requirement();
    let (slot, pages) = slots.into_iter().find(|(_, pages)| pages.iter().any(|known| known.id == page))?;
    Some((slot.clone(), pages.iter().map(|page| page.id).collect()))
}
