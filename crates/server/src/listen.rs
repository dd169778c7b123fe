//! Accept loops: TCP, TLS where due, HTTP/1.1 and HTTP/2, with limits on connections and headers.

use crate::tls::StationTls;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

/// Connections a listener serves at once.
const CONNECTIONS_MAX: usize = 4096;
/// A TLS handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A request's head takes no longer.
const HEAD: Duration = Duration::from_secs(10);

/// How connections of a listener begin.
pub(crate) enum Door {
    /// Plain HTTP, on loopback.
    Plain,
    /// TLS.
    Tls(Arc<ServerConfig>),
    /// Mutual TLS.
    Stations(StationTls),
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Address.
    pub address: SocketAddr,
    /// Client certificate: subject CN and serial in hex.
    pub certificate: Option<(String, String)>,
}

/// Serves until told to stop; open connections are dropped then.
pub(crate) async fn serve(listener: TcpListener, door: Door, router: Router, mut stop: watch::Receiver<bool>) {
    let door = Arc::new(door);
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let Ok((stream, address)) = accepted else {
            // Out of descriptors: give others time to go.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(permit) = room.clone().try_acquire_owned() else { continue };
        let (door, router) = (door.clone(), router.clone());
        connections.spawn(async move {
            connection(stream, address, &door, router).await;
            drop(permit);
        });
    }
}

async fn connection(stream: TcpStream, address: SocketAddr, door: &Door, router: Router) {
    let _ = stream.set_nodelay(true);
    let config = match door {
        Door::Plain => return http(stream, Peer { address, certificate: None }, router).await,
        Door::Tls(config) => config.clone(),
        Door::Stations(tls) => tls.current(),
    };
    let stream = match tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::info!(%error, "handshake refused");
            return;
        }
        Err(_) => return,
    };
    let certificate =
        stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).and_then(|der| subject(der));
    http(stream, Peer { address, certificate }, router).await;
}

/// CN and serial (lower-case hex) of a certificate.
fn subject(der: &[u8]) -> Option<(String, String)> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let name = certificate.subject().iter_common_name().next()?.as_str().ok()?.to_owned();
    Some((name, hex::encode(certificate.raw_serial())))
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, peer: Peer, router: Router) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().call(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 * 1024);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(32).max_header_list_size(32 * 1024);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}
