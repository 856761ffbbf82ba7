//! One connection that listens: for what other programs wrote, and for the database's heart.
//!
//! Every second in which nothing is told it asks; where no answer comes in four, the way is lost. So a network that was
//! cut, which TCP would notice after many minutes, is noticed in five seconds.

use std::sync::Weak;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{ConnectOptions, Connection};

use super::link::{CONNECT, Link, pool};

/// The channel on which triggers of the schema tell.
const CHANNEL: &str = "wangge";
/// How often the database is asked.
const BEAT: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(4);
/// Pauses between two tries to come back.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// Beats between two sweeps of tokens nobody will ask for.
const SWEEP: u32 = 3_600;

/// How a listener ended.
enum End {
    /// The link is no longer used.
    Unused,
    /// The connection broke: others may be well.
    Broken(String),
    /// It fell silent: whatever is under way on other connections hangs, too.
    Silent,
}

/// Listens until nobody uses the link any more.
pub(super) async fn run(link: Weak<Link>) {
    let mut pause = PAUSES.0;
    loop {
        let Some(strong) = link.upgrade() else { return };
        let connected = tokio::time::timeout(CONNECT, connect(&strong)).await;
        let mut silent = false;
        let reason = match connected {
            Ok(Ok(listener)) => {
                strong.back();
                drop(strong);
                pause = PAUSES.0;
                match hear(&link, listener).await {
                    End::Unused => return,
                    End::Broken(reason) => {
                        tracing::info!(reason, "the listening connection ended");
                        continue;
                    }
                    End::Silent => {
                        silent = true;
                        format!("no answer in {} s", ANSWER.as_secs())
                    }
                }
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                silent = true;
                format!("no connection in {} s", CONNECT.as_secs())
            }
        };
        let Some(strong) = link.upgrade() else { return };
        if silent {
            strong.silent(&reason);
        } else {
            strong.away(&reason);
        }
        drop(strong);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn connect(link: &Link) -> Result<PgListener, sqlx::Error> {
    // a pool says only that time is up; a connection says why there is none
    link.name.options.connect().await?.close().await?;
    // a pool of its own: a connection that hangs is left behind with it
    let options = link.name.options.clone();
    // so that an operator can tell it from the others in pg_stat_activity
    let name = format!("{} listener", options.get_application_name().unwrap_or("wangge"));
    let pool = pool(1, &link.place).connect_with(options.application_name(&name)).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.ignore_pool_close_event(true);
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn hear(link: &Weak<Link>, mut listener: PgListener) -> End {
    let mut beats = 0;
    loop {
        let told = tokio::time::timeout(BEAT, listener.try_recv()).await;
        let Some(link) = link.upgrade() else { return End::Unused };
        match told {
            Ok(Ok(Some(_))) => {
                link.changed.notify_one();
                continue;
            }
            Ok(Ok(None)) => return End::Broken("closed".to_owned()),
            Ok(Err(error)) => return End::Broken(error.to_string()),
            Err(_) => {}
        }
        let sql =
            if beats % SWEEP == 0 { "DELETE FROM kept_write WHERE at < now() - INTERVAL '2 days'" } else { "SELECT 1" };
        beats += 1;
        match tokio::time::timeout(ANSWER, sqlx::query(sql).execute(&mut listener)).await {
            Ok(Ok(_)) => {}
            // a reader's rights suffice for the rest
            Ok(Err(sqlx::Error::Database(error))) if error.code().as_deref() == Some("42501") => {}
            Ok(Err(error)) => return End::Broken(error.to_string()),
            Err(_) => return End::Silent,
        }
    }
}
