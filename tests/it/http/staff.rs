//! Accounts for a test: one of each role for the whole district, and some of community A or B alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wangge::app::access::{self, Grant, NewAccount, Passwords, PrincipalKind, Reach, Role};
use wangge::http::Settings;
use wangge::store::{Act, Store};

use super::district;
use super::server::{Answer, Server};

pub const PASSWORD: &str = "a long enough one";

/// A server with accounts, and how each of them comes in.
pub struct Office {
    pub server: Server,
    accounts: HashMap<String, Account>,
}

#[derive(Clone)]
pub struct Account {
    pub id: String,
    pub key_id: String,
    pub bearer: String,
}

/// A browser that has signed in.
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
}

fn act() -> Act {
    Act::new("test", district::NOW_MS)
}

pub async fn add(store: &dyn Store, login: &str, grants: Vec<Grant>) -> Account {
    let new = NewAccount {
        login: login.to_owned(),
        name: format!("{login} 李"),
        kind: PrincipalKind::Person,
        password: Some(PASSWORD.to_owned()),
        grants,
    };
    let made = access::add_account(store, &Passwords::default(), &Reach::Everything, new, &act()).await.unwrap();
    let key = access::make_key(store, &Reach::Everything, &made.id, "test", None, &act()).await.unwrap();
    Account { id: made.id, key_id: key.key.id, bearer: format!("Bearer {}", key.secret) }
}

impl Office {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    /// The district, published once; accounts named after their role, and `ROLE-a`, `ROLE-b` of one community alone.
    pub fn with(settings: Settings) -> Self {
        let accounts = Arc::new(Mutex::new(HashMap::new()));
        let made = Arc::clone(&accounts);
        let server = Server::with(settings, |store| async move {
            district::publish_first(&*store).await;
            // the first one is an administrator of everything
            for role in Role::ALL.into_iter().rev() {
                let account = add(&*store, role.as_str(), vec![Grant { role, scope: None }]).await;
                made.lock().unwrap().insert(role.to_string(), account);
            }
            for role in [Role::Viewer, Role::Officer, Role::Planner, Role::Publisher, Role::Administrator] {
                for (scope, mark) in [("A", "a"), ("B", "b")] {
                    let login = format!("{role}-{mark}");
                    let account = add(&*store, &login, vec![Grant { role, scope: Some(scope.to_owned()) }]).await;
                    made.lock().unwrap().insert(login, account);
                }
            }
        });
        let accounts = std::mem::take(&mut *accounts.lock().unwrap());
        Self { server, accounts }
    }

    pub fn account(&self, login: &str) -> Account {
        self.accounts[login].clone()
    }

    /// Asks as an account, by its key; `anonymous` has none.
    pub fn ask(&self, login: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_with(login, method, path, body, &[])
    }

    pub fn ask_with(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let account = self.accounts.get(login);
        assert!(account.is_some() || login == "anonymous", "{login}");
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend(account.map(|account| ("authorization", account.bearer.as_str())));
        all.extend(body.map(|_| ("content-type", "application/json")));
        let body = body.map(Value::to_string).unwrap_or_default();
        self.server.send(method, path, &all, body.as_bytes())
    }

    #[track_caller]
    pub fn json(&self, login: &str, path: &str) -> Value {
        let answer = self.ask(login, "GET", path, None);
        assert_eq!(answer.status, 200, "{login} {path}: {}", answer.text());
        answer.json()
    }

    pub fn sign_in(&self, login: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = headers.to_vec();
        all.push(("content-type", "application/json"));
        let body = json!({ "login": login, "password": password });
        self.server.send("POST", "/v1/session", &all, body.to_string().as_bytes())
    }

    #[track_caller]
    pub fn browser(&self, login: &str) -> Browser {
        let answer = self.sign_in(login, PASSWORD, &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        Browser::of(&answer)
    }

    /// Asks with the cookie of a browser, and its word.
    pub fn browse(&self, browser: &Browser, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut all = vec![("cookie", browser.cookie.as_str()), ("x-csrf-token", browser.csrf.as_str())];
        all.extend(body.map(|_| ("content-type", "application/json")));
        let body = body.map(Value::to_string).unwrap_or_default();
        self.server.send(method, path, &all, body.as_bytes())
    }
}

impl Browser {
    pub fn of(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf_token"].as_str().unwrap().to_owned() }
    }
}
