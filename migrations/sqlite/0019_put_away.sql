-- Drafts that were put away and taken back: the newest row of a plan says which. Only ever added to.
CREATE TABLE put_away (
    plan INTEGER NOT NULL REFERENCES plan (id),
    n INTEGER NOT NULL CHECK (n > 0),
    away INTEGER NOT NULL CHECK (away IN (0, 1)),
    by_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (plan, n)
);

CREATE TRIGGER put_away_is_final BEFORE UPDATE ON put_away
BEGIN SELECT RAISE(ABORT, 'that a draft was put away or taken back is never changed: add what holds now'); END;
CREATE TRIGGER put_away_stays BEFORE DELETE ON put_away
BEGIN SELECT RAISE(ABORT, 'that a draft was put away or taken back is never deleted'); END;
