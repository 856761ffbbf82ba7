//! Cuts vector tiles of a partition and times it: `cargo run --release --no-default-features --features measure --bin cut_tiles --
//! grids.ndjson tiles.txt [--out FOLDER] [--rounds N] [--borders] [--by l2,l1]`. One GeoJSON feature a line, with `code` and
//! counts; tiles as `z/x/y` lines. `--by` names properties that shapes of coarser levels share, finest first. With `--out` every
//! tile is written to `FOLDER/z_x_y`.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use serde_json::Value as Json;
use wangge::geom::{LonLat, MultiPolygon, Polygon, Ring};
use wangge::tile::{CoverageBuilder, Field, LeftOut, TileId, TileSource, Value};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Levels can have any name that lives as long as the program.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

struct Arguments {
    shapes: String,
    tiles: String,
    out: Option<String>,
    rounds: u32,
    borders: bool,
    by: Vec<&'static str>,
    fields: Vec<&'static str>,
}

fn arguments() -> Fallible<Arguments> {
    let mut plain = Vec::new();
    let mut found = Arguments {
        shapes: String::new(),
        tiles: String::new(),
        out: None,
        rounds: 5,
        borders: false,
        by: Vec::new(),
        fields: vec!["code", "l2", "l1", "households", "population"],
    };
    let list = |text: String| text.split(',').filter(|word| !word.is_empty()).map(leak).collect();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut next = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--out" => found.out = Some(next()?),
            "--rounds" => found.rounds = next()?.parse()?,
            "--borders" => found.borders = true,
            "--by" => found.by = list(next()?),
            "--fields" => found.fields = list(next()?),
            _ => plain.push(word),
        }
    }
    let [shapes, tiles] = plain.try_into().map_err(|_| "cut_tiles SHAPES.ndjson TILES.txt")?;
    Ok(Arguments { shapes, tiles, ..found })
}

fn ring(json: &Json) -> Fallible<Ring> {
    let point = |json: &Json| -> Fallible<_> {
        let number = |i: usize| json[i].as_f64().ok_or("a coordinate is no number");
        Ok(LonLat { lon_deg: number(0)?, lat_deg: number(1)? }.snap()?)
    };
    let points = json.as_array().ok_or("a ring is no list")?;
    Ok(Ring::new(points.iter().map(point).collect::<Fallible<_>>()?))
}

fn polygon(json: &Json) -> Fallible<Polygon> {
    let rings = json.as_array().ok_or("a polygon is no list")?;
    let mut rings = rings.iter().map(ring).collect::<Fallible<Vec<_>>>()?;
    Ok(Polygon { exterior: rings.remove(0), holes: rings })
}

fn shape(json: &Json) -> Fallible<MultiPolygon> {
    let coordinates = &json["coordinates"];
    Ok(MultiPolygon(match json["type"].as_str() {
        Some("Polygon") => vec![polygon(coordinates)?],
        Some("MultiPolygon") => {
            coordinates.as_array().ok_or("no list")?.iter().map(polygon).collect::<Fallible<_>>()?
        }
        other => return Err(format!("{other:?} is no shape").into()),
    }))
}

fn value(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => number.as_u64().map_or(Value::Absent, Value::from),
        _ => Value::Absent,
    }
}

/// CPU seconds of the process so far.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() -> Fallible<()> {
    let asked = arguments()?;
    let fields: Vec<Field> = asked.fields.iter().map(|&name| Field::text(name, "as in the file")).collect();
    let mut builder = CoverageBuilder::new("grids", "grid", fields);
    let text = std::fs::read_to_string(&asked.shapes)?;
    let mut groups: Vec<HashMap<String, u32>> = vec![HashMap::new(); asked.by.len()];
    let mut parents: Vec<Vec<u32>> = vec![Vec::new(); asked.by.len()];
    let mut count = 0;
    for (number, line) in text.lines().enumerate() {
        let feature: Json = serde_json::from_str(line)?;
        let properties = &feature["properties"];
        let id = feature["id"].as_u64().unwrap_or(number as u64 + 1);
        let values = asked.fields.iter().map(|&name| value(&properties[name])).collect();
        builder.shape(id, values, &shape(&feature["geometry"])?);
        let mut below = number as u32;
        for (level, name) in asked.by.iter().enumerate() {
            let key = properties[name].to_string();
            let groups = &mut groups[level];
            let fresh = groups.len() as u32;
            let group = *groups.entry(key).or_insert(fresh);
            if parents[level].len() == below as usize {
                parents[level].push(group);
            }
            below = group;
        }
        count += 1;
    }
    drop(text);
    for (level, name) in asked.by.iter().enumerate() {
        let mut named: Vec<(&String, &u32)> = groups[level].iter().collect();
        named.sort_unstable_by_key(|group| group.1);
        let values = |key: &str| {
            let own = Value::from(key.trim_matches('"'));
            let rest = asked.fields.iter().skip(1).map(|_| Value::Absent);
            std::iter::once(own).chain(rest).collect::<Vec<_>>()
        };
        let features = named.iter().map(|(key, number)| (u64::from(**number) + 1, values(key))).collect();
        builder.level(name, features, std::mem::take(&mut parents[level]))?;
    }
    println!("read {count} shapes, {:.1} CPU s, peak {} MB", cpu_s(), peak_mb());
    let (started, cpu) = (Instant::now(), cpu_s());
    let coverage = builder.build()?;
    println!(
        "built in {:.2} s, {:.2} CPU s; {:.1} MB held, peak {} MB; levels by zoom {:?}",
        started.elapsed().as_secs_f64(),
        cpu_s() - cpu,
        coverage.bytes() as f64 / 1e6,
        peak_mb(),
        (0..=20).map(|zoom| coverage.level_at(zoom)).collect::<Vec<_>>()
    );
    let layers = if asked.borders { vec![coverage.borders("borders")] } else { vec![coverage.shapes()] };
    let source = TileSource::new(layers);
    let mut by_zoom: BTreeMap<u8, Vec<(f64, usize)>> = BTreeMap::new();
    if let Some(folder) = &asked.out {
        std::fs::create_dir_all(folder)?;
    }
    for line in std::fs::read_to_string(&asked.tiles)?.lines() {
        let parts = line.split('/').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
        let tile = TileId::new(parts[0] as u8, parts[1], parts[2])?;
        let cut = source.cut(tile);
        if cut.left_out.iter().any(|(_, what)| *what != LeftOut::Nothing) {
            println!("{line}: left out {:?}", cut.left_out);
        }
        let mut best_ms = f64::MAX;
        for _ in 0..asked.rounds {
            let started = Instant::now();
            black_box(source.tile(tile));
            best_ms = best_ms.min(started.elapsed().as_secs_f64() * 1e3);
        }
        by_zoom.entry(tile.z()).or_default().push((best_ms, cut.bytes.len()));
        if let Some(folder) = &asked.out {
            std::fs::write(format!("{folder}/{}", line.replace('/', "_")), &cut.bytes)?;
        }
    }
    let (mut tiles, mut ms, mut bytes) = (0, 0.0, 0);
    for (zoom, found) in &by_zoom {
        let sum: f64 = found.iter().map(|tile| tile.0).sum();
        let size: usize = found.iter().map(|tile| tile.1).sum();
        println!(
            "z{zoom}: {} tiles, {:.3} ms mean, {:.1} KB mean, {:.1} KB largest",
            found.len(),
            sum / found.len() as f64,
            size as f64 / 1024.0 / found.len() as f64,
            found.iter().map(|tile| tile.1).max().unwrap_or(0) as f64 / 1024.0
        );
        (tiles, ms, bytes) = (tiles + found.len(), ms + sum, bytes + size);
    }
    let mean = |sum: f64| sum / tiles.max(1) as f64;
    println!(
        "all: {tiles} tiles, {:.3} ms mean, {:.1} KB mean, peak {} MB",
        mean(ms),
        mean(bytes as f64 / 1024.0),
        peak_mb()
    );
    Ok(())
}
