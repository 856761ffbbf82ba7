//! What each error of another room is answered as.

use std::time::Duration;

use axum::http::StatusCode;

use crate::app::AppError;
use crate::app::access::{ActError, LoginError, ManageError};
use crate::app::serve::{DraftError, PointError, ReportError, ServeError, StoreError, TimeError, UploadError};
use crate::tile::TileIdError;

use super::Problem;

impl From<ServeError> for Problem {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Store(StoreError::NotFound { what, id }) => {
                let id: String = id.chars().take(100).collect();
                Self::not_found(format!("there is no {what} {id:?}"))
            }
            ServeError::Store(
                error @ (StoreError::StaleBase { .. }
                | StoreError::Redrawn { .. }
                | StoreError::CodeUsed { .. }
                | StoreError::Closed { .. }
                | StoreError::LoginTaken { .. }
                | StoreError::LastAdministrator { .. }),
            ) => Self::conflict(error.to_string()),
            ServeError::Store(error @ StoreError::KeyReused { .. }) => {
                let mut problem = Self::field("Idempotency-Key", error.to_string());
                problem.kind = "urn:wangge:problem:key-reused".into();
                problem.title = "The key was used for another report";
                problem
            }
            ServeError::Store(
                error @ (StoreError::Unavailable { .. } | StoreError::Uncertain { .. } | StoreError::Full { .. }),
            ) => Self::unavailable(&error),
            other => Self::internal(&other),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        ServeError::Store(error).into()
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Refused => {
                Self::new(StatusCode::UNAUTHORIZED, "refused", "The sign-in is refused", error.to_string())
            }
            LoginError::Busy => Self::too_often("sign-ins", Duration::from_secs(5)),
            LoginError::Unfit { .. } => Self::field("password", error.to_string()),
            LoginError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        let detail = error.to_string();
        match error {
            ManageError::Login { .. } => Self::field("login", detail),
            ManageError::Name { .. } => Self::field("name", detail),
            ManageError::Grants { .. } | ManageError::Scope { .. } | ManageError::First => {
                Self::field("grants", detail)
            }
            ManageError::Expired => Self::field("expires", detail),
            ManageError::Beyond(_) => Self::forbidden(detail),
            ManageError::Password(error) => error.into(),
            ManageError::Store(error) => error.into(),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Beyond(detail) => Self::forbidden(detail),
            ActError::App(AppError::Store(error)) => error.into(),
            ActError::App(AppError::Time(error)) => {
                let field = if matches!(error, TimeError::Zone { .. }) { "time_zone" } else { "effective" };
                Self::field(field, error.to_string())
            }
            ActError::Serve(error) => error.into(),
            ActError::App(error) => Self::of_division(&error),
        }
    }
}

impl From<DraftError> for Problem {
    fn from(error: DraftError) -> Self {
        let detail = error.to_string();
        match error {
            DraftError::Act(error) => error.into(),
            DraftError::Published { .. } => Self::published(detail),
            DraftError::Revision { .. } => Self::not_found(detail),
            DraftError::Unfit { op, .. } => Self::operation(op.chars().take(80).collect(), detail),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let detail = error.to_string();
        match error {
            UploadError::Beyond => Self::forbidden(detail),
            UploadError::Name { .. } => Self::parameter("name", detail),
            UploadError::Unknown { .. } => Self::not_found(detail),
            UploadError::TooMany { .. } | UploadError::Busy { .. } => Self::conflict(detail),
            UploadError::Content(words) => Self::unfit(words),
            UploadError::Io(ref io) if io.kind() == std::io::ErrorKind::StorageFull => {
                let full = "there is no room to keep the file: try a smaller one, or again later";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "no-room", "There is no room", full)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<PointError> for Problem {
    fn from(error: PointError) -> Self {
        Self::from_point(&error)
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        let detail = error.to_string();
        match error {
            ReportError::Category { .. } => Self::field("category", detail),
            ReportError::Text { .. } => Self::field("text", detail),
            ReportError::Answer { .. } => Self::field("answer", detail),
            ReportError::Control { field, .. } => Self::field(field, detail),
            ReportError::Key => Self::parameter("Idempotency-Key", detail),
            ReportError::Point(error) => Self::point_in_body(&error),
            ReportError::Serve(error) => error.into(),
        }
    }
}

impl From<TimeError> for Problem {
    fn from(error: TimeError) -> Self {
        Self::parameter("at", error.to_string())
    }
}

impl From<TileIdError> for Problem {
    fn from(error: TileIdError) -> Self {
        Self::not_found(error.to_string())
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        match error.try_into_panic() {
            Ok(panic) => Self::of_panic(&*panic),
            Err(error) => Self::internal(&error),
        }
    }
}
