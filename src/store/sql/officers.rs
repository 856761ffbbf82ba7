//! Officers, their duties, and the events of reports.

use serde_json::{Value, json};
use sqlx::Row as _;

use super::{Backend, Row, Write, audit};
use crate::officer::{Changes, Duty, Ended, Kind, Officer, Role, Roster, Span};
use crate::store::audit::{Act, Change, digest};
use crate::store::officers::ReportEvent;
use crate::store::{StoreError, fault};

pub async fn roster(store: &Backend) -> Result<Roster, StoreError> {
    // revision and rows of one instant
    let mut tx = store.instant().await?;
    let revision = sqlx::query_scalar("SELECT revision FROM roster WHERE one = 1").fetch_one(&mut *tx).await?;
    let officers = "SELECT code, name, kind, team, desk, phone, principal FROM officer ORDER BY code";
    let officers = sqlx::query(officers).fetch_all(&mut *tx).await?;
    let duties = "SELECT id, officer, grid, role, from_ms, to_ms FROM duty ORDER BY id";
    let duties = sqlx::query(duties).fetch_all(&mut *tx).await?;
    let officers = officers.iter().map(officer).collect::<Result<_, _>>()?;
    let duties = duties.iter().map(duty).collect::<Result<_, _>>()?;
    Ok(Roster::new(revision, officers, duties))
}

pub async fn revision(store: &Backend) -> Result<i64, StoreError> {
    let revision = sqlx::query_scalar("SELECT revision FROM roster WHERE one = 1");
    Ok(revision.fetch_one(&mut *store.read().await?).await?)
}

pub async fn keep(store: &Backend, base: i64, changes: &Changes, act: &Act) -> Result<i64, StoreError> {
    if changes.is_empty() {
        return Ok(base);
    }
    let mut tx = store.write().await?;
    fault::point("roster:begun");
    let next = sqlx::query("UPDATE roster SET revision = revision + 1 WHERE one = 1 AND revision = $1");
    if next.bind(base).execute(&mut *tx).await?.rows_affected() != 1 {
        return Err(StoreError::Mismatch {
            what: "list of officers",
            reason: "somebody else has changed officers or duties meanwhile: import it again".to_owned(),
        });
    }
    for officer in &changes.new_officers {
        insert_officer(&mut tx, officer, act).await?;
    }
    for (before, after) in &changes.changed_officers {
        update_officer(&mut tx, before, after, act).await?;
    }
    fault::point("roster:officers");
    for ended in &changes.ended {
        end(&mut tx, ended, act).await?;
    }
    for duty in &changes.begun {
        begin(&mut tx, duty, act).await?;
    }
    fault::point("roster:before_commit");
    store.commit(tx).await?;
    fault::point("roster:after_commit");
    Ok(base + 1)
}

async fn insert_officer(tx: &mut Write, officer: &Officer, act: &Act) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO officer (code, name, kind, team, desk, phone, principal) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&officer.code)
    .bind(&officer.name)
    .bind(officer.kind.as_str())
    .bind(&officer.team)
    .bind(&officer.desk)
    .bind(&officer.phone)
    .bind(&officer.principal)
    .execute(&mut **tx)
    .await?;
    let change = Change {
        action: "add",
        kind: "officer",
        object: &officer.code,
        before: None,
        after: Some(officer_digest(officer)),
        detail: json!({ "kind": officer.kind.as_str() }),
    };
    audit::append(tx, act, change).await
}

async fn update_officer(tx: &mut Write, before: &Officer, after: &Officer, act: &Act) -> Result<(), StoreError> {
    let update = "UPDATE officer SET name = $2, kind = $3, team = $4, desk = $5, phone = $6, principal = $7 \
                  WHERE code = $1";
    let updated = sqlx::query(update)
        .bind(&after.code)
        .bind(&after.name)
        .bind(after.kind.as_str())
        .bind(&after.team)
        .bind(&after.desk)
        .bind(&after.phone)
        .bind(&after.principal)
        .execute(&mut **tx)
        .await?;
    if updated.rows_affected() != 1 {
        return Err(StoreError::NotFound { what: "officer", id: after.code.clone() });
    }
    let fields = [
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("team", before.team != after.team),
        ("desk", before.desk != after.desk),
        ("phone", before.phone != after.phone),
        ("principal", before.principal != after.principal),
    ];
    let changed: Vec<&str> = fields.iter().filter(|(_, differs)| *differs).map(|(field, _)| *field).collect();
    let change = Change {
        action: "set",
        kind: "officer",
        object: &after.code,
        before: Some(officer_digest(before)),
        after: Some(officer_digest(after)),
        detail: json!({ "changed": changed }),
    };
    audit::append(tx, act, change).await
}

/// The private number is left out: a number so short could be found from its hash.
fn officer_digest(officer: &Officer) -> String {
    digest(&json!({
        "code": officer.code, "name": officer.name, "kind": officer.kind.as_str(), "team": officer.team,
        "desk": officer.desk, "principal": officer.principal,
    }))
}

async fn begin(tx: &mut Write, duty: &Duty, act: &Act) -> Result<(), StoreError> {
    let insert = "INSERT INTO duty (officer, grid, role, from_ms, to_ms, recorded_ms) VALUES ($1, $2, $3, $4, $5, $6) \
                  RETURNING id";
    let id: i64 = sqlx::query_scalar(insert)
        .bind(&duty.officer)
        .bind(&duty.grid)
        .bind(duty.role.as_str())
        .bind(duty.span.from_ms)
        .bind(duty.span.to_ms)
        .bind(act.at_ms)
        .fetch_one(&mut **tx)
        .await?;
    let object = id.to_string();
    let after = duty_json(duty);
    let change = Change {
        action: "begin",
        kind: "duty",
        object: &object,
        before: None,
        after: Some(digest(&after)),
        detail: after,
    };
    audit::append(tx, act, change).await
}

async fn end(tx: &mut Write, ended: &Ended, act: &Act) -> Result<(), StoreError> {
    let update = "UPDATE duty SET to_ms = $2, ended_ms = $3 WHERE id = $1 AND coalesce(to_ms, $4) > $2";
    let updated = sqlx::query(update)
        .bind(ended.duty.id)
        .bind(ended.to_ms)
        .bind(act.at_ms)
        .bind(i64::MAX)
        .execute(&mut **tx)
        .await?;
    if updated.rows_affected() != 1 {
        return Err(StoreError::Mismatch {
            what: "duty",
            reason: format!("duty {} has ended before that already, or is not there", ended.duty.id),
        });
    }
    let object = ended.duty.id.to_string();
    let span = Span { to_ms: Some(ended.to_ms), ..ended.duty.span };
    let after = duty_json(&Duty { span, ..ended.duty.clone() });
    let change = Change {
        action: if span.is_empty() { "withdraw" } else { "end" },
        kind: "duty",
        object: &object,
        before: Some(digest(&duty_json(&ended.duty))),
        after: Some(digest(&after)),
        detail: after,
    };
    audit::append(tx, act, change).await
}

fn duty_json(duty: &Duty) -> Value {
    json!({
        "officer": duty.officer, "grid": duty.grid, "role": duty.role.as_str(), "from_ms": duty.span.from_ms,
        "to_ms": duty.span.to_ms,
    })
}

fn officer(row: &Row) -> Result<Officer, StoreError> {
    let kind: String = row.try_get("kind")?;
    Ok(Officer {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        kind: Kind::from_word(&kind).ok_or_else(|| unknown("officer.kind", &kind))?,
        team: row.try_get("team")?,
        desk: row.try_get("desk")?,
        phone: row.try_get("phone")?,
        principal: row.try_get("principal")?,
    })
}

fn duty(row: &Row) -> Result<Duty, StoreError> {
    let role: String = row.try_get("role")?;
    Ok(Duty {
        id: row.try_get("id")?,
        officer: row.try_get("officer")?,
        grid: row.try_get("grid")?,
        role: Role::from_word(&role).ok_or_else(|| unknown("duty.role", &role))?,
        span: Span { from_ms: row.try_get("from_ms")?, to_ms: row.try_get("to_ms")? },
    })
}

fn unknown(column: &str, word: &str) -> StoreError {
    StoreError::Database(format!("{column} holds {word:?}, which this program does not know"))
}

pub async fn report_events(store: &Backend, report: &str) -> Result<Vec<ReportEvent>, StoreError> {
    let sql = "SELECT id, kind, at_ms, detail FROM report_event WHERE report = $1 ORDER BY id";
    let rows = sqlx::query(sql).bind(report).fetch_all(&mut *store.read().await?).await?;
    if rows.is_empty() {
        // every report has its first event from the same transaction
        return Err(StoreError::NotFound { what: "report", id: report.to_owned() });
    }
    rows.iter().map(event).collect()
}

fn event(row: &Row) -> Result<ReportEvent, StoreError> {
    Ok(ReportEvent {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        at_ms: row.try_get("at_ms")?,
        detail: serde_json::from_str(row.try_get("detail")?)?,
    })
}
