-- How far borders moved when areas were made to fit, and within what tolerance.
ALTER TABLE dataset ADD COLUMN mending TEXT; -- JSON; null for what was imported before, or needed none
ALTER TABLE finding ADD COLUMN moved_m DOUBLE; -- the farthest that this repair moved a border

DROP VIEW findings;
CREATE VIEW findings AS
SELECT f.id AS OGC_FID, f.geom, f.dataset, f.plan, f.kind, f.area_m2, f.parties, f.en, f.zh, f.moved_m
FROM shown_dataset s
CROSS JOIN finding f ON f.dataset = s.dataset
WHERE f.plan IS NULL OR f.plan IN (SELECT plan FROM shown_grid);
