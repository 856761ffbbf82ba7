//! The owner rule in SQL against the one the server answers by and against brute force: random coverages with slanted
//! borders, holes and rims, published by parts, at dates out of order, on two imports over the same ground.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use wangge::app::serve::{App, Clock, Located};
use wangge::atom::{Atom, Dataset, Jurisdiction, UnitId};
use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring, area_m2};
use wangge::locate::brute_force;
use wangge::plan::{Attribute, Band, OwnBand, Status};
use wangge::store::{GridRecord, NewImport, NewPlan, NewPublication, Open, PlanTerms, Store, open};

use crate::postgis::Database;
use crate::store_samples::{TIME_MS, act};

/// Cells of a side of the mesh.
const SIDE: usize = 6;
/// Distance of its points before they are moved.
const STEP: i32 = 1_000;

/// Knuth's MMIX: the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0 >> 11) * n as u128) >> 53) as usize
    }
}

/// A mesh of four-sided cells with slanted sides, the cells of its west half in one unit, the others in another. Every
/// seventh cell has a hole, which the next cell of its unit takes in as an island of its own.
struct Mesh {
    corner: (i32, i32),
    points: Vec<LatticePoint>,
    units: [String; 2],
}

impl Mesh {
    fn new(numbers: &mut Numbers, corner: (i32, i32), mark: &str) -> Self {
        let mut points = Vec::new();
        for row in 0..=SIDE as i32 {
            for column in 0..=SIDE as i32 {
                let mut push = || numbers.below(501) as i32 - 250;
                points.push(LatticePoint::new(corner.0 + column * STEP + push(), corner.1 + row * STEP + push()));
            }
        }
        Self { corner, points, units: [format!("{mark}W"), format!("{mark}E")] }
    }

    fn hole(&self, cell: usize) -> Option<Ring> {
        let (row, column) = (cell / SIDE, cell % SIDE);
        let at = |x: i32, y: i32| {
            LatticePoint::new(self.corner.0 + column as i32 * STEP + x, self.corner.1 + row as i32 * STEP + y)
        };
        (cell % 7 == 3 && (column + 1) % 3 != 0).then(|| Ring::new(vec![at(450, 450), at(570, 480), at(500, 590)]))
    }

    fn cell(&self, cell: usize) -> Polygon {
        let (row, column) = (cell / SIDE, cell % SIDE);
        let at = |r: usize, c: usize| self.points[(row + r) * (SIDE + 1) + column + c];
        let exterior = Ring::new(vec![at(0, 0), at(0, 1), at(1, 1), at(1, 0)]);
        Polygon { exterior, holes: self.hole(cell).into_iter().collect() }
    }

    fn shape(&self, cell: usize) -> MultiPolygon {
        let mut polygons = vec![self.cell(cell)];
        if let Some(island) = cell.checked_sub(1).and_then(|before| self.hole(before)) {
            polygons.push(Polygon { exterior: island, holes: vec![] });
        }
        MultiPolygon(polygons)
    }

    fn unit(cell: usize) -> usize {
        usize::from(cell % SIDE >= SIDE / 2)
    }

    fn dataset(&self) -> (Dataset, Vec<MultiPolygon>) {
        let atoms = (0..SIDE * SIDE).map(|cell| Atom {
            code: format!("A{cell:03}"),
            name: None,
            shape: self.shape(cell),
            households: Some(1),
            population: None,
            unit: UnitId(Self::unit(cell) as u32 + 1),
            ..Atom::default()
        });
        let unit = |code: &str, level, parent: Option<&str>| Jurisdiction {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            level_name: format!("level {level}"),
            parent: parent.map(str::to_owned),
            kind: None,
        };
        let [west, east] = &self.units;
        let jurisdictions = vec![unit("D", 1, None), unit(west, 2, Some("D")), unit(east, 2, Some("D"))];
        let of = |unit: Option<usize>| {
            let cells = (0..SIDE * SIDE).filter(|&cell| unit.is_none_or(|unit| Self::unit(cell) == unit));
            MultiPolygon(cells.flat_map(|cell| self.shape(cell).0).collect())
        };
        (Dataset { atoms: atoms.collect(), jurisdictions, lines: vec![] }, vec![of(None), of(Some(0)), of(Some(1))])
    }

    /// A plan of a scope: each cell in one of a few grids of its unit, some in none.
    fn plan(&self, numbers: &mut Numbers, scope: Option<usize>, prefix: &str) -> (Vec<GridRecord>, Vec<Option<u32>>) {
        const GRIDS: usize = 4;
        let chosen: Vec<Option<usize>> = (0..SIDE * SIDE)
            .map(|cell| {
                let covered = scope.is_none_or(|unit| Self::unit(cell) == unit) && numbers.below(12) > 0;
                covered.then(|| Self::unit(cell) * GRIDS + numbers.below(GRIDS))
            })
            .collect();
        let mut grids = Vec::new();
        let mut assignment = vec![None; SIDE * SIDE];
        for number in 0..2 * GRIDS {
            let cells: Vec<usize> = (0..SIDE * SIDE).filter(|&cell| chosen[cell] == Some(number)).collect();
            let Some(&first) = cells.first() else { continue };
            for &cell in &cells {
                assignment[cell] = Some(grids.len() as u32);
            }
            let shape = MultiPolygon(cells.iter().flat_map(|&cell| self.shape(cell).0).collect());
            let (row, column) = (first / SIDE, first % SIDE);
            grids.push(GridRecord {
                code: format!("{prefix}-{number}"),
                name: prefix.to_owned(),
                jurisdiction: self.units[number / GRIDS].clone(),
                label: LatticePoint::new(
                    self.corner.0 + column as i32 * STEP + 400,
                    self.corner.1 + row as i32 * STEP + 400,
                ),
                households: cells.len() as u64,
                population: None,
                own: OwnBand::default(),
                status: Status::InBand,
                reason: None,
                atoms: cells.len() as u32,
                parts: 1,
                area_m2: area_m2(&shape),
                shape,
            });
        }
        (grids, assignment)
    }

    fn points(&self, numbers: &mut Numbers, wanted: usize) -> Vec<LatticePoint> {
        let mut points = Vec::new();
        for _ in 0..wanted {
            let anywhere =
                |numbers: &mut Numbers, from: i32| from - STEP + numbers.below((SIDE + 2) * STEP as usize) as i32;
            points.push(LatticePoint::new(anywhere(numbers, self.corner.0), anywhere(numbers, self.corner.1)));
            let vertex = self.points[numbers.below(self.points.len())];
            points.push(vertex);
            points.push(LatticePoint::new(
                vertex.x_e7 + numbers.below(3) as i32 - 1,
                vertex.y_e7 + numbers.below(3) as i32 - 1,
            ));
            let ring = self.shape(numbers.below(SIDE * SIDE)).0.pop().unwrap().exterior;
            let edges: Vec<_> = ring.edges().collect();
            let (a, b) = edges[numbers.below(edges.len())];
            points.push(LatticePoint::new(i32::midpoint(a.x_e7, b.x_e7), i32::midpoint(a.y_e7, b.y_e7)));
        }
        points
    }
}

/// Grid, resolution and publication of each point, as SQL says.
pub async fn ask(
    connection: &mut PgConnection,
    points: &[LatticePoint],
    at_ms: i64,
) -> Vec<(Option<String>, Option<String>, Option<i64>)> {
    let (xs, ys): (Vec<i32>, Vec<i32>) = points.iter().map(|p| (p.x_e7, p.y_e7)).unzip();
    let sql = "SELECT l.grid, l.resolution, l.publication FROM unnest($1::INTEGER[], $2::INTEGER[]) WITH ORDINALITY \
               AS p (x, y, n) LEFT JOIN LATERAL wangge_locate(p.x, p.y, $3) l ON TRUE ORDER BY p.n";
    sqlx::query_as(sql).bind(xs).bind(ys).bind(at_ms).fetch_all(connection).await.unwrap()
}

async fn import(store: &dyn Store, mesh: &Mesh, hash: &str) -> i64 {
    let (dataset, boundaries) = mesh.dataset();
    let import = NewImport {
        source: "mesh".to_owned(),
        content_hash: hash.to_owned(),
        crs: "EPSG:4326".to_owned(),
        recorded_ms: TIME_MS,
        attributes: vec![Attribute::Households],
        dataset: &dataset,
        boundaries: &boundaries,
        findings: vec![],
        mending: None,
    };
    store.import(&import, &|_, _| {}, &act()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_names_the_same_owner_as_the_server_at_every_date_of_publications_by_parts_and_imports() {
    let Some(database) = Database::new() else { return };
    let mut numbers = Numbers(11);
    let (mut asked, mut ties, mut taken) = (0, 0, 0);
    for round in 0..6 {
        let database = if round == 0 { &database } else { &Database::new().unwrap() };
        let store = open(&database.url, Open::OrCreate).await.unwrap();
        let corner = (1_215_000_000, 250_000_000);
        // the second import lies half a cell beside the first and names its units otherwise, but for one in some rounds
        let second = if round % 2 == 0 { "B" } else { "A" };
        let mut meshes =
            [Mesh::new(&mut numbers, corner, "A"), Mesh::new(&mut numbers, (corner.0 + 700, corner.1 - 300), second)];
        if round == 3 {
            meshes[1].units[0] = "other".to_owned();
        }
        let imports = [import(&*store, &meshes[0], "1").await, import(&*store, &meshes[1], "2").await];
        let mut instants = vec![0, TIME_MS];
        for publication in 0..6 {
            let mesh = numbers.below(2);
            let scope = [None, Some(0), Some(1)][numbers.below(3)];
            let (grids, assignment) = meshes[mesh].plan(&mut numbers, scope, &format!("{publication}"));
            let new = NewPlan {
                dataset: imports[mesh],
                base: publication,
                scope: scope.map(|unit| meshes[mesh].units[unit].clone()),
                origin: "partition".to_owned(),
                attribute: Attribute::Households,
                band: Band::HOUSEHOLDS,
                seed: 1,
                recorded_ms: TIME_MS,
                grids: &grids,
                assignment: &assignment,
                findings: vec![],
                terms: PlanTerms::default(),
            };
            let plan = store.save_plan(&new, &act()).await.unwrap();
            // dates of effect come out of order, some twice
            let effective_ms = TIME_MS + numbers.below(5) as i64 * 1_000;
            instants.extend([effective_ms, effective_ms - 1]);
            let new = NewPublication { plan, effective_ms, recorded_ms: TIME_MS, lineage: vec![] };
            store.publish(&new, &act()).await.unwrap();
        }
        let app = App::open(Arc::clone(&store), Clock::system()).await.unwrap();
        let mut connection = database.connect().await;
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM taken_unit").fetch_one(&mut connection).await.unwrap();
        taken += rows;
        let derived = "SELECT (SELECT md5(string_agg(e::TEXT, ' ' ORDER BY e)) FROM edge e) \
                       || (SELECT md5(coalesce(string_agg(t::TEXT, ' ' ORDER BY t), '')) FROM taken_unit t)";
        let before: String = sqlx::query_scalar(derived).fetch_one(&mut connection).await.unwrap();
        sqlx::query("SELECT wangge_rebuild_edges()").execute(&mut connection).await.unwrap();
        let after: String = sqlx::query_scalar(derived).fetch_one(&mut connection).await.unwrap();
        assert_eq!(before, after, "made anew the derived tables are the same");
        instants.sort_unstable();
        instants.dedup();
        for at_ms in instants {
            let mut points = meshes[0].points(&mut numbers, 40);
            points.extend(meshes[1].points(&mut numbers, 40));
            let by_sql = ask(&mut connection, &points, at_ms).await;
            let generation = app.generation(at_ms).await.unwrap();
            let shapes: Vec<MultiPolygon> = generation
                .iter()
                .flat_map(|generation| generation.grids().iter().map(|grid| grid.record.shape.clone()))
                .collect();
            for (point, (grid, resolution, publication)) in points.iter().zip(by_sql) {
                let located = generation.as_ref().map(|generation| generation.locate(*point));
                let owner = located.as_ref().and_then(Located::grid);
                let context = format!("round {round}, at {at_ms}, {point:?}");
                assert_eq!(grid.as_deref(), owner.map(|grid| grid.record.code.as_str()), "{context}");
                assert_eq!(publication, owner.map(|grid| grid.publication.seq), "{context}");
                let expected = located.as_ref().filter(|_| owner.is_some()).map(Located::resolution);
                assert_eq!(resolution.as_deref(), expected, "{context}");
                let brute = brute_force(&shapes, *point).map(|owner| owner.face as usize);
                let code = brute.map(|face| generation.as_ref().unwrap().grids()[face].record.code.as_str());
                assert_eq!(grid.as_deref(), code, "brute force, {context}");
                asked += 1;
                ties += usize::from(resolution.as_deref() == Some("edge_tie"));
            }
        }
        store.close().await;
    }
    assert!(asked > 10_000 && ties > 1_000 && taken > 3, "{asked} asked, {ties} ties, {taken} units taken");
}

#[tokio::test]
async fn sql_is_exact_at_the_ends_of_the_lattice_and_silent_off_it() {
    let Some(database) = Database::new() else { return };
    let store = open(&database.url, Open::OrCreate).await.unwrap();
    // one triangle over half the world: products of differences beyond 2^62
    let (west, east, south, north) = (-1_800_000_000, 1_800_000_000, -900_000_000, 900_000_000);
    let corners = [(west, south), (east, south), (east, north)].map(|(x, y)| LatticePoint::new(x, y));
    let shape = MultiPolygon(vec![Polygon { exterior: Ring::new(corners.to_vec()), holes: vec![] }]);
    let mesh = Mesh::new(&mut Numbers(1), (0, 0), "A");
    let dataset = import(&*store, &mesh, "1").await;
    let (mut grids, assignment) = mesh.plan(&mut Numbers(2), None, "g");
    grids[0].shape = shape.clone();
    grids.truncate(1);
    let new = NewPlan {
        dataset,
        base: 0,
        scope: None,
        origin: "partition".to_owned(),
        attribute: Attribute::Households,
        band: Band::HOUSEHOLDS,
        seed: 1,
        recorded_ms: TIME_MS,
        grids: &grids,
        assignment: &assignment.iter().map(|grid| grid.filter(|&grid| grid == 0)).collect::<Vec<_>>(),
        findings: vec![],
        terms: PlanTerms::default(),
    };
    let plan = store.save_plan(&new, &act()).await.unwrap();
    let new = NewPublication { plan, effective_ms: TIME_MS, recorded_ms: TIME_MS, lineage: vec![] };
    store.publish(&new, &act()).await.unwrap();
    let mut points: Vec<LatticePoint> = corners.to_vec();
    for (x, y) in
        [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (east - 2, north - 1), (east - 1, north - 1), (2, 1), (3, 1), (2, 2)]
    {
        points.push(LatticePoint::new(x, y));
    }
    for (x, y) in
        [(i32::MIN, i32::MIN), (i32::MAX, i32::MAX), (i32::MAX, 0), (0, i32::MIN), (west - 1, south), (east, north + 1)]
    {
        points.push(LatticePoint::new(x, y));
    }
    let mut connection = database.connect().await;
    let by_sql = ask(&mut connection, &points, TIME_MS).await;
    for (point, (grid, resolution, _)) in points.iter().zip(by_sql) {
        let owner = brute_force(std::slice::from_ref(&shape), *point);
        assert_eq!(
            (grid.is_some(), resolution.as_deref()),
            (owner.is_some(), owner.map(|o| o.resolution.as_str())),
            "{point:?}"
        );
    }
}
