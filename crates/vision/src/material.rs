//! 材料判读: is it the document that was asked for, whose is it, which numbers and dates stand on it?
//!
//! Invariant: an answer is given only when the page says it plainly; everything else is `None`, which the rules of
//! the hall turn into "a person looks". Nothing here turns a light green by itself.

mod date;
mod figure;
mod kind;
mod stamp;
mod words;

use crate::VisionError;
use crate::ocr::PageText;
use crate::quality::{Flaw, Grade, Quality};
use tongban_domain::event::PageVerdict;
use tongban_domain::ids::FieldId;

pub use kind::{Kind, kinds_of_material, kinds_of_page};
pub use stamp::stamped;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// 材料名称.
    pub material: String,
    /// Names and numbers of the case of which at least one should stand on the page; empty: no matter.
    pub names: Vec<String>,
    /// Numbers to be read off.
    pub figures: Vec<FigureWish>,
}

/// A number to be read off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureWish {
    /// Its name in the verdict.
    pub figure: FieldId,
    /// What stands before it on the page.
    pub label: String,
    /// Unit it is to be given in (`万元`); empty: as printed.
    pub unit: String,
}

/// What the page says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// For the case.
    pub verdict: PageVerdict,
    /// Kinds of document the page seems to be, likeliest first.
    pub seen: Vec<String>,
    /// Names of the wish that stand on the page; `None` when none were given.
    pub named: Option<bool>,
}

/// Mean confidence of the letters below which a page counts as illegible, and below which nobody promises.
const READ_BAD: f32 = 0.70;
/// See [`READ_BAD`].
const READ_DOUBT: f32 = 0.88;
/// A line whose letters are less sure gives no figure and no date.
const LINE_SURE: f32 = 0.90;

/// Judges a page by its quality and text. `text` is `None` where no networks are installed.
#[must_use]
pub fn judge(quality: &Quality, text: Option<&PageText>, stamp: Option<bool>, wish: &Wish, judge: &str) -> Reading {
    let mut verdict = PageVerdict { judge: judge.to_owned(), stamped: stamp, ..PageVerdict::default() };
    verdict.legible = match quality.worst() {
        Some(Grade::Bad) => Some(false),
        Some(Grade::Doubt) => None,
        None => Some(true),
    };
    let Some(text) = text else {
        // Sharp and whole is not yet read: nobody vouches for what it says.
        return Reading { verdict, seen: Vec::new(), named: None };
    };
    if !text.lines.is_empty() && !quality.has(Flaw::Blank) {
        let sure = text.confidence();
        if sure < READ_BAD {
            verdict.legible = Some(false);
        } else if sure < READ_DOUBT {
            verdict.legible = verdict.legible.filter(|legible| !legible);
        }
        // Whoever reads it later would have to turn it: a person looks first.
        if text.turn.degrees() != 0 {
            verdict.legible = verdict.legible.filter(|legible| !legible);
        }
    }
    let seen = kinds_of_page(text);
    verdict.right_document = kind::right(&wish.material, &seen, text);
    let named = words::any_named(&wish.names, text);
    if named == Some(false) && verdict.right_document == Some(true) {
        verdict.right_document = None;
    }
    let lines: Vec<&str> =
        text.lines.iter().filter(|line| line.confidence >= LINE_SURE).map(|line| line.text.as_str()).collect();
    verdict.issued_on = date::issued_on(&lines);
    verdict.valid_to = date::valid_to(&lines);
    verdict.figures = wish
        .figures
        .iter()
        .filter_map(|wish| Some((wish.figure.clone(), figure::find(&lines, &wish.label, &wish.unit)?)))
        .collect();
    Reading { verdict, seen: seen.iter().map(|kind| kind.name.clone()).collect(), named }
}

/// Whether the whitened page shows a red seal; `None` when it cannot be told (a grey copy has none in red).
///
/// # Errors
/// `Picture` when the library fails.
pub fn seal(page: &opencv::core::Mat) -> Result<Option<bool>, VisionError> {
    Ok(stamped(page)?.then_some(true))
}
