-- Declared links: bridges, ferries, underpasses between two atoms, by code, so that they go on when the atoms are imported again.
CREATE TABLE link_set (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    links INTEGER NOT NULL
);

CREATE TABLE link (
    fid INTEGER PRIMARY KEY,
    link_set INTEGER NOT NULL REFERENCES link_set (id),
    from_atom TEXT NOT NULL,
    to_atom TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bridge', 'ferry', 'underpass')),
    name TEXT,
    CHECK (from_atom <> to_atom)
);
CREATE INDEX link_of_set ON link (link_set);

CREATE TRIGGER link_set_is_kept_as_it_came BEFORE UPDATE ON link_set
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER link_set_stays BEFORE DELETE ON link_set
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;
CREATE TRIGGER link_is_kept_as_it_came BEFORE UPDATE ON link
BEGIN SELECT RAISE(ABORT, 'an import is kept as it came: import the corrected file instead'); END;
CREATE TRIGGER link_stays BEFORE DELETE ON link
BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;

-- Layer: the newest import of each source.
CREATE VIEW newest_link_set AS
SELECT max(id) AS id FROM link_set GROUP BY source;
CREATE VIEW links AS
SELECT l.fid AS OGC_FID, l.from_atom, l.to_atom, l.kind, l.name, s.source
FROM newest_link_set n CROSS JOIN link_set s ON s.id = n.id CROSS JOIN link l ON l.link_set = n.id;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('links', 'attributes', 'links', 'Declared bridges, ferries and underpasses between atoms', NULL);
