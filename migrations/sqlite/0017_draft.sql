-- What was done to a draft plan, one operation a revision; revision 0 is the plan as it was made. Only ever added to.
CREATE TABLE draft_op (
    plan INTEGER NOT NULL REFERENCES plan (id),
    rev INTEGER NOT NULL CHECK (rev > 0),
    id TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (plan, rev),
    UNIQUE (plan, id)
);

-- Plans that are another plan as it was redrawn, up to a revision.
CREATE TABLE redrawn (
    plan INTEGER PRIMARY KEY REFERENCES plan (id),
    base INTEGER NOT NULL REFERENCES plan (id),
    rev INTEGER NOT NULL CHECK (rev > 0),
    CHECK (plan <> base)
);
CREATE INDEX redrawn_of_base ON redrawn (base);

CREATE TRIGGER draft_op_is_final BEFORE UPDATE ON draft_op
BEGIN SELECT RAISE(ABORT, 'what was done to a draft is never changed: add an operation that takes it back'); END;
CREATE TRIGGER draft_op_stays BEFORE DELETE ON draft_op
BEGIN SELECT RAISE(ABORT, 'what was done to a draft is never deleted'); END;
CREATE TRIGGER redrawn_is_final BEFORE UPDATE ON redrawn
BEGIN SELECT RAISE(ABORT, 'where a plan comes from is never changed'); END;
CREATE TRIGGER redrawn_stays BEFORE DELETE ON redrawn
BEGIN SELECT RAISE(ABORT, 'where a plan comes from is never deleted'); END;
