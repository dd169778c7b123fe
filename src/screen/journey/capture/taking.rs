//! What takes time: the picture, its files, reading it, and following the live page.

use crate::failure::Failure;
use crate::service::Services;
use crate::service::devices::finish;
use futures::{Stream, StreamExt};
use iced::widget::image::Handle;
use tongban_device::message::Rgba;
use tongban_device::page::{FigureTask, PageFinding, PageReport, PageSight, ReadTask};
use tongban_domain::case::Case;
use tongban_domain::event::{BlobRef, Value};
use tongban_domain::ids::{CaseId, PageId};
use tongban_domain::item::{FieldKind, Requirement, ServiceItem};

/// Longest name or number looked for on a page.
const NAME_LETTERS_MAX: usize = 40;
/// Most of them.
const NAMES_MAX: usize = 60;

/// A page whose files are durable, not yet named by a fact.
#[derive(Debug, Clone)]
pub struct TakenPage {
    pub(super) page: PageId,
    pub(super) blob: BlobRef,
    pub(super) thumb: BlobRef,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) picture: Rgba,
    pub(super) findings: Vec<PageFinding>,
}

impl TakenPage {
    /// A page whose bytes lie at `blob` and whose small picture lies at `thumb`; `size` in pixels.
    #[must_use]
    pub fn new(
        (page, blob, thumb): (PageId, BlobRef, BlobRef),
        (width, height): (u32, u32),
        picture: Rgba,
        findings: Vec<PageFinding>,
    ) -> Self {
        Self { page, blob, thumb, width, height, picture, findings }
    }
}

/// Takes what lies under the camera: one page, or the two of an open book.
pub(super) async fn shoot(services: &Services, id: CaseId) -> Result<Vec<TakenPage>, Failure> {
    let mut taken = Vec::new();
    for still in finish(services.devices.page("document", id)).await? {
        let blob = services.cases.put(id, "image/jpeg", still.jpeg).await?;
        let thumb = services.cases.put(id, "image/jpeg", still.thumb_jpeg).await?;
        let page = PageId(services.ids.next());
        let size = (still.width, still.height);
        taken.push(TakenPage::new((page, blob, thumb), size, still.thumb, still.findings));
    }
    Ok(taken)
}

/// Reads a page that was taken.
pub(super) async fn read(
    services: &Services,
    id: CaseId,
    blob: BlobRef,
    mut task: ReadTask,
) -> Result<Box<PageReport>, Failure> {
    task.jpeg = services.cases.read(id, blob).await?;
    finish(services.devices.read_page("document", task)).await.map(Box::new)
}

/// Small pictures of earlier pages.
pub(super) async fn load(services: &Services, id: CaseId, wanted: Vec<(PageId, BlobRef)>) -> Vec<(PageId, Handle)> {
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

/// What the live picture shows of a page, whenever that changes.
pub(super) fn sights(services: &Services) -> impl Stream<Item = Option<PageSight>> + use<> {
    let receiver = services.devices.preview("document", 15);
    futures::stream::unfold((receiver, None), |(mut receiver, before)| async move {
        loop {
            let sight = receiver.borrow_and_update().as_ref().and_then(|frame| frame.sight);
            if Some(sight) != before {
                return Some((sight, (receiver, Some(sight))));
            }
            receiver.changed().await.ok()?;
        }
    })
    .boxed()
}

/// What is to be read off a page of this material; the picture is put in later.
pub(super) fn wish(requirement: &Requirement, item: &ServiceItem, case: &Case, findings: &[PageFinding]) -> ReadTask {
    let figures = requirement.detail.iter().flat_map(|detail| &detail.figures).map(|figure| {
        let unit = match item.form.field(&figure.field).map(|field| &field.kind) {
            Some(FieldKind::Number { unit, .. }) => unit.clone(),
            _ => String::new(),
        };
        FigureTask { figure: figure.figure.clone(), label: figure.label.clone(), unit }
    });
    ReadTask {
        jpeg: Vec::new(),
        findings: findings.to_vec(),
        material: requirement.name.clone(),
        names: names(case),
        figures: figures.collect(),
    }
}

/// Names and numbers of people and firms in the case.
fn names(case: &Case) -> Vec<String> {
    let mut names: Vec<String> = case.card().map(|card| card.name.clone()).into_iter().collect();
    let mut add = |field: &str, value: &Value| {
        if let Value::Text(text) = value {
            let names_somebody = ["name", "credit_code", "number"].iter().any(|part| field.contains(part));
            let letters = text.chars().count();
            if names_somebody && (2..=NAME_LETTERS_MAX).contains(&letters) && names.len() < NAMES_MAX {
                names.push(text.clone());
            }
        }
    };
    for (field, value) in case.form() {
        add(&field.0, value);
        if let Value::Rows(rows) = value {
            rows.iter().flatten().for_each(|(column, value)| add(&column.0, value));
        }
    }
    names
}
