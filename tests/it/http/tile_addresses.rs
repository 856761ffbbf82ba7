//! Tiles asked for in every wrong way: an answer each time, never a fault, and the same tile whatever it is packed in.

use std::io::Read;

use wangge::geom::LatticePoint;
use wangge::tile::TileId;

use super::drafts::office;
use crate::pmtiles_reader::gunzip;

/// Splitmix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.next() as usize % words.len()]
    }
}

const LAYERS: [&str; 10] =
    ["grids", "borders", "atoms", "jurisdictions", "streets", "buildings", "cells", "findings", "Grids", "%67rids"];
const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "7",
    "14",
    "20",
    "21",
    "31",
    "32",
    "63",
    "64",
    "255",
    "256",
    "13698",
    "6695",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "-1",
    "+1",
    "1.0",
    "",
    "%00",
];
const QUERIES: [&str; 16] = [
    "",
    "?",
    "?v=",
    "?v=x",
    "?v=%00",
    "?v=1&v=2",
    "?plan=2",
    "?plan=2&rev=0",
    "?plan=2&rev=1",
    "?plan=2&rev=-1",
    "?plan=",
    "?plan=9223372036854775808",
    "?rev=1",
    "?plan=1",
    "?plan=2&rev=0&rev=1",
    "?generation=1&&&=&%",
];
const ENCODINGS: [&str; 14] = [
    "gzip",
    "br",
    "zstd",
    "identity",
    "*",
    "",
    "gzip;q=0",
    "identity;q=0",
    "*;q=0",
    "gzip;q=nan",
    "br;q=-1",
    "deflate",
    ",,;q=;=,",
    "gzip;q=0, br;q=0.001, zstd;q=1e9",
];
const LOGINS: [&str; 4] = ["anonymous", "planner", "planner-a", "auditor"];

/// A tile amid the district.
fn home() -> TileId {
    TileId::holding(14, LatticePoint::new(1_210_100_000, 310_400_000)).unwrap()
}

#[test]
fn every_address_and_encoding_has_an_answer_that_is_no_fault() {
    let (office, _) = office();
    let mut random = Random(7);
    let home = home();
    let home = [home.z().to_string(), home.x().to_string(), home.y().to_string()];
    let mut seen = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..3_000 {
        let (layer, query) = (random.of(&LAYERS), random.of(&QUERIES));
        let mut any = || random_number(&mut random).to_owned();
        let wild = [any(), any(), any()];
        // every other one where something lies
        let [zoom, x, y] = if random.next().is_multiple_of(2) { home.clone() } else { wild };
        let path = format!("/tiles/{layer}/{zoom}/{x}/{y}{query}");
        let (login, coding) = (random.of(&LOGINS), random.of(&ENCODINGS));
        let answer = office.ask_with(login, "GET", &path, None, &[("accept-encoding", coding)]);
        assert!(
            matches!(answer.status, 200 | 204 | 400 | 401 | 403 | 404 | 406 | 409),
            "{path} {coding:?}: {}",
            answer.status
        );
        if answer.status == 200 {
            assert!(!answer.bytes.is_empty(), "{path}");
        } else if answer.status >= 400 && answer.status != 406 {
            // (packed in what the asker takes; where that is nothing, it is empty)
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        }
        *seen.entry(answer.status).or_default() += 1;
    }
    for status in [200, 204, 400, 403, 404, 406] {
        assert!(seen.contains_key(&status), "{status} was never met: {seen:?}");
    }
}

fn random_number(random: &mut Random) -> &'static str {
    random.of(&NUMBERS)
}

#[test]
fn a_tile_is_the_same_in_every_coding() {
    let (office, plan) = office();
    let id = home();
    for query in [String::new(), format!("?plan={plan}&rev=0")] {
        let ask = |coding: &str| {
            let path = format!("/tiles/grids/{id}{query}");
            let answer = office.ask_with("planner", "GET", &path, None, &[("accept-encoding", coding)]);
            assert_eq!(answer.status, 200, "{path}");
            answer
        };
        let plain = ask("identity").bytes;
        let packed = ask("gzip");
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(gunzip(&packed.bytes) == plain);
        let packed = ask("zstd");
        assert_eq!(packed.header("content-encoding"), "zstd");
        assert!(zstd::decode_all(&*packed.bytes).unwrap() == plain);
        let packed = ask("br");
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&*packed.bytes, 4096).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain);
    }
}
