-- What kind a jurisdiction is of (urban, rural …), and the bands of single jurisdictions and kinds in a plan and its grids.
ALTER TABLE jurisdiction ADD COLUMN kind TEXT;
ALTER TABLE grid ADD COLUMN lower INTEGER; -- the band it should keep to, where it is not that of its plan
ALTER TABLE grid ADD COLUMN upper INTEGER;
ALTER TABLE grid ADD COLUMN other_lower INTEGER; -- of the count that the plan's attribute does not name
ALTER TABLE grid ADD COLUMN other_upper INTEGER;
ALTER TABLE plan ADD COLUMN own_bands TEXT; -- JSON; null where the plan's bands hold everywhere

DROP TRIGGER jurisdiction_is_kept_as_it_came;
CREATE TRIGGER jurisdiction_is_kept_as_it_came BEFORE UPDATE ON jurisdiction
WHEN OLD.fid IS NOT NEW.fid OR OLD.dataset IS NOT NEW.dataset OR OLD.code IS NOT NEW.code
    OR OLD.level IS NOT NEW.level OR OLD.level_name IS NOT NEW.level_name OR OLD.parent IS NOT NEW.parent
    OR OLD.kind IS NOT NEW.kind OR OLD.geom IS NOT NEW.geom
BEGIN SELECT RAISE(ABORT, 'only the name of a jurisdiction may be edited: import the corrected file instead'); END;
