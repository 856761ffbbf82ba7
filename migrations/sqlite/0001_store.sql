-- The store: one GeoPackage 1.3 file (OGC 12-128r18). Plural names are layers a GIS shows, singular ones are kept rows.
-- No layer carries an R-tree: its triggers call functions that only GDAL's connections have.

PRAGMA application_id = 0x47504B47; -- 'GPKG'
PRAGMA user_version = 10300;

CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326,
     'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
     'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');

CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);

CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL,
    m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);

-- What tells this file from any other GeoPackage.
CREATE TABLE wangge_store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    made_by TEXT NOT NULL
);
INSERT INTO wangge_store VALUES (1, 'wangge');

CREATE TABLE workspace (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    home_crs TEXT NOT NULL,
    code_scheme TEXT NOT NULL
);

-- Imports. The rows of one import have consecutive fids, in the order of the source.
CREATE TABLE dataset (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    content_hash TEXT NOT NULL UNIQUE,
    crs TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    attributes TEXT NOT NULL, -- JSON
    first_atom INTEGER NOT NULL,
    atoms INTEGER NOT NULL,
    first_jurisdiction INTEGER NOT NULL,
    jurisdictions INTEGER NOT NULL,
    west_e7 INTEGER,
    south_e7 INTEGER,
    east_e7 INTEGER,
    north_e7 INTEGER
);

CREATE TABLE jurisdiction (
    fid INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    level_name TEXT NOT NULL,
    parent TEXT,
    west_e7 INTEGER,
    south_e7 INTEGER,
    east_e7 INTEGER,
    north_e7 INTEGER,
    geom MULTIPOLYGON NOT NULL,
    UNIQUE (dataset, code)
);

CREATE TABLE atom (
    fid INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    code TEXT NOT NULL,
    name TEXT,
    households INTEGER,
    population INTEGER,
    jurisdiction INTEGER NOT NULL REFERENCES jurisdiction (fid),
    geom MULTIPOLYGON NOT NULL,
    UNIQUE (dataset, code)
);

CREATE TABLE plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    base INTEGER NOT NULL,
    scope TEXT,
    origin TEXT NOT NULL,
    attribute TEXT NOT NULL,
    lower INTEGER NOT NULL,
    upper INTEGER NOT NULL,
    seed INTEGER NOT NULL, -- 64 bits, read unsigned
    recorded_ms INTEGER NOT NULL,
    first_grid INTEGER NOT NULL,
    grids INTEGER NOT NULL,
    in_band INTEGER NOT NULL,
    uninhabited INTEGER NOT NULL,
    unknown INTEGER NOT NULL
);

CREATE TABLE grid (
    fid INTEGER PRIMARY KEY,
    plan INTEGER NOT NULL REFERENCES plan (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    households INTEGER NOT NULL,
    population INTEGER,
    status TEXT NOT NULL CHECK (status IN ('in_band', 'under', 'over', 'uninhabited', 'unknown')),
    reason TEXT, -- JSON
    reason_en TEXT,
    reason_zh TEXT,
    atoms INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    area_m2 DOUBLE NOT NULL,
    label_x_e7 INTEGER NOT NULL,
    label_y_e7 INTEGER NOT NULL,
    west_e7 INTEGER,
    south_e7 INTEGER,
    east_e7 INTEGER,
    north_e7 INTEGER,
    geom MULTIPOLYGON NOT NULL,
    UNIQUE (plan, code)
);
CREATE INDEX grid_code ON grid (code);

-- The grid of each atom of a plan; an unassigned atom has no row.
CREATE TABLE plan_atom (
    plan INTEGER NOT NULL REFERENCES plan (id),
    atom INTEGER NOT NULL REFERENCES atom (fid),
    grid INTEGER NOT NULL REFERENCES grid (fid),
    PRIMARY KEY (plan, atom)
) WITHOUT ROWID;

CREATE TABLE publication (
    seq INTEGER PRIMARY KEY,
    plan INTEGER NOT NULL UNIQUE REFERENCES plan (id),
    scope TEXT,
    base INTEGER NOT NULL,
    effective_ms INTEGER NOT NULL,
    recorded_ms INTEGER NOT NULL,
    grids INTEGER NOT NULL
);

CREATE TABLE lineage (
    id INTEGER PRIMARY KEY,
    publication INTEGER NOT NULL REFERENCES publication (seq),
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    share DOUBLE NOT NULL
);
CREATE INDEX lineage_publication ON lineage (publication);

CREATE TABLE finding (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER NOT NULL REFERENCES dataset (id),
    plan INTEGER REFERENCES plan (id),
    kind TEXT NOT NULL,
    x_e7 INTEGER NOT NULL,
    y_e7 INTEGER NOT NULL,
    area_m2 DOUBLE NOT NULL,
    parties TEXT NOT NULL, -- JSON
    en TEXT NOT NULL,
    zh TEXT NOT NULL,
    west_e7 INTEGER NOT NULL,
    south_e7 INTEGER NOT NULL,
    east_e7 INTEGER NOT NULL,
    north_e7 INTEGER NOT NULL,
    geom GEOMETRY NOT NULL -- the extent where there is one, else the point
);
CREATE INDEX finding_dataset ON finding (dataset, plan);

-- A layer itself: category and text may be edited in a GIS, the rest may not.
CREATE TABLE reports (
    fid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT UNIQUE,
    body_hash TEXT NOT NULL,
    category TEXT NOT NULL,
    text TEXT NOT NULL,
    grid TEXT,
    resolution TEXT NOT NULL,
    chain TEXT NOT NULL, -- JSON
    publication INTEGER REFERENCES publication (seq),
    given_x DOUBLE NOT NULL,
    given_y DOUBLE NOT NULL,
    given_crs TEXT NOT NULL,
    x_e7 INTEGER NOT NULL,
    y_e7 INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    received DATETIME NOT NULL,
    geom POINT NOT NULL
);

CREATE TABLE report_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL REFERENCES reports (id),
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    detail TEXT NOT NULL -- JSON
);
CREATE INDEX report_event_report ON report_event (report);

-- What the layers show: the grids of the publications that none has replaced, or of the newest plan before the first
-- publication, and the dataset of the newest of these plans.
CREATE TABLE shown_dataset (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    dataset INTEGER NOT NULL REFERENCES dataset (id)
);
CREATE TABLE shown_grid (
    grid INTEGER PRIMARY KEY REFERENCES grid (fid),
    plan INTEGER NOT NULL REFERENCES plan (id)
);
CREATE INDEX shown_grid_plan ON shown_grid (plan);

-- GDAL takes a column named OGC_FID for the feature id of a view.
CREATE VIEW atoms AS
SELECT a.fid AS OGC_FID, a.geom, a.dataset, a.code, a.name, a.households, a.population, j.code AS jurisdiction, g.code AS grid
FROM shown_dataset s
CROSS JOIN dataset d ON d.id = s.dataset
CROSS JOIN atom a ON a.fid BETWEEN d.first_atom AND d.first_atom + d.atoms - 1
CROSS JOIN jurisdiction j ON j.fid = a.jurisdiction
LEFT JOIN plan_atom p ON p.atom = a.fid AND p.plan IN (SELECT plan FROM shown_grid)
    AND p.grid IN (SELECT grid FROM shown_grid)
LEFT JOIN grid g ON g.fid = p.grid;

CREATE VIEW jurisdictions AS
SELECT j.fid AS OGC_FID, j.geom, j.dataset, j.code, j.name, j.level, j.level_name, j.parent
FROM shown_dataset s
CROSS JOIN dataset d ON d.id = s.dataset
CROSS JOIN jurisdiction j ON j.fid BETWEEN d.first_jurisdiction AND d.first_jurisdiction + d.jurisdictions - 1;

CREATE VIEW grids AS
SELECT g.fid AS OGC_FID, g.geom, g.plan, g.code, g.name, g.jurisdiction, g.households, g.population, g.status,
    g.reason_en, g.reason_zh, g.atoms, g.parts, g.area_m2
FROM shown_grid s
CROSS JOIN grid g ON g.fid = s.grid;

CREATE VIEW findings AS
SELECT f.id AS OGC_FID, f.geom, f.dataset, f.plan, f.kind, f.area_m2, f.parties, f.en, f.zh
FROM shown_dataset s
CROSS JOIN finding f ON f.dataset = s.dataset
WHERE f.plan IS NULL OR f.plan IN (SELECT plan FROM shown_grid);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('atoms', 'features', 'atoms', 'The smallest pieces that are never cut, with their people and grid', 4326),
    ('jurisdictions', 'features', 'jurisdictions', 'District, street offices, communities', 4326),
    ('grids', 'features', 'grids', 'Physical grids in force, or of the newest plan before the first publication', 4326),
    ('findings', 'features', 'findings', 'What was found wrong or mended, at its place', 4326),
    ('reports', 'features', 'reports', 'What residents and officers sent', 4326),
    ('dataset', 'attributes', 'dataset', 'Imports', NULL),
    ('plan', 'attributes', 'plan', 'Plans', NULL),
    ('publication', 'attributes', 'publication', 'Publications', NULL),
    ('lineage', 'attributes', 'lineage', 'Which old grid went into which new one', NULL),
    ('report_event', 'attributes', 'report_event', 'What happened to each report', NULL);

INSERT INTO gpkg_geometry_columns VALUES
    ('atoms', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('jurisdictions', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('grids', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('findings', 'geom', 'GEOMETRY', 4326, 0, 0),
    ('reports', 'geom', 'POINT', 4326, 0, 0);

-- Other connections can write to the file too; what must stay is defended here.
CREATE TRIGGER publication_is_final BEFORE UPDATE ON publication
BEGIN SELECT RAISE(ABORT, 'a publication is never changed: publish a new plan instead'); END;
CREATE TRIGGER publication_stays BEFORE DELETE ON publication
BEGIN SELECT RAISE(ABORT, 'a publication is never deleted: publish a new plan instead'); END;
CREATE TRIGGER publication_is_not_replaced BEFORE INSERT ON publication
WHEN EXISTS (SELECT 1 FROM publication WHERE seq >= NEW.seq OR plan = NEW.plan)
BEGIN SELECT RAISE(ABORT, 'a publication is never replaced: publish a new plan instead'); END;

CREATE TRIGGER published_grid_is_final BEFORE UPDATE ON grid
WHEN EXISTS (SELECT 1 FROM publication WHERE plan IN (OLD.plan, NEW.plan))
BEGIN SELECT RAISE(ABORT, 'a published grid is never changed: publish a new plan instead'); END;
CREATE TRIGGER published_grid_stays BEFORE DELETE ON grid
WHEN EXISTS (SELECT 1 FROM publication WHERE plan = OLD.plan)
BEGIN SELECT RAISE(ABORT, 'a published grid is never deleted: publish a new plan instead'); END;
CREATE TRIGGER published_plan_takes_no_grid BEFORE INSERT ON grid
WHEN EXISTS (SELECT 1 FROM publication WHERE plan = NEW.plan)
    OR EXISTS (SELECT 1 FROM grid WHERE fid = NEW.fid)
BEGIN SELECT RAISE(ABORT, 'a published plan takes no further grid: publish a new plan instead'); END;

CREATE TRIGGER published_assignment_is_final BEFORE UPDATE ON plan_atom
WHEN EXISTS (SELECT 1 FROM publication WHERE plan IN (OLD.plan, NEW.plan))
BEGIN SELECT RAISE(ABORT, 'the atoms of a published grid are never changed: publish a new plan instead'); END;
CREATE TRIGGER published_assignment_stays BEFORE DELETE ON plan_atom
WHEN EXISTS (SELECT 1 FROM publication WHERE plan = OLD.plan)
BEGIN SELECT RAISE(ABORT, 'the atoms of a published grid are never changed: publish a new plan instead'); END;

CREATE TRIGGER published_plan_is_final BEFORE UPDATE ON plan
WHEN EXISTS (SELECT 1 FROM publication WHERE plan = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a published plan is never changed'); END;
CREATE TRIGGER published_plan_stays BEFORE DELETE ON plan
WHEN EXISTS (SELECT 1 FROM publication WHERE plan = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a published plan is never deleted'); END;

CREATE TRIGGER lineage_is_final BEFORE UPDATE ON lineage
BEGIN SELECT RAISE(ABORT, 'lineage is never changed'); END;
CREATE TRIGGER lineage_stays BEFORE DELETE ON lineage
BEGIN SELECT RAISE(ABORT, 'lineage is never deleted'); END;

CREATE TRIGGER report_event_is_final BEFORE UPDATE ON report_event
BEGIN SELECT RAISE(ABORT, 'the events of a report are only added to'); END;
CREATE TRIGGER report_event_stays BEFORE DELETE ON report_event
BEGIN SELECT RAISE(ABORT, 'the events of a report are only added to'); END;

CREATE TRIGGER report_keeps_its_place BEFORE UPDATE ON reports
WHEN OLD.fid IS NOT NEW.fid OR OLD.id IS NOT NEW.id OR OLD.key IS NOT NEW.key OR OLD.body_hash IS NOT NEW.body_hash
    OR OLD.grid IS NOT NEW.grid OR OLD.resolution IS NOT NEW.resolution OR OLD.chain IS NOT NEW.chain
    OR OLD.publication IS NOT NEW.publication OR OLD.given_x IS NOT NEW.given_x OR OLD.given_y IS NOT NEW.given_y
    OR OLD.given_crs IS NOT NEW.given_crs OR OLD.x_e7 IS NOT NEW.x_e7 OR OLD.y_e7 IS NOT NEW.y_e7
    OR OLD.received_ms IS NOT NEW.received_ms OR OLD.geom IS NOT NEW.geom
BEGIN SELECT RAISE(ABORT, 'only category and text of a report may be edited'); END;
CREATE TRIGGER report_stays BEFORE DELETE ON reports
BEGIN SELECT RAISE(ABORT, 'a report is never deleted'); END;

CREATE TRIGGER report_is_not_replaced BEFORE INSERT ON reports
WHEN EXISTS (SELECT 1 FROM reports WHERE fid = NEW.fid OR id = NEW.id OR key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'a report is never replaced'); END;
CREATE TRIGGER report_event_is_not_replaced BEFORE INSERT ON report_event
WHEN EXISTS (SELECT 1 FROM report_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the events of a report are only added to'); END;
CREATE TRIGGER lineage_is_not_replaced BEFORE INSERT ON lineage
WHEN EXISTS (SELECT 1 FROM lineage WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'lineage is never changed'); END;

CREATE TRIGGER atom_is_kept_as_it_came BEFORE UPDATE ON atom
WHEN OLD.fid IS NOT NEW.fid OR OLD.dataset IS NOT NEW.dataset OR OLD.code IS NOT NEW.code
    OR OLD.households IS NOT NEW.households OR OLD.population IS NOT NEW.population
    OR OLD.jurisdiction IS NOT NEW.jurisdiction OR OLD.geom IS NOT NEW.geom
BEGIN SELECT RAISE(ABORT, 'only the name of an atom may be edited: import the corrected file instead'); END;
CREATE TRIGGER atom_stays BEFORE DELETE ON atom
BEGIN SELECT RAISE(ABORT, 'an atom is never deleted: import the corrected file instead'); END;
CREATE TRIGGER jurisdiction_is_kept_as_it_came BEFORE UPDATE ON jurisdiction
WHEN OLD.fid IS NOT NEW.fid OR OLD.dataset IS NOT NEW.dataset OR OLD.code IS NOT NEW.code
    OR OLD.level IS NOT NEW.level OR OLD.level_name IS NOT NEW.level_name OR OLD.parent IS NOT NEW.parent
    OR OLD.geom IS NOT NEW.geom
BEGIN SELECT RAISE(ABORT, 'only the name of a jurisdiction may be edited: import the corrected file instead'); END;
CREATE TRIGGER jurisdiction_stays BEFORE DELETE ON jurisdiction
BEGIN SELECT RAISE(ABORT, 'a jurisdiction is never deleted: import the corrected file instead'); END;
CREATE TRIGGER dataset_is_kept_as_it_came BEFORE UPDATE ON dataset
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER dataset_stays BEFORE DELETE ON dataset
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;

-- Edits of a view's names go to the rows behind it.
CREATE TRIGGER atoms_edit INSTEAD OF UPDATE ON atoms
BEGIN
    SELECT RAISE(ABORT, 'only the name of an atom may be edited: import the corrected file instead')
    WHERE OLD.OGC_FID IS NOT NEW.OGC_FID OR OLD.geom IS NOT NEW.geom OR OLD.dataset IS NOT NEW.dataset
        OR OLD.code IS NOT NEW.code OR OLD.households IS NOT NEW.households OR OLD.population IS NOT NEW.population
        OR OLD.jurisdiction IS NOT NEW.jurisdiction OR OLD.grid IS NOT NEW.grid;
    UPDATE atom SET name = NEW.name WHERE fid = OLD.OGC_FID;
END;
CREATE TRIGGER jurisdictions_edit INSTEAD OF UPDATE ON jurisdictions
BEGIN
    SELECT RAISE(ABORT, 'only the name of a jurisdiction may be edited: import the corrected file instead')
    WHERE OLD.OGC_FID IS NOT NEW.OGC_FID OR OLD.geom IS NOT NEW.geom OR OLD.dataset IS NOT NEW.dataset
        OR OLD.code IS NOT NEW.code OR OLD.level IS NOT NEW.level OR OLD.level_name IS NOT NEW.level_name
        OR OLD.parent IS NOT NEW.parent;
    UPDATE jurisdiction SET name = NEW.name WHERE fid = OLD.OGC_FID;
END;
CREATE TRIGGER grids_edit INSTEAD OF UPDATE ON grids
BEGIN SELECT RAISE(ABORT, 'grids are not edited here: make a new plan and publish it'); END;
CREATE TRIGGER grids_stay INSTEAD OF DELETE ON grids
BEGIN SELECT RAISE(ABORT, 'grids are not edited here: make a new plan and publish it'); END;
