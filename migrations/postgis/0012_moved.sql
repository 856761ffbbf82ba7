-- How far borders moved when areas were made to fit, and within what tolerance.
ALTER TABLE dataset ADD COLUMN mending TEXT; -- JSON; null for what was imported before, or needed none
ALTER TABLE finding ADD COLUMN moved_m DOUBLE PRECISION; -- the farthest that this repair moved a border

-- columns are only added after those a view has, so it keeps what was granted on it
CREATE OR REPLACE VIEW findings AS
SELECT f.id AS fid, f.geom, f.dataset, f.plan, f.kind, f.area_m2, f.parties, f.en, f.zh, f.moved_m
FROM shown_dataset s
JOIN finding f ON f.dataset = s.dataset
WHERE f.plan IS NULL OR f.plan IN (SELECT plan FROM shown_grid);
