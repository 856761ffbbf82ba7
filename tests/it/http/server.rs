//! A server of its own for a test, on a free port, with a store in a folder that goes away.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use ureq::Body;
use ureq::http::{Request, Response};
use wangge::app::serve::{App, Clock};
use wangge::http::Settings;
use wangge::store::{self, Open, Store};

use super::district;

pub struct Server {
    pub address: SocketAddr,
    agent: ureq::Agent,
    runtime: Runtime,
    clock_ms: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The members of a problem, once it is seen to be one.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        problem
    }
}

impl Server {
    /// The district, published once.
    pub fn published() -> Self {
        Self::new(|store| async move {
            district::publish_first(&*store).await;
        })
    }

    /// A store that `fill` has filled, served at [`district::NOW_MS`].
    pub fn new<F: Future<Output = ()>>(fill: impl FnOnce(Arc<dyn Store>) -> F) -> Self {
        Self::with(Settings::default(), fill)
    }

    /// As [`Server::new`], served in its own way.
    pub fn with<F: Future<Output = ()>>(settings: Settings, fill: impl FnOnce(Arc<dyn Store>) -> F) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let clock_ms = Arc::new(AtomicI64::new(district::NOW_MS));
        let name = folder.path().join("district.gpkg");
        let now = Arc::clone(&clock_ms);
        let (app, listener) = runtime.block_on(async {
            let store = store::open(name.to_str().unwrap(), Open::OrCreate).await.unwrap();
            fill(Arc::clone(&store)).await;
            let app = App::open(store, Clock::from_ms(move || now.load(Ordering::SeqCst))).await.unwrap();
            (app, tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap())
        });
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let handle = runtime.handle().clone();
        let thread = std::thread::spawn(move || {
            let stopped = async {
                let _ = stopped.await;
            };
            handle.block_on(wangge::http::serve(app, settings, listener, stopped)).unwrap();
        });
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(Duration::from_mins(1))).build().new_agent();
        Self { address, agent, runtime, clock_ms, stop: Some(stop), thread: Some(thread), folder }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers.iter().fold(self.agent.get(self.url(path)), |r, (name, value)| r.header(*name, *value));
        read(request.call().unwrap())
    }

    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        answer.json()
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request = Request::builder().method(method).uri(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        read(self.agent.run(request.body(body).unwrap()).unwrap())
    }

    pub fn send_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn post(&self, body: &Value, key: Option<&str>) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.send("POST", "/v1/reports", &headers, body.to_string().as_bytes())
    }

    /// Writes to the store as another process would: through a connection of its own.
    pub fn elsewhere<T, F: Future<Output = T>>(&self, write: impl FnOnce(Arc<dyn Store>) -> F) -> T {
        let name = self.folder.path().join("district.gpkg");
        self.runtime.block_on(async {
            let store = store::open(name.to_str().unwrap(), Open::Existing).await.unwrap();
            let written = write(Arc::clone(&store)).await;
            store.close().await;
            written
        })
    }

    pub fn set_clock(&self, ms: i64) {
        self.clock_ms.store(ms, Ordering::SeqCst);
    }

    /// Asks until `seen` says so, for ten seconds at most.
    #[track_caller]
    pub fn wait_for(&self, path: &str, seen: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.get(path).json();
            if seen(&answer) {
                return answer;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "{path}: {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Signals the server to stop.
    pub fn signal(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits until the server has ended.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal();
        if !std::thread::panicking() {
            self.join();
        }
    }
}

fn read(mut response: Response<Body>) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, bytes: response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap() }
}
