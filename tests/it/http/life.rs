//! Starting and stopping.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::Server;

#[test]
fn a_request_under_way_is_finished_and_no_new_one_is_taken() {
    let mut server = Server::published();
    let body = json!({"category": "c", "text": "", "lon": 121.04, "lat": 31.01, "crs": "wgs84"}).to_string();
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(
        stream,
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
        body.len(),
        &body[..10]
    )
    .unwrap();
    // the head must have been read before the signal comes
    std::thread::sleep(Duration::from_millis(300));
    server.signal();
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(5), "new connections are still taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    server.join();
    let kept = server.elsewhere(|store| async move { store.report_count().await.unwrap() });
    assert_eq!(kept, 1);
}

#[test]
fn a_request_that_never_ends_is_cut_off() {
    let mut server = Server::published();
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(
        stream,
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    server.signal();
    server.join();
    let took = started.elapsed();
    assert!(took < Duration::from_secs(13), "{took:?}");
}

#[test]
fn a_connection_takes_the_next_request_after_a_refusal_that_did_not_read_its_body() {
    let server = Server::published();
    let head = |length: usize| {
        format!(
            "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let answer = |stream: &mut TcpStream| {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    };
    let mut stream = TcpStream::connect(server.address).unwrap();
    for _ in 0..3 {
        write!(stream, "{}", head(2)).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        write!(stream, "{{}}").unwrap();
        let said = answer(&mut stream);
        assert!(said.starts_with("HTTP/1.1 403") && !said.contains("connection: close"), "{said}");
    }
    // a body that is not read, because it is long, never comes or is not sent before leave is given, ends the connection
    let waits = head(2).replace("content-length", "expect: 100-continue\r\ncontent-length");
    for (head, body) in [(head(200_000), "x".repeat(200_000)), (head(2), String::new()), (waits, String::new())] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let _ = stream.write_all(body.as_bytes());
        let said = answer(&mut stream);
        assert!(said.starts_with("HTTP/1.1 403") && said.contains("connection: close"), "{said}");
    }
}
