//! The Python package: `wangge.open`, `Snapshot.locate`, `Snapshot.locate_batch`. What each promises is said in
//! `python/wangge/__init__.pyi`.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use memmap2::Mmap;
use numpy::{AllowTypeChange, IntoPyArray, PyArray1, PyArrayLike1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};
use wangge::geom::LonLat;
use wangge::geom::datum::Datum;
use wangge::locate::snapshot;

pyo3::create_exception!(
    wangge,
    SnapshotError,
    PyValueError,
    "A file that is no snapshot, of another version, cut short or damaged."
);

/// A jurisdiction that a grid lies in.
#[pyclass(frozen, get_all, module = "wangge")]
struct Jurisdiction {
    level: u8,
    level_name: String,
    code: String,
    name: String,
}

#[pymethods]
impl Jurisdiction {
    fn __repr__(&self) -> String {
        format!("Jurisdiction({} {:?} {:?})", self.level_name, self.code, self.name)
    }
}

/// The grid that owns a place.
#[pyclass(frozen, get_all, module = "wangge")]
struct Owner {
    index: u32,
    grid: String,
    name: String,
    chain: Py<PyTuple>,
    resolution: &'static str,
    edge_distance_m: f64,
}

#[pymethods]
impl Owner {
    fn __repr__(&self) -> String {
        format!(
            "Owner({:?} {:?}, {}, {:.2} m from a border)",
            self.grid, self.name, self.resolution, self.edge_distance_m
        )
    }
}

/// An open snapshot. Any number of threads may use it.
#[pyclass(frozen, module = "wangge")]
struct Snapshot {
    opened: Arc<snapshot::Snapshot<Mmap>>,
    codes: PyOnceLock<Py<PyTuple>>,
}

/// What a batch does about numbers that are no position.
#[derive(Clone, Copy, PartialEq)]
enum Invalid {
    Raise,
    Mark,
}

fn datum(crs: &str) -> PyResult<Datum> {
    Datum::named(crs)
        .ok_or_else(|| PyValueError::new_err(format!("unknown crs {crs:?}: say wgs84, cgcs2000, gcj02 or bd09")))
}

#[pymethods]
impl Snapshot {
    #[getter]
    fn generation(&self) -> &str {
        self.opened.generation()
    }

    /// The codes of the grids, by position.
    #[getter]
    fn codes(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let made = self.codes.get_or_try_init(py, || -> PyResult<_> {
            let grids = (0..self.opened.len() as u32).filter_map(|grid| self.opened.grid(grid));
            let codes: Vec<_> = grids.map(|grid| PyString::new(py, grid.code)).collect();
            Ok(PyTuple::new(py, codes)?.unbind())
        })?;
        Ok(made.clone_ref(py))
    }

    fn __len__(&self) -> usize {
        self.opened.len()
    }

    fn __repr__(&self) -> String {
        format!("Snapshot({:?}, {} grids)", self.opened.generation(), self.opened.len())
    }

    /// The grid that owns a place; None outside all.
    #[pyo3(signature = (lon, lat, crs = "wgs84"))]
    fn locate(&self, py: Python<'_>, lon: f64, lat: f64, crs: &str) -> PyResult<Option<Owner>> {
        let place = datum(crs)?.to_lattice(LonLat { lon_deg: lon, lat_deg: lat });
        let place = place.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let found = self.opened.locate(place).and_then(|owner| Some((owner, self.opened.grid(owner.face)?)));
        let Some((owner, grid)) = found else { return Ok(None) };
        let chain = self.opened.chain(owner.face).map(|node| Jurisdiction {
            level: node.level,
            level_name: node.level_name.to_owned(),
            code: node.code.to_owned(),
            name: node.name.to_owned(),
        });
        let chain = chain.map(|jurisdiction| Py::new(py, jurisdiction)).collect::<PyResult<Vec<_>>>()?;
        Ok(Some(Owner {
            index: owner.face,
            grid: grid.code.to_owned(),
            name: grid.name.to_owned(),
            chain: PyTuple::new(py, chain)?.unbind(),
            resolution: owner.resolution.as_str(),
            // who owns a place has borders
            edge_distance_m: self.opened.edge_distance_m(place).unwrap_or(f64::INFINITY),
        }))
    }

    /// The position of the owning grid for each place.
    #[pyo3(signature = (lons, lats, crs = "wgs84", invalid = "raise"))]
    fn locate_batch<'py>(
        &self,
        py: Python<'py>,
        lons: PyArrayLike1<'py, f64, AllowTypeChange>,
        lats: PyArrayLike1<'py, f64, AllowTypeChange>,
        crs: &str,
        invalid: &str,
    ) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let datum = datum(crs)?;
        let invalid = match invalid {
            "raise" => Invalid::Raise,
            "mark" => Invalid::Mark,
            other => return Err(PyValueError::new_err(format!("invalid is {other:?}: say \"raise\" or \"mark\""))),
        };
        // where they lie, or a copy of what does not lie in one piece
        let (lon_copy, lat_copy);
        let lon_column = if let Ok(column) = lons.as_slice() {
            column
        } else {
            lon_copy = lons.as_array().to_vec();
            &lon_copy[..]
        };
        let lat_column = if let Ok(column) = lats.as_slice() {
            column
        } else {
            lat_copy = lats.as_array().to_vec();
            &lat_copy[..]
        };
        if lon_column.len() != lat_column.len() {
            let (lons, lats) = (lon_column.len(), lat_column.len());
            return Err(PyValueError::new_err(format!("{lons} longitudes and {lats} latitudes: give as many of each")));
        }
        let (grids, none) = py.detach(|| {
            let mut grids = vec![0; lon_column.len()];
            let none = self.opened.locate_columns(datum, lon_column, lat_column, &mut grids);
            (grids, none)
        });
        if let (Some(none), Invalid::Raise) = (none, invalid) {
            return Err(PyValueError::new_err(format!(
                "row {} (from 0): {}; {} rows of {} are no positions, invalid=\"mark\" gives them the grid {}",
                none.first,
                none.reason,
                none.count,
                lon_column.len(),
                snapshot::NO_POSITION
            )));
        }
        Ok(grids.into_pyarray(py))
    }
}

/// Opens a snapshot by mapping its file, and checks every byte of it.
#[pyfunction]
fn open(py: Python<'_>, path: PathBuf) -> PyResult<Snapshot> {
    let shown = path.display().to_string();
    let opened = py.detach(|| -> PyResult<_> {
        let file = File::open(&path).map_err(|error| with_path(&error, &shown))?;
        #[expect(unsafe_code, reason = "a mapped file is memory that others may write to")]
        // SAFETY: callers are asked, in README.md, to replace snapshot files by renaming and never to write into one that is
        // open. The library checks every index against the length of the map at each lookup.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| with_path(&error, &shown))?;
        snapshot::Snapshot::from_bytes(map).map_err(|error| SnapshotError::new_err(format!("{shown}: {error}")))
    })?;
    Ok(Snapshot { opened: Arc::new(opened), codes: PyOnceLock::new() })
}

/// The same error, with the file it is about; Python makes `FileNotFoundError` and its like of it.
fn with_path(error: &std::io::Error, path: &str) -> PyErr {
    std::io::Error::new(error.kind(), format!("{path}: {error}")).into()
}

/// The module `wangge._wangge`.
#[pymodule]
fn _wangge(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Jurisdiction>()?;
    module.add_class::<Owner>()?;
    module.add_class::<Snapshot>()?;
    module.add("SnapshotError", module.py().get_type::<SnapshotError>())?;
    module.add_function(wrap_pyfunction!(open, module)?)
}
