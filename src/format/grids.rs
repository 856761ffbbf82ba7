//! A layer of grids that stand already, to be adopted as they are.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::Progress;
use super::error::FormatError;
use super::field::Cell;
use super::shape::ShapeReader;
use super::source::{Source, is_feature_id};
use crate::crs::gdal_words;
use crate::crs::{Crs, Transformer};
use crate::geom::MultiPolygon;

/// A file of existing grids and which of its fields mean what. Field names are found in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridSource {
    /// The file: anything [`Source::open`] opens.
    pub path: PathBuf,
    /// The layer; without it, the only one that holds polygons and has the fields.
    pub layer: Option<String>,
    /// The CRS; without it, the one the file states.
    pub crs: Option<Crs>,
    /// The field of grid codes; `fid`, where no field is called so, stands for the feature ids of the format.
    pub code: String,
    /// A field of names.
    pub name: Option<String>,
    /// The field of the code of the jurisdiction above.
    pub parent: Option<String>,
    /// The field that counts households. Nulls stay unknown.
    pub households: Option<String>,
    /// What becomes of a code that stands more than once.
    pub duplicates: DuplicateCodes,
}

/// What becomes of a code that stands more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateCodes {
    /// The file is refused, naming every such code.
    #[default]
    Refuse,
    /// The features become one grid of several parts; households are added up.
    Merge,
}

/// An existing grid.
#[derive(Debug, Clone, PartialEq)]
pub struct ExistingGrid {
    /// Its code, unique in the layer.
    pub code: String,
    /// Its name, where there is one.
    pub name: Option<String>,
    /// The code of the jurisdiction above, where a field gives it.
    pub parent: Option<String>,
    /// Households, where a field counts them.
    pub households: Option<u32>,
    /// Where it lies, WGS 84 on the lattice.
    pub shape: MultiPolygon,
}

/// What was read of a layer of grids.
#[derive(Debug, Clone, PartialEq)]
pub struct GridLayer {
    /// The layer read.
    pub layer: String,
    /// The grids in the order of the file; a merged one stands where its first part stood.
    pub grids: Vec<ExistingGrid>,
    /// Features read.
    pub features: u64,
    /// The CRS the coordinates were read in.
    pub crs: String,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

/// Reads the grids of a file. O(vertices).
///
/// # Errors
/// Whatever [`FormatError`] says: the file, its layer, fields or CRS, single features, codes that are null or stand more
/// than once, parts of one grid under different parents.
pub fn read_grids(source: &GridSource, progress: Progress<'_>) -> Result<GridLayer, FormatError> {
    let optional = [&source.name, &source.parent, &source.households];
    let fields: Vec<&str> = (!is_feature_id(&source.code))
        .then_some(source.code.as_str())
        .into_iter()
        .chain(optional.into_iter().flatten().map(String::as_str))
        .collect();
    let file = Source::open(&source.path)?;
    let mut layer = file.layer(source.layer.as_deref(), &fields)?;
    let (crs, crs_warning) = layer.crs(source.crs.as_ref())?;
    let transformer = Transformer::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let mut shapes = ShapeReader::new(transformer);
    let position = |field: &Option<String>| field.as_deref().map(|field| layer.field(field));
    let (code, name, parent) = (layer.code_field(Some(&source.code)), position(&source.name), position(&source.parent));
    let households = position(&source.households);

    let mut grids: Vec<ExistingGrid> = Vec::new();
    let (mut nulls, mut first_null) = (0, None);
    let (mut first_problem, mut problems) = (None, 0_u64);
    let features = layer.for_each(progress, |number, feature| {
        let text = |index: Option<usize>| index.and_then(|index| Cell::read(feature, index).code());
        let feature_id = || feature.fid().map(|fid| fid.to_string());
        let Some(code) = code.map_or_else(feature_id, |index| text(Some(index))) else {
            nulls += 1;
            first_null.get_or_insert(number);
            return;
        };
        let who = || format!("feature {number} ({code:?})");
        let counted = households.map_or(Ok(None), |index| Cell::read(feature, index).count());
        let read = match (shapes.read(feature.geometry()), counted) {
            (Ok(shape), Ok(households)) => Ok((shape, households)),
            (Err(problem), _) => Err(format!("{} {problem}", who())),
            (_, Err(value)) => {
                let field = source.households.as_deref().unwrap_or_default();
                Err(format!("{} has in field {field:?} {value}: a whole number of 0 or more is needed", who()))
            }
        };
        match read {
            Ok((shape, households)) => {
                grids.push(ExistingGrid { code, name: text(name), parent: text(parent), households, shape });
            }
            Err(problem) => {
                problems += 1;
                first_problem.get_or_insert(problem);
            }
        }
    })?;
    let path = || source.path.clone();
    if let Some(first) = first_problem {
        return Err(FormatError::Features { path: path(), first, more: problems - 1 });
    }
    if let Some(first) = first_null {
        let (field, first) = (source.code.clone(), format!("feature {first}"));
        return Err(FormatError::Nulls { path: path(), field, nulls, features, first });
    }
    let mut warnings: Vec<String> = crs_warning.into_iter().chain(shapes.misplaced()).collect();
    let grids = unique(source, grids, &mut warnings)?;
    if grids.is_empty() {
        return Err(FormatError::Mapping(format!(
            "{}: there is no grid in layer {:?}",
            path().display(),
            layer.info.name
        )));
    }
    gdal_words::forget();
    Ok(GridLayer { layer: layer.info.name.clone(), grids, features, crs: crs.to_string(), warnings })
}

fn unique(
    source: &GridSource,
    grids: Vec<ExistingGrid>,
    warnings: &mut Vec<String>,
) -> Result<Vec<ExistingGrid>, FormatError> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for grid in &grids {
        *times.entry(&grid.code).or_default() += 1;
    }
    let mut codes: Vec<(String, usize)> =
        times.into_iter().filter(|&(_, times)| times > 1).map(|(code, times)| (code.to_owned(), times)).collect();
    if codes.is_empty() {
        return Ok(grids);
    }
    // 56 before 103
    codes.sort_by_cached_key(|(code, _)| (code.parse::<u64>().unwrap_or(u64::MAX), code.clone()));
    if source.duplicates == DuplicateCodes::Refuse {
        let (shown, field) = (codes.len(), source.code.clone());
        let advice = "choose another field with --code, or make grids of several parts with --merge-duplicates";
        return Err(FormatError::Duplicates { path: source.path.clone(), field, codes, shown, advice });
    }
    let named: Vec<String> = codes.iter().map(|(code, times)| format!("{code} ({times} features)")).collect();
    warnings.push(format!("{} grids were merged from several features: {}", codes.len(), named.join(", ")));
    merge(source, grids)
}

fn merge(source: &GridSource, grids: Vec<ExistingGrid>) -> Result<Vec<ExistingGrid>, FormatError> {
    let refuse = |first: String| FormatError::Features { path: source.path.clone(), first, more: 0 };
    let mut merged: Vec<ExistingGrid> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for part in grids {
        let Some(&index) = at.get(&part.code) else {
            at.insert(part.code.clone(), merged.len());
            merged.push(part);
            continue;
        };
        let whole = &mut merged[index];
        if whole.parent != part.parent {
            return Err(refuse(format!(
                "grid {:?} cannot be merged: its features have the parents {:?} and {:?}",
                part.code,
                whole.parent.as_deref().unwrap_or("none"),
                part.parent.as_deref().unwrap_or("none")
            )));
        }
        whole.households = match (whole.households, part.households) {
            (Some(a), Some(b)) => Some(
                a.checked_add(b)
                    .ok_or_else(|| refuse(format!("grid {:?} cannot be merged: too many households", part.code)))?,
            ),
            (a, b) => a.or(b),
        };
        whole.name = whole.name.take().or(part.name);
        whole.shape.0.extend(part.shape.0);
    }
    Ok(merged)
}
