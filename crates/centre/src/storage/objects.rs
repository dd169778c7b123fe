//! S3: a bundle is one object, a file of it one ranged read.

use crate::error::{CentreError, Result};
use crate::storage::background::Background;
use crate::storage::blobs::{Begun, Blobs};
use crate::storage::point::{Keep, Side, reached};
use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Certificate, ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who asks the object store.
#[derive(Clone, Default)]
pub struct ObjectKey {
    /// Access key.
    pub id: String,
    /// Secret.
    pub secret: String,
}

impl std::fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectKey(redacted)")
    }
}

/// A bucket, or a folder of one.
pub struct S3Blobs {
    store: Arc<AmazonS3>,
    folder: String,
    background: Background,
}

fn fault(operation: impl Into<String>) -> impl FnOnce(object_store::Error) -> CentreError {
    let operation = operation.into();
    move |error| CentreError::Objects { operation, source: Box::new(error) }
}

/// `s3://bucket[/folder][?endpoint=URL&region=NAME]`, taken apart.
fn parts(url: &str) -> Result<(String, String, BTreeMap<String, String>)> {
    let wrong = || CentreError::Unsafe("object store address: s3://bucket[/folder][?endpoint=URL&region=NAME]".into());
    let rest = url.strip_prefix("s3://").ok_or_else(wrong)?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, folder) = place.split_once('/').unwrap_or((place, ""));
    let mut options = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((key @ ("endpoint" | "region"), value)) => options.insert(key.to_owned(), value.to_owned()),
            _ => return Err(wrong()),
        };
    }
    if bucket.is_empty() {
        return Err(wrong());
    }
    Ok((bucket.to_owned(), folder.trim_matches('/').to_owned(), options))
}

/// Plain HTTP is for this machine only.
fn near(endpoint: &str) -> bool {
    let host = endpoint.strip_prefix("http://").unwrap_or_default();
    ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
}

impl S3Blobs {
    /// Opens a bucket. Beyond this machine only over TLS; `ca_pem` adds an authority.
    ///
    /// # Errors
    /// The address, plain HTTP beyond this machine, or a certificate that does not read.
    pub fn open(url: &str, key: &ObjectKey, ca_pem: Option<&[u8]>) -> Result<Self> {
        let (bucket, folder, options) = parts(url)?;
        // The HTTP client asks for the process' provider; one that is there already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = ClientOptions::new().with_timeout(std::time::Duration::from_secs(60));
        if let Some(pem) = ca_pem {
            for certificate in Certificate::from_pem_bundle(pem).map_err(fault("authority of the object store"))? {
                client = client.with_root_certificate(certificate);
            }
        }
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_access_key_id(&key.id)
            .with_secret_access_key(&key.secret)
            .with_region(options.get("region").map_or("us-east-1", String::as_str));
        if let Some(endpoint) = options.get("endpoint") {
            if endpoint.starts_with("http://") {
                if !near(endpoint) {
                    return Err(CentreError::Unsafe("an object store beyond this machine needs https".into()));
                }
                client = client.with_allow_http(true);
            }
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.with_client_options(client).build().map_err(fault("open object store"))?;
        Ok(Self { store: Arc::new(store), folder, background: Background::start("tongban-objects")? })
    }

    fn path(&self, name: &str) -> Path {
        if self.folder.is_empty() { Path::from(name) } else { Path::from(format!("{}/{name}", self.folder)) }
    }
}

impl Blobs for S3Blobs {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (store, path) = (self.store.clone(), self.path(name));
        let payload = PutPayload::from_bytes(Bytes::copy_from_slice(bytes));
        reached(Keep::Bundle.name(), Side::Before);
        self.background
            .run(async move { store.put(&path, payload).await })?
            .map_err(fault(format!("write object {name}")))?;
        reached(Keep::Bundle.name(), Side::After);
        Ok(())
    }

    /// An object is there under its name or not at all: it is written when it may have it.
    fn begin(&self, _name: &str, _bytes: &[u8]) -> Result<Begun> {
        Ok(Begun::default())
    }

    fn finish(&self, _begun: Begun, name: &str, bytes: &[u8]) -> Result<()> {
        self.put(name, bytes)
    }

    fn get(&self, name: &str, stretch: Option<(u64, u64)>) -> Result<Option<Vec<u8>>> {
        let (store, path) = (self.store.clone(), self.path(name));
        let read = async move {
            match stretch {
                Some((start, len)) => store.get_range(&path, start..start + len).await,
                None => store.get(&path).await?.bytes().await,
            }
        };
        match self.background.run(read)? {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault(format!("read object {name}"))(error)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        let (store, path) = (self.store.clone(), self.path(folder));
        let listed = self.background.run(async move { store.list(Some(&path)).try_collect::<Vec<_>>().await })?;
        let listed = listed.map_err(fault("list objects"))?;
        let inside = |name: &str| {
            name.strip_prefix(&self.folder).map_or(name.to_owned(), |rest| rest.trim_start_matches('/').to_owned())
        };
        Ok(listed.into_iter().map(|meta| (inside(meta.location.as_ref()), meta.size)).collect())
    }

    fn remove(&self, name: &str) -> Result<()> {
        let (store, path) = (self.store.clone(), self.path(name));
        match self.background.run(async move { store.delete(&path).await })? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault(format!("remove object {name}"))(error)),
        }
    }

    fn kind(&self) -> &'static str {
        "s3"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_plain_http_stays_on_this_machine() {
        let (bucket, folder, options) = parts("s3://city/hall/1?endpoint=http://127.0.0.1:8333&region=cn").unwrap();
        assert_eq!((bucket.as_str(), folder.as_str()), ("city", "hall/1"));
        assert_eq!(options["endpoint"], "http://127.0.0.1:8333");
        for wrong in ["city", "s3://", "s3://city?colour=red", "https://city"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
        let key = ObjectKey::default();
        assert!(S3Blobs::open("s3://city?endpoint=http://192.0.2.1:80", &key, None).is_err());
        assert!(S3Blobs::open("s3://city?endpoint=http://127.0.0.1:80", &key, None).is_ok());
    }
}
