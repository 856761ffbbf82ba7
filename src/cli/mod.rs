//! The command line: one file a command. Parses, calls `app`, shows the answer.
//!
//! 1. Answers go to standard output, everything else to standard error.
//! 2. A failure is one clear line that starts with `wangge:` and a non-zero exit code: 2 for wrong usage, 1 for the rest.
//! 3. With `--json` the answer is one JSON document.

mod addresses;
mod adopt;
mod audit;
mod backup;
mod bench;
mod bounds;
mod check;
mod copy;
mod export;
mod frontier;
mod geocode;
mod import;
mod inputs;
mod links;
mod locate;
mod officers;
mod partition;
mod planned;
mod principal;
mod progress;
mod publish;
mod repairs;
mod serve;
mod spent;
mod tessellate;
mod update;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::AppError;
use crate::store::Act;

/// Draws, publishes and serves the grids of neighbourhood governance (网格), and routes every report to the one grid that
/// owns it.
#[derive(Debug, Parser)]
#[command(name = "wangge", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(Box<import::Import>),
    Update(Box<update::UpdateCommand>),
    Adopt(adopt::Adopt),
    Tessellate(tessellate::Tessellate),
    Partition(partition::Partition),
    Publish(publish::Publish),
    Check(check::Check),
    Export(export::Export),
    Locate(locate::Locate),
    Geocode(geocode::Geocode),
    Serve(serve::Serve),
    Workspace(workspace::Workspace),
    Principal(principal::PrincipalCommand),
    Copy(copy::Copy),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Audit(audit::Audit),
    Bench(bench::Bench),
}

/// What a command ends with.
#[derive(Debug)]
enum Failure {
    /// Said in one line.
    Plain(String),
    /// Already shown; the exit code remains.
    Shown(u8),
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Plain(error.into().to_string())
    }
}

type Outcome = Result<(), Failure>;

/// Runs the program on the arguments of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are no errors; clap knows which stream and code each wants
            let code = error.exit_code();
            let _ = error.print();
            return ExitCode::from(u8::try_from(code).unwrap_or(2));
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Import(command) => command.run().await,
            Command::Update(command) => command.run().await,
            Command::Adopt(command) => command.run().await,
            Command::Tessellate(command) => command.run().await,
            Command::Partition(command) => command.run().await,
            Command::Publish(command) => command.run().await,
            Command::Check(command) => command.run().await,
            Command::Export(command) => command.run().await,
            Command::Locate(command) => command.run().await,
            Command::Geocode(command) => command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Workspace(command) => command.run().await,
            Command::Principal(command) => command.run().await,
            Command::Copy(command) => command.run().await,
            Command::Backup(command) => command.run().await,
            Command::Restore(command) => command.run().await,
            Command::Audit(command) => command.run().await,
            Command::Bench(command) => command.run(),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Plain(line)) => fail(&line),
        Err(Failure::Shown(code)) => ExitCode::from(code),
    }
}

fn fail(line: &str) -> ExitCode {
    eprintln!("wangge: {}", line.replace('\n', " "));
    ExitCode::FAILURE
}

/// Who runs this command, now: `cli:` and the name of the user of the operating system.
fn act() -> Act {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").ok().map(|own| own.uid().to_string());
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    // passwd(5): name, password, user id …
    let is_mine = |line: &&str| line.split(':').nth(2) == uid.as_deref();
    let name = users.lines().find(is_mine).and_then(|line| line.split(':').next());
    Act::new(format!("cli:{}", name.or(uid.as_deref()).unwrap_or("?")), now_ms())
}

/// Milliseconds since 1970, now.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Prints one JSON document. A closed pipe is not an error.
fn print_json(value: &impl serde::Serialize) -> Outcome {
    use std::io::Write;
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Plain(error.to_string()))?;
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(())
}

/// Prints a line. A closed pipe is not an error.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A whole number with thin groups, as people read it: 1,048,986.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_option_is_described_and_no_two_clash() {
        Cli::command().debug_assert();
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!([0, 999, 1_000, 1_048_986].map(grouped), ["0", "999", "1,000", "1,048,986"]);
    }
}
