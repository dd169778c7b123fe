//! Reading: everything that is not plainly a document of ours is refused.

use super::{Element, Node, is_char};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// What a document may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Elements inside elements.
    pub depth: usize,
    /// Elements and attributes together.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, depth: 32, nodes: 20_000 }
    }
}

/// Why a document is not read. Says nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// Larger, deeper or with more nodes than allowed.
    #[error("document exceeds the limit of {0}")]
    TooLarge(&'static str),
    /// Not UTF-8, or declared as something else.
    #[error("document is not UTF-8")]
    Encoding,
    /// A document type, an entity or a processing instruction.
    #[error("document contains {0}, which is not accepted")]
    Unwanted(&'static str),
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(String),
}

fn malformed(error: &dyn std::fmt::Display) -> XmlFault {
    XmlFault::Malformed(error.to_string())
}

/// Reads one document.
///
/// # Errors
/// [`XmlFault`].
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Element, XmlFault> {
    if bytes.len() > limits.bytes {
        return Err(XmlFault::TooLarge("bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::Encoding)?;
    if !text.chars().all(is_char) {
        return Err(XmlFault::Malformed("control characters".to_owned()));
    }
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().check_comments = true;
    let mut tree = Tree { limits, nodes: 0, open: Vec::new(), root: None, begun: false };
    loop {
        match reader.read_event().map_err(|error| malformed(&error))? {
            Event::Start(start) => {
                let element = tree.element(&start)?;
                tree.push(element)?;
            }
            Event::Empty(start) => {
                let element = tree.element(&start)?;
                tree.push(element)?;
                tree.pop()?;
            }
            Event::End(_) => tree.pop()?,
            Event::Text(text) => tree.text(&text.xml10_content().map_err(|error| malformed(&error))?)?,
            Event::CData(data) => tree.text(&data.decode().map_err(|error| malformed(&error))?)?,
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|error| malformed(&error))?;
                let resolved = resolve(&name, reference.resolve_char_ref().map_err(|error| malformed(&error))?)?;
                tree.text(&resolved.to_string())?;
            }
            Event::Decl(declaration) => {
                if tree.begun {
                    return Err(XmlFault::Malformed("declaration inside".to_owned()));
                }
                let said = declaration.encoding().transpose().map_err(|error| malformed(&error))?;
                if said.is_some_and(|name| !name.eq_ignore_ascii_case(b"utf-8")) {
                    return Err(XmlFault::Encoding);
                }
            }
            Event::DocType(_) => return Err(XmlFault::Unwanted("a document type")),
            Event::PI(_) => return Err(XmlFault::Unwanted("a processing instruction")),
            Event::Comment(_) => {}
            Event::Eof => break,
        }
        tree.begun = true;
    }
    match tree.root {
        Some(root) if tree.open.is_empty() => Ok(root),
        _ => Err(XmlFault::Malformed("not closed or empty".to_owned())),
    }
}

fn resolve(name: &str, numbered: Option<char>) -> Result<char, XmlFault> {
    match (numbered, name) {
        (Some(c), _) if is_char(c) => Ok(c),
        (Some(_), _) => Err(XmlFault::Malformed("reference to a character XML cannot carry".to_owned())),
        (None, "amp") => Ok('&'),
        (None, "lt") => Ok('<'),
        (None, "gt") => Ok('>'),
        (None, "quot") => Ok('"'),
        (None, "apos") => Ok('\''),
        (None, _) => Err(XmlFault::Unwanted("an entity")),
    }
}

/// The tree as far as it is read.
struct Tree {
    limits: Limits,
    nodes: usize,
    open: Vec<Element>,
    root: Option<Element>,
    begun: bool,
}

impl Tree {
    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, XmlFault> {
        let name = std::str::from_utf8(start.name().into_inner()).map_err(|_| XmlFault::Encoding)?.to_owned();
        if !is_name(&name) {
            return Err(XmlFault::Malformed("not a name".to_owned()));
        }
        let mut element = Element::new(&name);
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| malformed(&error))?;
            let key = std::str::from_utf8(attribute.key.into_inner()).map_err(|_| XmlFault::Encoding)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| malformed(&error))?;
            if !is_name(key) || value.contains('<') && attribute.value.contains(&b'<') {
                return Err(XmlFault::Malformed("attribute".to_owned()));
            }
            if !value.chars().all(is_char) {
                return Err(XmlFault::Malformed("reference to a character XML cannot carry".to_owned()));
            }
            element.attributes.push((key.to_owned(), value.into_owned()));
        }
        self.nodes += 1 + element.attributes.len();
        if self.nodes > self.limits.nodes {
            return Err(XmlFault::TooLarge("nodes"));
        }
        Ok(element)
    }

    fn push(&mut self, element: Element) -> Result<(), XmlFault> {
        if self.root.is_some() {
            return Err(XmlFault::Malformed("a second root".to_owned()));
        }
        if self.open.len() >= self.limits.depth {
            return Err(XmlFault::TooLarge("depth"));
        }
        self.open.push(element);
        Ok(())
    }

    fn pop(&mut self) -> Result<(), XmlFault> {
        let done = self.open.pop().ok_or_else(|| XmlFault::Malformed("an end without a start".to_owned()))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(done)),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlFault> {
        match self.open.last_mut() {
            Some(parent) => match parent.children.last_mut() {
                Some(Node::Text(known)) => known.push_str(text),
                _ if text.is_empty() => {}
                _ => parent.children.push(Node::Text(text.to_owned())),
            },
            None if text.trim().is_empty() => {}
            None => return Err(XmlFault::Malformed("text outside the root".to_owned())),
        }
        Ok(())
    }
}

/// Names of elements and attributes we accept: letters, digits, `_`, `-`, `.`, one colon inside.
fn is_name(name: &str) -> bool {
    let part = |text: &str| {
        text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let mut parts = name.split(':');
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    first.is_some_and(part) && second.is_none_or(part) && third.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Element, XmlFault> {
        parse(text.as_bytes(), Limits::default())
    }

    #[test]
    fn a_document_is_read_and_written_in_the_one_form() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a z='2' xmlns=\"urn:x\" b=\"1 &amp; &quot;2&quot;\"><!-- no --><c/>x &lt; y &#x4E2D;<![CDATA[<raw>]]></a>";
        let root = read(text).expect("well-formed");
        let wanted = "<a xmlns=\"urn:x\" b=\"1 &amp; &quot;2&quot;\" z=\"2\"><c></c>x &lt; y 中&lt;raw&gt;</a>";
        assert_eq!(root.canonical(), wanted);
        assert_eq!(read(wanted).expect("well-formed").canonical(), wanted);
    }

    #[test]
    fn what_could_reach_outside_or_grow_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert_eq!(read(bomb), Err(XmlFault::Unwanted("a document type")));
        assert_eq!(read("<a>&b;</a>"), Err(XmlFault::Unwanted("an entity")));
        assert_eq!(read("<a><?php x?></a>"), Err(XmlFault::Unwanted("a processing instruction")));
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        assert_eq!(read(&deep), Err(XmlFault::TooLarge("depth")));
        let many = format!("<a>{}</a>", "<b/>".repeat(20_001));
        assert_eq!(read(&many), Err(XmlFault::TooLarge("nodes")));
        assert_eq!(read("<?xml version=\"1.0\" encoding=\"GB18030\"?><a/>"), Err(XmlFault::Encoding));
        assert_eq!(parse(b"<a>\xd6\xd0</a>", Limits::default()), Err(XmlFault::Encoding));
        let small = Limits { bytes: 3, ..Limits::default() };
        assert_eq!(parse(b"<a/>", small), Err(XmlFault::TooLarge("bytes")));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "x",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a>&#0;</a>",
            "<a>\u{1}</a>",
            "<a/>x",
            "<a><b></a></b>",
        ] {
            assert!(matches!(read(text), Err(XmlFault::Malformed(_))), "{text:?} gave {:?}", read(text));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, Limits::default());
        }

        #[test]
        fn any_markup_is_read_or_refused_and_what_is_read_reads_back_the_same(
            parts in prop::collection::vec(prop::sample::select(vec!["<a>", "</a>", "<b c=\"d\">", "</b>", "<e/>", "&amp;", "&x;", "text", "<", ">", "]]>", "<!--", "-->", "<![CDATA[", "\r\n", "\"", "&#65;"]), 0..12)
        ) {
            if let Ok(root) = read(&parts.concat()) {
                let canonical = root.canonical();
                prop_assert_eq!(read(&canonical).expect("canonical reads").canonical(), canonical);
            }
        }

        #[test]
        fn any_text_survives(text in "\\PC*", attribute in "\\PC*") {
            let element = Element::text("a", &super::super::allowed_text(&text)).with("b", &super::super::allowed_text(&attribute));
            let back = read(&element.canonical()).expect("canonical reads");
            prop_assert_eq!(back, element);
        }
    }
}
