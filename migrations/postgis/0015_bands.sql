-- What kind a jurisdiction is of (urban, rural …), and the bands of single jurisdictions and kinds in a plan and its grids.
ALTER TABLE jurisdiction ADD COLUMN kind TEXT COLLATE "C";
ALTER TABLE grid ADD COLUMN lower BIGINT; -- the band it should keep to, where it is not that of its plan
ALTER TABLE grid ADD COLUMN upper BIGINT;
ALTER TABLE grid ADD COLUMN other_lower BIGINT; -- of the count that the plan's attribute does not name
ALTER TABLE grid ADD COLUMN other_upper BIGINT;
ALTER TABLE plan ADD COLUMN own_bands TEXT; -- JSON; null where the plan's bands hold everywhere

DROP TRIGGER jurisdiction_is_kept_as_it_came ON jurisdiction;
CREATE TRIGGER jurisdiction_is_kept_as_it_came BEFORE UPDATE ON jurisdiction FOR EACH ROW
    WHEN ((OLD.fid, OLD.dataset, OLD.code, OLD.level, OLD.level_name, OLD.parent, OLD.kind)
        IS DISTINCT FROM (NEW.fid, NEW.dataset, NEW.code, NEW.level, NEW.level_name, NEW.parent, NEW.kind)
        OR OLD.geom::bytea IS DISTINCT FROM NEW.geom::bytea)
    EXECUTE FUNCTION wangge_refuse('only the name of a jurisdiction may be edited: import the corrected file instead');
