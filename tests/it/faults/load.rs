//! Residents who go on sending and looking up while things break, and the account of what they were promised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::program;

/// A served instance that its supervisor starts again on the same port.
pub struct Instance {
    store: String,
    folder: PathBuf,
    port: u16,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Instance {
    pub fn start(folder: &Path, store: &str, environment: &[(&str, &str)]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut instance = Self {
            store: store.to_owned(),
            folder: folder.to_owned(),
            port,
            environment: environment.iter().map(own).collect(),
            child: None,
        };
        instance.supervise();
        instance.await_ready(Duration::from_mins(1));
        instance
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it when it is not running.
    pub fn supervise(&mut self) {
        if let Some(child) = &mut self.child
            && child.try_wait().unwrap().is_none()
        {
            return;
        }
        let log = self.folder.join(format!("{}.log", self.port));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = Command::new(program())
            .args(["serve", "--store", &self.store, "--bind", &format!("127.0.0.1:{}", self.port)])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// What `readyz` says; `None` when nobody answers.
    pub fn ready(&self) -> Option<u16> {
        status(&agent(Duration::from_secs(15)), &format!("{}/readyz", self.url()))
    }

    /// Waits until it is ready, with nobody helping but the supervisor.
    pub fn await_ready(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        while self.ready() != Some(200) {
            assert!(Instant::now() < until, "not ready again after {wait:?}: {}", self.log());
            self.supervise();
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join(format!("{}.log", self.port))).unwrap_or_default();
        log.lines().rev().take(12).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

fn agent(wait: Duration) -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(wait)).http_status_as_error(false).build().into()
}

fn status(agent: &ureq::Agent, url: &str) -> Option<u16> {
    agent.get(url).call().ok().map(|answer| answer.status().as_u16())
}

/// What was promised.
#[derive(Default)]
pub struct Promises {
    /// Text of each report that was acknowledged, and the id it was given.
    acknowledged: Mutex<BTreeMap<String, String>>,
    /// Lookups answered rightly, and those that were not.
    lookups: AtomicU64,
    failed_lookups: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// People at work.
pub struct Load {
    promises: Arc<Promises>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Some send with a key, again and again until they are answered; some send once; some look up, where `lookups_must`
    /// says that no lookup may fail.
    pub fn start(urls: &[String], lon: f64, lat: f64, lookups_must: bool) -> Self {
        let promises = Arc::new(Promises::default());
        let mut threads = Vec::new();
        for person in 0..4_usize {
            let (promises, urls) = (Arc::clone(&promises), urls.to_vec());
            threads.push(std::thread::spawn(move || send(&promises, &urls, person, (lon, lat))));
        }
        if lookups_must {
            let (promises, urls) = (Arc::clone(&promises), urls.to_vec());
            threads.push(std::thread::spawn(move || look_up(&promises, &urls, (lon, lat))));
        }
        Self { promises, threads }
    }

    /// How many were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.promises.acknowledged.lock().unwrap().len()
    }

    /// Lets everybody finish; each acknowledged report must be in the store once, no report twice, the log whole.
    pub fn settle(self, store: &str) -> Settled {
        self.promises.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().unwrap();
        }
        let acknowledged = self.promises.acknowledged.lock().unwrap();
        let kept = kept(store);
        let mut by_text: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (text, id) in &kept {
            by_text.entry(text).or_default().push(id);
        }
        let twice: Vec<_> = by_text.iter().filter(|(_, ids)| ids.len() > 1).collect();
        assert!(twice.is_empty(), "kept twice: {twice:?}");
        let lost: Vec<_> =
            acknowledged.iter().filter(|(text, id)| by_text.get(text.as_str()) != Some(&vec![id.as_str()])).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged reports are lost: {lost:?}", lost.len(), acknowledged.len());
        let failed = self.promises.failed_lookups.lock().unwrap();
        assert!(failed.is_empty(), "{} lookups failed: {:?}", failed.len(), failed.first());
        Settled {
            acknowledged: acknowledged.len(),
            kept: kept.len(),
            lookups: self.promises.lookups.load(Ordering::SeqCst),
        }
    }
}

/// What it came to.
pub struct Settled {
    pub acknowledged: usize,
    pub kept: usize,
    pub lookups: u64,
}

impl std::fmt::Display for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { acknowledged, kept, lookups } = self;
        write!(f, "{acknowledged} reports acknowledged, {kept} kept, 0 lost, 0 twice; {lookups} lookups, 0 failed")
    }
}

fn send(promises: &Promises, urls: &[String], person: usize, (lon, lat): (f64, f64)) {
    let agent = agent(Duration::from_secs(20));
    for n in 0.. {
        let text = format!("{person}/{n}");
        let body = json!({"category": "路灯", "text": text, "lon": lon, "lat": lat, "crs": "wgs84"});
        for attempt in 0.. {
            if promises.stop.load(Ordering::SeqCst) {
                return;
            }
            let url = &urls[(person + n + attempt) % urls.len()];
            let mut request = agent.post(format!("{url}/v1/reports"));
            let keyed = person.is_multiple_of(2);
            if keyed {
                request = request.header("Idempotency-Key", format!("key-{person}-{n}"));
            }
            let answer = request.send_json(&body);
            // what cannot be done now is said to be so, never a fault of the program
            assert!(!answer.as_ref().is_ok_and(|answer| answer.status() == 500), "{text}: {answer:?}");
            if let Ok(mut answer) = answer
                && matches!(answer.status().as_u16(), 200 | 201)
                && let Ok(answer) = answer.body_mut().read_json::<Value>()
            {
                let id = answer["id"].as_str().unwrap().to_owned();
                promises.acknowledged.lock().unwrap().insert(text, id);
                break;
            }
            std::thread::sleep(Duration::from_millis(60));
            if !keyed {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn look_up(promises: &Promises, urls: &[String], (lon, lat): (f64, f64)) {
    let agent = agent(Duration::from_secs(5));
    while !promises.stop.load(Ordering::SeqCst) {
        for url in urls {
            let asked = format!("{url}/v1/locate?lon={lon}&lat={lat}&crs=wgs84");
            match agent.get(&asked).call() {
                Ok(answer) if answer.status() == 200 => {
                    promises.lookups.fetch_add(1, Ordering::SeqCst);
                }
                other => promises.failed_lookups.lock().unwrap().push(format!("{asked}: {other:?}")),
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Text and id of every report in the store; the audit log is walked, too.
fn kept(store: &str) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = wangge::store::open(store, wangge::store::Open::Existing).await.unwrap();
        let verdict = wangge::app::verify_audit(store.as_ref()).await.unwrap();
        assert!(verdict.is_whole(), "{verdict:?}");
        let reports = store.reports(u32::MAX >> 1, None).await.unwrap();
        let ids: BTreeSet<&str> = reports.iter().map(|report| report.sent.id.as_str()).collect();
        assert_eq!(ids.len(), reports.len());
        let kept = reports.iter().map(|report| (report.sent.text.clone(), report.sent.id.clone())).collect();
        store.close().await;
        kept
    })
}
