//! The texts: Fluent files, one folder per language, one file per group.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// The language every text exists in.
pub const BASE_LANGUAGE: &str = "zh-CN";

/// Why texts cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum I18nError {
    /// The language name is not a language tag.
    #[error("{0} is not a language tag")]
    Language(String),
    /// A folder or file cannot be read.
    #[error("texts {path} cannot be read")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not valid Fluent.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// First error of the parser.
        message: String,
    },
    /// The same key stands in two files.
    #[error("{path}: a key of this file exists already: {message}")]
    Duplicate {
        /// The second file.
        path: PathBuf,
        /// The key.
        message: String,
    },
}

/// Something that can stand in a text: a word or a number.
pub trait ToArg {
    /// The Fluent value.
    fn to_arg(&self) -> FluentValue<'_>;
}

impl ToArg for str {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}
impl ToArg for &str {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}
impl ToArg for String {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}
impl ToArg for Cow<'_, str> {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}
macro_rules! number_args {
    ($($kind:ty),+) => { $(impl ToArg for $kind {
        fn to_arg(&self) -> FluentValue<'_> { FluentValue::from(*self) }
    })+ };
}
number_args!(u8, u16, u32, u64, usize, i32, i64, f32, f64);

struct Layer {
    language: String,
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
}

/// The texts of one language, with [`BASE_LANGUAGE`] behind it.
pub struct I18n {
    layers: Vec<Layer>,
}

impl fmt::Debug for I18n {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I18n").field("language", &self.language()).finish_non_exhaustive()
    }
}

impl I18n {
    /// Loads `directory/language/*.ftl` and, behind it, the base language.
    ///
    /// # Errors
    /// [`I18nError`] names the file that is missing, malformed or repeats a key.
    pub fn load(directory: &Path, language: &str) -> Result<Self, I18nError> {
        let mut layers = vec![load_layer(directory, language)?];
        if language != BASE_LANGUAGE {
            layers.push(load_layer(directory, BASE_LANGUAGE)?);
        }
        Ok(Self { layers })
    }

    /// The language in force, for example `zh-CN`.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.layers[0].language
    }

    /// Every key of the language in force, without what is behind it.
    #[must_use]
    pub fn keys(&self) -> &BTreeSet<String> {
        &self.layers[0].keys
    }

    /// Whether `key` has a text.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.layers.iter().any(|layer| layer.keys.contains(key))
    }

    /// The text of `key`.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of `key` with its arguments filled in.
    ///
    /// A missing key or argument is logged; the key stands between `⟦ ⟧` so that
    /// a screen test finds it.
    #[must_use]
    pub fn with(&self, key: &str, args: &[(&str, &dyn ToArg)]) -> String {
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            values.set((*name).to_owned(), value.to_arg());
        }
        for layer in &self.layers {
            let Some(pattern) = layer.bundle.get_message(key).and_then(|m| m.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let text = layer.bundle.format_pattern(pattern, Some(&values), &mut errors);
            if let Some(error) = errors.first() {
                // The arguments may be personal: only the key and the kind of error are logged.
                tracing::warn!(key, language = layer.language, %error, "text is incomplete");
            }
            return text.into_owned();
        }
        tracing::error!(key, language = self.language(), "text is missing");
        format!("⟦{key}⟧")
    }
}

fn load_layer(directory: &Path, language: &str) -> Result<Layer, I18nError> {
    let tag: LanguageIdentifier = language.parse().map_err(|_| I18nError::Language(language.to_owned()))?;
    let folder = directory.join(language);
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Isolating marks would break exact text selectors and are not needed without right-to-left text.
    bundle.set_use_isolating(false);
    let mut keys = BTreeSet::new();
    for path in ftl_files(&folder)? {
        let source = std::fs::read_to_string(&path).map_err(|source| I18nError::Read { path: path.clone(), source })?;
        keys.extend(message_keys(&source));
        let resource = FluentResource::try_new(source).map_err(|(_, errors)| I18nError::Parse {
            path: path.clone(),
            message: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        bundle.add_resource(resource).map_err(|errors| I18nError::Duplicate {
            path: path.clone(),
            message: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
    }
    Ok(Layer { language: language.to_owned(), bundle, keys })
}

fn ftl_files(folder: &Path) -> Result<Vec<PathBuf>, I18nError> {
    let read = |source| I18nError::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.extension().is_some_and(|ending| ending == "ftl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Message identifiers of a Fluent source: a key starts a line.
fn message_keys(source: &str) -> impl Iterator<Item = String> + '_ {
    source.lines().filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim_end();
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic());
        let clean = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        (starts && clean).then(|| key.to_owned())
    })
}
