//! `wangge serve`

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::{Failure, Outcome, say};
use crate::app::serve::{App, Clock};
use crate::http;
use crate::store::{Open, open_patiently};

/// How long a database may take to come up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Serve the map, the API and the tiles of a store
///
/// Stops on Ctrl-C or SIGTERM: requests under way are finished first. There is no login yet, so bind to other addresses only
/// behind something that has one.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge serve --store city.gpkg --bind 127.0.0.1:8080")]
pub(super) struct Serve {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "WANGGE_BIND", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// What to log on standard error, such as info or wangge=debug
    #[arg(long, env = "WANGGE_LOG", default_value = "warn")]
    log: String,
}

impl Serve {
    pub(super) async fn run(self) -> Outcome {
        let filter = tracing_subscriber::EnvFilter::try_new(&self.log)
            .map_err(|error| Failure::Plain(format!("--log {:?}: {error}", self.log)))?;
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).finish();
        let _ = tracing::subscriber::set_global_default(subscriber);
        let plain = |error: &dyn std::fmt::Display| Failure::Plain(error.to_string());
        // the port first: it is what most often fails
        let listener = tokio::net::TcpListener::bind(self.bind).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                Failure::Plain(format!("{} is in use: stop what listens there, or choose another --bind", self.bind))
            }
            _ => Failure::Plain(format!("cannot listen on {}: {error}", self.bind)),
        })?;
        let address = listener.local_addr().map_err(|error| plain(&error))?;
        let store = open_patiently(&self.store, Open::Existing, PATIENCE).await?;
        let app = App::open(store, Clock::system()).await.map_err(|error| plain(&error))?;
        say(&format!("http://{address}/"));
        http::serve(app, listener, stopped()).await.map_err(|error| plain(&error))
    }
}

/// Ends when this process is asked to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
