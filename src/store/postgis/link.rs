//! The way to the database: pools of connections that are replaced when the way is lost, and calls that are made again.
//!
//! 1. What is known not to have happened is done again, with pauses that grow, for ten seconds at most. A database known
//!    to be away for longer is not waited for.
//! 2. A way that fell silent is noticed by [`super::watch`]; calls under way then end at once, except one that is
//!    committing, which finds out first (see [`super::commit`]).

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use tokio::sync::{Notify, Semaphore, watch};

use super::found::{Place, quoted};
use super::name::Name;
use crate::store::StoreError;

/// Connections that read at the same time; more wait.
const READERS: u32 = 6;
/// Connections that write: one does, while another that did may still be on its way back.
const WRITERS: u32 = 2;
/// After how long an unused connection is closed: before firewalls on the way forget it without a word.
const IDLE: Duration = Duration::from_mins(1);
/// How long getting a connection may take.
pub(super) const CONNECT: Duration = Duration::from_secs(4);
/// How long a call goes on trying.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first and the longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

tokio::task_local! {
    /// Set while the call is committing: from then on it must not be dropped.
    static COMMITTING: Arc<AtomicBool>;
}

/// Connections of one stretch between two losses.
#[derive(Debug, Clone)]
struct Pools {
    readers: PgPool,
    writers: PgPool,
}

/// The way to one database.
#[derive(Debug)]
pub(super) struct Link {
    pub name: Name,
    pub place: Place,
    /// What writers of this store, in whatever process, lock.
    pub lock_key: i64,
    pools: RwLock<Pools>,
    /// Counts losses.
    losses: watch::Sender<u64>,
    /// Since when the database is away, and why.
    away: RwLock<Option<(Instant, String)>>,
    /// Somebody wrote what others want to hear of.
    pub changed: Notify,
    /// Held by the one write of this process.
    pub turn: Arc<Semaphore>,
    closed: AtomicBool,
}

impl Link {
    pub(super) fn new(name: Name, place: Place, lock_key: i64) -> Self {
        let pools = Pools::new(&name.options, &place);
        Self {
            name,
            place,
            lock_key,
            pools: RwLock::new(pools),
            losses: watch::Sender::new(0),
            away: RwLock::new(None),
            changed: Notify::new(),
            turn: Arc::new(Semaphore::new(1)),
            closed: AtomicBool::new(false),
        }
    }

    /// Connections that read.
    pub(super) fn readers(&self) -> PgPool {
        self.pools.read().unwrap_or_else(PoisonError::into_inner).readers.clone()
    }

    /// Connections that write; take one only in turn.
    pub(super) fn writers(&self) -> PgPool {
        self.pools.read().unwrap_or_else(PoisonError::into_inner).writers.clone()
    }

    /// Ends when the way is lost after this call.
    pub(super) fn lost(&self) -> impl Future<Output = ()> + use<> {
        let mut losses = self.losses.subscribe();
        async move {
            // the sender lives as long as the link; without it nothing is left to lose
            let _ = losses.changed().await;
        }
    }

    /// Notes that no new connection comes about. Those there are may be well.
    pub(super) fn away(&self, reason: &str) {
        let mut away = self.away.write().unwrap_or_else(PoisonError::into_inner);
        if away.is_none() {
            tracing::warn!(store = %self.name.shown, reason, "the database does not answer");
            *away = Some((Instant::now(), reason.to_owned()));
        }
    }

    /// Notes that nothing comes over the connections there are. Calls under way end; new ones get new connections.
    pub(super) fn silent(&self, reason: &str) {
        self.away(reason);
        // the old connections may hang in the kernel for minutes: they are left to themselves, not waited for
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = Pools::new(&self.name.options, &self.place);
        self.losses.send_modify(|losses| *losses += 1);
    }

    /// Notes that the database answers.
    pub(super) fn back(&self) {
        let was = self.away.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((since, _)) = was {
            tracing::warn!(store = %self.name.shown, away_s = since.elapsed().as_secs_f64(), "the database answers again");
        }
        // what came meanwhile was not heard of
        self.changed.notify_one();
    }

    /// Why not to try at all.
    fn hopeless(&self) -> Option<StoreError> {
        let away = self.away.read().unwrap_or_else(PoisonError::into_inner);
        let (since, reason) = away.as_ref().filter(|(since, _)| since.elapsed() > PATIENCE)?;
        let reason = format!("the database has not answered for {} s ({reason})", since.elapsed().as_secs());
        Some(StoreError::Unavailable { reason })
    }

    /// Whether the database answered lately, as far as is known.
    pub(super) fn answers(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(StoreError::Database("the store was closed".to_owned()));
        }
        match &*self.away.read().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some((_, reason)) => {
                Err(StoreError::Unavailable { reason: format!("the database does not answer ({reason})") })
            }
        }
    }

    /// Makes a call, again where it is known not to have happened and may work later.
    pub(super) async fn again<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let begun = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            if let Some(error) = self.hopeless() {
                return Err(error);
            }
            let reason = match self.once(call()).await {
                Err(StoreError::Unavailable { reason }) => reason,
                other => return other,
            };
            if begun.elapsed() + pause > PATIENCE || self.closed.load(Ordering::Relaxed) {
                return Err(self.answers().err().unwrap_or(StoreError::Unavailable { reason }));
            }
            tracing::debug!(reason, pause_ms = pause.as_millis(), "trying again");
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Makes a call that ends when the way is lost.
    async fn once<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let lost = self.lost();
        let committing = Arc::new(AtomicBool::new(false));
        let call = COMMITTING.scope(Arc::clone(&committing), call);
        tokio::pin!(call);
        tokio::select! {
            biased;
            done = &mut call => done,
            () = lost => {
                if committing.load(Ordering::SeqCst) {
                    // it hears of the loss itself and asks what came of it
                    return call.await;
                }
                Err(StoreError::Unavailable { reason: "the connection to the database was lost".to_owned() })
            }
        }
    }

    /// From here on the call under way must run to its end.
    pub(super) fn committing() {
        let _ = COMMITTING.try_with(|committing| committing.store(true, Ordering::SeqCst));
    }

    /// Closes all connections; nothing works after that.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner).clone();
        // connections of a database that is away cannot say farewell
        let _ =
            tokio::time::timeout(CONNECT, async { tokio::join!(pools.readers.close(), pools.writers.close()) }).await;
    }
}

impl Pools {
    fn new(options: &PgConnectOptions, place: &Place) -> Self {
        let readers = pool(READERS, place).connect_lazy_with(options.clone());
        Self { readers, writers: pool(WRITERS, place).connect_lazy_with(options.clone()) }
    }
}

/// A pool whose connections have the settings of [`settle`].
pub(super) fn pool(connections: u32, place: &Place) -> PgPoolOptions {
    let place = place.clone();
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECT).idle_timeout(IDLE);
    options.after_connect(move |connection, _| {
        let place = place.clone();
        Box::pin(async move { settle(connection, &place).await })
    })
}

/// Settings of every connection, whatever the server's defaults are: a commit is on the disk before it is answered; the
/// server gives up a connection that was cut within about six seconds, so that what it locked is free again.
async fn settle(connection: &mut PgConnection, place: &Place) -> Result<(), sqlx::Error> {
    let path = [&place.schema, &place.postgis_schema].map(|schema| quoted(schema)).join(", ");
    let sql = format!(
        "SELECT set_config('search_path', '{}', false); \
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local'); \
         SET default_transaction_isolation = 'read committed'; \
         SET lock_timeout = '120s'; SET idle_in_transaction_session_timeout = '60s'; \
         SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; \
         SET tcp_user_timeout = 6000; \
         DO $$ BEGIN SET client_connection_check_interval = '2s'; EXCEPTION WHEN OTHERS THEN NULL; END $$",
        path.replace('\'', "''")
    );
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Half to one and a half times the pause: many that lost the database at once must not come back at once.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8);
    pause.mul_f64(0.5 + (random >> 11) as f64 / (1_u64 << 53) as f64)
}
