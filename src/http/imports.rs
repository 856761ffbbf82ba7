//! `POST /v1/imports`, `GET` and `DELETE /v1/jobs/{id}`: an uploaded file is looked at or brought in, as a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::TessellateRequest;
use crate::app::serve::{App, Done, ImportOrder, Job, JobState, Sampled, SampledShape};
use crate::atom::LineClass;
use crate::crs::Crs;
use crate::format::{AddressSource, AtomSource, InputSource, LinkSource, NullHouseholds};
use crate::topology::{Crossings, Mending, Overlaps};

use super::access::Asker;
use super::body::Body;
use super::error::Problem;
use super::guard::RequestId;
use super::params::Segments;
use super::wire::{Box4, MultiPolygon, spot};

/// What to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportBody {
    /// Id of the upload.
    upload: String,
    /// `atoms`, `streets`, `buildings`, `jurisdictions`, `landuse`, `totals`, `links` or `addresses`.
    #[serde(rename = "as")]
    #[schema(example = "buildings")]
    kind: String,
    /// The layer; the only one that fits when absent.
    layer: Option<String>,
    /// The CRS, where the file states none or a wrong one: `EPSG:n`, `wgs84`, `cgcs2000`, `gcj02` or `bd09`.
    #[schema(example = "EPSG:4490")]
    crs: Option<String>,
    /// Which fields mean what.
    #[serde(default)]
    fields: Fields,
    /// Of atoms: what an empty count means: `uninhabited`, `unknown` or `error` (refuse the file; the default).
    null_households: Option<String>,
    /// Of atoms: `refuse` (the default), or `smaller_code`: overlaps beyond the tolerance go to the smaller code.
    overlaps: Option<String>,
    /// Of atoms: `refuse` (the default), or `keep`: a shape that crosses itself keeps all its loops.
    crossings: Option<String>,
    /// Of streets: what all lines are: `river`, `rail`, `arterial`, `street`, `path` or `wall`.
    class_is: Option<String>,
    /// Of jurisdictions: what their level is called; `community` when absent.
    level: Option<String>,
    /// Only read it and say what would be kept.
    #[serde(default)]
    preview: bool,
}

/// Names of fields.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    /// Codes, each once; the numbers of the features when absent.
    id: Option<String>,
    /// A name or an address to show.
    name: Option<String>,
    /// Households (户数).
    households: Option<String>,
    /// Persons (人口).
    population: Option<String>,
    /// What a street, building or piece of land is.
    class: Option<String>,
    /// Storeys of a building (层数).
    levels: Option<String>,
    /// Units or stairs of a building (单元数).
    units: Option<String>,
    /// The compound of a building (小区).
    compound: Option<String>,
    /// The number of a building (楼号).
    number: Option<String>,
    /// The address of a building; of addresses: the whole address.
    address: Option<String>,
    /// Of addresses: the street.
    street: Option<String>,
    /// Of addresses: the unit (单元).
    unit: Option<String>,
    /// Of addresses: what stands above a street: a district, a village.
    place: Option<String>,
    /// Of jurisdictions: the code of the one above.
    parent: Option<String>,
    /// Of atoms: codes of the jurisdictions they nest in.
    jurisdiction: Vec<String>,
    /// Of atoms: their names, in the same order, or none.
    jurisdiction_name: Vec<String>,
    /// Of atoms: the name or number of the exclusive grid (专属网格), or yes for one of its own.
    exclusive: Option<String>,
    /// Of atoms: a name; those with the same one are never divided between grids.
    together: Option<String>,
    /// Of atoms: a name; those with the same one lie in different grids.
    apart: Option<String>,
    /// Of links: the code of the atom at one end. Without this and `to`, lines are taken whose ends lie in atoms.
    from: Option<String>,
    /// Of links: the code of the atom at the other end.
    to: Option<String>,
    /// Of links: `bridge`, `ferry` or `underpass`; bridge where it is blank.
    kind: Option<String>,
}

impl Fields {
    /// Fields that only another kind has are refused.
    fn fit(&self, kind: &str) -> Result<(), Problem> {
        if kind != "atoms" {
            if !self.jurisdiction.is_empty() {
                let words = "jurisdiction is for atoms: import jurisdictions of their own, as jurisdictions";
                return Err(Problem::field("fields", words));
            }
            if [&self.exclusive, &self.together, &self.apart].into_iter().any(Option::is_some) {
                return Err(Problem::field("fields", "exclusive, together and apart are for atoms"));
            }
        }
        if kind != "addresses" && [&self.street, &self.unit, &self.place].into_iter().any(Option::is_some) {
            return Err(Problem::field("fields", "street, unit and place are for addresses"));
        }
        if kind != "links" && [&self.from, &self.to, &self.kind].into_iter().any(Option::is_some) {
            return Err(Problem::field("fields", "from, to and kind are for links"));
        }
        Ok(())
    }
}

impl ImportBody {
    fn order(self) -> Result<(String, ImportOrder, bool), Problem> {
        let Self { upload, kind, layer, crs, fields, null_households, overlaps, crossings, class_is, level, preview } =
            self;
        let crs: Option<Crs> = crs
            .map(|given| given.parse().map_err(|error: crate::crs::CrsError| Problem::field("crs", error.to_string())))
            .transpose()?;
        fields.fit(&kind)?;
        if kind == "links" {
            let Fields { from, to, kind, name, .. } = fields;
            let source = LinkSource { layer, crs, from, to, kind, name, ..LinkSource::default() };
            return Ok((upload, ImportOrder::Links { source }, preview));
        }
        if kind == "addresses" {
            let Fields { address, street, compound, number, unit, place, .. } = fields;
            let source = AddressSource {
                layer,
                crs,
                address,
                street,
                compound,
                number,
                unit,
                place,
                ..AddressSource::default()
            };
            return Ok((upload, ImportOrder::Addresses { source }, preview));
        }
        if kind == "atoms" {
            if fields.households.is_none() && fields.population.is_none() {
                let words = "say which field counts households (fields.households) or persons (fields.population)";
                return Err(Problem::field("fields", words));
            }
            let null_households: Option<NullHouseholds> = null_households
                .map(|given| given.parse().map_err(|words: String| Problem::field("null_households", words)))
                .transpose()?;
            let overlaps = match overlaps.as_deref() {
                None | Some("refuse") => Overlaps::Refuse,
                Some("smaller_code") => Overlaps::SmallerCode,
                Some(_) => return Err(Problem::field("overlaps", "overlaps is refuse or smaller_code")),
            };
            let crossings = match crossings.as_deref() {
                None | Some("refuse") => Crossings::Refuse,
                Some("keep") => Crossings::Keep,
                Some(_) => return Err(Problem::field("crossings", "crossings is refuse or keep")),
            };
            let mending = Mending { overlaps, crossings, ..Mending::default() };
            let source = AtomSource {
                layer,
                crs,
                id: fields.id,
                households: fields.households,
                population: fields.population,
                name: fields.name,
                jurisdiction: fields.jurisdiction,
                jurisdiction_names: fields.jurisdiction_name,
                exclusive: fields.exclusive,
                together: fields.together,
                apart: fields.apart,
                null_households: null_households.unwrap_or_default(),
                ..AtomSource::default()
            };
            return Ok((upload, ImportOrder::Atoms { source, mending }, preview));
        }
        let kind = kind.parse().map_err(|_| {
            Problem::field("as", "as is atoms, streets, buildings, jurisdictions, landuse, totals, links or addresses")
        })?;
        let class_is: Option<LineClass> = class_is
            .map(|given| given.parse().map_err(|words: String| Problem::field("class_is", words)))
            .transpose()?;
        let attributes = [
            ("levels", fields.levels),
            ("units", fields.units),
            ("compound", fields.compound),
            ("number", fields.number),
            ("address", fields.address),
            ("parent", fields.parent),
        ];
        let source = InputSource {
            layer,
            crs,
            id: fields.id,
            name: fields.name,
            class: fields.class,
            class_is,
            households: fields.households,
            population: fields.population,
            attributes: attributes.into_iter().filter_map(|(name, field)| Some((name, field?))).collect(),
            ..InputSource::default()
        };
        Ok((upload, ImportOrder::Input { kind, source, level }, preview))
    }
}

/// A piece of long work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobView {
    /// Names it in `/v1/jobs/{id}`.
    id: String,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    #[schema(example = "running")]
    state: &'static str,
    /// `read`, `build`, `cut`, `divide`, `keep` or `compare`; null before it begins.
    #[schema(example = "read")]
    step: Option<&'static str>,
    /// How much of the step is done.
    done: u64,
    /// Of how much; 0 where that is not known.
    total: u64,
    /// What came of it, once it is done.
    result: Option<ResultView>,
    /// Why it failed; nothing was changed then.
    problem: Option<Problem>,
}

/// What came of an import, or would come of it.
#[derive(Debug, Serialize, ToSchema)]
struct ResultView {
    /// Number of the dataset it was kept as.
    dataset: Option<i64>,
    /// Number of the input it was kept as.
    input: Option<i64>,
    /// Number of the set of links it was kept as.
    link_set: Option<i64>,
    /// Declared links.
    links: u64,
    /// Number of the set of addresses it was kept as.
    address_set: Option<i64>,
    /// Addresses.
    addresses: u64,
    /// Whether the same was kept already, so that nothing was written.
    already: bool,
    /// The layer read.
    layer: String,
    /// The CRS it was read in.
    #[schema(example = "EPSG:4490")]
    crs: String,
    /// Areas.
    features: u64,
    /// Lines.
    lines: u64,
    /// Features left out, without a shape or smaller than a centimetre.
    left_out: u64,
    /// Atoms without a count.
    nulls: u64,
    /// Sum of the households.
    households: u64,
    /// Sum of the persons.
    population: u64,
    /// Where atoms were made: households that a source counts; the others were shared out.
    households_counted: Option<u64>,
    /// How many of each class.
    classes: BTreeMap<String, u64>,
    /// Levels of jurisdictions, the top one first.
    levels: Vec<LevelCount>,
    /// How many gaps and overlaps were found or settled, by kind.
    repairs: BTreeMap<String, u64>,
    /// What a person should know though nothing failed.
    warnings: Vec<String>,
    /// West, south, east, north in degrees; null when nothing was kept of the shapes.
    #[schema(value_type = Option<Vec<f64>>)]
    envelope: Option<Box4>,
    /// Of a preview: up to 500 features to draw, as a GeoJSON FeatureCollection.
    sample: Option<serde_json::Value>,
}

/// A level of jurisdictions.
#[derive(Debug, Serialize, ToSchema)]
struct LevelCount {
    /// The field it was read from.
    name: String,
    /// How many there are.
    count: u64,
}

impl From<&Done> for ResultView {
    fn from(done: &Done) -> Self {
        let done = done.clone();
        let features: Vec<_> = done.sample.iter().map(feature).collect();
        Self {
            dataset: done.dataset,
            input: done.input,
            link_set: done.link_set,
            links: done.links,
            address_set: done.address_set,
            addresses: done.addresses,
            already: done.already,
            layer: done.layer,
            crs: done.crs,
            features: done.features,
            lines: done.lines,
            left_out: done.left_out,
            nulls: done.nulls,
            households: done.households,
            population: done.population,
            households_counted: done.households_counted,
            classes: done.classes,
            levels: done.levels.into_iter().map(|(name, count)| LevelCount { name, count }).collect(),
            repairs: done.repairs,
            warnings: done.warnings,
            envelope: done.envelope.map(|envelope| envelope.to_degrees()),
            sample: (!features.is_empty()).then(|| json!({ "type": "FeatureCollection", "features": features })),
        }
    }
}

fn feature(sampled: &Sampled) -> serde_json::Value {
    let geometry = match &sampled.shape {
        SampledShape::Area(shape) => json!(MultiPolygon::from(shape)),
        SampledShape::Line(points) => {
            let coordinates: Vec<_> = points.iter().map(|&point| spot(point)).collect();
            json!({ "type": "LineString", "coordinates": coordinates })
        }
    };
    let properties = json!({
        "code": sampled.code, "name": sampled.name, "class": sampled.class, "households": sampled.households,
    });
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        let (state, at) = job.state();
        let (step, done, total) = at.map_or((None, 0, 0), |(step, done, total)| (Some(step.as_str()), done, total));
        let (word, result, problem) = match state {
            JobState::Waiting => ("waiting", None, None),
            JobState::Running => ("running", None, None),
            JobState::Cancelled => ("cancelled", None, None),
            JobState::Done(done) => ("done", Some(ResultView::from(&*done)), None),
            JobState::Failed(error) => (
                "failed",
                None,
                Some(Problem::of_import(&error, &|words| {
                    job.upload.as_ref().map_or_else(|| words.to_owned(), |upload| upload.shown(words))
                })),
            ),
        };
        Self { id: job.id.clone(), state: word, step, done, total, result, problem }
    }
}

/// Begins to read an uploaded file: to say what is in it (`preview`), or to keep it. Either is a job; one runs at a time.
#[utoipa::path(
    post, path = "/v1/imports", tag = "imports", request_body = ImportBody,
    responses((status = 202, description = "The job: look at /v1/jobs/{id}", body = JobView))
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Body(body): Body<ImportBody>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let (upload, order, preview) = body.order()?;
    let job = app.start_import(&caller, &upload, order, preview, request)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(&*job))))
}

/// How atoms are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TessellationBody {
    /// A line that ends within so many metres of another one or of the boundary is led on to it; 5 when absent.
    #[schema(example = 5.0, minimum = 0.0, maximum = 100.0)]
    tolerance_m: Option<f64>,
    /// Households of the whole, shared out by floor area, where no input counts or totals any.
    total_households: Option<u32>,
    /// Persons of the whole, likewise.
    total_population: Option<u32>,
    /// Where nothing is known: floor area of one household in m².
    #[schema(example = 90.0)]
    m2_per_household: Option<f64>,
}

/// Begins to make atoms from the newest streets, buildings and jurisdictions that were imported: a job.
#[utoipa::path(
    post, path = "/v1/tessellations", tag = "imports", request_body = TessellationBody,
    responses((status = 202, description = "The job: look at /v1/jobs/{id}", body = JobView))
)]
pub(super) async fn tessellate(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Body(body): Body<TessellationBody>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    if body.tolerance_m.is_some_and(|metres| !(0.0..=100.0).contains(&metres)) {
        return Err(Problem::field("tolerance_m", "tolerance_m is 0 to 100 metres"));
    }
    if body.m2_per_household.is_some_and(|m2| !(m2 > 0.0 && m2.is_finite())) {
        return Err(Problem::field("m2_per_household", "m2_per_household is more than 0"));
    }
    let make = |act| {
        let mut request = TessellateRequest::new(act);
        request.settings.tolerance_m = body.tolerance_m.unwrap_or(request.settings.tolerance_m);
        request.total_households = body.total_households;
        request.total_population = body.total_population;
        request.m2_per_household = body.m2_per_household;
        request
    };
    let job = app.start_tessellation(&caller, make, request)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(&*job))))
}

fn unknown(id: &str) -> Problem {
    let shown: String = id.chars().take(100).collect();
    Problem::not_found(format!(
        "there is no job {shown:?} of yours: jobs are told of for an hour, by the program that ran them, while it runs"
    ))
}

/// How far a job is, and what came of it. Jobs are kept in the memory of this program for an hour.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "imports",
    params(("id" = String, Path, description = "Id of the job")),
    responses((status = 200, body = JobView))
)]
pub(super) async fn job(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Json<JobView>, Problem> {
    let job = app.job(&caller, &id).ok_or_else(|| unknown(&id))?;
    Ok(Json(JobView::from(&*job)))
}

/// Asks a job to stop. It does so soon, and nothing is changed; one that is over stays as it is.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", tag = "imports",
    params(("id" = String, Path, description = "Id of the job")),
    responses((status = 202, body = JobView))
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let job = app.cancel_job(&caller, &id).ok_or_else(|| unknown(&id))?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(&*job))))
}
