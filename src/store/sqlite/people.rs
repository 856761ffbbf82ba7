//! Principals, sessions and keys in the file.

use async_trait::async_trait;

use super::SqliteStore;
use super::sql::people as sql;
use crate::store::{Act, ApiKey, People, Principal, PrincipalChange, Session, StoreError};

#[async_trait]
impl People for SqliteStore {
    async fn has_principals(&self) -> Result<bool, StoreError> {
        sql::any(self).await
    }

    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        sql::principals(self).await
    }

    async fn principal(&self, id: &str) -> Result<Principal, StoreError> {
        sql::one(self, id).await
    }

    async fn principal_by_login(&self, login: &str) -> Result<Option<Principal>, StoreError> {
        sql::by_login(self, login).await
    }

    async fn add_principal(&self, principal: &Principal, act: &Act) -> Result<(), StoreError> {
        sql::add(self, principal, act).await
    }

    async fn change_principal(&self, id: &str, change: &PrincipalChange, act: &Act) -> Result<Principal, StoreError> {
        sql::change(self, id, change, act).await
    }

    async fn open_session(&self, session: &Session, replaces: Option<&str>, act: &Act) -> Result<(), StoreError> {
        sql::open_session(self, session, replaces, act).await
    }

    async fn session(&self, hash: &str) -> Result<Option<(Session, Principal)>, StoreError> {
        sql::session(self, hash).await
    }

    async fn touch_session(&self, hash: &str, seen_ms: i64) -> Result<(), StoreError> {
        sql::touch_session(self, hash, seen_ms).await
    }

    async fn end_session(&self, hash: &str, act: &Act) -> Result<(), StoreError> {
        sql::end_session(self, hash, act).await
    }

    async fn login_refused(&self, principal: Option<&str>, act: &Act) -> Result<(), StoreError> {
        sql::login_refused(self, principal, act).await
    }

    async fn keys(&self, principal: &str) -> Result<Vec<ApiKey>, StoreError> {
        sql::keys(self, principal).await
    }

    async fn add_key(&self, key: &ApiKey, act: &Act) -> Result<(), StoreError> {
        sql::add_key(self, key, act).await
    }

    async fn key(&self, hash: &str) -> Result<Option<(ApiKey, Principal)>, StoreError> {
        sql::key_by_hash(self, hash).await
    }

    async fn revoke_key(&self, principal: &str, id: &str, act: &Act) -> Result<ApiKey, StoreError> {
        sql::revoke_key(self, principal, id, act).await
    }

    async fn upward(&self, jurisdiction: &str, dataset: Option<i64>) -> Result<Vec<String>, StoreError> {
        sql::upward(self, jurisdiction, dataset).await
    }
}
