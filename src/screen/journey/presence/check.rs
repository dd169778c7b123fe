//! What the page asks of devices, store and matcher.

use super::{Evidence, Message};
use crate::apply::context::Context;
use crate::failure::Failure;
use crate::service::devices::finish;
use iced::Task;
use std::time::Duration;
use tongban_device::message::{FingerImage, Rgba};
use tongban_domain::case::Case;
use tongban_domain::event::BlobRef;
use tongban_domain::ids::CaseId;

/// Length of the clip.
const CLIP_MS: u32 = 2_000;
/// Its frames per second.
const CLIP_FPS: u8 = 5;
/// How long the attendant has to put the card.
const ATTENDANT_WAIT: Duration = Duration::from_secs(110);
/// How long the scanner waits for a finger.
const FINGER_WAIT: Duration = Duration::from_secs(40);

/// The chip's picture out of the case; our own PNG, sealed since.
pub(super) fn portrait(ctx: &Context<'_>, id: CaseId) -> Task<Message> {
    let Some(blob) = ctx.case().and_then(Case::card_portrait).cloned() else { return Task::none() };
    let cases = ctx.services.cases.clone();
    let load = async move {
        let bytes = cases.read(id, blob).await.ok()?;
        let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).ok()?.into_rgba8();
        Some(Rgba { width: picture.width(), height: picture.height(), pixels: picture.into_raw() })
    };
    Task::perform(load, Message::Portrait)
}

/// Takes the clip and makes it durable.
pub(super) fn clip(ctx: &Context<'_>, case: CaseId) -> Task<Message> {
    let services = ctx.services.clone();
    let taken = async move {
        let clip = finish(services.devices.clip("face", case, CLIP_MS, CLIP_FPS)).await?;
        services.cases.put(case, "video/x-tongban-clip", clip.bytes).await
    };
    Task::perform(taken, Message::Clipped)
}

/// Makes the compared frame durable; without one a still is taken.
pub(super) fn still(ctx: &Context<'_>, case: CaseId, clip: BlobRef, frame: Option<(Vec<u8>, Rgba)>) -> Task<Message> {
    let services = ctx.services.clone();
    let kept = async move {
        let (jpeg, picture) = match frame {
            Some(frame) => frame,
            None => {
                let still = finish(services.devices.still("face", case)).await?;
                (still.jpeg, still.thumb)
            }
        };
        let still = services.cases.put(case, "image/jpeg", jpeg).await?;
        Ok::<_, Failure>(Box::new(Evidence { clip, still, picture }))
    };
    Task::perform(kept, Message::Gathered)
}

/// Waits for the finger, best of three.
pub(super) fn finger(ctx: &Context<'_>, case: CaseId) -> Task<Message> {
    Task::stream(ctx.services.devices.capture_finger(case, FINGER_WAIT)).map(Message::Finger)
}

/// Compares the print with the card's.
pub(super) fn compare(ctx: &Context<'_>, image: FingerImage) -> Task<Message> {
    let Some(case) = ctx.case_id() else { return Task::none() };
    let matcher = ctx.services.matcher.clone();
    Task::perform(async move { matcher.finger(case, &image).await }, Message::Compared)
}

/// Waits for an attendant's card.
pub(super) fn attendant(ctx: &Context<'_>) -> Task<Message> {
    Task::stream(ctx.services.devices.read_card(ctx.case_id(), ATTENDANT_WAIT)).map(Message::Attendant)
}
