//! The coordinate systems of Chinese map services, by formula: GCJ-02 and BD-09, to and from WGS 84.
//!
//! Both are obfuscations, not datums: WGS 84 moved by a smooth field of 0.3 to 0.7 km. The formula is the one that has been
//! public since 2013 (as in the open-source projects `eviltransform`, `gcoord` and `coordtransform`, which agree). What the
//! services themselves give for 664 cities lies a constant 0.48 m east and 0.47 m north of it, give or take 0.016 m.
//!
//! There is **no out-of-China box**: the field is applied wherever the point lies, because the boxes in use disagree with
//! each other and swallow neighbouring countries. Whoever says "these coordinates are GCJ-02" is believed.
//!
//! The inverses iterate until the forward formula gives the input back, to better than 1e-9 degree (0.1 mm). Only pure
//! arithmetic here: a coordinate that is not finite gives one that is not finite.

mod quick;

use std::f64::consts::PI;

use super::LonLat;

pub use quick::Datum;

/// Semi-major axis of the Krasovsky 1940 ellipsoid in metres, as the public formula has it.
const KRASOVSKY_SEMI_MAJOR_M: f64 = 6_378_245.0;
/// First eccentricity squared of the Krasovsky 1940 ellipsoid, with the digits of the public formula.
const KRASOVSKY_ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;
/// The angle scale of BD-09.
const BD_SCALE: f64 = PI * 3000.0 / 180.0;
/// BD-09's constant shift east, in degrees.
const BD_EAST_DEG: f64 = 0.0065;
/// BD-09's constant shift north, in degrees.
const BD_NORTH_DEG: f64 = 0.006;
/// Where the inverse stops: a hundredth of the 1e-9 degree it promises.
const INVERSE_STEP_DEG: f64 = 1e-11;
/// A bound on the iterations; inside China at most six are used.
const INVERSE_STEPS: usize = 30;

/// WGS 84 to GCJ-02 (火星坐标), the system of AMap, Tencent and Google's map of China.
pub fn wgs84_to_gcj02(point: LonLat) -> LonLat {
    let (x, y) = (point.lon_deg - 105.0, point.lat_deg - 35.0);
    let ripple = 20.0 * (6.0 * PI * x).sin() + 20.0 * (2.0 * PI * x).sin();
    let waves = |u: f64, long: f64, longest: f64, third: f64| {
        ripple
            + 20.0 * (PI * u).sin()
            + 40.0 * (PI * u / 3.0).sin()
            + long * (PI * u / 12.0).sin()
            + longest * (PI * u / third).sin()
    };
    let root = x.abs().sqrt();
    let north_m =
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves(y, 160.0, 320.0, 30.0) * 2.0 / 3.0;
    let east_m =
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves(x, 150.0, 300.0, 30.0) * 2.0 / 3.0;
    let (sin, cos) = point.lat_deg.to_radians().sin_cos();
    let magic = 1.0 - KRASOVSKY_ECCENTRICITY_2 * sin * sin;
    let meridian_m = KRASOVSKY_SEMI_MAJOR_M * (1.0 - KRASOVSKY_ECCENTRICITY_2) / (magic * magic.sqrt());
    let parallel_m = KRASOVSKY_SEMI_MAJOR_M / magic.sqrt() * cos;
    LonLat {
        lon_deg: point.lon_deg + (east_m / parallel_m).to_degrees(),
        lat_deg: point.lat_deg + (north_m / meridian_m).to_degrees(),
    }
}

/// GCJ-02 to WGS 84, exact: the point whose GCJ-02 is the input, within 1e-9 degree.
pub fn gcj02_to_wgs84(point: LonLat) -> LonLat {
    invert(wgs84_to_gcj02, point, point)
}

/// GCJ-02 to BD-09, the system of Baidu.
pub fn gcj02_to_bd09(point: LonLat) -> LonLat {
    let LonLat { lon_deg: x, lat_deg: y } = point;
    let radius = x.hypot(y) + 0.000_02 * (y * BD_SCALE).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * BD_SCALE).cos();
    LonLat { lon_deg: radius * angle.cos() + BD_EAST_DEG, lat_deg: radius * angle.sin() + BD_NORTH_DEG }
}

/// BD-09 to GCJ-02, exact: the point whose BD-09 is the input, within 1e-9 degree.
pub fn bd09_to_gcj02(point: LonLat) -> LonLat {
    invert(gcj02_to_bd09, point, bd09_to_gcj02_one_pass(point))
}

/// WGS 84 to BD-09, by way of GCJ-02.
pub fn wgs84_to_bd09(point: LonLat) -> LonLat {
    gcj02_to_bd09(wgs84_to_gcj02(point))
}

/// BD-09 to WGS 84, by way of GCJ-02; exact as both steps are.
pub fn bd09_to_wgs84(point: LonLat) -> LonLat {
    gcj02_to_wgs84(bd09_to_gcj02(point))
}

/// The inverse in common use, off by up to 0.22 m: a start for the exact one.
fn bd09_to_gcj02_one_pass(point: LonLat) -> LonLat {
    let (x, y) = (point.lon_deg - BD_EAST_DEG, point.lat_deg - BD_NORTH_DEG);
    let radius = x.hypot(y) - 0.000_02 * (y * BD_SCALE).sin();
    let angle = y.atan2(x) - 0.000_003 * (x * BD_SCALE).cos();
    LonLat { lon_deg: radius * angle.cos(), lat_deg: radius * angle.sin() }
}

/// Fixed-point iteration `w ← w − (forward(w) − target)`: the field is nearly constant over the shift, so each step
/// gains two to three digits.
fn invert(forward: impl Fn(LonLat) -> LonLat, target: LonLat, start: LonLat) -> LonLat {
    let mut at = start;
    for _ in 0..INVERSE_STEPS {
        let image = forward(at);
        let (lon_step, lat_step) = (image.lon_deg - target.lon_deg, image.lat_deg - target.lat_deg);
        at = LonLat { lon_deg: at.lon_deg - lon_step, lat_deg: at.lat_deg - lat_step };
        if lon_step.abs() < INVERSE_STEP_DEG && lat_step.abs() < INVERSE_STEP_DEG {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon_deg: f64, lat_deg: f64) -> LonLat {
        LonLat { lon_deg, lat_deg }
    }

    fn close(got: LonLat, want: LonLat, tolerance_deg: f64) {
        let off = (got.lon_deg - want.lon_deg).abs().max((got.lat_deg - want.lat_deg).abs());
        assert!(off <= tolerance_deg, "{got:?} is {off:e} degree from {want:?}");
    }

    const TIANANMEN: LonLat = LonLat { lon_deg: 116.404, lat_deg: 39.915 };

    #[test]
    fn wgs84_to_gcj02_gives_the_published_vectors() {
        for (from, to) in [
            (TIANANMEN, at(116.410_244_499_169_38, 39.916_404_281_501_64)),
            (at(121.527_210_6, 31.177_427_6), at(121.531_541_859_215, 31.175_303_983_645_97)),
            (at(113.912_316, 22.543_847), at(113.917_176_480_836_3, 22.540_796_131_694_766)),
            (at(116.377_817, 39.911_954), at(116.384_047_224_556_57, 39.913_345_455_360_69)),
        ] {
            close(wgs84_to_gcj02(from), to, 1e-12);
        }
    }

    #[test]
    fn the_inverse_of_gcj02_is_the_exact_one_and_not_the_one_step_guess() {
        let exact = gcj02_to_wgs84(TIANANMEN);
        close(exact, at(116.397_755_754_57, 39.913_596_235_61), 1e-11);
        // once the forward shift taken off, as much software does
        let shifted = wgs84_to_gcj02(TIANANMEN);
        let one_step = at(2.0 * TIANANMEN.lon_deg - shifted.lon_deg, 2.0 * TIANANMEN.lat_deg - shifted.lat_deg);
        close(one_step, at(116.397_755_500_830_61, 39.913_595_718_498_36), 1e-12);
        assert!((exact.lon_deg - one_step.lon_deg).abs() > 1e-7);
    }

    #[test]
    fn a_million_points_in_china_come_back_from_gcj02_within_a_tenth_of_a_millimetre() {
        let mut worst_m = 0.0_f64;
        for i in 0..1_000_000_u32 {
            // spread evenly, by the plastic number
            let along = |step: f64| (f64::from(i) * step).fract();
            let lat_deg = 3.0 + 51.0 * along(0.569_840_290_998_053_2);
            let point = at(73.0 + 63.0 * along(0.754_877_666_246_692_7), lat_deg);
            let back = gcj02_to_wgs84(wgs84_to_gcj02(point));
            let east_m = (back.lon_deg - point.lon_deg).to_radians() * lat_deg.to_radians().cos() * 6_378_137.0;
            let north_m = (back.lat_deg - point.lat_deg).to_radians() * 6_378_137.0;
            worst_m = worst_m.max(east_m.hypot(north_m));
        }
        assert!(worst_m <= 1e-4, "{worst_m} m");
    }

    #[test]
    fn bd09_gives_the_published_vectors() {
        close(gcj02_to_bd09(TIANANMEN), at(116.410_369_493_710_29, 39.921_336_993_510_21), 1e-12);
        close(bd09_to_gcj02_one_pass(TIANANMEN), at(116.397_627_291_193_15, 39.908_656_739_576_31), 1e-12);
        // the exact inverse lies within the error of the one-pass one
        close(bd09_to_gcj02(TIANANMEN), bd09_to_gcj02_one_pass(TIANANMEN), 2.5e-6);
    }

    #[test]
    fn what_is_not_finite_stays_so_and_nothing_hangs() {
        assert!(gcj02_to_wgs84(at(f64::NAN, 30.0)).lon_deg.is_nan());
        assert!(bd09_to_wgs84(at(f64::INFINITY, 30.0)).lon_deg.is_nan());
        let _ = gcj02_to_wgs84(at(0.0, 90.0));
    }

    proptest::proptest! {
        #[test]
        fn there_and_back_in_china_is_within_a_tenth_of_a_millimetre(lon in 73.0..136.0_f64, lat in 3.0..54.0_f64) {
            const TENTH_MM_DEG: f64 = 9e-10; // 0.1 mm of latitude; less on a parallel
            let point = at(lon, lat);
            for back in [
                gcj02_to_wgs84(wgs84_to_gcj02(point)),
                wgs84_to_gcj02(gcj02_to_wgs84(point)),
                bd09_to_gcj02(gcj02_to_bd09(point)),
                gcj02_to_bd09(bd09_to_gcj02(point)),
                bd09_to_wgs84(wgs84_to_bd09(point)),
            ] {
                proptest::prop_assert!((back.lon_deg - lon).abs() < TENTH_MM_DEG && (back.lat_deg - lat).abs() < TENTH_MM_DEG);
            }
        }

        #[test]
        fn the_shift_in_china_is_never_over_a_kilometre(lon in 73.66..135.05_f64, lat in 18.0..53.55_f64) {
            let shifted = wgs84_to_gcj02(at(lon, lat));
            let (dx, dy) = ((shifted.lon_deg - lon) * lat.to_radians().cos(), shifted.lat_deg - lat);
            proptest::prop_assert!(dx.hypot(dy) * 111_320.0 < 1000.0);
        }
    }
}
