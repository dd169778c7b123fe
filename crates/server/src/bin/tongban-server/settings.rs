//! Configuration file, then flags over it.

use crate::args::{Place, RunArgs};
use anyhow::{Context as _, Result};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tongban_server::ServerConfig;
use tongban_server::centre::storage::objects::ObjectKey;
use tongban_server::centre::{ConnectConfig, StorageConfig};

/// The file. Unknown keys are refused, so that a typing error is not a silent default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    assets_dir: Option<PathBuf>,
    station_bind: Option<SocketAddr>,
    staff_bind: Option<SocketAddr>,
    public_bind: Option<SocketAddr>,
    names: Option<Vec<String>>,
    public_base_url: Option<String>,
    station_url: Option<String>,
    database: Option<String>,
    database_ca: Option<PathBuf>,
    objects: Option<String>,
    objects_ca: Option<PathBuf>,
    keys_dir: Option<PathBuf>,
    staff_tls: bool,
    public_tls: bool,
    second_factor: bool,
    demo: bool,
    connect: Option<Platform>,
}

/// A data-sharing platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platform {
    url: String,
    client_id: String,
    /// A file readable by the service alone.
    secret_file: PathBuf,
    mapping: PathBuf,
}

fn read(path: Option<&Path>) -> Result<File> {
    let Some(path) = path else { return Ok(File::default()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("K101 {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("K102 {}", path.display()))
}

fn dirs(file: &File, place: &Place) -> Result<(PathBuf, PathBuf)> {
    let data =
        place.data.clone().or_else(|| file.data_dir.clone()).context("K102 no data directory: --data or data_dir")?;
    let assets = place.assets.clone().or_else(|| file.assets_dir.clone()).unwrap_or_else(|| "assets".into());
    Ok((data, assets))
}

/// Engines: flags over the file; the object store's key comes from the environment alone.
fn storage(file: &File, place: &Place) -> Result<StorageConfig> {
    let over = |flag: &Option<PathBuf>, file: &Option<PathBuf>| flag.clone().or_else(|| file.clone());
    let objects = place.objects.clone().or_else(|| file.objects.clone());
    let mut config = StorageConfig {
        database: place.database.clone().or_else(|| file.database.clone()),
        database_ca: over(&place.database_ca, &file.database_ca),
        objects,
        objects_ca: over(&place.objects_ca, &file.objects_ca),
        keys_dir: over(&place.keys, &file.keys_dir),
        ..StorageConfig::default()
    };
    if config.objects.is_some() {
        let secret = |name: &str| std::env::var(name).with_context(|| format!("K102 {name} is not set"));
        config.objects_key = ObjectKey { id: secret("AWS_ACCESS_KEY_ID")?, secret: secret("AWS_SECRET_ACCESS_KEY")? };
    }
    Ok(config)
}

/// Data directory, assets directory and engines.
pub fn place(place: &Place) -> Result<(PathBuf, PathBuf, StorageConfig)> {
    let file = read(place.config.as_deref())?;
    let (data, assets) = dirs(&file, place)?;
    Ok((data, assets, storage(&file, place)?))
}

/// The whole configuration of `run`.
pub fn server_config(run: &RunArgs) -> Result<ServerConfig> {
    let file = read(run.place.config.as_deref())?;
    let (data, assets) = dirs(&file, &run.place)?;
    let mut config = ServerConfig::local(data, assets);
    config.storage = storage(&file, &run.place)?;
    if let Some(bind) = run.station_bind.or(file.station_bind) {
        config.station_bind = bind;
    }
    if let Some(bind) = run.staff_bind.or(file.staff_bind) {
        config.staff_bind = bind;
    }
    if let Some(bind) = run.public_bind.or(file.public_bind) {
        config.public_bind = bind;
    }
    if let Some(names) = file.names {
        config.names = names;
    }
    config.public_base_url = run.public_base_url.clone().or(file.public_base_url);
    config.station_url = file.station_url;
    config.staff_tls = file.staff_tls;
    config.public_tls = file.public_tls;
    config.second_factor = run.second_factor || file.second_factor;
    config.demo = run.demo || file.demo;
    let platform = match (&run.connect_url, &run.connect_mapping, file.connect) {
        (Some(url), Some(mapping), _) => {
            let secret = run.connect_secret.clone().context("K102 TONGBAN_CONNECT_SECRET is not set")?;
            Some(ConnectConfig::new(mapping.clone(), url, &run.connect_client, &secret))
        }
        (_, _, Some(platform)) => {
            let secret = std::fs::read_to_string(&platform.secret_file).context("K101 secret of the platform")?;
            Some(ConnectConfig::new(platform.mapping, &platform.url, &platform.client_id, secret.trim()))
        }
        _ => None,
    };
    if let Some(platform) = platform {
        crate::connector(&platform, &mut config)?;
    }
    Ok(config)
}
