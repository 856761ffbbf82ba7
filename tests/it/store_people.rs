//! What every store promises of principals, sessions and keys.

use wangge::store::{Act, ApiKey, Grant, Principal, PrincipalChange, PrincipalKind, Role, Session, Store, StoreError};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{TIME_MS, act, district, new_import};

contract! {
    a_principal_comes_back_as_it_was_kept,
    a_login_is_given_once,
    only_what_is_named_changes,
    the_last_administrator_stays,
    of_two_administrators_disabled_at_once_one_stays,
    a_session_is_found_by_its_hash_until_it_ends,
    a_new_password_or_being_disabled_ends_all_sessions,
    a_sign_in_forgets_what_has_expired,
    a_key_is_found_by_its_hash_and_revoked_once,
    every_change_stands_in_the_log_without_names_or_secrets,
    a_jurisdiction_knows_those_above_it,
    odd_letters_are_letters,
}

fn grant(role: Role, scope: Option<&str>) -> Grant {
    Grant { role, scope: scope.map(str::to_owned) }
}

pub fn principal(id: &str, login: &str, grants: &[Grant]) -> Principal {
    Principal {
        id: id.to_owned(),
        login: login.to_owned(),
        name: format!("{login} 李"),
        kind: PrincipalKind::Person,
        disabled: false,
        password_hash: Some(format!("$argon2id$ of {login}")),
        grants: grants.to_vec(),
        created_ms: TIME_MS,
    }
}

fn chief() -> Grant {
    grant(Role::Administrator, None)
}

fn session(hash: &str, principal: &str, expires_ms: i64) -> Session {
    Session {
        hash: hash.to_owned(),
        principal: principal.to_owned(),
        created_ms: TIME_MS,
        expires_ms,
        seen_ms: TIME_MS,
    }
}

fn key(id: &str, principal: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        principal: principal.to_owned(),
        name: "dispatch".to_owned(),
        hash: format!("hash of {id}"),
        last4: "beef".to_owned(),
        created_ms: TIME_MS,
        expires_ms: Some(TIME_MS + 9),
        revoked_ms: None,
    }
}

async fn a_principal_comes_back_as_it_was_kept(place: &dyn Place) {
    let store = place.open().await;
    assert!(!store.has_principals().await.unwrap());
    let grants = [grant(Role::Officer, Some("E")), grant(Role::Officer, Some("W")), chief()];
    let anna = principal("p1", "anna", &grants);
    let robot = Principal { kind: PrincipalKind::Service, password_hash: None, ..principal("p2", "a-robot", &[]) };
    store.add_principal(&anna, &act()).await.unwrap();
    store.add_principal(&robot, &act()).await.unwrap();
    assert!(store.has_principals().await.unwrap());
    let again = place.open().await;
    assert_eq!(again.principals().await.unwrap(), [robot.clone(), anna.clone()], "by login");
    assert_eq!(again.principal("p1").await.unwrap(), anna);
    assert_eq!(again.principal_by_login("a-robot").await.unwrap(), Some(robot));
    assert_eq!(again.principal_by_login("nobody").await.unwrap(), None);
    assert!(matches!(again.principal("p3").await, Err(StoreError::NotFound { what: "principal", .. })));
}

async fn a_login_is_given_once(place: &dyn Place) {
    let store = place.open().await;
    store.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    let error = store.add_principal(&principal("p2", "anna", &[]), &act()).await.unwrap_err();
    assert!(matches!(&error, StoreError::LoginTaken { login } if login == "anna"), "{error}");
    assert_eq!(store.principals().await.unwrap().len(), 1);
}

async fn only_what_is_named_changes(place: &dyn Place) {
    let store = place.open().await;
    let anna = principal("p1", "anna", &[chief()]);
    store.add_principal(&anna, &act()).await.unwrap();
    let change = PrincipalChange { name: Some("Anna".to_owned()), ..PrincipalChange::default() };
    let named = store.change_principal("p1", &change, &act()).await.unwrap();
    assert_eq!(named, Principal { name: "Anna".to_owned(), ..anna.clone() });
    let grants = vec![chief(), grant(Role::Viewer, Some("W")), chief()];
    let change = PrincipalChange { grants: Some(grants), ..PrincipalChange::default() };
    let granted = store.change_principal("p1", &change, &act()).await.unwrap();
    assert_eq!(granted.grants, [grant(Role::Viewer, Some("W")), chief()]);
    assert_eq!(store.principal("p1").await.unwrap(), granted);
    let nobody = store.change_principal("p9", &PrincipalChange::default(), &act()).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
}

async fn the_last_administrator_stays(place: &dyn Place) {
    let store = place.open().await;
    store.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    let part = principal("p2", "bert", &[grant(Role::Administrator, Some("W"))]);
    store.add_principal(&part, &act()).await.unwrap();
    let disable = PrincipalChange { disabled: Some(true), ..PrincipalChange::default() };
    let strip = PrincipalChange { grants: Some(vec![]), ..PrincipalChange::default() };
    for change in [&disable, &strip] {
        let error = store.change_principal("p1", change, &act()).await.unwrap_err();
        assert!(matches!(&error, StoreError::LastAdministrator { login } if login == "anna"), "{error}");
    }
    assert_eq!(store.principal("p1").await.unwrap(), principal("p1", "anna", &[chief()]), "nothing was changed");
    store.add_principal(&principal("p3", "carl", &[chief()]), &act()).await.unwrap();
    assert!(store.change_principal("p1", &disable, &act()).await.unwrap().disabled);
    store.change_principal("p3", &strip, &act()).await.unwrap_err();
}

async fn of_two_administrators_disabled_at_once_one_stays(place: &dyn Place) {
    let (one, other) = (place.open().await, place.open().await);
    one.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    one.add_principal(&principal("p2", "bert", &[chief()]), &act()).await.unwrap();
    let disable = PrincipalChange { disabled: Some(true), ..PrincipalChange::default() };
    let by = act();
    let (a, b) = tokio::join!(one.change_principal("p1", &disable, &by), other.change_principal("p2", &disable, &by));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
}

async fn a_session_is_found_by_its_hash_until_it_ends(place: &dyn Place) {
    let store = place.open().await;
    let anna = principal("p1", "anna", &[chief(), grant(Role::Officer, Some("W"))]);
    let anna = Principal { grants: vec![anna.grants[1].clone(), anna.grants[0].clone()], ..anna };
    store.add_principal(&anna, &act()).await.unwrap();
    let first = session("h1", "p1", TIME_MS + 100);
    store.open_session(&first, None, &act()).await.unwrap();
    assert_eq!(place.open().await.session("h1").await.unwrap(), Some((first.clone(), anna.clone())));
    assert_eq!(store.session("h2").await.unwrap(), None);
    store.touch_session("h1", TIME_MS + 7).await.unwrap();
    store.touch_session("h1", TIME_MS + 3).await.unwrap();
    assert_eq!(store.session("h1").await.unwrap().unwrap().0.seen_ms, TIME_MS + 7, "time does not run backwards");
    // a sign-in in the same browser takes the place of the one before
    store.open_session(&session("h2", "p1", TIME_MS + 100), Some("h1"), &act()).await.unwrap();
    assert_eq!(store.session("h1").await.unwrap(), None);
    store.end_session("h2", &act()).await.unwrap();
    store.end_session("h2", &act()).await.unwrap();
    assert_eq!(store.session("h2").await.unwrap(), None);
}

async fn a_new_password_or_being_disabled_ends_all_sessions(place: &dyn Place) {
    let store = place.open().await;
    store.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    store.add_principal(&principal("p2", "bert", &[]), &act()).await.unwrap();
    let new_password = PrincipalChange { password_hash: Some("other".to_owned()), ..PrincipalChange::default() };
    let disable = PrincipalChange { disabled: Some(true), ..PrincipalChange::default() };
    let rename = PrincipalChange { name: Some("B".to_owned()), ..PrincipalChange::default() };
    for (n, (change, stays)) in [(rename, true), (new_password, false), (disable, false)].into_iter().enumerate() {
        let (a, b, other) = (format!("a{n}"), format!("b{n}"), format!("o{n}"));
        for (hash, whose) in [(&a, "p2"), (&b, "p2"), (&other, "p1")] {
            store.open_session(&session(hash, whose, TIME_MS + 100), None, &act()).await.unwrap();
        }
        store.change_principal("p2", &change, &act()).await.unwrap();
        assert_eq!(store.session(&a).await.unwrap().is_some(), stays, "{n}");
        assert_eq!(store.session(&b).await.unwrap().is_some(), stays, "{n}");
        assert!(store.session(&other).await.unwrap().is_some(), "another one's session");
    }
}

async fn a_sign_in_forgets_what_has_expired(place: &dyn Place) {
    let store = place.open().await;
    store.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    store.open_session(&session("old", "p1", TIME_MS + 10), None, &act()).await.unwrap();
    let later = Session { created_ms: TIME_MS + 10, ..session("new", "p1", TIME_MS + 100) };
    store.open_session(&later, None, &act()).await.unwrap();
    assert_eq!(store.session("old").await.unwrap(), None);
    assert!(store.session("new").await.unwrap().is_some());
}

async fn a_key_is_found_by_its_hash_and_revoked_once(place: &dyn Place) {
    let store = place.open().await;
    let anna = principal("p1", "anna", &[chief()]);
    store.add_principal(&anna, &act()).await.unwrap();
    store.add_principal(&principal("p2", "bert", &[]), &act()).await.unwrap();
    let (one, two) = (key("k1", "p1"), ApiKey { expires_ms: None, ..key("k2", "p1") });
    store.add_key(&one, &act()).await.unwrap();
    store.add_key(&two, &act()).await.unwrap();
    assert_eq!(store.keys("p1").await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(store.keys("p2").await.unwrap(), []);
    assert_eq!(store.key("hash of k1").await.unwrap(), Some((one.clone(), anna)));
    assert_eq!(store.key("k1").await.unwrap(), None, "an id is no secret and opens nothing");
    let at = |ms| Act::new("test", ms);
    assert!(matches!(store.revoke_key("p2", "k1", &at(5)).await, Err(StoreError::NotFound { what: "key", .. })));
    assert_eq!(store.revoke_key("p1", "k1", &at(5)).await.unwrap().revoked_ms, Some(5));
    assert_eq!(store.revoke_key("p1", "k1", &at(6)).await.unwrap().revoked_ms, Some(5), "the first time counts");
    assert_eq!(store.key("hash of k1").await.unwrap().unwrap().0.revoked_ms, Some(5));
    assert_eq!(store.key("hash of k2").await.unwrap().unwrap().0.revoked_ms, None);
    assert!(matches!(store.add_key(&key("k3", "p9"), &act()).await, Err(StoreError::NotFound { .. })));
}

async fn every_change_stands_in_the_log_without_names_or_secrets(place: &dyn Place) {
    let store = place.open().await;
    let by = Act { by: "p1".to_owned(), at_ms: TIME_MS, request: Some("r-7".to_owned()) };
    store.add_principal(&principal("p1", "anna", &[chief()]), &by).await.unwrap();
    store.add_principal(&principal("p2", "bert", &[grant(Role::Viewer, None)]), &by).await.unwrap();
    let all = PrincipalChange {
        name: Some("Robert".to_owned()),
        disabled: Some(true),
        password_hash: Some("secret hash".to_owned()),
        grants: Some(vec![grant(Role::Officer, Some("W"))]),
    };
    store.change_principal("p2", &all, &by).await.unwrap();
    store.change_principal("p2", &PrincipalChange { disabled: Some(false), ..Default::default() }, &by).await.unwrap();
    store.change_principal("p2", &PrincipalChange::default(), &by).await.unwrap();
    store.open_session(&session("session hash", "p2", TIME_MS + 5), None, &by).await.unwrap();
    store.end_session("session hash", &by).await.unwrap();
    store.login_refused(Some("p2"), &by).await.unwrap();
    store.login_refused(None, &by).await.unwrap();
    store.add_key(&key("k1", "p2"), &by).await.unwrap();
    store.revoke_key("p2", "k1", &by).await.unwrap();
    let entries = store.audit(0, 100).await.unwrap();
    let told: Vec<String> = entries
        .iter()
        .skip_while(|entry| entry.kind != "principal")
        .map(|entry| format!("{} {} {}", entry.action, entry.object, entry.detail))
        .collect();
    assert_eq!(
        told,
        [
            r#"principal_added p1 {"grants":["administrator"]}"#,
            r#"principal_added p2 {"grants":["viewer"]}"#,
            r#"grant p2 {"grants":["officer@W"]}"#,
            r#"revoke p2 {"grants":["viewer"]}"#,
            "password_changed p2 {}",
            "disabled p2 {}",
            "renamed p2 {}",
            "enabled p2 {}",
            "login p2 {}",
            "logout p2 {}",
            "login_refused p2 {}",
            "login_refused unknown {}",
            r#"key_added p2 {"key":"k1"}"#,
            r#"key_revoked p2 {"key":"k1"}"#,
        ]
    );
    assert!(entries.iter().all(|entry| entry.by == "p1" && entry.request.as_deref() == Some("r-7")));
    let text = format!("{entries:?}");
    for secret in ["anna", "bert", "Robert", "argon2", "secret hash", "session hash", "hash of k1", "beef"] {
        assert!(!text.contains(secret), "{secret} stands in the log");
    }
}

async fn a_jurisdiction_knows_those_above_it(place: &dyn Place) {
    let store = place.open().await;
    assert!(store.upward("W", None).await.unwrap().is_empty());
    let (dataset, boundaries) = district(2, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &|_, _| {}, &act()).await.unwrap();
    assert_eq!(store.upward("W", None).await.unwrap(), ["W", "D"]);
    assert_eq!(store.upward("D", Some(id)).await.unwrap(), ["D"]);
    assert!(store.upward("X", None).await.unwrap().is_empty());
    assert!(store.upward("W", Some(id + 1)).await.unwrap().is_empty());
}

async fn odd_letters_are_letters(place: &dyn Place) {
    let store: std::sync::Arc<dyn Store> = place.open().await;
    store.add_principal(&principal("p1", "anna", &[chief()]), &act()).await.unwrap();
    for odd in ["' OR 1=1 --", "anna'; DROP TABLE principal; --", "%", "_", "anna\u{2019}", "$1", "\\", "\"anna\""] {
        assert_eq!(store.principal_by_login(odd).await.unwrap(), None, "{odd}");
        assert_eq!(store.session(odd).await.unwrap(), None, "{odd}");
        assert_eq!(store.key(odd).await.unwrap(), None, "{odd}");
        assert!(store.upward(odd, None).await.unwrap().is_empty(), "{odd}");
        store.principal(odd).await.unwrap_err();
    }
    assert_eq!(store.principals().await.unwrap().len(), 1);
}
