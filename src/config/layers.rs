//! Layering and checking of configuration files.

use super::schema::{Config, Face};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tongban_domain::code::ErrorCode;

/// The lowest layer, part of the program.
const DEFAULT: &str = include_str!("../../kiosk-config/default.toml");
/// Roles a device may be bound to.
const ROLES: [&str; 12] = [
    "reader",
    "face",
    "document",
    "finger",
    "printer",
    "certificate-printer",
    "slip",
    "codes",
    "smart-card",
    "pad",
    "call-display",
    "power",
];

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A layer cannot be read.
    #[error("{code} configuration {path}: cannot be read", code = ErrorCode::ConfigUnreadable.as_str(), path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A layer is no TOML.
    #[error("{code} configuration {layer}: not valid TOML", code = ErrorCode::ConfigUnreadable.as_str())]
    Syntax {
        /// Which layer.
        layer: String,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// The merged value breaks the schema.
    #[error("{code} configuration does not fit the schema", code = ErrorCode::ConfigInvalid.as_str())]
    Schema(#[source] toml::de::Error),
    /// A rule is broken; the text says which key and what to write.
    #[error("{code} configuration: {0}", code = ErrorCode::ConfigInvalid.as_str())]
    Rule(String),
    /// A format version this release does not know.
    #[error("{code} configuration version {0} is not supported", code = ErrorCode::FormatUnknown.as_str())]
    Version(i64),
}

/// Where each value came from: key path → (value, layer).
pub type Explained = BTreeMap<String, (String, String)>;

/// Loads and checks all layers. `files` are hall and station files, weakest first.
///
/// Environment: `TONGBAN_<SECTION>__<KEY>=value` sets a text, number or bool; `TONGBAN_STATE_DIR` sets `paths.state`.
///
/// # Errors
/// [`ConfigError`] names the layer or key and the cure.
pub fn load(files: &[PathBuf], environment: &[(String, String)]) -> Result<(Config, Explained), ConfigError> {
    let mut merged = toml::Table::new();
    let mut origin = Explained::new();
    merge(&mut merged, parse("default", DEFAULT)?, "default", "", &mut origin);
    for path in files {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        let layer = path.display().to_string();
        merge(&mut merged, parse(&layer, &text)?, &layer, "", &mut origin);
    }
    let outer = environment_layer(environment, &merged);
    merge(&mut merged, outer, "environment", "", &mut origin);
    if let Some(version) = merged.get("v").and_then(toml::Value::as_integer)
        && version != 1
    {
        return Err(ConfigError::Version(version));
    }
    let config: Config = toml::Value::Table(merged).try_into().map_err(ConfigError::Schema)?;
    check(&config)?;
    Ok((config, origin))
}

fn parse(layer: &str, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax { layer: layer.to_owned(), source })
}

fn merge(into: &mut toml::Table, from: toml::Table, layer: &str, prefix: &str, origin: &mut Explained) {
    for (key, value) in from {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new, layer, &path, origin),
            (_, toml::Value::Table(new)) => {
                let mut fresh = toml::Table::new();
                merge(&mut fresh, new, layer, &path, origin);
                into.insert(key, toml::Value::Table(fresh));
            }
            (_, value) => {
                origin.insert(path, (value.to_string(), layer.to_owned()));
                into.insert(key, value);
            }
        }
    }
}

/// Environment variables as a layer; a value takes the type the layers below gave its key.
fn environment_layer(environment: &[(String, String)], below: &toml::Table) -> toml::Table {
    let mut layer = toml::Table::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix("TONGBAN_") else { continue };
        let (section, key) = if rest == "STATE_DIR" {
            ("paths".to_owned(), "state".to_owned())
        } else if let Some((section, key)) = rest.split_once("__") {
            (section.to_lowercase(), key.to_lowercase())
        } else {
            continue;
        };
        let known = below.get(&section).and_then(toml::Value::as_table).and_then(|table| table.get(&key));
        let typed = match known {
            Some(toml::Value::Integer(_)) => value.parse().map(toml::Value::Integer).ok(),
            Some(toml::Value::Boolean(_)) => value.parse().map(toml::Value::Boolean).ok(),
            _ => None,
        };
        let table = layer.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(table) = table {
            table.insert(key, typed.unwrap_or_else(|| toml::Value::String(value.clone())));
        }
    }
    layer
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let rule = |text: String| Err(ConfigError::Rule(text));
    if config.identity.station.is_empty() || config.identity.hall.is_empty() {
        return rule("identity.station and identity.hall must be set, for example 890102-001-K03".to_owned());
    }
    for (role, device) in &config.devices {
        if !ROLES.contains(&role.as_str()) {
            return rule(format!("devices.{role}: unknown role; one of {}", ROLES.join(", ")));
        }
        if device.port.starts_with("/dev/video") || device.port.starts_with("/dev/ttyUSB") {
            return rule(format!(
                "devices.{role}.port = {}: numbers change at every boot; use the path under /dev/v4l/by-path or /dev/serial/by-path",
                device.port
            ));
        }
    }
    let timers = &config.timers;
    if timers.idle_s < 20 || timers.warn_s < 5 || timers.visit_max_s <= timers.idle_s {
        return rule("timers: idle_s at least 20, warn_s at least 5, visit_max_s above idle_s".to_owned());
    }
    if config.centre.share_timeout_s == 0 || config.centre.share_timeout_s > 12 {
        return rule("centre.share_timeout_s must be 1 to 12".to_owned());
    }
    if config.identity.face == Face::Window && config.staff.on_duty.is_empty() {
        return rule("staff.on_duty must name the officer at a window".to_owned());
    }
    Ok(())
}

/// The environment as pairs, for [`load`].
#[must_use]
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("TONGBAN_")).collect()
}

/// Makes a path of the configuration absolute against the file it stands in.
#[must_use]
pub fn resolve(base: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() || path.as_os_str().is_empty() { path.to_owned() } else { base.join(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(extra: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        let text = format!("[identity]\nstation = \"890102-001-K03\"\nhall = \"890102-001\"\n{extra}");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn layers_override_from_weak_to_strong_and_say_so() {
        let file = station("[timers]\nidle_s = 90\n");
        let environment = [("TONGBAN_TIMERS__WARN_S".to_owned(), "20".to_owned())];
        let (config, explained) = load(&[file.path().to_owned()], &environment).expect("loads");
        assert_eq!((config.timers.idle_s, config.timers.warn_s, config.timers.result_s), (90, 20, 30));
        assert_eq!(explained["timers.warn_s"].1, "environment");
        assert_eq!(explained["timers.result_s"].1, "default");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let file = station("[timers]\nidel_s = 90\n");
        assert!(matches!(load(&[file.path().to_owned()], &[]), Err(ConfigError::Schema(_))));
    }

    #[test]
    fn a_device_bound_by_number_is_refused_with_the_cure() {
        let file = station("[devices.face]\ndriver = \"v4l\"\nport = \"/dev/video0\"\n");
        let error = load(&[file.path().to_owned()], &[]).expect_err("refused").to_string();
        assert!(error.contains("K102") && error.contains("by-path"), "{error}");
    }

    #[test]
    fn another_format_version_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        std::fs::write(file.path(), "v = 2\n").expect("written");
        assert!(matches!(load(&[file.path().to_owned()], &[]), Err(ConfigError::Version(2))));
    }
}
