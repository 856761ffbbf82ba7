//! What happens, as it happens.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use wangge::geom::LatticePoint;
use wangge::tile::TileId;

use super::district;
use super::server::Server;

/// An open event stream, read line by line.
struct Feed(BufReader<TcpStream>);

#[derive(Debug, PartialEq)]
struct Heard {
    id: String,
    event: String,
    data: Value,
}

impl Feed {
    fn open(server: &Server, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let resume = last.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        write!(stream, "GET /v1/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{resume}\r\n")
            .unwrap();
        let mut feed = Self(BufReader::new(stream));
        let head: Vec<String> = std::iter::from_fn(|| Some(feed.line())).take_while(|line| !line.is_empty()).collect();
        assert!(head[0].starts_with("HTTP/1.1 200"), "{head:?}");
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        // the first comment says that the stream is listening
        while !feed.line().starts_with(": open") {}
        feed
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next event but those of tiles.
    fn next(&mut self) -> Heard {
        loop {
            let heard = self.any();
            if heard.event != "tiles" {
                return heard;
            }
        }
    }

    /// The next event; chunk sizes and comments are skipped.
    fn any(&mut self) -> Heard {
        let mut heard = Heard { id: String::new(), event: String::new(), data: Value::Null };
        loop {
            let line = self.line();
            if let Some(id) = line.strip_prefix("id: ") {
                id.clone_into(&mut heard.id);
            } else if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut heard.event);
            } else if let Some(data) = line.strip_prefix("data: ") {
                heard.data = serde_json::from_str(data).unwrap();
            } else if line.is_empty() && !heard.data.is_null() {
                return heard;
            }
        }
    }

    /// Whether the server has ended the stream.
    fn ended(&mut self) -> bool {
        let mut line = String::new();
        loop {
            line.clear();
            match self.0.read_line(&mut line) {
                Ok(0) => return true,
                Ok(_) if line == "0\r\n" => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }
}

fn report(server: &Server, text: &str) -> Value {
    let body = json!({"category": "c", "text": text, "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    server.post(&body, None).json()
}

#[test]
fn a_report_is_heard_by_everyone_who_listens() {
    let server = Server::published();
    let (mut a, mut b) = (Feed::open(&server, None), Feed::open(&server, None));
    let sent = report(&server, "first");
    for feed in [&mut a, &mut b] {
        let heard = feed.next();
        assert_eq!((heard.event.as_str(), &heard.data), ("report", &sent));
    }
    let second = report(&server, "second");
    assert_eq!(a.next().data, second);
}

#[test]
fn a_listener_that_comes_back_hears_what_it_missed_once_and_in_order() {
    let server = Server::published();
    let mut feed = Feed::open(&server, None);
    report(&server, "1");
    let last = feed.next().id;
    drop(feed);
    let missed: Vec<Value> = ["2", "3", "4"].map(|text| report(&server, text)).to_vec();
    let mut feed = Feed::open(&server, Some(&last));
    let live = report(&server, "5");
    let heard: Vec<Value> = (0..4).map(|_| feed.next().data).collect();
    assert_eq!(heard, [missed, vec![live]].concat());
    // an id nobody gave out is as if nothing had been heard
    let mut fresh = Feed::open(&server, Some("garbled"));
    let sixth = report(&server, "6");
    assert_eq!(fresh.next().data, sixth);
}

#[test]
fn a_step_taken_with_a_report_is_heard_at_once_and_by_who_comes_back() {
    let server = Server::published();
    let mut feed = Feed::open(&server, None);
    let sent = report(&server, "first");
    assert_eq!(feed.next().data, sent);
    let path = format!("/v1/reports/{}/state", sent["id"].as_str().unwrap());
    let answered = server.send_json("POST", &path, &json!({"state": "answered", "answer": "soon"})).json();
    let heard = feed.next();
    assert_eq!((heard.event.as_str(), &heard.data), ("report", &answered));
    drop(feed);
    let second = report(&server, "second");
    server.send_json("POST", &path, &json!({"state": "answered", "answer": "sooner"})).json();
    let closed = server.send_json("POST", &path, &json!({"state": "closed"})).json();
    let mut feed = Feed::open(&server, Some(&heard.id));
    let (one, two) = (feed.next(), feed.next());
    assert_eq!((&one.data, &two.data), (&second, &closed), "what is new, then what changed: each as it stands now");
    // from there on, nothing is told twice
    drop(feed);
    let mut feed = Feed::open(&server, Some(&two.id));
    let third = report(&server, "third");
    assert_eq!(feed.next().data, third);
}

#[test]
fn reports_and_publications_of_another_process_are_heard_too() {
    let server = Server::published();
    let mut feed = Feed::open(&server, None);
    let record = server.elsewhere(|store| async move { district::publish_second(&*store, district::NOW_MS).await });
    let heard = feed.next();
    assert_eq!((heard.event.as_str(), &heard.data["seq"]), ("publication", &json!(record.seq)));
    assert_eq!(heard.data["scope"], "B");
    // whoever hears of it is answered by it
    assert_eq!(server.json("/v1/locate?lon=121.04&lat=31.04&crs=wgs84")["grid"]["code"], "B-103");
}

#[test]
fn the_tiles_that_a_publication_changes_are_told_before_it_and_are_others_then() {
    let server = Server::published();
    let before = server.json("/v1/workspace")["tiles_version"].clone();
    // somebody looks at the map
    let old = |id: &str| server.get(&format!("/tiles/grids/{id}?v={}", before.as_str().unwrap())).bytes;
    old("12/3424/1673");
    let mut feed = Feed::open(&server, None);
    server.elsewhere(|store| async move { district::publish_second(&*store, district::NOW_MS).await });
    let heard = feed.any();
    assert_eq!(heard.event, "tiles");
    assert_eq!(feed.any().event, "publication");
    let after = server.json("/v1/workspace")["tiles_version"].clone();
    assert_eq!((&heard.data["from"], &heard.data["to"]), (&before, &after));
    let told: Vec<&str> = heard.data["tiles"].as_array().unwrap().iter().map(|tile| tile.as_str().unwrap()).collect();
    assert!(!told.is_empty());
    // exactly so: every tile of a few zooms that is not told is the same, byte for byte
    let (mut same, mut others) = (0, 0);
    for z in [9_u8, 12, 13, 14] {
        let corner = |lon_e7, lat_e7| TileId::holding(z, LatticePoint::new(lon_e7, lat_e7)).unwrap();
        let (north_west, south_east) = (corner(1_209_900_000, 310_600_000), corner(1_210_700_000, 309_900_000));
        for x in north_west.x()..=south_east.x() {
            for y in north_west.y()..=south_east.y() {
                let id = format!("{z}/{x}/{y}");
                let new = server.get(&format!("/tiles/grids/{id}?v={}", after.as_str().unwrap())).bytes;
                if told.contains(&id.as_str()) {
                    others += 1;
                } else {
                    assert_eq!(old(&id), new, "{id} is not told");
                    same += 1;
                }
            }
        }
    }
    assert!(same > 0 && others > 0, "{same} the same, {others} told");
}

#[test]
fn a_publication_is_heard_again_when_it_takes_effect() {
    let server = Server::published();
    let mut feed = Feed::open(&server, None);
    let later_ms = district::NOW_MS + 3_600_000;
    server.elsewhere(|store| async move { district::publish_second(&*store, later_ms).await });
    assert_eq!(feed.next().data["seq"], 2);
    assert_eq!(server.json("/v1/locate?lon=121.04&lat=31.04&crs=wgs84")["grid"]["code"], "B-002");
    server.set_clock(later_ms);
    assert_eq!(feed.next().data["seq"], 2);
    assert_eq!(server.json("/v1/locate?lon=121.04&lat=31.04&crs=wgs84")["grid"]["code"], "B-103");
}

#[test]
fn look_ups_never_see_half_a_publication() {
    let server = Server::published();
    let before = ["A-001", "A-002", "B-001", "B-002"];
    let after = ["A-001", "A-002", "B-101", "B-102", "B-103"];
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut swapped = false;
                    while !swapped {
                        let grids = server.json("/v1/grids");
                        let codes: Vec<&str> = grids["grids"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|grid| grid["code"].as_str().unwrap())
                            .collect();
                        swapped = codes == after;
                        assert!(swapped || codes == before, "{codes:?}");
                    }
                })
            })
            .collect();
        server.elsewhere(|store| async move { district::publish_second(&*store, district::NOW_MS).await });
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn stopping_ends_the_streams() {
    let mut server = Server::published();
    let mut feed = Feed::open(&server, None);
    server.signal();
    assert!(feed.ended());
    server.join();
}
