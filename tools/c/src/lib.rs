//! The C interface: open a snapshot (`.wgs`), ask which grid owns a place, by ones or by columns.
//!
//! `include/wangge.h` is the same by hand and says what each function promises; `tests/locate.c` is compiled against it. Here
//! is where foreign pointers are met, and nowhere else: each function checks what it is given, turns it into what Rust
//! knows, and calls the library. Nothing panics into C.
#![expect(unsafe_code, reason = "an interface for C takes pointers")]

mod fault;

use std::ffi::{CStr, c_char};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fault::{Fault, remember};
use memmap2::Mmap;
use wangge::geom::datum::Datum;
use wangge::geom::{LatticePoint, LonLat};
use wangge::locate::Resolution;
use wangge::locate::snapshot::{Grid, Snapshot};

/// An open snapshot, `wangge_snapshot` of the header.
#[derive(Debug)]
pub struct Opened(Snapshot<Mmap>);

/// `WANGGE_FOUND` of the header.
const FOUND: i32 = 0;
/// `WANGGE_OUTSIDE` of the header.
const OUTSIDE: i32 = 1;
/// `WANGGE_ERROR` of the header.
const ERROR: i32 = -1;

/// `wangge_owner` of the header.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Owner {
    /// The position of the grid.
    pub grid: u32,
    /// 0 inside the grid, 1 on a border.
    pub on_border: u32,
}

/// Runs a body that may fail; its fault, or a panic, is kept for [`wangge_last_error`] and answered by `failed`.
fn answered<T>(failed: T, body: impl FnOnce() -> Result<T, Fault>) -> T {
    let fault = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(answer)) => return answer,
        Ok(Err(fault)) => fault,
        Err(_) => Fault::Panic,
    };
    remember(&fault);
    failed
}

fn datum(crs: i32) -> Result<Datum, Fault> {
    Ok(match crs {
        0 => Datum::Wgs84,
        1 => Datum::Gcj02,
        2 => Datum::Bd09,
        crs => return Err(Fault::Crs { crs }),
    })
}

fn onto(crs: i32, lon_deg: f64, lat_deg: f64) -> Result<LatticePoint, Fault> {
    datum(crs)?.to_lattice(LonLat { lon_deg, lat_deg }).map_err(Fault::Coordinate)
}

fn open(path: &CStr) -> Result<Snapshot<Mmap>, Fault> {
    let path = path.to_str().map_err(|_| Fault::Path { given: path.to_string_lossy().into_owned() })?;
    let io = |error| Fault::Io { path: path.to_owned(), error };
    let file = File::open(path).map_err(io)?;
    // SAFETY: the header asks callers to replace snapshot files by renaming and never to write into one that is open. The
    // library checks every index against the length of the map at each lookup.
    let map = unsafe { Mmap::map(&file) }.map_err(io)?;
    Snapshot::from_bytes(map).map_err(|error| Fault::Snapshot { path: path.to_owned(), error })
}

/// Opens a snapshot; null on failure.
///
/// # Safety
/// `path` is null or a string that ends in a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_open(path: *const c_char) -> *mut Opened {
    answered(std::ptr::null_mut(), || {
        if path.is_null() {
            return Err(Fault::Null { what: "path" });
        }
        // SAFETY: not null, and ended by a zero byte as the caller promises.
        let path = unsafe { CStr::from_ptr(path) };
        Ok(Box::into_raw(Box::new(Opened(open(path)?))))
    })
}

/// Closes a snapshot; null is allowed.
///
/// # Safety
/// `snapshot` is null or came from [`wangge_open`], is not closed yet, and nobody uses it now or later.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_close(snapshot: *mut Opened) {
    if !snapshot.is_null() {
        // SAFETY: made by Box::into_raw in wangge_open, and given back once.
        drop(unsafe { Box::from_raw(snapshot) });
    }
}

/// The snapshot behind a pointer.
///
/// # Safety
/// `snapshot` is null or an open snapshot.
unsafe fn opened<'a>(snapshot: *const Opened) -> Result<&'a Snapshot<Mmap>, Fault> {
    // SAFETY: null, or made by wangge_open and not closed, as the caller promises.
    unsafe { snapshot.as_ref() }.map(|opened| &opened.0).ok_or(Fault::Null { what: "snapshot" })
}

/// How many grids; 0 for null.
///
/// # Safety
/// `snapshot` is null or an open snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_grid_count(snapshot: *const Opened) -> usize {
    // SAFETY: as the caller promises.
    answered(0, || Ok(unsafe { opened(snapshot) }?.len()))
}

/// The owner of one place.
///
/// # Safety
/// `snapshot` is null or an open snapshot, `owner` null or a place to write to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_locate(
    snapshot: *const Opened,
    crs: i32,
    lon_deg: f64,
    lat_deg: f64,
    owner: *mut Owner,
) -> i32 {
    answered(ERROR, || {
        // SAFETY: as the caller promises.
        let snapshot = unsafe { opened(snapshot) }?;
        // SAFETY: null, or a place that the caller lets us write to.
        let place = unsafe { owner.as_mut() }.ok_or(Fault::Null { what: "owner" })?;
        let Some(found) = snapshot.locate(onto(crs, lon_deg, lat_deg)?) else { return Ok(OUTSIDE) };
        *place = Owner { grid: found.face, on_border: u32::from(found.resolution == Resolution::EdgeTie) };
        Ok(FOUND)
    })
}

/// The owners of many places: how many rows are no positions, or -1 for a fault.
///
/// # Safety
/// `snapshot` is null or an open snapshot. `lons` and `lats` are null or hold `count` numbers, `grids` is null or has room
/// for `count`, apart from both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_locate_batch(
    snapshot: *const Opened,
    crs: i32,
    lons: *const f64,
    lats: *const f64,
    count: usize,
    grids: *mut i32,
) -> i64 {
    answered(-1, || {
        // SAFETY: as the caller promises.
        let snapshot = unsafe { opened(snapshot) }?;
        let datum = datum(crs)?;
        if count == 0 {
            return Ok(0);
        }
        if lons.is_null() || lats.is_null() || grids.is_null() {
            return Err(Fault::Null { what: "lons, lats or grids" });
        }
        if count > isize::MAX as usize / size_of::<f64>() {
            return Err(Fault::Count { count });
        }
        // SAFETY: not null, `count` numbers each as the caller promises, fewer than memory can hold.
        let (lons, lats) =
            unsafe { (std::slice::from_raw_parts(lons, count), std::slice::from_raw_parts(lats, count)) };
        // SAFETY: the same, and nobody else looks at it meanwhile. It may not have been written to before: zeros first.
        let grids = unsafe {
            grids.write_bytes(0, count);
            std::slice::from_raw_parts_mut(grids, count)
        };
        let none = snapshot.locate_columns(datum, lons, lats, grids);
        if let Some(none) = &none {
            remember(&Fault::Row { row: none.first, reason: none.reason });
        }
        Ok(none.map_or(0, |none| none.count as i64))
    })
}

/// Metres from a place to the nearest border; negative on failure, infinite where there is none.
///
/// # Safety
/// `snapshot` is null or an open snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_edge_distance_m(snapshot: *const Opened, crs: i32, lon_deg: f64, lat_deg: f64) -> f64 {
    answered(-1.0, || {
        // SAFETY: as the caller promises.
        let snapshot = unsafe { opened(snapshot) }?;
        Ok(snapshot.edge_distance_m(onto(crs, lon_deg, lat_deg)?).unwrap_or(f64::INFINITY))
    })
}

/// A text of a grid: where it begins, and its length.
///
/// # Safety
/// `snapshot` is null or an open snapshot, `length` null or a place to write to.
unsafe fn text_of(
    snapshot: *const Opened,
    grid: u32,
    length: *mut usize,
    which: for<'a> fn(&Grid<'a>) -> &'a str,
) -> *const c_char {
    answered(std::ptr::null(), || {
        // SAFETY: as the caller promises.
        let snapshot = unsafe { opened(snapshot) }?;
        // SAFETY: null, or a place that the caller lets us write to.
        let length = unsafe { length.as_mut() }.ok_or(Fault::Null { what: "length" })?;
        let row = snapshot.grid(grid).ok_or(Fault::Grid { grid, grids: snapshot.len() })?;
        let text = which(&row);
        *length = text.len();
        Ok(text.as_ptr().cast())
    })
}

/// The code of a grid.
///
/// # Safety
/// As [`text_of`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_grid_code(snapshot: *const Opened, grid: u32, length: *mut usize) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { text_of(snapshot, grid, length, |grid| grid.code) }
}

/// The name of a grid.
///
/// # Safety
/// As [`text_of`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wangge_grid_name(snapshot: *const Opened, grid: u32, length: *mut usize) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { text_of(snapshot, grid, length, |grid| grid.name) }
}

/// What went wrong last on this thread; an empty string where nothing did.
#[unsafe(no_mangle)]
pub extern "C" fn wangge_last_error() -> *const c_char {
    fault::last()
}
