-- Who did what and when: a chain in which every entry holds the hash of the one before it.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    by_id TEXT NOT NULL,
    request TEXT,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    before_hash TEXT,
    after_hash TEXT,
    detail TEXT NOT NULL, -- JSON
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- How many rows there were before the chain began: the first entry repeats it, so that it cannot be changed later.
CREATE TABLE audit_start (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    imports INTEGER NOT NULL,
    plans INTEGER NOT NULL,
    publications INTEGER NOT NULL,
    reports INTEGER NOT NULL
);
INSERT INTO audit_start SELECT 1, (SELECT count(*) FROM dataset), (SELECT count(*) FROM plan),
    (SELECT count(*) FROM publication), (SELECT count(*) FROM reports);

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq >= NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_start_is_final BEFORE UPDATE ON audit_start
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_start_stays BEFORE DELETE ON audit_start
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
