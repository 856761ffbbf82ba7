//! Any two numbers as a position in GCJ-02 or BD-09: the lattice point is that of the exact inverse, or both refuse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wangge::geom::LonLat;
use wangge::geom::datum::{Datum, bd09_to_wgs84, gcj02_to_wgs84};

fuzz_target!(|given: (f64, f64)| {
    // as they are, and folded into the longitudes and latitudes of the tables
    let folded = (70.0 + given.0.abs() % 70.0, given.1.abs() % 58.0);
    for (lon_deg, lat_deg) in [given, folded] {
        let point = LonLat { lon_deg, lat_deg };
        assert_eq!(Datum::Gcj02.to_lattice(point).ok(), gcj02_to_wgs84(point).snap().ok());
        assert_eq!(Datum::Bd09.to_lattice(point).ok(), bd09_to_wgs84(point).snap().ok());
    }
});
