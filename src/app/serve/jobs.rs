//! Long work of a running service: begun, looked at, cancelled. It lives in the memory of this program: when that ends, what
//! was not done is not done, and nothing of it was kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::app::access::Caller;
use crate::app::{AppError, Step, Watch};

use super::imports::Done;
use super::{App, ServeError, Upload, UploadError};

/// How long a job that is over is told of.
const TOLD_MS: i64 = 3_600_000;
/// Jobs under way or waiting.
const WAITING: usize = 16;
/// How long jobs may take to stop.
const STOPPING: Duration = Duration::from_secs(10);

/// Where a job stands.
#[derive(Debug, Clone)]
pub enum JobState {
    /// Another one is under way.
    Waiting,
    /// Under way.
    Running,
    /// Over, and this came of it.
    Done(Arc<Done>),
    /// Over; nothing was changed.
    Failed(Arc<AppError>),
    /// Stopped because somebody said so; nothing was changed.
    Cancelled,
}

/// Where a job stands; and its step, how much of that is done, and of how much.
pub type Stand = (JobState, Option<(Step, u64, u64)>);

/// A piece of long work.
#[derive(Debug)]
pub struct Job {
    /// Names it.
    pub id: String,
    /// The file it reads, where it reads one.
    pub upload: Option<Arc<Upload>>,
    by: String,
    begun_ms: i64,
    at: Mutex<Stand>,
    cancelled: AtomicBool,
}

impl Job {
    fn lock(&self) -> MutexGuard<'_, Stand> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it stands; and its step, how much of that is done, and of how much.
    pub fn state(&self) -> Stand {
        self.lock().clone()
    }

    fn set(&self, state: JobState) {
        self.lock().0 = state;
    }

    fn is_over(&self) -> bool {
        !matches!(self.lock().0, JobState::Waiting | JobState::Running)
    }
}

impl Watch for Job {
    fn at(&self, step: Step, done: u64, total: u64) {
        self.lock().1 = Some((step, done, total));
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// The jobs of a running service; one is under way at a time.
#[derive(Debug)]
pub(super) struct Jobs {
    kept: Mutex<HashMap<String, Arc<Job>>>,
    turn: Arc<Semaphore>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { kept: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Job>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What long work waits for: one is under way at a time.
    pub fn turn(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turn)
    }

    /// Forgets those that have been over for long.
    pub fn sweep(&self, now_ms: i64) {
        self.lock().retain(|_, job| !job.is_over() || job.begun_ms > now_ms - TOLD_MS);
    }

    /// Asks all to stop and waits until none is under way, for a while.
    pub async fn stop(&self) {
        for job in self.lock().values() {
            job.cancelled.store(true, Ordering::Relaxed);
        }
        // an error only says that one did not stop in time
        let _ = tokio::time::timeout(STOPPING, self.turn.acquire()).await;
    }
}

impl App {
    /// Begins a job, when its turn comes.
    ///
    /// # Errors
    /// When too many are waiting.
    pub(super) fn begin_job<F>(
        self: &Arc<Self>,
        caller: &Caller,
        upload: Option<Arc<Upload>>,
        work: impl FnOnce(Arc<Self>, Arc<Job>) -> F,
    ) -> Result<Arc<Job>, UploadError>
    where
        F: Future<Output = Result<Done, AppError>> + Send + 'static,
    {
        let job = Arc::new(Job {
            id: Uuid::now_v7().to_string(),
            upload,
            by: caller.id().to_owned(),
            begun_ms: self.clock().now_ms(),
            at: Mutex::new((JobState::Waiting, None)),
            cancelled: AtomicBool::new(false),
        });
        {
            let mut kept = self.jobs().lock();
            let waiting = kept.values().filter(|job| !job.is_over()).count();
            if waiting >= WAITING {
                return Err(UploadError::Busy { waiting });
            }
            kept.insert(job.id.clone(), Arc::clone(&job));
        }
        let work = work(Arc::clone(self), Arc::clone(&job));
        let (own, turn) = (Arc::clone(&job), Arc::clone(&self.jobs().turn));
        tokio::spawn(async move {
            let _turn = turn.acquire_owned().await;
            if own.cancelled() {
                return own.set(JobState::Cancelled);
            }
            own.set(JobState::Running);
            // on a task of its own, so that a panic in it is an answer, too
            let result = tokio::spawn(work).await;
            own.set(match result {
                Ok(Ok(done)) => JobState::Done(Arc::new(done)),
                Ok(Err(_)) if own.cancelled() => JobState::Cancelled,
                Ok(Err(error)) => JobState::Failed(Arc::new(error)),
                Err(lost) => JobState::Failed(Arc::new(ServeError::Lost(lost.to_string()).into())),
            });
        });
        Ok(job)
    }

    /// A job of the caller; `None` when there is none by that id.
    pub fn job(&self, caller: &Caller, id: &str) -> Option<Arc<Job>> {
        self.jobs().lock().get(id).filter(|job| job.by == caller.id()).map(Arc::clone)
    }

    /// Asks a job of the caller to stop, which it does soon; one that is over stays as it is.
    pub fn cancel_job(&self, caller: &Caller, id: &str) -> Option<Arc<Job>> {
        let job = self.job(caller, id)?;
        job.cancelled.store(true, Ordering::Relaxed);
        let mut at = job.lock();
        if matches!(at.0, JobState::Waiting) {
            at.0 = JobState::Cancelled;
        }
        drop(at);
        Some(job)
    }
}
