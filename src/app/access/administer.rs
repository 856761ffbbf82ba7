//! What callers do to accounts, plans and settings of a running service.

use crate::app::serve::{App, PublicationRecord, ServeError};
use crate::app::{AppError, PublishRequest, WorkspaceChange};
use crate::store::{ApiKey, PlanRecord, Principal, PrincipalChange, Role, StoreError, Workspace};

use super::caller::Caller;
use super::manage::{self, MANAGERS, MadeKey, ManageError, NewAccount, inside};
use super::reach::Reach;

/// Why a plan or a setting is not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// It lies outside what the caller may touch.
    #[error("{0}")]
    Beyond(String),
    /// The use case stopped.
    #[error(transparent)]
    App(#[from] AppError),
    /// What was changed cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl From<StoreError> for ActError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl App {
    /// The principals the caller administers, by login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn principals(&self, caller: &Caller) -> Result<Vec<Principal>, ManageError> {
        let within = caller.reach(&MANAGERS);
        let mut seen = Vec::new();
        for principal in self.store().principals().await? {
            if inside(self.store().as_ref(), &within, &principal).await? {
                seen.push(principal);
            }
        }
        Ok(seen)
    }

    /// A principal the caller administers, with its keys.
    ///
    /// # Errors
    /// When there is none, or it is beyond the caller.
    pub async fn principal(&self, caller: &Caller, id: &str) -> Result<(Principal, Vec<ApiKey>), ManageError> {
        let principal = self.store().principal(id).await?;
        if !inside(self.store().as_ref(), &caller.reach(&MANAGERS), &principal).await? {
            return Err(ManageError::Beyond("this account holds roles outside your own scope, or none".to_owned()));
        }
        let keys = self.store().keys(id).await?;
        Ok((principal, keys))
    }

    /// Makes an account. From the first one on, everybody has to sign in.
    ///
    /// # Errors
    /// [`ManageError`].
    pub async fn add_account(
        &self,
        caller: &Caller,
        new: NewAccount,
        request: Option<String>,
    ) -> Result<Principal, ManageError> {
        let act = caller.act(self.clock().now_ms(), request);
        let within = caller.reach(&MANAGERS);
        let made = manage::add_account(self.store().as_ref(), self.gate().passwords(), &within, new, &act).await?;
        self.gate().note_accounts(true);
        Ok(made)
    }

    /// Changes an account; `password` is a new one in clear.
    ///
    /// # Errors
    /// [`ManageError`].
    pub async fn change_account(
        &self,
        caller: &Caller,
        id: &str,
        change: PrincipalChange,
        password: Option<String>,
        request: Option<String>,
    ) -> Result<Principal, ManageError> {
        let act = caller.act(self.clock().now_ms(), request);
        let within = caller.reach(&MANAGERS);
        let store = self.store().as_ref();
        manage::change_account(store, self.gate().passwords(), &within, id, change, password, &act).await
    }

    /// Makes a key of a principal.
    ///
    /// # Errors
    /// [`ManageError`].
    pub async fn make_key(
        &self,
        caller: &Caller,
        principal: &str,
        name: &str,
        expires_ms: Option<i64>,
        request: Option<String>,
    ) -> Result<MadeKey, ManageError> {
        let act = caller.act(self.clock().now_ms(), request);
        let within = caller.reach(&MANAGERS);
        manage::make_key(self.store().as_ref(), &within, principal, name, expires_ms, &act).await
    }

    /// Revokes a key of a principal.
    ///
    /// # Errors
    /// [`ManageError`].
    pub async fn revoke_key(
        &self,
        caller: &Caller,
        principal: &str,
        key: &str,
        request: Option<String>,
    ) -> Result<ApiKey, ManageError> {
        self.principal(caller, principal).await?;
        let act = caller.act(self.clock().now_ms(), request);
        Ok(self.store().revoke_key(principal, key, &act).await?)
    }

    /// Whether a plan lies within a reach: one of the whole import does from everywhere only.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn plan_within(&self, reach: &Reach, plan: &PlanRecord) -> Result<bool, ServeError> {
        match &plan.scope {
            _ if reach.is_everything() => Ok(true),
            _ if reach.is_nothing() => Ok(false),
            None => Ok(false),
            Some(scope) => {
                let above = self.store().upward(scope, Some(plan.dataset)).await?;
                Ok(reach.holds(above.iter().map(String::as_str)))
            }
        }
    }

    /// Puts a plan in force; those who listen hear of it.
    ///
    /// # Errors
    /// When there is no such plan, it is beyond the caller, or another publication has come since it was made.
    pub async fn publish_plan(
        &self,
        caller: &Caller,
        id: i64,
        effective: Option<String>,
        request: Option<String>,
    ) -> Result<PublicationRecord, ActError> {
        let plan = self.store().plans().await?.into_iter().find(|plan| plan.id == id);
        let plan = plan.ok_or_else(|| StoreError::NotFound { what: "plan", id: id.to_string() })?;
        if !self.plan_within(&caller.reach(&[Role::Publisher]), &plan).await? {
            let scope = plan.scope.as_deref().unwrap_or("the whole import");
            return Err(ActError::Beyond(format!("plan {id} covers {scope}, which is not within your scope")));
        }
        let act = caller.act(self.clock().now_ms(), request);
        let request = PublishRequest { plan: Some(id), effective, act };
        let publication = match self.publish_if_redrawn(&plan, &request).await? {
            Some(publication) => publication,
            None => crate::app::publish(self.store().as_ref(), &request).await?.publication,
        };
        self.refresh().await?;
        self.wake_feed();
        Ok(publication)
    }

    /// Changes the settings of the workspace.
    ///
    /// # Errors
    /// When a setting is not lawful, or the caller does not administer the whole workspace.
    pub async fn change_workspace(
        &self,
        caller: &Caller,
        change: &WorkspaceChange,
        request: Option<String>,
    ) -> Result<Workspace, ActError> {
        if !caller.reach(&MANAGERS).is_everything() {
            return Err(ActError::Beyond("settings are for administrators of the whole workspace".to_owned()));
        }
        let act = caller.act(self.clock().now_ms(), request);
        let workspace = crate::app::workspace(self.store().as_ref(), change, &act).await?;
        self.refresh().await?;
        Ok(workspace)
    }
}
