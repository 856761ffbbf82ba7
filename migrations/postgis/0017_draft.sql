-- What was done to a draft plan, one operation a revision; revision 0 is the plan as it was made. Only ever added to.
CREATE TABLE draft_op (
    plan BIGINT NOT NULL REFERENCES plan (id),
    rev BIGINT NOT NULL CHECK (rev > 0),
    id TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (plan, rev),
    UNIQUE (plan, id)
);

-- Plans that are another plan as it was redrawn, up to a revision.
CREATE TABLE redrawn (
    plan BIGINT PRIMARY KEY REFERENCES plan (id),
    base BIGINT NOT NULL REFERENCES plan (id),
    rev BIGINT NOT NULL CHECK (rev > 0),
    CHECK (plan <> base)
);
CREATE INDEX redrawn_of_base ON redrawn (base);

CREATE TRIGGER draft_op_is_final BEFORE UPDATE ON draft_op FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('what was done to a draft is never changed: add an operation that takes it back');
CREATE TRIGGER draft_op_stays BEFORE DELETE ON draft_op FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('what was done to a draft is never deleted');
CREATE TRIGGER draft_op_is_not_emptied BEFORE TRUNCATE ON draft_op
    EXECUTE FUNCTION wangge_refuse('what was done to a draft is never deleted');
CREATE TRIGGER redrawn_is_final BEFORE UPDATE ON redrawn FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('where a plan comes from is never changed');
CREATE TRIGGER redrawn_stays BEFORE DELETE ON redrawn FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('where a plan comes from is never deleted');
CREATE TRIGGER redrawn_is_not_emptied BEFORE TRUNCATE ON redrawn
    EXECUTE FUNCTION wangge_refuse('where a plan comes from is never deleted');

CREATE TRIGGER draft_ops_are_told AFTER INSERT ON draft_op FOR EACH STATEMENT EXECUTE FUNCTION wangge_tell();
