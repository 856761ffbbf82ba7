//! Principals, their grants, sessions and keys.

use std::collections::HashMap;

use serde_json::json;
use sqlx::Row as _;

use super::{Backend, Row, Write, audit};
use crate::store::audit::{Change, digest};
use crate::store::{Act, ApiKey, Grant, Principal, PrincipalChange, PrincipalKind, Role, Session, StoreError};

/// Reads every column that [`principal`] wants.
macro_rules! select_principal {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.login, p.name, p.kind, p.disabled, p.password_hash, p.created_ms AS made_ms FROM principal p ",
            $rest
        )
    };
}

/// The grants of a principal, read through any connection.
macro_rules! grants_of {
    ($connection:expr, $id:expr) => {{
        let sql = "SELECT role, scope FROM principal_grant WHERE principal = $1";
        let rows = sqlx::query(sql).bind($id).fetch_all($connection).await?;
        sorted(rows.iter().map(grant).collect::<Result<Vec<_>, StoreError>>()?)
    }};
}
pub async fn any(store: &Backend) -> Result<bool, StoreError> {
    let one: Option<String> =
        sqlx::query_scalar("SELECT id FROM principal LIMIT 1").fetch_optional(&mut *store.read().await?).await?;
    Ok(one.is_some())
}

pub async fn principals(store: &Backend) -> Result<Vec<Principal>, StoreError> {
    let mut c = store.read().await?;
    let rows = sqlx::query(select_principal!("ORDER BY p.login")).fetch_all(&mut *c).await?;
    let mut grants: HashMap<String, Vec<Grant>> = HashMap::new();
    let sql = "SELECT principal, role, scope FROM principal_grant ORDER BY principal, role, scope";
    for row in sqlx::query(sql).fetch_all(&mut *c).await? {
        grants.entry(row.try_get("principal")?).or_default().push(grant(&row)?);
    }
    let mut found = rows.iter().map(principal).collect::<Result<Vec<_>, _>>()?;
    for one in &mut found {
        one.grants = sorted(grants.remove(&one.id).unwrap_or_default());
    }
    Ok(found)
}

pub async fn one(store: &Backend, id: &str) -> Result<Principal, StoreError> {
    let mut c = store.read().await?;
    let row = sqlx::query(select_principal!("WHERE p.id = $1")).bind(id).fetch_optional(&mut *c).await?;
    let mut found = row.as_ref().map(principal).transpose()?.ok_or_else(|| not_found("principal", id))?;
    found.grants = grants_of!(&mut *c, id);
    Ok(found)
}

pub async fn by_login(store: &Backend, login: &str) -> Result<Option<Principal>, StoreError> {
    let mut c = store.read().await?;
    let row = sqlx::query(select_principal!("WHERE p.login = $1")).bind(login).fetch_optional(&mut *c).await?;
    let Some(mut found) = row.as_ref().map(principal).transpose()? else { return Ok(None) };
    found.grants = grants_of!(&mut *c, &found.id);
    Ok(Some(found))
}

pub async fn add(store: &Backend, new: &Principal, act: &Act) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let taken: Option<String> = sqlx::query_scalar("SELECT id FROM principal WHERE login = $1")
        .bind(&new.login)
        .fetch_optional(&mut *tx)
        .await?;
    if taken.is_some() {
        return Err(StoreError::LoginTaken { login: new.login.clone() });
    }
    sqlx::query(
        "INSERT INTO principal (id, login, name, kind, disabled, password_hash, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.id)
    .bind(&new.login)
    .bind(&new.name)
    .bind(new.kind.as_str())
    .bind(i64::from(new.disabled))
    .bind(&new.password_hash)
    .bind(new.created_ms)
    .execute(&mut *tx)
    .await?;
    insert_grants(&mut tx, &new.id, &new.grants).await?;
    note(&mut tx, act, "principal_added", &new.id, None, Some(new), json!({ "grants": words(&new.grants) })).await?;
    store.commit(tx).await
}

pub async fn change(store: &Backend, id: &str, change: &PrincipalChange, act: &Act) -> Result<Principal, StoreError> {
    let mut tx = store.write().await?;
    let row = sqlx::query(select_principal!("WHERE p.id = $1")).bind(id).fetch_optional(&mut *tx).await?;
    let mut before = row.as_ref().map(principal).transpose()?.ok_or_else(|| not_found("principal", id))?;
    before.grants = grants_of!(&mut *tx, id);
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name.clone_from(name);
    }
    after.disabled = change.disabled.unwrap_or(before.disabled);
    if let Some(hash) = &change.password_hash {
        after.password_hash = Some(hash.clone());
    }
    if let Some(grants) = &change.grants {
        after.grants = sorted(grants.clone());
        after.grants.dedup();
    }
    sqlx::query("UPDATE principal SET name = $2, disabled = $3, password_hash = $4 WHERE id = $1")
        .bind(id)
        .bind(&after.name)
        .bind(i64::from(after.disabled))
        .bind(&after.password_hash)
        .execute(&mut *tx)
        .await?;
    if after.grants != before.grants {
        sqlx::query("DELETE FROM principal_grant WHERE principal = $1").bind(id).execute(&mut *tx).await?;
        insert_grants(&mut tx, id, &after.grants).await?;
    }
    if is_chief(&before) && !is_chief(&after) {
        let left: Option<String> = sqlx::query_scalar(
            "SELECT p.id FROM principal p JOIN principal_grant g ON g.principal = p.id \
             WHERE g.role = 'administrator' AND g.scope = '' AND p.disabled = 0 LIMIT 1",
        )
        .fetch_optional(&mut *tx)
        .await?;
        if left.is_none() {
            return Err(StoreError::LastAdministrator { login: before.login });
        }
    }
    let password = change.password_hash.is_some();
    if password || (after.disabled && !before.disabled) {
        sqlx::query("DELETE FROM session WHERE principal = $1").bind(id).execute(&mut *tx).await?;
    }
    // one entry for each thing that was done
    let of = |wanted: &[Grant], other: &[Grant]| -> Vec<String> {
        words(&wanted.iter().filter(|grant| !other.contains(grant)).cloned().collect::<Vec<_>>())
    };
    let (granted, revoked) = (of(&after.grants, &before.grants), of(&before.grants, &after.grants));
    let done = [
        ("grant", !granted.is_empty(), json!({ "grants": granted })),
        ("revoke", !revoked.is_empty(), json!({ "grants": revoked })),
        ("password_changed", password, json!({})),
        ("disabled", after.disabled && !before.disabled, json!({})),
        ("enabled", before.disabled && !after.disabled, json!({})),
        ("renamed", after.name != before.name, json!({})),
    ];
    for (action, _, detail) in done.into_iter().filter(|(_, happened, _)| *happened) {
        note(&mut tx, act, action, id, Some(&before), Some(&after), detail).await?;
    }
    store.commit(tx).await?;
    Ok(after)
}

/// Administers the whole workspace and may come in.
fn is_chief(principal: &Principal) -> bool {
    let chief = Grant { role: Role::Administrator, scope: None };
    !principal.disabled && principal.grants.contains(&chief)
}

pub async fn open_session(
    store: &Backend,
    session: &Session,
    replaces: Option<&str>,
    act: &Act,
) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    sqlx::query("DELETE FROM session WHERE expires_ms <= $1 OR hash = $2")
        .bind(session.created_ms)
        .bind(replaces.unwrap_or(""))
        .execute(&mut *tx)
        .await?;
    sqlx::query("INSERT INTO session (hash, principal, created_ms, expires_ms, seen_ms) VALUES ($1, $2, $3, $4, $5)")
        .bind(&session.hash)
        .bind(&session.principal)
        .bind(session.created_ms)
        .bind(session.expires_ms)
        .bind(session.seen_ms)
        .execute(&mut *tx)
        .await?;
    note(&mut tx, act, "login", &session.principal, None, None, json!({})).await?;
    store.commit(tx).await
}

pub async fn session(store: &Backend, hash: &str) -> Result<Option<(Session, Principal)>, StoreError> {
    let mut c = store.read().await?;
    let row = sqlx::query(
        "SELECT s.hash, s.created_ms, s.expires_ms, s.seen_ms, p.id, p.login, p.name, p.kind, p.disabled, \
         p.password_hash, p.created_ms AS made_ms FROM session s JOIN principal p ON p.id = s.principal WHERE s.hash = $1",
    )
    .bind(hash)
    .fetch_optional(&mut *c)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut whose = principal(&row)?;
    whose.grants = grants_of!(&mut *c, &whose.id);
    let session = Session {
        hash: row.try_get("hash")?,
        principal: whose.id.clone(),
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        seen_ms: row.try_get("seen_ms")?,
    };
    Ok(Some((session, whose)))
}

pub async fn touch_session(store: &Backend, hash: &str, seen_ms: i64) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    sqlx::query("UPDATE session SET seen_ms = $2 WHERE hash = $1 AND seen_ms < $2")
        .bind(hash)
        .bind(seen_ms)
        .execute(&mut *tx)
        .await?;
    store.commit(tx).await
}

pub async fn end_session(store: &Backend, hash: &str, act: &Act) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let whose: Option<String> = sqlx::query_scalar("DELETE FROM session WHERE hash = $1 RETURNING principal")
        .bind(hash)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(whose) = whose {
        note(&mut tx, act, "logout", &whose, None, None, json!({})).await?;
    }
    store.commit(tx).await
}

pub async fn login_refused(store: &Backend, principal: Option<&str>, act: &Act) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    note(&mut tx, act, "login_refused", principal.unwrap_or("unknown"), None, None, json!({})).await?;
    store.commit(tx).await
}

pub async fn keys(store: &Backend, principal: &str) -> Result<Vec<ApiKey>, StoreError> {
    let sql = "SELECT id AS key_id, principal, name AS key_name, hash, last4, created_ms, expires_ms, revoked_ms \
               FROM api_key WHERE principal = $1 ORDER BY created_ms, id";
    sqlx::query(sql).bind(principal).fetch_all(&mut *store.read().await?).await?.iter().map(key).collect()
}

pub async fn add_key(store: &Backend, key: &ApiKey, act: &Act) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let whose: Option<String> = sqlx::query_scalar("SELECT id FROM principal WHERE id = $1")
        .bind(&key.principal)
        .fetch_optional(&mut *tx)
        .await?;
    if whose.is_none() {
        return Err(not_found("principal", &key.principal));
    }
    sqlx::query(
        "INSERT INTO api_key (id, principal, name, hash, last4, created_ms, expires_ms, revoked_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&key.id)
    .bind(&key.principal)
    .bind(&key.name)
    .bind(&key.hash)
    .bind(&key.last4)
    .bind(key.created_ms)
    .bind(key.expires_ms)
    .bind(key.revoked_ms)
    .execute(&mut *tx)
    .await?;
    note(&mut tx, act, "key_added", &key.principal, None, None, json!({ "key": key.id })).await?;
    store.commit(tx).await
}

pub async fn key_by_hash(store: &Backend, hash: &str) -> Result<Option<(ApiKey, Principal)>, StoreError> {
    let mut c = store.read().await?;
    let row = sqlx::query(
        "SELECT k.id AS key_id, k.principal, k.name AS key_name, k.hash, k.last4, k.created_ms, k.expires_ms, \
         k.revoked_ms, p.id, p.login, p.name, p.kind, p.disabled, p.password_hash, p.created_ms AS made_ms \
         FROM api_key k JOIN principal p ON p.id = k.principal WHERE k.hash = $1",
    )
    .bind(hash)
    .fetch_optional(&mut *c)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut whose = principal(&row)?;
    whose.grants = grants_of!(&mut *c, &whose.id);
    Ok(Some((key(&row)?, whose)))
}

pub async fn revoke_key(store: &Backend, principal: &str, id: &str, act: &Act) -> Result<ApiKey, StoreError> {
    let mut tx = store.write().await?;
    let row = sqlx::query(
        "SELECT id AS key_id, principal, name AS key_name, hash, last4, created_ms, expires_ms, revoked_ms \
         FROM api_key WHERE principal = $1 AND id = $2",
    )
    .bind(principal)
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    let mut found = row.as_ref().map(key).transpose()?.ok_or_else(|| not_found("key", id))?;
    if found.revoked_ms.is_none() {
        found.revoked_ms = Some(act.at_ms);
        sqlx::query("UPDATE api_key SET revoked_ms = $2 WHERE id = $1")
            .bind(id)
            .bind(act.at_ms)
            .execute(&mut *tx)
            .await?;
        note(&mut tx, act, "key_revoked", principal, None, None, json!({ "key": id })).await?;
    }
    store.commit(tx).await?;
    Ok(found)
}

pub async fn upward(store: &Backend, jurisdiction: &str, dataset: Option<i64>) -> Result<Vec<String>, StoreError> {
    let mut c = store.read().await?;
    let dataset: Option<i64> = match dataset {
        Some(id) => Some(id),
        None => {
            sqlx::query_scalar("SELECT max(dataset) FROM jurisdiction WHERE code = $1")
                .bind(jurisdiction)
                .fetch_one(&mut *c)
                .await?
        }
    };
    let Some(dataset) = dataset else { return Ok(Vec::new()) };
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE up (code, parent, level) AS ( \
             SELECT code, parent, level FROM jurisdiction WHERE dataset = $1 AND code = $2 \
             UNION SELECT j.code, j.parent, j.level FROM up JOIN jurisdiction j ON j.dataset = $1 AND j.code = up.parent) \
         SELECT code FROM up ORDER BY level DESC",
    )
    .bind(dataset)
    .bind(jurisdiction)
    .fetch_all(&mut *c)
    .await?)
}

async fn insert_grants(tx: &mut Write, id: &str, grants: &[Grant]) -> Result<(), StoreError> {
    for grant in grants {
        sqlx::query("INSERT INTO principal_grant (principal, role, scope) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(id)
            .bind(grant.role.as_str())
            .bind(grant.scope.as_deref().unwrap_or(""))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Writes to the audit log; of the principal itself only hashes, without its secrets.
async fn note(
    tx: &mut Write,
    act: &Act,
    action: &'static str,
    id: &str,
    before: Option<&Principal>,
    after: Option<&Principal>,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    let hash = |principal: &Principal| {
        digest(&json!({
            "id": principal.id, "login": principal.login, "name": principal.name, "kind": principal.kind.as_str(),
            "disabled": principal.disabled, "grants": words(&principal.grants), "created_ms": principal.created_ms,
        }))
    };
    let change =
        Change { action, kind: "principal", object: id, before: before.map(hash), after: after.map(hash), detail };
    audit::append(tx, act, change).await
}

/// `role` or `role@scope`.
fn words(grants: &[Grant]) -> Vec<String> {
    let word = |grant: &Grant| match &grant.scope {
        Some(scope) => format!("{}@{scope}", grant.role),
        None => grant.role.to_string(),
    };
    grants.iter().map(word).collect()
}

fn sorted(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.sort();
    grants
}

fn not_found(what: &'static str, id: &str) -> StoreError {
    StoreError::NotFound { what, id: id.to_owned() }
}

/// Without its grants.
fn principal(row: &Row) -> Result<Principal, StoreError> {
    let kind = match row.try_get("kind")? {
        "person" => PrincipalKind::Person,
        _ => PrincipalKind::Service,
    };
    Ok(Principal {
        id: row.try_get("id")?,
        login: row.try_get("login")?,
        name: row.try_get("name")?,
        kind,
        disabled: row.try_get::<i64, _>("disabled")? != 0,
        password_hash: row.try_get("password_hash")?,
        grants: Vec::new(),
        created_ms: row.try_get("made_ms")?,
    })
}

fn grant(row: &Row) -> Result<Grant, StoreError> {
    let role: &str = row.try_get("role")?;
    let role = role.parse::<Role>().map_err(|error| StoreError::Database(error.to_string()))?;
    let scope: String = row.try_get("scope")?;
    Ok(Grant { role, scope: (!scope.is_empty()).then_some(scope) })
}

fn key(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.try_get("key_id")?,
        principal: row.try_get("principal")?,
        name: row.try_get("key_name")?,
        hash: row.try_get("hash")?,
        last4: row.try_get("last4")?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
    })
}
