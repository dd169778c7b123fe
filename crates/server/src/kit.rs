//! 页面积木: tables, forms, figures and notes that every office page is built of, so that they
//! look alike, work from the keyboard and fit a telephone.

mod form;

pub(crate) use form::Form;

use crate::html::{self, Shell};
use askama::Template;
use axum::response::Response;

/// A cell of a table.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// Words, and smaller ones below.
    Two(String, String),
    /// A link, and smaller words below.
    Link(String, String, String),
    /// A coloured word: text, class.
    Tag(String, &'static str),
    /// A figure, kept on one line.
    Num(String),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn two(text: impl Into<String>, small: impl Into<String>) -> Self {
        Self::Two(text.into(), small.into())
    }

    pub fn link(href: impl Into<String>, text: impl Into<String>, small: impl Into<String>) -> Self {
        Self::Link(href.into(), text.into(), small.into())
    }

    pub fn tag((text, class): (impl Into<String>, &'static str)) -> Self {
        Self::Tag(text.into(), class)
    }

    pub fn num(text: impl ToString) -> Self {
        Self::Num(text.to_string())
    }
}

/// A line of a table: its cells, and what can be done about it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub id: String,
    pub cells: Vec<Cell>,
    pub forms: Vec<Form>,
}

impl Line {
    pub fn new(id: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { id: id.into(), cells, forms: Vec::new() }
    }

    pub fn act(mut self, form: Form) -> Self {
        self.forms.push(form);
        self
    }

    pub fn act_if(self, may: bool, form: impl FnOnce() -> Form) -> Self {
        if may { self.act(form()) } else { self }
    }
}

/// A table with its heading.
#[derive(Template)]
#[template(path = "kit/table.html")]
pub(crate) struct Table {
    pub id: &'static str,
    pub title: String,
    pub note: String,
    pub heads: Vec<&'static str>,
    pub lines: Vec<Line>,
    pub empty: &'static str,
}

impl Table {
    pub fn new(id: &'static str, title: impl Into<String>, heads: &[&'static str]) -> Self {
        Self {
            id,
            title: title.into(),
            note: String::new(),
            heads: heads.to_vec(),
            lines: Vec::new(),
            empty: "目前没有。",
        }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub fn empty(mut self, words: &'static str) -> Self {
        self.empty = words;
        self
    }

    pub fn lines(mut self, lines: impl IntoIterator<Item = Line>) -> Self {
        self.lines = lines.into_iter().collect();
        self
    }

    /// Forms are in some line.
    fn acts(&self) -> bool {
        self.lines.iter().any(|line| !line.forms.is_empty())
    }

    /// Heading of a column, for telephones.
    fn head(&self, index: &usize) -> &str {
        self.heads.get(*index).copied().unwrap_or_default()
    }
}

/// One figure: id, label, value, words below, colour class, and where it leads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    pub id: &'static str,
    pub label: String,
    pub value: String,
    pub hint: String,
    pub class: &'static str,
    pub href: String,
}

impl Figure {
    pub fn new(id: &'static str, label: impl Into<String>, value: impl ToString) -> Self {
        Self { id, label: label.into(), value: value.to_string(), ..Self::default() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

#[derive(Template)]
#[template(path = "kit/figures.html")]
struct Figures {
    id: &'static str,
    title: String,
    figures: Vec<Figure>,
}

/// A picture made by [`crate::chart`], with its caption.
#[derive(Template)]
#[template(path = "kit/picture.html")]
struct Picture {
    id: &'static str,
    title: String,
    svg: String,
    caption: String,
}

/// Plain lines: label and text.
#[derive(Template)]
#[template(path = "kit/facts.html")]
struct Facts {
    id: &'static str,
    title: String,
    facts: Vec<(String, String)>,
}

/// Another view of the same page.
#[derive(Debug, Clone)]
pub(crate) struct Tab {
    pub id: String,
    pub href: String,
    pub label: String,
    pub count: Option<usize>,
    pub here: bool,
}

/// A page of blocks.
#[derive(Template)]
#[template(path = "board.html")]
pub(crate) struct Board {
    pub shell: Shell,
    crumb: Vec<(String, String)>,
    lead: String,
    tabs: Vec<Tab>,
    notes: Vec<(&'static str, &'static str, String)>,
    parts: Vec<String>,
}

fn rendered<T: Template>(part: &T) -> String {
    part.render().unwrap_or_else(|error| {
        tracing::error!(%error, "part of a page did not render");
        String::new()
    })
}

impl Board {
    pub fn new(shell: Shell) -> Self {
        Self { shell, crumb: Vec::new(), lead: String::new(), tabs: Vec::new(), notes: Vec::new(), parts: Vec::new() }
    }

    /// A page above this one.
    pub fn under(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.crumb.push((href.into(), label.into()));
        self
    }

    /// A sentence below the heading.
    pub fn lead(mut self, words: impl Into<String>) -> Self {
        self.lead = words.into();
        self
    }

    pub fn tab(
        mut self,
        id: impl Into<String>,
        href: impl Into<String>,
        label: &str,
        count: Option<usize>,
        here: bool,
    ) -> Self {
        self.tabs.push(Tab { id: id.into(), href: href.into(), label: label.to_owned(), count, here });
        self
    }

    /// A sentence that matters: id, class (`ok`, `warn`, empty), words.
    pub fn say(mut self, id: &'static str, class: &'static str, words: impl Into<String>) -> Self {
        self.notes.push((id, class, words.into()));
        self
    }

    pub fn figures(mut self, id: &'static str, title: impl Into<String>, figures: Vec<Figure>) -> Self {
        self.parts.push(rendered(&Figures { id, title: title.into(), figures }));
        self
    }

    pub fn facts(mut self, id: &'static str, title: impl Into<String>, facts: Vec<(String, String)>) -> Self {
        self.parts.push(rendered(&Facts { id, title: title.into(), facts }));
        self
    }

    pub fn picture(
        mut self,
        id: &'static str,
        title: impl Into<String>,
        svg: String,
        caption: impl Into<String>,
    ) -> Self {
        self.parts.push(rendered(&Picture { id, title: title.into(), svg, caption: caption.into() }));
        self
    }

    pub fn table(mut self, mut table: Table) -> Self {
        for form in table.lines.iter_mut().flat_map(|line| &mut line.forms) {
            form.csrf.clone_from(&self.shell.csrf);
            form.shape = "inline";
        }
        self.parts.push(rendered(&table));
        self
    }

    pub fn form(mut self, form: Form) -> Self {
        let form = form.with_token(&self.shell.csrf);
        self.parts.push(rendered(&form));
        self
    }

    pub fn form_if(self, may: bool, form: impl FnOnce() -> Form) -> Self {
        if may { self.form(form()) } else { self }
    }

    pub fn page(&self) -> Response {
        html::page(self)
    }
}
