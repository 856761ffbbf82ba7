//! Proposals for a plan, told while they are found. The work ends when nobody listens any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::app::access::{Caller, Role};
use crate::app::{
    AppError, DrawnGround, GroundProposal, Proposal, Step, SuggestRequest, Watch, suggest, suggest_on_draft,
};
use crate::plan::draft::DrawnGrid;
use crate::store::Act;

use super::drafts::DraftError;
use super::{App, ServeError};

/// Told to who asked for proposals.
#[derive(Debug)]
pub enum Suggested {
    /// Other long work is under way, and this waits for its turn.
    Waiting,
    /// So much of a step is done, of so much.
    Progress(Step, u64, u64),
    /// A better division.
    Proposal(Box<Proposal>),
    /// A better division of grids of a draft.
    OnDraft(Box<GroundProposal>),
    /// The time is over, and so many proposals were made; the draft plan that the last was kept as.
    Done(u32, Option<i64>),
    /// It stopped; nothing was kept.
    Failed(Box<AppError>),
}

/// Grids of a draft, as they are drawn at a revision; at the newest where none is named.
#[derive(Debug, Clone)]
pub struct DrawnAt {
    /// Which.
    pub grids: Vec<DrawnGrid>,
    /// When.
    pub rev: Option<i64>,
}

/// Progress is told this often at most.
const EVERY: Duration = Duration::from_millis(200);

/// Whoever asked, as long as they listen.
struct Listener {
    to: mpsc::UnboundedSender<Suggested>,
    told: Mutex<(Option<Step>, Instant)>,
}

impl Watch for Listener {
    fn at(&self, step: Step, done: u64, total: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 == Some(step) && told.1.elapsed() < EVERY {
            return;
        }
        *told = (Some(step), Instant::now());
        // who does not listen any more is seen by `cancelled`
        let _ = self.to.send(Suggested::Progress(step, done, total));
    }

    fn cancelled(&self) -> bool {
        self.to.is_closed()
    }
}

impl App {
    /// Begins to search proposals for a plan, or for some grids of its draft as they are drawn at a revision (the newest where none is
    /// named), when its turn among the long work comes. Dropping the receiver ends it.
    ///
    /// # Errors
    /// When there is no such plan, it is beyond the caller, or those grids cannot be divided.
    pub async fn suggest(
        self: &Arc<Self>,
        caller: &Caller,
        id: i64,
        ask: impl FnOnce(Act) -> SuggestRequest,
        request: Option<String>,
        on_draft: Option<DrawnAt>,
    ) -> Result<mpsc::UnboundedReceiver<Suggested>, DraftError> {
        let plan = self.plan_for(caller, id, &[Role::Planner]).await?;
        let ground = match on_draft {
            None => None,
            Some(DrawnAt { grids, rev }) => {
                let live = self.draft(caller, id, &[Role::Planner]).await?;
                let (rev, draft) = self.draft_at(&live, rev).await?;
                Some(DrawnGround::new(&draft, rev, grids)?)
            }
        };
        let asked = ask(caller.act(self.clock().now_ms(), request));
        let (to, heard) = mpsc::unbounded_channel();
        let app = Arc::clone(self);
        tokio::spawn(async move {
            let turn = app.jobs().turn();
            let _turn = if let Ok(turn) = Arc::clone(&turn).try_acquire_owned() {
                Ok(turn)
            } else {
                let _ = to.send(Suggested::Waiting);
                tokio::select! {
                    turn = turn.acquire_owned() => turn,
                    () = to.closed() => return,
                }
            };
            let listener = Arc::new(Listener { to: to.clone(), told: Mutex::new((None, Instant::now())) });
            // on a task of its own, so that a panic in it is an answer, too
            let result = tokio::spawn(async move {
                let proposals = Mutex::new(0_u32);
                let tell = |proposal: Proposal| {
                    *proposals.lock().unwrap_or_else(PoisonError::into_inner) = proposal.number;
                    let _ = listener.to.send(Suggested::Proposal(Box::new(proposal)));
                };
                let kept = match &ground {
                    None => suggest(app.store().as_ref(), &plan, &asked, &*listener, &tell).await?,
                    Some(ground) => {
                        let tell = |proposal: GroundProposal| {
                            *proposals.lock().unwrap_or_else(PoisonError::into_inner) = proposal.number;
                            let _ = listener.to.send(Suggested::OnDraft(Box::new(proposal)));
                        };
                        suggest_on_draft(app.store().as_ref(), &plan, &asked, ground, &*listener, &tell).await?;
                        None
                    }
                };
                let proposals = *proposals.lock().unwrap_or_else(PoisonError::into_inner);
                Ok((proposals, kept.map(|planned| planned.plan)))
            })
            .await;
            let last = match result {
                Ok(Ok((proposals, plan))) => Suggested::Done(proposals, plan),
                Ok(Err(error)) => Suggested::Failed(Box::new(error)),
                Err(lost) => Suggested::Failed(Box::new(ServeError::Lost(lost.to_string()).into())),
            };
            let _ = to.send(last);
        });
        Ok(heard)
    }
}
