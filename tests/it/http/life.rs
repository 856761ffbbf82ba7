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
