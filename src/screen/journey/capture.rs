//! 采集材料: pages from the document camera into the slots of what is still needed.

mod view;

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::Services;
use crate::service::devices::finish;
use iced::Task;
use iced::widget::image::Handle;
use std::collections::HashMap;
use tongban_domain::event::{BlobRef, Event};
use tongban_domain::ids::{CaseId, PageId, RequirementId};
use tongban_domain::item::{MaterialState, material_state};
use tongban_protocol::action::Actor;

/// State of the page.
#[derive(Debug, Default)]
pub struct Capture {
    selected: Option<RequirementId>,
    taking: bool,
    retaking: Option<PageId>,
    focused: Option<PageId>,
    thumbs: HashMap<PageId, Handle>,
    leaving: bool,
}

/// A page whose files are durable, not yet named by a fact.
#[derive(Debug, Clone)]
pub struct TakenPage {
    page: PageId,
    blob: BlobRef,
    thumb: BlobRef,
    width: u32,
    height: u32,
    picture: Handle,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// A slot was touched.
    Select(RequirementId),
    /// 拍摄.
    Shoot,
    /// The page is durable.
    Taken(Result<Box<TakenPage>, Failure>),
    /// Small pictures of earlier pages.
    Loaded(Vec<(PageId, Handle)>),
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
}

impl Capture {
    /// Selects the first missing slot and loads the small pictures.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.selected = self.first_missing(ctx);
        let (Some(id), Some(case)) = (ctx.case_id(), ctx.case()) else { return Task::none() };
        let wanted: Vec<_> =
            case.pages_by_requirement().into_values().flatten().map(|page| (page.id, page.thumb.clone())).collect();
        let services = ctx.services.clone();
        Task::perform(async move { load(&services, id, wanted).await }, Message::Loaded)
    }

    /// A page is in its slot: go to the next slot that misses something.
    pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.taking = false;
        self.retaking = None;
        let full = self
            .selected
            .as_ref()
            .is_some_and(|slot| self.slots(ctx).iter().any(|state| state.requirement == *slot && !state.is_missing()));
        if full && let Some(next) = self.first_missing(ctx) {
            self.selected = Some(next);
        }
        Task::none()
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
                self.selected = Some(slot);
                self.focused = None;
                Action::None
            }
            Message::Shoot => self.shoot(ctx),
            Message::Taken(Ok(page)) => self.taken(*page, ctx),
            Message::Taken(Err(fault)) => {
                self.taking = false;
                *failure = Some(fault);
                Action::None
            }
            Message::Loaded(thumbs) => {
                self.thumbs.extend(thumbs);
                Action::None
            }
            Message::Focus(page) => {
                self.focused = (self.focused != Some(page)).then_some(page);
                Action::None
            }
            Message::Retake(page) => {
                self.retaking = Some(page);
                self.shoot(ctx)
            }
            Message::Remove(page) => {
                self.focused = None;
                Action::Record(vec![Event::PageRemoved { page }], Actor::Applicant)
            }
            Message::Earlier(page) => self.shift(page, ctx, -1),
            Message::Later(page) => self.shift(page, ctx, 1),
            Message::MoveTo(page, slot) => self.move_to(page, slot, ctx),
            Message::Forward => {
                self.leaving = true;
                Action::Forward
            }
        }
    }

    fn shoot(&mut self, ctx: &Context<'_>) -> Action<Message> {
        let Some(id) = ctx.case_id().filter(|_| !self.taking) else { return Action::None };
        self.taking = true;
        let services = ctx.services.clone();
        Action::Run(Task::perform(async move { shoot(&services, id).await.map(Box::new) }, Message::Taken))
    }

    fn taken(&mut self, taken: TakenPage, ctx: &Context<'_>) -> Action<Message> {
        let old = self.retaking.and_then(|page| place(page, ctx));
        let Some(slot) = old.as_ref().map(|(slot, _)| slot.clone()).or_else(|| self.selected.clone()) else {
            self.taking = false;
            return Action::None;
        };
        self.thumbs.insert(taken.page, taken.picture);
        let (page, blob, thumb) = (taken.page, taken.blob, taken.thumb);
        let captured = Event::PageCaptured {
            page,
            requirement: slot.clone(),
            blob,
            thumb,
            width: taken.width,
            height: taken.height,
        };
        let mut events = vec![captured];
        if let (Some(retaken), Some((slot, pages))) = (self.retaking, old) {
            // The new page takes the old one's place.
            let pages = pages.into_iter().map(|known| if known == retaken { page } else { known }).collect();
            events.push(Event::PageRemoved { page: retaken });
            events.push(Event::PagesOrdered { requirement: slot, pages });
            self.focused = Some(page);
        }
        Action::Record(events, Actor::Applicant)
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

async fn shoot(services: &Services, id: CaseId) -> Result<TakenPage, Failure> {
    let still = finish(services.devices.still("document", id)).await?;
    let blob = services.cases.put(id, "image/jpeg", still.jpeg).await?;
    let thumb = services.cases.put(id, "image/jpeg", still.thumb_jpeg).await?;
    let picture = Handle::from_rgba(still.thumb.width, still.thumb.height, still.thumb.pixels);
    let page = PageId(services.ids.next());
    Ok(TakenPage { page, blob, thumb, width: still.width, height: still.height, picture })
}

async fn load(services: &Services, id: CaseId, wanted: Vec<(PageId, BlobRef)>) -> Vec<(PageId, Handle)> {
    let mut loaded = Vec::new();
    for (page, blob) in wanted {
        let Ok(bytes) = services.cases.read(id, blob).await else { continue };
        // Written by our own camera worker and sealed since; still bounded.
        if let Ok(picture) = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg) {
            let picture = picture.into_rgba8();
            loaded.push((page, Handle::from_rgba(picture.width(), picture.height(), picture.into_raw())));
        }
    }
    loaded
}
