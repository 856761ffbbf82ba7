//! `wangge serve`

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::locate::Index;
use super::{Failure, Outcome, say};
use crate::app::serve::{App, Clock, SnapshotNode, TileFile, TileMemory};
use crate::http::{self, Block, Echo, HeaderName, LargestUpload, NodeTiles, Proxies, Rates, Settings};
use crate::store::{Open, open_patiently};

/// How long a database may take to come up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Serve the map, the API and the tiles of a store
///
/// Stops on Ctrl-C or SIGTERM: requests under way are finished first. As soon as the store has an account (`wangge principal
/// add`), what is not public needs a sign-in; before that only this machine is let in. There is no TLS: for other machines put
/// a proxy that has it in front, and name it with --trusted-proxy.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge serve --store city.gpkg --bind 127.0.0.1:8080")]
pub(super) struct Serve {
    /// The store
    #[arg(long, env = "WANGGE_STORE", required_unless_present = "snapshot")]
    store: Option<String>,
    /// A snapshot (`wangge export --snapshot`) in place of a store: look-ups, and tiles of files, without map and accounts. When a
    /// file is replaced, the new one is taken up
    #[arg(long, value_name = "F.wgs")]
    snapshot: Option<PathBuf>,
    /// Tiles of a layer (`wangge export --pmtiles`) that a node serves beside its snapshot; one file for each layer
    #[arg(long, value_name = "F.pmtiles", requires = "snapshot", value_delimiter = ',')]
    tiles: Vec<PathBuf>,
    /// Address or block of another machine that is answered from a snapshot; may stand several times
    #[arg(long, value_name = "CIDR", requires = "snapshot", value_delimiter = ',')]
    allow_from: Vec<Block>,
    /// By what points are looked up
    #[arg(long, value_enum, default_value = "coverage", conflicts_with = "snapshot")]
    index: Index,
    /// Say in answers where a point lies in WGS 84 also when it was given in another datum
    #[arg(long, env = "WANGGE_ECHO_WGS84")]
    echo_wgs84: bool,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "WANGGE_BIND", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Let everybody at this machine do everything, accounts or not; on a loopback address only
    #[arg(long)]
    no_login: bool,
    /// Address or block of a proxy in front, whose X-Forwarded-For and user header are believed; may stand several times
    #[arg(long, value_name = "CIDR", env = "WANGGE_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<Block>,
    /// Header in which that proxy names the login of whom it let in
    #[arg(long, value_name = "HEADER", env = "WANGGE_PROXY_USER_HEADER", requires = "trusted_proxy")]
    proxy_user_header: Option<HeaderName>,
    #[command(flatten)]
    rates: Limits,
    /// The largest file that planners may send to be imported, in MiB
    #[arg(long, value_name = "MIB", default_value_t = LargestUpload::default().0 >> 20, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    largest_upload: u64,
    /// How much memory tiles that were cut may take, in MiB; with 0 each is cut anew
    #[arg(long, value_name = "MIB", env = "WANGGE_TILE_MEMORY", default_value_t = TileMemory::default().0, value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    tile_memory: u64,
    /// What to log on standard error, such as info or wangge=debug
    #[arg(long, env = "WANGGE_LOG", default_value = "warn")]
    log: String,
}

/// How often may be asked
#[derive(Debug, Args)]
struct Limits {
    /// Requests a minute from one address without a sign-in
    #[arg(long = "rate-anonymous", value_name = "N", default_value_t = Rates::default().anonymous)]
    anonymous: NonZeroU32,
    /// Requests a minute of one account
    #[arg(long = "rate-signed-in", value_name = "N", default_value_t = Rates::default().signed_in)]
    signed_in: NonZeroU32,
    /// Reports a minute from one address without a sign-in
    #[arg(long = "rate-reports", value_name = "N", default_value_t = Rates::default().reports)]
    reports: NonZeroU32,
    /// Sign-ins a minute from one address, and under one login
    #[arg(long = "rate-sign-ins", value_name = "N", default_value_t = Rates::default().sign_ins)]
    sign_ins: NonZeroU32,
}

impl From<Limits> for Rates {
    fn from(limits: Limits) -> Self {
        Self {
            anonymous: limits.anonymous,
            signed_in: limits.signed_in,
            reports: limits.reports,
            sign_ins: limits.sign_ins,
        }
    }
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
        let echo = if self.echo_wgs84 { Echo::Wgs84 } else { Echo::AsGiven };
        if let Some(path) = &self.snapshot {
            if !address.ip().is_loopback() && self.allow_from.is_empty() {
                return Err(Failure::Plain(format!(
                    "{address} is reached from other machines: name those that may ask with --allow-from, or bind to 127.0.0.1"
                )));
            }
            let node = tokio::task::block_in_place(|| SnapshotNode::open(path)).map_err(|error| plain(&error))?;
            let mut files = Vec::new();
            for path in &self.tiles {
                files.push(TileFile::open(path, TileMemory(self.tile_memory)).await.map_err(|error| plain(&error))?);
            }
            let tiles = NodeTiles::new(files)
                .map_err(|layer| Failure::Plain(format!("two of the files of --tiles hold {layer}: name one")))?;
            say(&format!("http://{address}/"));
            return http::serve_snapshot(node, tiles, self.allow_from, echo, listener, stopped())
                .await
                .map_err(|error| plain(&error));
        }
        let Some(name) = self.store else {
            return Err(Failure::Plain("say what to serve: --store S or --snapshot F.wgs".to_owned()));
        };
        let store = open_patiently(&name, Open::Existing, PATIENCE).await?;
        let app = App::open_with(store, Clock::system(), self.index.into(), TileMemory(self.tile_memory))
            .await
            .map_err(|error| plain(&error))?;
        if self.no_login {
            app.leave_open();
        }
        if !app.login_required() {
            if let Err(reason) = may_be_open(address, self.no_login, !self.trusted_proxy.is_empty(), &name) {
                app.close().await;
                return Err(Failure::Plain(reason));
            }
            eprintln!(
                "wangge: note: no login: everybody at this machine may do everything; `wangge principal add LOGIN --role \
                 administrator --store {name}` turns sign-in on"
            );
        }
        say(&format!("http://{address}/"));
        let proxies = Proxies { blocks: self.trusted_proxy, user_header: self.proxy_user_header };
        let settings = Settings {
            proxies,
            rates: self.rates.into(),
            largest_upload: LargestUpload(self.largest_upload << 20),
            echo,
        };
        http::serve(app, settings, listener, stopped()).await.map_err(|error| plain(&error))
    }
}

/// A service where nobody signs in is for the machine it runs on.
fn may_be_open(address: SocketAddr, no_login: bool, proxied: bool, store: &str) -> Result<(), String> {
    match (address.ip().is_loopback(), no_login) {
        (true, _) if proxied => Err(format!(
            "a --trusted-proxy lets other machines in, and nobody would have to sign in: make the first administrator with \
             `wangge principal add LOGIN --role administrator --store {store}`, and leave --no-login out"
        )),
        (true, _) => Ok(()),
        (false, true) => Err(format!("--no-login is for a loopback address, and {address} is none: bind to 127.0.0.1")),
        (false, false) => Err(format!(
            "{address} is reached from other machines and the store has no account: make the first administrator with \
             `wangge principal add LOGIN --role administrator --store {store}`, or bind to 127.0.0.1"
        )),
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
