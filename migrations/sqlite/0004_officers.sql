-- Officers and their duties in grids. None of these tables is in gpkg_contents: they hold private numbers, and whoever
-- copies a layer out of a GIS project would carry them along. GDAL and QGIS list what stands there, and only that.
CREATE TABLE officer (
    code TEXT PRIMARY KEY, -- given by the office
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'team')),
    team TEXT,
    desk TEXT, -- public
    phone TEXT, -- private
    principal TEXT
);

-- From an instant on until another, that one not included. Where they are equal the duty was recorded by mistake.
CREATE TABLE duty (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    officer TEXT NOT NULL REFERENCES officer (code),
    grid TEXT NOT NULL, -- a code; it outlives the grid
    role TEXT NOT NULL CHECK (role IN ('primary', 'deputy')),
    from_ms INTEGER NOT NULL,
    to_ms INTEGER CHECK (to_ms >= from_ms),
    recorded_ms INTEGER NOT NULL,
    ended_ms INTEGER -- when its end was last written
);
CREATE INDEX duty_grid ON duty (grid);
CREATE INDEX duty_officer ON duty (officer);

-- Grows by one with each change of the two, so that of two changes made on the same state one is refused.
CREATE TABLE roster (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
);
INSERT INTO roster VALUES (1, 0);

-- A copy that is taken up again begins these tables anew (0005).
CREATE TRIGGER officer_stays BEFORE DELETE ON officer
WHEN NOT EXISTS (SELECT 1 FROM copied WHERE finished_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'an officer is never deleted: end the duties instead'); END;
CREATE TRIGGER officer_keeps_the_code BEFORE UPDATE OF code ON officer
WHEN OLD.code IS NOT NEW.code
BEGIN SELECT RAISE(ABORT, 'the code of an officer is never changed'); END;
CREATE TRIGGER duty_only_ends BEFORE UPDATE ON duty
WHEN OLD.id IS NOT NEW.id OR OLD.officer IS NOT NEW.officer OR OLD.grid IS NOT NEW.grid OR OLD.role IS NOT NEW.role
    OR OLD.from_ms IS NOT NEW.from_ms OR OLD.recorded_ms IS NOT NEW.recorded_ms
    OR NEW.to_ms IS NULL OR NEW.to_ms > OLD.to_ms
BEGIN SELECT RAISE(ABORT, 'a duty is never rewritten: it ends, and another begins'); END;
CREATE TRIGGER duty_stays BEFORE DELETE ON duty
WHEN NOT EXISTS (SELECT 1 FROM copied WHERE finished_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'a duty is never deleted: end it instead'); END;
CREATE TRIGGER duty_is_not_replaced BEFORE INSERT ON duty
WHEN EXISTS (SELECT 1 FROM duty WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a duty is never rewritten: it ends, and another begins'); END;
