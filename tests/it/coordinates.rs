//! The coordinates of 664 cities as map services gave them, beside ours by formula.

use wangge::crs::{Crs, Transformer};
use wangge::geom::LonLat;
use wangge::geom::datum::{Datum, gcj02_to_bd09, wgs84_to_bd09, wgs84_to_gcj02};

use crate::real_data::real;

/// Metres east and north from one position to another nearby.
fn metres(from: LonLat, to: LonLat) -> (f64, f64) {
    let metre_of = |degrees: f64| degrees.to_radians() * 6_378_137.0;
    let east_m = metre_of(to.lon_deg - from.lon_deg) * from.lat_deg.to_radians().cos();
    (east_m, metre_of(to.lat_deg - from.lat_deg))
}

/// Mean and standard deviation.
fn spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    (mean, (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
}

#[test]
fn the_cities_of_china_lie_where_the_map_services_say_to_within_a_constant() {
    let Some(path) = real("china_cities_wgs84_gcj02_bd09.json") else { return };
    let cities: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cities.len(), 664);
    let at = |city: &serde_json::Value, datum: &str| {
        let pair = &city["coords"][datum];
        LonLat { lon_deg: pair[0].as_f64().unwrap(), lat_deg: pair[1].as_f64().unwrap() }
    };
    // what the service gives, less ours
    let off = |ours: fn(LonLat) -> LonLat, from: &str, to: &str| -> Vec<(f64, f64)> {
        cities.iter().map(|city| metres(ours(at(city, from)), at(city, to))).collect()
    };
    for (off, constant_m, most_m, spread_m) in [
        (off(wgs84_to_gcj02, "WGS84", "GCJ02"), (0.48, 0.47), 0.8, 0.02),
        (off(wgs84_to_bd09, "WGS84", "BD09"), (0.48, 0.47), 0.8, 0.02),
        (off(gcj02_to_bd09, "GCJ02", "BD09"), (0.0, 0.0), 0.05, 0.02),
    ] {
        let worst = off.iter().map(|off| off.0.hypot(off.1)).fold(0.0, f64::max);
        let (east, north) = (spread(off.iter().map(|off| off.0)), spread(off.iter().map(|off| off.1)));
        let told = format!("worst {worst:.3} m, east {east:.3?}, north {north:.3?}");
        assert!(worst <= most_m, "{told}");
        assert!((east.0 - constant_m.0).abs() < 0.03 && (north.0 - constant_m.1).abs() < 0.03, "{told}");
        assert!(east.1 < spread_m && north.1 < spread_m, "{told}");
    }
    // and the way back: the lattice point of each position, by the room that the service asks
    for (datum, crs, name) in [(Datum::Gcj02, Crs::Gcj02, "GCJ02"), (Datum::Bd09, Crs::Bd09, "BD09")] {
        let transformer = Transformer::new(&crs).unwrap();
        for city in &cities {
            let given = at(city, name);
            let back = transformer.convert_point(given.lon_deg, given.lat_deg).unwrap();
            let (east_m, north_m) = metres(at(city, "WGS84"), back);
            assert!(east_m.hypot(north_m) <= 0.8, "{}: {east_m} m east, {north_m} m north", city["attrs"]["name"]);
            assert_eq!(datum.to_lattice(given), back.snap());
        }
    }
}
