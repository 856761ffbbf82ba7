-- What atoms are made from, what runs along their borders, and what more is known of an atom.
ALTER TABLE atom ADD COLUMN kind TEXT NOT NULL DEFAULT 'area';
ALTER TABLE atom ADD COLUMN households_origin TEXT NOT NULL DEFAULT 'counted'; -- or 'estimated: ' and by what
ALTER TABLE atom ADD COLUMN population_origin TEXT NOT NULL DEFAULT 'counted';
ALTER TABLE atom ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}'; -- JSON

-- Streets, buildings, jurisdictions, open ground, totals, as they were imported. Rows of one input have consecutive fids.
CREATE TABLE input (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('streets', 'buildings', 'jurisdictions', 'landuse', 'totals')),
    source TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    crs TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    first_feature INTEGER NOT NULL,
    features INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    lines INTEGER NOT NULL
);

CREATE TABLE feature (
    fid INTEGER PRIMARY KEY,
    input INTEGER NOT NULL REFERENCES input (id),
    code TEXT NOT NULL,
    name TEXT,
    class TEXT,
    households INTEGER,
    population INTEGER,
    attributes TEXT NOT NULL, -- JSON
    west_e7 INTEGER,
    south_e7 INTEGER,
    east_e7 INTEGER,
    north_e7 INTEGER,
    geom MULTIPOLYGON NOT NULL,
    UNIQUE (input, code)
);

-- Lines of an input as they came, or of a dataset, edge for edge along the borders of its atoms.
CREATE TABLE street (
    fid INTEGER PRIMARY KEY,
    input INTEGER REFERENCES input (id),
    dataset INTEGER REFERENCES dataset (id),
    class TEXT NOT NULL CHECK (class IN ('river', 'rail', 'arterial', 'street', 'path', 'wall')),
    name TEXT,
    west_e7 INTEGER,
    south_e7 INTEGER,
    east_e7 INTEGER,
    north_e7 INTEGER,
    geom LINESTRING NOT NULL,
    CHECK ((input IS NULL) <> (dataset IS NULL))
);
CREATE INDEX street_dataset ON street (dataset);
CREATE INDEX street_input ON street (input);

CREATE TRIGGER input_is_kept_as_it_came BEFORE UPDATE ON input
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER input_stays BEFORE DELETE ON input
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;
CREATE TRIGGER feature_is_kept_as_it_came BEFORE UPDATE ON feature
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER feature_stays BEFORE DELETE ON feature
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;
CREATE TRIGGER street_is_kept_as_it_came BEFORE UPDATE ON street
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER street_stays BEFORE DELETE ON street
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;

DROP TRIGGER atom_is_kept_as_it_came;
CREATE TRIGGER atom_is_kept_as_it_came BEFORE UPDATE ON atom
WHEN OLD.fid IS NOT NEW.fid OR OLD.dataset IS NOT NEW.dataset OR OLD.code IS NOT NEW.code
    OR OLD.households IS NOT NEW.households OR OLD.population IS NOT NEW.population
    OR OLD.jurisdiction IS NOT NEW.jurisdiction OR OLD.kind IS NOT NEW.kind
    OR OLD.households_origin IS NOT NEW.households_origin OR OLD.population_origin IS NOT NEW.population_origin
    OR OLD.attributes IS NOT NEW.attributes OR OLD.geom IS NOT NEW.geom
BEGIN SELECT RAISE(ABORT, 'only the name of an atom may be edited: import the corrected file instead'); END;

DROP VIEW atoms; -- and its trigger
CREATE VIEW atoms AS
SELECT a.fid AS OGC_FID, a.geom, a.dataset, a.code, a.name, a.households, a.population, j.code AS jurisdiction, g.code AS grid,
    a.kind, a.households_origin, a.population_origin, a.attributes
FROM shown_dataset s
CROSS JOIN dataset d ON d.id = s.dataset
CROSS JOIN atom a ON a.fid BETWEEN d.first_atom AND d.first_atom + d.atoms - 1
CROSS JOIN jurisdiction j ON j.fid = a.jurisdiction
LEFT JOIN plan_atom p ON p.atom = a.fid AND p.plan IN (SELECT plan FROM shown_grid)
    AND p.grid IN (SELECT grid FROM shown_grid)
LEFT JOIN grid g ON g.fid = p.grid;
CREATE TRIGGER atoms_edit INSTEAD OF UPDATE ON atoms
BEGIN
    SELECT RAISE(ABORT, 'only the name of an atom may be edited: import the corrected file instead')
    WHERE OLD.OGC_FID IS NOT NEW.OGC_FID OR OLD.geom IS NOT NEW.geom OR OLD.dataset IS NOT NEW.dataset
        OR OLD.code IS NOT NEW.code OR OLD.households IS NOT NEW.households OR OLD.population IS NOT NEW.population
        OR OLD.jurisdiction IS NOT NEW.jurisdiction OR OLD.grid IS NOT NEW.grid OR OLD.kind IS NOT NEW.kind
        OR OLD.households_origin IS NOT NEW.households_origin OR OLD.population_origin IS NOT NEW.population_origin
        OR OLD.attributes IS NOT NEW.attributes;
    UPDATE atom SET name = NEW.name WHERE fid = OLD.OGC_FID;
END;

-- Layers: the lines of the shown dataset, or of the inputs until a dataset has some; the newest input of each source.
CREATE VIEW newest_input AS
SELECT max(id) AS id, kind FROM input GROUP BY kind, source;
CREATE VIEW shown_street AS
SELECT t.fid FROM shown_dataset s CROSS JOIN street t ON t.dataset = s.dataset
UNION ALL
SELECT t.fid FROM newest_input i CROSS JOIN street t ON t.input = i.id
WHERE NOT EXISTS (SELECT 1 FROM shown_dataset s CROSS JOIN street t ON t.dataset = s.dataset);
CREATE VIEW shown_building AS
SELECT f.fid FROM newest_input n CROSS JOIN input i ON i.id = n.id
CROSS JOIN feature f ON f.fid BETWEEN i.first_feature AND i.first_feature + i.features - 1
WHERE n.kind = 'buildings';
CREATE VIEW streets AS
SELECT t.fid AS OGC_FID, t.geom, t.class, t.name FROM shown_street s CROSS JOIN street t ON t.fid = s.fid;
CREATE VIEW buildings AS
SELECT f.fid AS OGC_FID, f.geom, f.code, f.name, f.class, f.households, f.population, f.attributes
FROM shown_building s CROSS JOIN feature f ON f.fid = s.fid;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('streets', 'features', 'streets', 'What runs along borders: streets, railways, rivers, walls', 4326),
    ('buildings', 'features', 'buildings', 'Footprints of buildings, as imported', 4326),
    ('input', 'attributes', 'input', 'Imports of streets, buildings and other inputs', NULL);
INSERT INTO gpkg_geometry_columns VALUES
    ('streets', 'geom', 'LINESTRING', 4326, 0, 0),
    ('buildings', 'geom', 'MULTIPOLYGON', 4326, 0, 0);
