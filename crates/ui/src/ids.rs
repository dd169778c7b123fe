//! Stable widget names: tests, the inspector and the demo select by these.

/// Builds a widget [`Id`](crate::Id) from a literal name.
///
/// A name is lower-case words joined by dots (`identify.retry`); an index or a
/// key may follow and is joined with a dot (`id!("items.tile", 3)`).
///
/// ```
/// let fixed = tongban_ui::id!("identify.retry");
/// let row = tongban_ui::id!("items.tile", 3);
/// assert_eq!(row, tongban_ui::Id::from("items.tile.3".to_owned()));
/// assert_ne!(fixed, row);
/// ```
///
/// A name outside `[a-z0-9._-]` does not compile:
///
/// ```compile_fail
/// let wrong = tongban_ui::id!("Identify Retry");
/// ```
#[macro_export]
macro_rules! id {
    ($name:literal) => {{
        const NAME: &str = $crate::ids::checked($name);
        $crate::Id::new(NAME)
    }};
    ($name:literal, $index:expr) => {{
        const NAME: &str = $crate::ids::checked($name);
        $crate::Id::from(format!("{NAME}.{}", $index))
    }};
}

/// Returns `name` unchanged; stops the build when a character is not allowed.
#[must_use]
pub const fn checked(name: &'static str) -> &'static str {
    let bytes = name.as_bytes();
    assert!(!bytes.is_empty(), "a widget name may not be empty");
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        assert!(
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-'),
            "widget names use a-z, 0-9, dot, dash and underscore"
        );
        at += 1;
    }
    name
}
