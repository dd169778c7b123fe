//! 材料扫描件: the pages taken of one material, bound into one file in their order.
//!
//! The pages are JPEG files of the document camera and stay as they are, byte for byte but for segments that carry
//! no picture: those are left out, so that nothing a file may say of places, times or people comes along. Pages are
//! as large as they were on the desk where 200 pixels make an inch, and no larger than A4.

use crate::data::Paper;
use crate::error::PaperError;
use crate::pdf;
use printpdf::{
    DictItem, ExternalStream, ExternalXObject, Mm, Op, PdfDocument, PdfPage, Px, XObject, XObjectId, XObjectTransform,
};
use std::collections::BTreeMap;
use tongban_domain::clock::WallTime;

/// Most pages of one material.
pub const PAGES_MAX: usize = 400;
/// Largest page file.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most bytes of all pages together.
pub const BYTES_MAX: usize = 128 * 1024 * 1024;
/// Pixels to the inch that pages are filed with.
const DPI: f32 = 200.0;
/// A4, millimetres.
const A4: (f32, f32) = (210.0, 297.0);

/// Binds the pages of a material. `title` names the material and nobody.
///
/// # Errors
/// [`PaperError::Scan`] when there is no page, one is no JPEG, or they are too many or too large.
pub fn bind(pages: &[Vec<u8>], title: &str, made_at: WallTime) -> Result<Paper, PaperError> {
    if pages.is_empty() || pages.len() > PAGES_MAX {
        return Err(PaperError::Scan("no pages, or too many"));
    }
    if pages.iter().any(|page| page.len() > PAGE_BYTES_MAX) || pages.iter().map(Vec::len).sum::<usize>() > BYTES_MAX {
        return Err(PaperError::Scan("larger than a page may be"));
    }
    let mut document = PdfDocument::new(title);
    pdf::describe(&mut document, made_at);
    let mut bound = Vec::with_capacity(pages.len());
    for (number, jpeg) in pages.iter().enumerate() {
        let scan = Scan::read(jpeg)?;
        let (width, height) = scan.millimetres();
        let id = XObjectId(format!("Page{}", number + 1));
        document.resources.xobjects.map.insert(id.clone(), scan.into_object());
        // The picture fills its page: the unit square scaled to it, no matter how many pixels it has.
        let transform = XObjectTransform {
            scale_x: Some(pdf::points(width).0),
            scale_y: Some(pdf::points(height).0),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        bound.push(PdfPage::new(Mm(width), Mm(height), vec![Op::UseXobject { id, transform }]));
    }
    pdf::save(document, bound)
}

/// A page's picture, without what is no picture.
struct Scan {
    jpeg: Vec<u8>,
    width: u16,
    height: u16,
    /// 1 grey, 3 colour.
    channels: u8,
}

impl Scan {
    /// Walks the segments (ITU-T T.81, B.1.1): tables, frame and scans are kept; application data but JFIF's and
    /// Adobe's, which say how colours are coded, and comments are not.
    fn read(bytes: &[u8]) -> Result<Self, PaperError> {
        let none = || PaperError::Scan("no JPEG");
        let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or_else(none)?;
        let mut jpeg = vec![0xFF, 0xD8];
        let mut frame = None;
        loop {
            let &[0xFF, marker, high, low, ..] = rest else { return Err(none()) };
            if marker == 0xFF {
                // A fill byte before the marker.
                rest = &rest[1..];
                continue;
            }
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length < 2 || !matches!(marker, 0xC0..=0xCF | 0xDA..=0xDD | 0xE0..=0xEF | 0xFE) {
                return Err(none());
            }
            let segment = rest.get(..2 + length).ok_or_else(none)?;
            if matches!(marker, 0xC0..=0xC2) {
                let &[_, h0, h1, w0, w1, channels, ..] = &segment[4..] else { return Err(none()) };
                frame = Some((u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]), channels));
            }
            if !matches!(marker, 0xE1..=0xED | 0xEF | 0xFE) {
                jpeg.extend_from_slice(segment);
            }
            rest = &rest[2 + length..];
            if marker == 0xDA {
                break;
            }
        }
        let end = rest.windows(2).rposition(|pair| pair == [0xFF, 0xD9]).ok_or_else(none)? + 2;
        jpeg.extend_from_slice(&rest[..end]);
        match frame {
            Some((width, height, channels @ (1 | 3))) if width > 0 && height > 0 => {
                Ok(Self { jpeg, width, height, channels })
            }
            _ => Err(none()),
        }
    }

    /// Size of the page: 200 pixels to the inch, but no larger than A4 lying the same way.
    fn millimetres(&self) -> (f32, f32) {
        let (width, height) = (f32::from(self.width) / DPI * 25.4, f32::from(self.height) / DPI * 25.4);
        let (across, down) = if width > height { (A4.1, A4.0) } else { A4 };
        let fit = (across / width).min(down / height).min(1.0);
        (width * fit, height * fit)
    }

    /// The picture as PDF holds it: the file itself (ISO 32000-1, 7.4.8 `DCTDecode`).
    fn into_object(self) -> XObject {
        let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
        let colour = if self.channels == 1 { "DeviceGray" } else { "DeviceRGB" };
        let dict = BTreeMap::from([
            ("Type".to_owned(), name("XObject")),
            ("Subtype".to_owned(), name("Image")),
            ("Width".to_owned(), DictItem::Int(i64::from(self.width))),
            ("Height".to_owned(), DictItem::Int(i64::from(self.height))),
            ("ColorSpace".to_owned(), name(colour)),
            ("BitsPerComponent".to_owned(), DictItem::Int(8)),
            ("Filter".to_owned(), name("DCTDecode")),
        ]);
        let (width, height) = (Px(usize::from(self.width)), Px(usize::from(self.height)));
        let stream = ExternalStream { dict, content: self.jpeg, compress: false };
        XObject::External(ExternalXObject { stream, width: Some(width), height: Some(height), dpi: Some(DPI) })
    }
}
