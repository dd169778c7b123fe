//! XML as far as we need it: a small tree, read strictly, written in one form only.
//!
//! No document type, no entities from outside, no processing instructions, UTF-8 only, bounded
//! depth and size. [`Element::canonical`] is Canonical XML 1.0 (W3C) of the tree for documents
//! of this kind, so that any other tool can compute the bytes that were signed.

mod read;

pub use read::{Limits, XmlFault, parse};

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, references resolved.
    Text(String),
}

/// An element with its name as written (prefix included).
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    /// Qualified name.
    pub name: String,
    /// Attributes as written, namespace declarations among them.
    pub attributes: Vec<(String, String)>,
    /// Content in order.
    pub children: Vec<Node>,
}

impl std::fmt::Debug for Element {
    /// Names only: the text may be about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}> with {} children", self.name, self.children.len())
    }
}

impl Element {
    /// An empty element.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), children: Vec::new() }
    }

    /// An element with one text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        let mut element = Self::new(name);
        if !text.is_empty() {
            element.children.push(Node::Text(text.to_owned()));
        }
        element
    }

    /// With an attribute more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a child more.
    #[must_use]
    pub fn and(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Name without its prefix.
    #[must_use]
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    /// An attribute's value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Child elements in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child with this local name.
    #[must_use]
    pub fn child(&self, local: &str) -> Option<&Self> {
        self.elements().find(|element| element.local() == local)
    }

    /// All text directly inside.
    #[must_use]
    pub fn content(&self) -> String {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        texts.collect()
    }

    /// Text of the first child with this local name.
    #[must_use]
    pub fn child_text(&self, local: &str) -> Option<String> {
        self.child(local).map(Self::content)
    }

    /// Canonical XML 1.0 of this element: attributes sorted (namespace declarations first), empty
    /// elements as a pair of tags, the five characters escaped, nothing added between elements.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        let mut attributes: Vec<&(String, String)> = self.attributes.iter().collect();
        attributes.sort_by(|a, b| (!is_namespace(&a.0), &a.0).cmp(&(!is_namespace(&b.0), &b.0)));
        for (name, value) in attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text, false, out),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

fn is_namespace(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// What Canonical XML 1.0 (2.3) escapes in text and in attribute values.
fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if !attribute => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' if attribute => out.push_str("&#x9;"),
            '\n' if attribute => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

/// Takes out what XML 1.0 (2.2) cannot carry at all: control characters and the two non-characters.
#[must_use]
pub fn allowed_text(text: &str) -> String {
    text.chars().filter(|c| is_char(*c)).collect()
}

const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
