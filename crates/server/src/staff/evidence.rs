//! 页影像查看 and 核验证据调阅.

use super::answer;
use super::cases::note_look;
use crate::clip::{self, Clip};
use crate::error::Failure;
use crate::guard::{Fields, Who};
use crate::html::{self, Shell};
use crate::kit::Form;
use crate::state::AppState;
use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use futures::stream;
use std::time::Duration;
use tongban_centre::cases::PresenceLine;
use tongban_centre::evidence::{Opened, Piece};
use tongban_centre::rights::Action;
use tongban_domain::ids::{CaseId, PageId};
use tongban_domain::ink::Handwriting;
use uuid::Uuid;

/// How often a clip plays before it rests.
const CLIP_ROUNDS: usize = 20;
/// Pictures of the strip below the clip.
const STRIP_FRAMES: usize = 6;

/// Serves a picture of a case, by what it is and not by what it says it is.
fn picture(opened: Opened) -> Result<Response, Failure> {
    let media = match opened.bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        // A signature is kept as its strokes and drawn when somebody looks.
        [b'{', ..] => {
            let ink = Handwriting::from_bytes(&opened.bytes).map_err(|_| Failure::not_found())?;
            return Ok(([(header::CONTENT_TYPE, "image/svg+xml")], ink.to_svg()).into_response());
        }
        _ => return Err(Failure::not_found()),
    };
    Ok(([(header::CONTENT_TYPE, media)], opened.bytes).into_response())
}

#[derive(Template)]
#[template(path = "viewer.html")]
struct ViewerPage {
    shell: Shell,
    case: String,
    page: String,
    material: String,
    place: usize,
    count: usize,
    before: Option<String>,
    after: Option<String>,
    look: Option<Form>,
}

/// 人看页面, as a form.
fn look_form(who: &Who, id: Uuid, page: Uuid) -> Form {
    let answers = [("yes", "是", ""), ("no", "否", ""), ("", "不适用", "")];
    Form::new("look", format!("/cases/{id}/pages/{page}/look"), "记录判定")
        .with_token(&who.csrf)
        .title("人工判定本页")
        .hint("判定记入办件链，用于齐全单")
        .radio("legible", "清晰可辨", &answers[..2])
        .radio("right", "是所要的材料", &answers[..2])
        .radio("stamped", "有印章", &answers)
        .value("")
        .radio("signed", "有签名", &answers)
        .value("")
        .date("issued_on", "出具日期")
        .optional()
        .date("valid_to", "有效期止")
        .optional()
}

pub(crate) async fn viewer(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, page)): Path<(Uuid, Uuid)>,
) -> Response {
    let member = who.member.clone();
    let view = state.blocking(move |centre| centre.cases().view(&member, CaseId(id))).await;
    let result = view.and_then(|view| {
        let material = view
            .materials
            .iter()
            .find(|material| material.pages.iter().any(|known| known.id.0 == page))
            .ok_or_else(Failure::not_found)?;
        let place = material.pages.iter().position(|known| known.id.0 == page).ok_or_else(Failure::not_found)?;
        let open = who.member.may(Action::Accept) && view.row.status == "received";
        let at = |index: usize| material.pages.get(index).map(|page| page.id.to_string());
        Ok(html::page(&ViewerPage {
            shell: Shell::staff(&state, &who, material.name.clone(), "/cases"),
            case: id.to_string(),
            page: page.to_string(),
            material: material.name.clone(),
            place: place + 1,
            count: material.pages.len(),
            before: place.checked_sub(1).and_then(at),
            after: at(place + 1),
            look: open.then(|| look_form(&who, id, page)),
        }))
    });
    let result = match result {
        Ok(page) => note_look(&state, &who, "material.view", id).await.map(|()| page),
        Err(failure) => Err(failure),
    };
    answer(&state, &who, result)
}

/// 合订本: every page of one material as one PDF.
pub(crate) async fn bound(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, material)): Path<(Uuid, String)>,
) -> Response {
    let member = who.member.clone();
    let pdf = state
        .blocking(move |centre| centre.archive().bound(&member, CaseId(id), &material.as_str().into()))
        .await
        .map(|pdf| ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response());
    answer(&state, &who, pdf)
}

async fn page_picture(state: AppState, who: Who, id: Uuid, page: Uuid, thumb: bool) -> Response {
    let member = who.member.clone();
    let opened = state.blocking(move |centre| centre.evidence().page(&member, CaseId(id), PageId(page), thumb)).await;
    answer(&state, &who, opened.and_then(picture))
}

pub(crate) async fn image(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, page)): Path<(Uuid, Uuid)>,
) -> Response {
    page_picture(state, who, id, page, false).await
}

pub(crate) async fn thumb(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, page)): Path<(Uuid, Uuid)>,
) -> Response {
    page_picture(state, who, id, page, true).await
}

pub(crate) async fn ask(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Extension(fields): Extension<Fields>,
    Path(id): Path<Uuid>,
) -> Response {
    let (member, reason) = (who.member.clone(), fields.get("reason").to_owned());
    let viewed = state.blocking(move |centre| centre.evidence().view(&member, CaseId(id), &reason)).await;
    let result = viewed.map(|()| Redirect::to(&format!("/cases/{id}/evidence")).into_response());
    answer(&state, &who, result)
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidencePage {
    shell: Shell,
    case: String,
    granted: bool,
    presence: Option<PresenceLine>,
    sign_off: bool,
    strip: Vec<usize>,
}

pub(crate) async fn page(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<Uuid>,
) -> Response {
    let member = who.member.clone();
    let found = state
        .blocking(move |centre| {
            let id = CaseId(id);
            let granted = centre.evidence().granted(&member, id)?;
            let view = centre.cases().view(&member, id)?;
            let clip = match &view.presence {
                Some(presence) if presence.clip && granted => {
                    clip::parse(&centre.evidence().piece(&member, id, Piece::Clip)?.bytes)
                }
                _ => None,
            };
            Ok((granted, view, clip.map_or(0, |clip| clip.frames.len())))
        })
        .await;
    let result = found.map(|(granted, view, frames)| {
        let shown = frames.min(STRIP_FRAMES);
        html::page(&EvidencePage {
            shell: Shell::staff(&state, &who, "核验证据", "/cases"),
            case: id.to_string(),
            granted,
            sign_off: view
                .sign_off
                .as_ref()
                .is_some_and(|sign_off| ["摄像签认", "手写签名"].contains(&sign_off.method)),
            presence: view.presence,
            strip: (0..shown).map(|n| n * frames / shown.max(1)).collect(),
        })
    });
    answer(&state, &who, result)
}

pub(crate) async fn piece(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, piece)): Path<(Uuid, String)>,
) -> Response {
    let member = who.member.clone();
    let piece = match piece.as_str() {
        "still" => Piece::Still,
        "sign-off" => Piece::SignOff,
        "portrait" => Piece::Portrait,
        _ => return answer(&state, &who, Err(Failure::not_found())),
    };
    let opened = state.blocking(move |centre| centre.evidence().piece(&member, CaseId(id), piece)).await;
    answer(&state, &who, opened.and_then(picture))
}

async fn parsed(state: &AppState, who: &Who, id: Uuid) -> Result<Clip, Failure> {
    let member = who.member.clone();
    let opened = state.blocking(move |centre| centre.evidence().piece(&member, CaseId(id), Piece::Clip)).await?;
    clip::parse(&opened.bytes).ok_or_else(Failure::not_found)
}

pub(crate) async fn frame(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path((id, frame)): Path<(Uuid, usize)>,
) -> Response {
    let result = parsed(&state, &who, id).await.and_then(|mut clip| {
        if frame >= clip.frames.len() {
            return Err(Failure::not_found());
        }
        picture(Opened { media: String::new(), bytes: clip.frames.swap_remove(frame) })
    });
    answer(&state, &who, result)
}

/// The clip as motion JPEG (`multipart/x-mixed-replace`): plays in an image element, without script.
pub(crate) async fn clip(
    State(state): State<AppState>,
    Extension(who): Extension<Who>,
    Path(id): Path<Uuid>,
) -> Response {
    let result = parsed(&state, &who, id).await.map(|clip| {
        let pause = Duration::from_millis(1000 / u64::from(clip.fps));
        let total = clip.frames.len() * CLIP_ROUNDS;
        let parts = stream::unfold((clip, 0_usize), move |(clip, at)| async move {
            if at >= total {
                return None;
            }
            if at > 0 {
                tokio::time::sleep(pause).await;
            }
            let frame = &clip.frames[at % clip.frames.len()];
            let mut part =
                format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", frame.len()).into_bytes();
            part.extend_from_slice(frame);
            part.extend_from_slice(b"\r\n");
            Some((Ok::<_, std::convert::Infallible>(part), (clip, at + 1)))
        });
        ([(header::CONTENT_TYPE, "multipart/x-mixed-replace; boundary=frame")], Body::from_stream(parts))
            .into_response()
    });
    answer(&state, &who, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Option<String> {
        let answer = picture(Opened { media: String::new(), bytes: bytes.to_vec() }).ok()?;
        answer.headers().get(header::CONTENT_TYPE)?.to_str().ok().map(str::to_owned)
    }

    #[test]
    fn strokes_are_shown_as_a_picture_and_nothing_that_only_begins_like_them() {
        let strokes = br#"{"v":1,"width":30,"height":10,"strokes":[[[1,2,0,0],[9,9,0,8]]]}"#;
        assert_eq!(shown(strokes).as_deref(), Some("image/svg+xml"));
        assert_eq!(shown(br#"{"v":1,"width":30,"height":10,"strokes":[]}"#), None);
        assert_eq!(shown(b"{<svg onload=\"alert(1)\"/>}"), None);
        assert_eq!(shown(&[0xff, 0xd8, 0xff, 0xe0]).as_deref(), Some("image/jpeg"));
    }
}
