//! `wangge import`

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, ValueEnum};
use serde_json::json;

use super::addresses::AddressOptions;
use super::inputs::InputOptions;
use super::links::{self, Between};
use super::officers::OfficerOptions;
use super::progress::Terminal;
use super::repairs::histogram_json;
use super::{Failure, Outcome, act, grouped, print_json, say};
use crate::app::{self, ImportRequest};
use crate::atom::InputKind;
use crate::crs::Crs;
use crate::format::{AtomSource, CollapsedAtoms, NullHouseholds, RasterSource};
use crate::topology::{Crossings, Mended, Mending, Overlaps, RepairKind, Tolerance};

/// Import a file of areas (census blocks, parcels) as atoms, what atoms are made from (streets, buildings, …), links between
/// areas, or a list of officers (网格员)
///
/// Areas: any vector format GDAL reads, or .zst of it. The CRS is read from the file or given by --crs; without one the
/// import is refused. Everything is brought to lon/lat (WGS 84) and snapped to 1e-7 degree.
///
/// Streets, buildings, jurisdictions, landuse, totals: kept as they are, until wangge tessellate makes atoms from them. Several
/// files of a kind go together; the same file and layer again replaces itself.
///
/// Links (--as links): bridges, ferries and underpasses that make neighbours of areas that share no border. A table of pairs of
/// codes (--from, --to), or lines whose two ends lie in areas. Kept by code, so that they go on when the areas are imported
/// again; the same file and layer again replaces itself, one without rows takes its links back.
///
/// Addresses (--as addresses): points, or polygons such as footprints of buildings, with a whole address (--address) or its parts
/// (--street, --compound, --number, --unit); the usual names of fields where none is named. Also a CSV or XLSX with columns lon and
/// lat. The same file and layer again replaces itself. wangge geocode, GET /v1/geocode and reports look among them.
///
/// Officers (--as officers): CSV (UTF-8, UTF-16, GBK), XLSX or any table GDAL reads, one row for each duty in a grid. The
/// whole list or, where any row is wrong, nothing; a second time it changes nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge import blocks.gpkg --store city.gpkg --households H_CNT --population P_CNT --jurisdiction TOWN_ID,CODE2 --null-households uninhabited\n  wangge import roads.shp --as streets --store town.gpkg --class highway\n  wangge import bridges.csv --as links --store city.gpkg --from A --to B --kind TYPE\n  wangge import buildings.gpkg --as addresses --store city.gpkg --street street --number housenumber\n  wangge import officers.xlsx --as officers --store city.gpkg --replace-from 2027-01-01 --dry-run"
)]
pub(super) struct Import {
    /// The file
    file: PathBuf,
    /// The store: a GeoPackage file, made if it is not there (for links and officers it must be)
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// What the file holds
    #[arg(long = "as", value_enum, default_value = "atoms")]
    kind: Kind,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    mend: Mend,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "With --as streets, buildings, jurisdictions, landuse, totals")]
    inputs: InputOptions,
    #[command(flatten, next_help_heading = "With --as addresses (and --address, --compound, --number)")]
    addresses: AddressOptions,
    #[command(flatten, next_help_heading = "With --as links, officers")]
    between: Between,
    #[command(flatten, next_help_heading = "With --as officers")]
    officers: OfficerOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Smallest areas that are never cut
    Atoms,
    /// Lines that divide: streets, railways, rivers, walls
    Streets,
    /// Footprints of buildings
    Buildings,
    /// Jurisdictions of one level, as polygons
    Jurisdictions,
    /// Ground without buildings: parks, water, school yards
    Landuse,
    /// Areas with totals of households or persons: census squares, sections
    Totals,
    /// Bridges, ferries and underpasses that make neighbours of areas without a common border
    Links,
    /// Addresses and where they are
    Addresses,
    /// Officers and their duties in grids
    Officers,
}

impl Kind {
    fn input(self) -> Option<InputKind> {
        match self {
            Self::Streets => Some(InputKind::Streets),
            Self::Buildings => Some(InputKind::Buildings),
            Self::Jurisdictions => Some(InputKind::Jurisdictions),
            Self::Landuse => Some(InputKind::Landuse),
            Self::Totals => Some(InputKind::Totals),
            Self::Atoms | Self::Links | Self::Addresses | Self::Officers => None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Fields {
    /// The layer, when the file has several
    #[arg(long)]
    pub(super) layer: Option<String>,
    /// CRS of the file, when it does not say or says it wrong: EPSG:n (EPSG:n/ne where the file has the northing first), wgs84, cgcs2000, gcj02, bd09
    #[arg(long)]
    pub(super) crs: Option<Crs>,
    /// Field with the code of each area, unique; the feature number by default
    #[arg(long, value_name = "FIELD")]
    pub(super) id: Option<String>,
    /// Field with households (户数); this or --population is needed for areas
    #[arg(long, value_name = "FIELD")]
    pub(super) households: Option<String>,
    /// Field with persons (人口)
    #[arg(long, value_name = "FIELD")]
    pub(super) population: Option<String>,
    /// A population raster (GeoTIFF …) to sum over the areas, where no field counts persons
    #[arg(long, value_name = "FILE")]
    population_raster: Option<PathBuf>,
    /// Field with a name or address; for officers the person's name (姓名)
    #[arg(long, value_name = "FIELD")]
    pub(super) name: Option<String>,
    /// Fields with the codes of jurisdictions the areas nest in, such as district,street,community; grids never cross the
    /// lowest
    #[arg(long, value_name = "FIELD[,FIELD…]", value_delimiter = ',')]
    jurisdiction: Vec<String>,
    /// Fields with their names, in the same order
    #[arg(long, value_name = "FIELD[,FIELD…]", value_delimiter = ',')]
    jurisdiction_name: Vec<String>,
    /// Field with the name or number of the exclusive grid (专属网格) an area is of, or yes for one of its own: a school, a park, a
    /// business tower. Such grids hold nothing else and stay whole
    #[arg(long, value_name = "FIELD")]
    exclusive: Option<String>,
    /// Field with a name: areas with the same one are never divided between grids
    #[arg(long, value_name = "FIELD")]
    together: Option<String>,
    /// Field with a name: areas with the same one lie in different grids
    #[arg(long, value_name = "FIELD")]
    apart: Option<String>,
    /// Field with the kind of the lowest jurisdiction (城乡分类), such as urban or rural, in any words: the same for all areas of one.
    /// With --as jurisdictions, that of each; wangge partition --bounds-of-kind takes it up. With --as links the kind of link:
    /// bridge, ferry or underpass (桥, 渡口, 地下通道); the field kind where there is one, and bridge where it is blank
    #[arg(long = "kind", value_name = "FIELD")]
    pub(super) of_kind: Option<String>,
    /// What an empty count means: uninhabited (parks, water), unknown (counts as 0, shown as unknown) or error (refuse the
    /// file)
    #[arg(long, default_value = "error", value_name = "uninhabited|unknown|error")]
    null_households: NullHouseholds,
    /// What becomes of areas of less than a square centimetre with people in them: keep-people refuses the file, leave-out
    /// leaves them out (those without people always are)
    #[arg(long, default_value = "keep-people", value_name = "RULE")]
    collapsed: CollapsedAtoms,
}

impl Fields {
    /// The fields that mark areas.
    fn marks(&self) -> impl Iterator<Item = &Option<String>> {
        [&self.exclusive, &self.together, &self.apart].into_iter()
    }

    /// Whether nothing is said but the layer and the CRS.
    pub(super) fn only_where(&self) -> bool {
        let named = [&self.id, &self.households, &self.population, &self.name, &self.of_kind];
        let lists = [&self.jurisdiction, &self.jurisdiction_name];
        named.into_iter().chain(self.marks()).all(Option::is_none)
            && self.population_raster.is_none()
            && lists.into_iter().all(Vec::is_empty)
    }
}

/// How shapes that do not quite fit are brought together.
#[derive(Debug, Args)]
pub(super) struct Mend {
    /// Gaps and overlaps up to this width in metres are settled, each with a finding, where no border moves farther; an overlap of
    /// two up to twice as deep is parted along its middle; chosen from the data by default, from 0.5 to 10 m
    #[arg(long, value_name = "M", alias = "sliver-width-m")]
    tolerance_m: Option<f64>,
    /// And those up to this area in square metres, however wide
    #[arg(long, value_name = "M2", default_value_t = Tolerance::default().area_m2)]
    sliver_area_m2: f64,
    /// What to do with larger overlaps
    #[arg(long, value_enum, default_value = "refuse")]
    overlaps: Rule,
    /// What to do with shapes that cross themselves or lie on themselves, where more than the tolerance is in question
    #[arg(long, value_enum, default_value = "refuse")]
    crossings: CrossingsRule,
    /// Refuse the file when repairs would change more than this share of its area, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = Mending::default().most_share)]
    most_repaired_share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// Refuse the file, with the list
    Refuse,
    /// Give each to the shape with the smaller code, with a finding
    SmallerCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CrossingsRule {
    /// Refuse the file, with the place
    Refuse,
    /// Let each keep all its loops, each with a finding
    Keep,
}

impl Mend {
    /// The options as the topology takes them.
    pub(super) fn checked(&self) -> Result<Mending, Failure> {
        let positive = |number: f64| number.is_finite() && number >= 0.0;
        if !(self.tolerance_m.is_none_or(positive) && positive(self.sliver_area_m2)) {
            return Err(Failure::Plain("--tolerance-m and --sliver-area-m2 must be 0 or more".to_owned()));
        }
        if !(0.0..=1.0).contains(&self.most_repaired_share) {
            let given = self.most_repaired_share;
            return Err(Failure::Plain(format!("--most-repaired-share {given} must be from 0 to 1")));
        }
        Ok(Mending {
            width_m: self.tolerance_m,
            area_m2: self.sliver_area_m2,
            overlaps: if self.overlaps == Rule::Refuse { Overlaps::Refuse } else { Overlaps::SmallerCode },
            crossings: if self.crossings == CrossingsRule::Refuse { Crossings::Refuse } else { Crossings::Keep },
            most_share: self.most_repaired_share,
        })
    }
}

/// What was mended, in a line; `None` where everything fitted.
pub(super) fn mended_line(mended: &Mended) -> Option<String> {
    let repairs = &mended.built.repairs;
    let over = mended.moves.over;
    let number = |kinds: &[RepairKind]| repairs.iter().filter(|repair| kinds.contains(&repair.kind)).count();
    let closed = number(&[RepairKind::GapClosed, RepairKind::GapSplit]);
    let settled = number(&[RepairKind::OverlapSettled, RepairKind::OverlapHalved, RepairKind::FoldSettled]);
    (!repairs.is_empty()).then(|| {
        format!(
            "{} gaps left open, {closed} slivers closed (up to {} m wide), {settled} overlaps settled (up to {} m deep): {:.0} m², \
             {:.3} % of the area; borders moved by {:.2} m at most{} (wangge check --repair-report lists them)",
            number(&[RepairKind::Gap]),
            mended.tolerance.width_m,
            mended.overlap_tolerance.width_m,
            mended.repaired_m2,
            100.0 * mended.repaired_m2 / mended.area_m2.max(1e-9),
            mended.moves.largest_m,
            if over > 0 { format!(", {over} vertices by more than {} m", mended.most_m()) } else { String::new() },
        )
    })
}

/// Wrong usage, in the words and with the exit code of the other wrong usages.
pub(super) fn usage(problem: &str) -> Outcome {
    let error = super::Cli::command().error(ErrorKind::ArgumentConflict, problem);
    // where standard error is closed there is nobody to tell
    let _ = error.print();
    Err(Failure::Shown(2))
}

impl Import {
    pub(super) async fn run(self) -> Outcome {
        let Self { file, store, kind, fields, mend, inputs, addresses, between, officers, json } = self;
        if kind == Kind::Addresses {
            if between != Between::default() || officers != OfficerOptions::default() {
                return usage("the options for links and officers need --as links or --as officers");
            }
            return addresses.run(file, &store, fields, inputs, json).await;
        }
        if addresses != AddressOptions::default() {
            return usage("--street, --unit and --place need --as addresses");
        }
        if inputs != InputOptions::default() && kind.input().is_none() {
            return usage("the options for streets, buildings and the like need --as streets, --as buildings …");
        }
        if officers != OfficerOptions::default() && kind != Kind::Officers {
            return usage("the options for officers need --as officers");
        }
        if between != Between::default() && !matches!(kind, Kind::Links | Kind::Officers) {
            return usage("--from and --to need --as links or --as officers");
        }
        if let Some(kind) = kind.input() {
            if fields.marks().any(Option::is_some) {
                return usage(
                    "--exclusive, --together and --apart are for atoms: leave them out with --as streets, --as buildings …",
                );
            }
            if fields.of_kind.is_some() && kind != InputKind::Jurisdictions {
                return usage(
                    "--kind is for areas, jurisdictions and links: leave it out with --as streets, --as buildings …",
                );
            }
            if !fields.jurisdiction.is_empty() {
                return usage("--jurisdiction is for atoms: import jurisdictions of their own with --as jurisdictions");
            }
            return inputs.run(kind, file, &store, fields, json).await;
        }
        if matches!(kind, Kind::Links | Kind::Officers) {
            let of_areas = [&fields.id, &fields.households, &fields.population].into_iter().chain(fields.marks());
            let of_areas = of_areas.chain((kind == Kind::Officers).then_some(&fields.of_kind));
            let placed = fields.crs.is_some() && kind == Kind::Officers;
            if of_areas.into_iter().any(Option::is_some) || placed || !fields.jurisdiction.is_empty() {
                return usage(
                    "--id, --households, --population, --exclusive, --together, --apart and --jurisdiction are for areas, --kind is for areas and links, and --crs is for what has a shape: leave them out with --as officers, --as links",
                );
            }
            if kind == Kind::Links {
                return links::run(file, &store, fields, between, json).await;
            }
            return officers.run(file, store, fields.layer, fields.name, between, json).await;
        }
        if fields.population_raster.is_some() && fields.population.is_some() {
            return usage("--population and --population-raster both say how many persons there are: give one of them");
        }
        if fields.households.is_none() && fields.population.is_none() && fields.population_raster.is_none() {
            return usage("say which field counts households (--households FIELD) or persons (--population FIELD)");
        }
        let mending = mend.checked()?;
        let uncounted = fields.population_raster.is_some() && fields.households.is_none();
        let source = AtomSource {
            path: file,
            layer: fields.layer,
            crs: fields.crs,
            id: fields.id,
            households: fields.households,
            population: fields.population,
            name: fields.name,
            jurisdiction: fields.jurisdiction,
            jurisdiction_names: fields.jurisdiction_name,
            exclusive: fields.exclusive,
            together: fields.together,
            apart: fields.apart,
            kind: fields.of_kind,
            collapsed: fields.collapsed,
            null_households: fields.null_households,
            uncounted,
        };
        let raster = fields.population_raster.map(|path| RasterSource { path, ..RasterSource::default() });
        let nulls = source.null_households;
        let watch = Terminal::new();
        let request = ImportRequest { source, mending, raster, act: act() };
        let imported = app::import(&store, &request, &watch).await;
        watch.finish();
        let imported = imported?;
        let report = &imported.report;
        for warning in &report.warnings {
            eprintln!("wangge: note: {warning}");
        }
        if imported.already {
            let id = imported.dataset;
            let how = if imported.newest {
                String::new()
            } else {
                format!(" (a later one stands: plan on this by --dataset {id})")
            };
            eprintln!(
                "wangge: note: the store holds the same content already, as dataset {id}; nothing was written{how}"
            );
        }
        let mended = &imported.mended;
        let number = |kind| mended.built.repairs.iter().filter(|repair| repair.kind == kind).count();
        if json {
            return print_json(&json!({
                "dataset": imported.dataset, "atoms": report.features, "households": report.households,
                "population": report.population, "nulls": report.nulls, "crs": report.crs, "layer": report.layer,
                "content_hash": report.content_hash,
                "levels": report.levels.iter().map(|l| json!({"name": l.name, "jurisdictions": l.jurisdictions})).collect::<Vec<_>>(),
                "raster": imported.raster,
                "gaps_open": number(RepairKind::Gap),
                "gaps_closed": number(RepairKind::GapClosed) + number(RepairKind::GapSplit),
                "overlaps_settled": number(RepairKind::OverlapSettled) + number(RepairKind::OverlapHalved) + number(RepairKind::FoldSettled),
                "overlaps_halved": number(RepairKind::OverlapHalved),
                "moved_m": mended.moves.largest_m, "moved_over": mended.moves.over,
                "tolerance_m": mended.tolerance.width_m, "gap_moved_m": mended.tolerance.moved_m, "overlap_tolerance_m": mended.overlap_tolerance.width_m,
                "area_m2": mended.area_m2, "repaired_m2": mended.repaired_m2,
                "gap_widths": histogram_json(&mended.widths.gaps), "overlap_widths": histogram_json(&mended.widths.overlaps),
            }));
        }
        let levels: Vec<String> = report
            .levels
            .iter()
            .map(|level| format!("{} {}", grouped(level.jurisdictions as u64), level.name))
            .collect();
        say(&format!(
            "dataset {}: {} atoms, {} households, {} persons; {}",
            imported.dataset,
            grouped(report.features),
            grouped(report.households),
            grouped(report.population),
            if levels.is_empty() { "one jurisdiction".to_owned() } else { levels.join(", ") },
        ));
        if let Some(raster) = imported.raster {
            say(&format!(
                "raster: {:.0} persons, {:.0} within the areas, {:.0} outside, {} pixels without data",
                raster.total,
                raster.inside,
                raster.outside,
                grouped(raster.nodata_pixels),
            ));
        }
        if report.nulls > 0 {
            let taken = match nulls {
                NullHouseholds::Uninhabited => "taken as uninhabited",
                NullHouseholds::Unknown | NullHouseholds::Error => "kept as unknown",
            };
            say(&format!("{} atoms had no count: {taken}", grouped(report.nulls)));
        }
        if let Some(line) = mended_line(mended) {
            say(&line);
        }
        Ok(())
    }
}
