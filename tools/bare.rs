//! A web server that does nothing but answer the bytes of a file: what `tools/http` measures the service beside.
//!
//! `bare FILE PORT`

use std::process::ExitCode;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, port] = &words[..] else {
        eprintln!("bare: give a file and a port");
        return ExitCode::from(2);
    };
    match run(file, port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: &str, port: &str) -> Result<(), Box<dyn std::error::Error>> {
    let body = Bytes::from(std::fs::read(file)?);
    let port: u16 = port.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let answer = get(move || {
            let body = body.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], body) }
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        axum::serve(listener, Router::new().route("/{*any}", answer)).await?;
        Ok(())
    })
}
