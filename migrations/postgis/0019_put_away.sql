-- Drafts that were put away and taken back: the newest row of a plan says which. Only ever added to.
CREATE TABLE put_away (
    plan BIGINT NOT NULL REFERENCES plan (id),
    n BIGINT NOT NULL CHECK (n > 0),
    away BIGINT NOT NULL CHECK (away IN (0, 1)),
    by_id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (plan, n)
);

CREATE TRIGGER put_away_is_final BEFORE UPDATE ON put_away FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('that a draft was put away or taken back is never changed: add what holds now');
CREATE TRIGGER put_away_stays BEFORE DELETE ON put_away FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('that a draft was put away or taken back is never deleted');
CREATE TRIGGER put_away_is_not_emptied BEFORE TRUNCATE ON put_away
    EXECUTE FUNCTION wangge_refuse('that a draft was put away or taken back is never deleted');
