//! A database that is lost in the middle of things, through a relay that cuts the line at a chosen moment: what was
//! answered is there once, what was not is not, and nobody waits for ever.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use wangge::store::audit::Verifier;
use wangge::store::{Kept, Open, PostgisStore, Store, StoreError, open};

use crate::postgis::Database;
use crate::store_samples::{act, district, new_import, new_report};

/// What the relay does with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Passes it on.
    Pass = 0,
    /// At the next COMMIT: passes it on and closes the line without the answer; then passes on again.
    CutAfterCommit = 1,
    /// At the next COMMIT: closes the line without passing it on; then passes on again.
    CutBeforeCommit = 2,
    /// At the next COMMIT: passes it on and never the answer; the line stays open; other lines are passed on.
    MuteAfterCommit = 3,
    /// Takes everything and passes nothing on.
    Silent = 4,
    /// Refuses.
    Closed = 5,
}

/// A socket in front of the server's.
struct Relay {
    folder: TempDir,
    mode: Arc<AtomicU8>,
    task: tokio::task::JoinHandle<()>,
}

impl Relay {
    fn start(database: &Database) -> Self {
        let options: PgConnectOptions = database.url.parse().unwrap();
        let socket =
            options.get_socket().expect("these tests want a server on a socket, as tools/with-postgis starts it");
        let server = socket.join(format!(".s.PGSQL.{}", options.get_port()));
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let mode = Arc::new(AtomicU8::new(0));
        let task = tokio::spawn(relay(listener, server, Arc::clone(&mode)));
        Self { folder, mode, task }
    }

    fn url(&self, database: &Database) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{}", database.name)
    }

    fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(listener: UnixListener, server: PathBuf, mode: Arc<AtomicU8>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        if mode.load(Ordering::SeqCst) == Mode::Closed as u8 {
            continue;
        }
        let (server, mode) = (server.clone(), Arc::clone(&mode));
        tokio::spawn(async move {
            let server = UnixStream::connect(server).await.unwrap();
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            let mute = Arc::new(AtomicU8::new(0));
            tokio::select! {
                () = upward(from_client, to_server, &mode, &mute) => {}
                () = downward(from_server, to_client, &mode, &mute) => {}
            }
        });
    }
}

async fn upward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: &AtomicU8, mute: &AtomicU8) {
    let mut bytes = vec![0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        let now = mode.load(Ordering::SeqCst);
        if now == Mode::Silent as u8 {
            std::future::pending::<()>().await;
        }
        if now == Mode::Closed as u8 {
            return;
        }
        let commits = bytes[..n].windows(6).any(|window| window == b"COMMIT");
        if commits && now != 0 {
            mode.store(0, Ordering::SeqCst);
            if now == Mode::CutBeforeCommit as u8 {
                return;
            }
            mute.store(1, Ordering::SeqCst);
        }
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
        if commits && now == Mode::CutAfterCommit as u8 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            return;
        }
    }
}

async fn downward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: &AtomicU8, mute: &AtomicU8) {
    let mut bytes = vec![0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        if mute.load(Ordering::SeqCst) == 1 || mode.load(Ordering::SeqCst) == Mode::Silent as u8 {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}

/// Every report once, and the chain of the log whole.
async fn sound(database: &Database, ids: &[String]) {
    let store = open(&database.url, Open::Existing).await.unwrap();
    let mut kept: Vec<String> =
        store.reports(u32::MAX, None).await.unwrap().into_iter().map(|report| report.sent.id).collect();
    kept.sort();
    let mut ids = ids.to_vec();
    ids.sort();
    assert_eq!(kept, ids);
    let mut verifier = Verifier::default();
    for entry in store.audit(0, u32::MAX).await.unwrap() {
        verifier.take(&entry).unwrap();
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_whose_answer_is_lost_is_found_out_and_never_done_twice() {
    let Some(database) = Database::new() else { return };
    let relay = Relay::start(&database);
    let store = open(&relay.url(&database), Open::OrCreate).await.unwrap();
    let mut ids = Vec::new();
    let modes = [Mode::CutAfterCommit, Mode::CutBeforeCommit, Mode::Pass];
    for n in 0..30 {
        relay.set(modes[n % modes.len()]);
        let id = format!("r{n:02}");
        let kept = store.add_report(&new_report(&id, None), &act()).await.unwrap();
        assert!(matches!(kept, Kept::Created(_)), "{n}: {kept:?}");
        assert_eq!(relay.mode.load(Ordering::SeqCst), Mode::Pass as u8, "the line was cut");
        ids.push(id);
    }
    // the line stays open and says nothing more, while others are well
    relay.set(Mode::MuteAfterCommit);
    let begun = Instant::now();
    store.add_report(&new_report("muted", None), &act()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    ids.push("muted".to_owned());
    // an import cut off before its commit is made again, whole
    relay.set(Mode::CutBeforeCommit);
    let (dataset, boundaries) = district(12, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &|_, _| {}, &act()).await.unwrap();
    assert_eq!(store.dataset(id).await.unwrap(), dataset);
    assert_eq!(store.datasets().await.unwrap().len(), 1);
    store.close().await;
    sound(&database, &ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_that_falls_silent_is_noticed_and_what_waits_on_it_is_done_again() {
    let Some(database) = Database::new() else { return };
    let relay = Relay::start(&database);
    let store = open(&relay.url(&database), Open::OrCreate).await.unwrap();
    store.add_report(&new_report("before", None), &act()).await.unwrap();
    relay.set(Mode::Silent);
    let begun = Instant::now();
    let error = store.report_count().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(store.ping().await.is_err(), "not ready");
    // what is known to be away is not waited for
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begun = Instant::now();
    assert!(matches!(store.publications().await, Err(StoreError::Unavailable { .. })));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    relay.set(Mode::Pass);
    let begun = Instant::now();
    while store.ping().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(15), "it does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(store.report_count().await.unwrap(), 1);
    store.add_report(&new_report("after", None), &act()).await.unwrap();
    // a short silence is only waited for
    relay.set(Mode::Silent);
    let (write, ()) = tokio::join!(async { store.add_report(&new_report("meanwhile", None), &act()).await }, async {
        tokio::time::sleep(Duration::from_millis(5_500)).await;
        relay.set(Mode::Pass);
    });
    write.unwrap();
    store.close().await;
    sound(&database, &["before", "after", "meanwhile"].map(str::to_owned)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_ended_by_the_server_are_not_felt() {
    let Some(database) = Database::new() else { return };
    let store = open(&database.url, Open::OrCreate).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..20 {
        if n % 2 == 0 {
            database.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> \
                 pg_backend_pid()",
            );
        }
        let id = format!("r{n:02}");
        store.add_report(&new_report(&id, Some(&id)), &act()).await.unwrap();
        ids.push(id);
        assert_eq!(store.report_count().await.unwrap(), ids.len() as u64);
    }
    store.close().await;
    sound(&database, &ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_not_up_yet_is_waited_for() {
    let Some(database) = Database::new() else { return };
    let relay = Relay::start(&database);
    open(&database.url, Open::OrCreate).await.unwrap().close().await;
    relay.set(Mode::Closed);
    let url = relay.url(&database);
    let (opened, ()) = tokio::join!(PostgisStore::open(&url, Open::Existing, Duration::from_secs(30)), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        relay.set(Mode::Pass);
    });
    opened.unwrap().ping().await.unwrap();
    relay.set(Mode::Closed);
    let begun = Instant::now();
    let error = PostgisStore::open(&url, Open::Existing, Duration::from_secs(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
