//! Runs the interface on a socket, until told to stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::{ListenerExt, TapIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::app::serve::App;
use crate::format::open_self_contained_only;

use super::events::Stopping;
use super::front::Front;
use super::guard::{Guard, Settings};
use super::{health, router};

/// How long requests under way may take to finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` is done: then no connection is taken any more, event streams end, requests under way finish (10 s
/// at most), and the store is closed.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    app: Arc<App>,
    settings: Settings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    health::recorder();
    // files come from others now
    open_self_contained_only();
    let (stop, stopping) = watch::channel(false);
    let stopping = Stopping(stopping);
    let feed = tokio::spawn(Arc::clone(&app).run_feed(stopping.clone().wait()));
    let guard = Guard::new(Arc::clone(&app), settings, listener.local_addr()?);
    let router = router::router(Arc::clone(&app), Arc::clone(&guard), stopping.clone());
    let front = Front::new(Arc::clone(&app), guard, router);
    let server = axum::serve(prompt(listener), front).with_graceful_shutdown(stopping.wait()).into_future();
    tokio::pin!(server);
    let served = tokio::select! {
        ended = &mut server => ended,
        () = shutdown => {
            stop.send_replace(true);
            tokio::time::timeout(GRACE, server).await.unwrap_or_else(|_| {
                tracing::warn!(grace_s = GRACE.as_secs(), "requests under way were cut off");
                Ok(())
            })
        }
    };
    stop.send_replace(true);
    // the feed only reads: it may be left behind when it panicked
    let _ = feed.await;
    app.close().await;
    served
}

/// Small answers must not wait for the acknowledgement of the ones before.
pub(super) fn prompt(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(without_delay as fn(&mut TcpStream))
}

fn without_delay(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
}
