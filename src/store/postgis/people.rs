//! Principals, sessions and keys in the database; asked again when the line broke.

use async_trait::async_trait;

use super::PostgisStore;
use super::sql::people as sql;
use crate::store::{Act, ApiKey, People, Principal, PrincipalChange, Session, StoreError};

#[async_trait]
impl People for PostgisStore {
    async fn has_principals(&self) -> Result<bool, StoreError> {
        self.link.again(|| sql::any(self)).await
    }

    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        self.link.again(|| sql::principals(self)).await
    }

    async fn principal(&self, id: &str) -> Result<Principal, StoreError> {
        self.link.again(|| sql::one(self, id)).await
    }

    async fn principal_by_login(&self, login: &str) -> Result<Option<Principal>, StoreError> {
        self.link.again(|| sql::by_login(self, login)).await
    }

    async fn add_principal(&self, principal: &Principal, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| sql::add(self, principal, act)).await
    }

    async fn change_principal(&self, id: &str, change: &PrincipalChange, act: &Act) -> Result<Principal, StoreError> {
        self.link.again(|| sql::change(self, id, change, act)).await
    }

    async fn open_session(&self, session: &Session, replaces: Option<&str>, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| sql::open_session(self, session, replaces, act)).await
    }

    async fn session(&self, hash: &str) -> Result<Option<(Session, Principal)>, StoreError> {
        self.link.again(|| sql::session(self, hash)).await
    }

    async fn touch_session(&self, hash: &str, seen_ms: i64) -> Result<(), StoreError> {
        self.link.again(|| sql::touch_session(self, hash, seen_ms)).await
    }

    async fn end_session(&self, hash: &str, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| sql::end_session(self, hash, act)).await
    }

    async fn login_refused(&self, principal: Option<&str>, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| sql::login_refused(self, principal, act)).await
    }

    async fn keys(&self, principal: &str) -> Result<Vec<ApiKey>, StoreError> {
        self.link.again(|| sql::keys(self, principal)).await
    }

    async fn add_key(&self, key: &ApiKey, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| sql::add_key(self, key, act)).await
    }

    async fn key(&self, hash: &str) -> Result<Option<(ApiKey, Principal)>, StoreError> {
        self.link.again(|| sql::key_by_hash(self, hash)).await
    }

    async fn revoke_key(&self, principal: &str, id: &str, act: &Act) -> Result<ApiKey, StoreError> {
        self.link.again(|| sql::revoke_key(self, principal, id, act)).await
    }

    async fn upward(&self, jurisdiction: &str, dataset: Option<i64>) -> Result<Vec<String>, StoreError> {
        self.link.again(|| sql::upward(self, jurisdiction, dataset)).await
    }
}
