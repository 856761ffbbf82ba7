-- Addresses and where they are, as they were imported; the newest set of each source counts.
CREATE TABLE address_set (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    addresses INTEGER NOT NULL
);

CREATE TABLE address (
    fid INTEGER PRIMARY KEY,
    address_set INTEGER NOT NULL REFERENCES address_set (id),
    text TEXT NOT NULL CHECK (text <> ''),
    area TEXT NOT NULL,
    street TEXT NOT NULL,
    number TEXT NOT NULL,
    compound TEXT NOT NULL,
    building TEXT NOT NULL,
    unit TEXT NOT NULL,
    x_e7 INTEGER NOT NULL,
    y_e7 INTEGER NOT NULL,
    geom BLOB NOT NULL
);
CREATE INDEX address_of_set ON address (address_set);

CREATE TRIGGER address_set_is_kept_as_it_came BEFORE UPDATE ON address_set
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER address_set_stays BEFORE DELETE ON address_set
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;
CREATE TRIGGER address_is_kept_as_it_came BEFORE UPDATE ON address
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER address_stays BEFORE DELETE ON address
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;

-- Layer: the newest import of each source.
CREATE VIEW newest_address_set AS
SELECT max(id) AS id FROM address_set GROUP BY source;
CREATE VIEW addresses AS
SELECT a.fid AS OGC_FID, a.geom, a.text, a.area, a.street, a.number, a.compound, a.building, a.unit, s.source
FROM newest_address_set n CROSS JOIN address_set s ON s.id = n.id CROSS JOIN address a ON a.address_set = n.id;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('addresses', 'features', 'addresses', 'Addresses, as imported', 4326);
INSERT INTO gpkg_geometry_columns VALUES
    ('addresses', 'geom', 'POINT', 4326, 0, 0);
