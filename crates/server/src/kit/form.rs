//! A form: labels, inputs, one button. The browser checks what it can; the centre checks everything.

use askama::Template;

/// What an input is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Hidden,
    Line,
    Area(u8),
    Number,
    Date,
    /// A one-time code.
    Code,
    /// Photographs.
    Photos,
    /// A heading between inputs.
    Head,
    /// Value, label.
    Select(Vec<(String, String)>),
    /// Value, label, smaller words.
    Radio(Vec<(String, String, String)>),
    /// Value, label, ticked.
    Ticks(Vec<(String, String, bool)>),
}

/// An input with its label.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub id: String,
    pub name: String,
    pub label: String,
    pub hint: String,
    pub kind: Kind,
    pub value: String,
    pub required: bool,
    pub max: u32,
}

/// A form.
#[derive(Debug, Clone, Template)]
#[template(path = "kit/form.html")]
pub(crate) struct Form {
    pub id: String,
    pub action: String,
    pub method: &'static str,
    pub csrf: String,
    pub title: String,
    pub hint: String,
    pub inputs: Vec<Input>,
    pub button: String,
    pub class: &'static str,
    /// `card`, `fold` (a card that opens), or `inline` (in a line of a table).
    pub shape: &'static str,
}

impl Form {
    pub fn new(id: impl Into<String>, action: impl Into<String>, button: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            action: action.into(),
            method: "post",
            csrf: String::new(),
            title: String::new(),
            hint: String::new(),
            inputs: Vec::new(),
            button: button.into(),
            class: "primary",
            shape: "card",
        }
    }

    /// Asks instead of changing something.
    pub fn asks(mut self) -> Self {
        self.method = "get";
        self.class = "secondary";
        self
    }

    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn fold(mut self) -> Self {
        self.shape = "fold";
        self
    }

    pub fn danger(mut self) -> Self {
        self.class = "danger";
        self
    }

    pub fn with_token(mut self, csrf: &str) -> Self {
        csrf.clone_into(&mut self.csrf);
        self
    }

    /// Whether it takes more than a press.
    fn asks_something(&self) -> bool {
        self.inputs.iter().any(|input| !matches!(input.kind, Kind::Hidden))
    }

    /// Whether it brings files.
    fn brings_files(&self) -> bool {
        self.inputs.iter().any(|input| matches!(input.kind, Kind::Photos))
    }

    /// A heading above the inputs that follow.
    pub fn head(self, words: &str) -> Self {
        self.put("", words, Kind::Head)
    }

    /// One photograph or several, JPEG.
    pub fn photos(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Photos)
    }

    fn put(mut self, name: &str, label: &str, kind: Kind) -> Self {
        let id = format!("{}-{name}", self.id);
        let required = !matches!(kind, Kind::Ticks(_));
        self.inputs.push(Input {
            id,
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            kind,
            value: String::new(),
            required,
            max: 500,
        });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Input)) -> Self {
        if let Some(input) = self.inputs.last_mut() {
            change(input);
        }
        self
    }

    /// The last input may be left blank.
    pub fn optional(self) -> Self {
        self.last(|input| input.required = false)
    }

    /// Words below the last input.
    pub fn help(self, words: impl Into<String>) -> Self {
        let words = words.into();
        self.last(|input| input.hint = words)
    }

    /// What stands in the last input.
    pub fn value(self, value: impl Into<String>) -> Self {
        let value = value.into();
        self.last(|input| input.value = value)
    }

    /// Most characters of the last input.
    pub fn max(self, max: u32) -> Self {
        self.last(|input| input.max = max)
    }

    pub fn hidden(self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        self.put(name, "", Kind::Hidden).value(value)
    }

    pub fn line(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Line).max(200)
    }

    pub fn area(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Area(3))
    }

    /// A tall one.
    pub fn tall(self, name: &str, label: &str, rows: u8) -> Self {
        self.put(name, label, Kind::Area(rows)).max(400_000)
    }

    pub fn number(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Number)
    }

    pub fn date(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Date)
    }

    pub fn code(self, name: &str, label: &str) -> Self {
        self.put(name, label, Kind::Code)
    }

    pub fn select(
        self,
        name: &str,
        label: &str,
        options: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let options = options.into_iter().map(|(value, label)| (value.into(), label.into())).collect();
        self.put(name, label, Kind::Select(options))
    }

    pub fn radio(self, name: &str, label: &str, options: &[(&str, &str, &str)]) -> Self {
        let option =
            |(value, label, small): &(&str, &str, &str)| (value.to_string(), label.to_string(), small.to_string());
        self.put(name, label, Kind::Radio(options.iter().map(option).collect()))
    }

    pub fn ticks(self, name: &str, label: &str, options: impl IntoIterator<Item = (String, String, bool)>) -> Self {
        self.put(name, label, Kind::Ticks(options.into_iter().collect()))
    }
}
