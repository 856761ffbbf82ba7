-- A store that another one is copied into, and a backup: what it came from and how far it is.
CREATE TABLE copied (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('copy', 'backup')),
    source TEXT NOT NULL, -- its name, without a password
    begun_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    fingerprint TEXT -- JSON: SHA-256 of each table, when finished
);

-- what the log began with comes from the other store
DROP TRIGGER audit_start_is_final;
CREATE TRIGGER audit_start_is_final BEFORE UPDATE ON audit_start WHEN EXISTS (SELECT 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
DROP TRIGGER audit_start_stays;
CREATE TRIGGER audit_start_stays BEFORE DELETE ON audit_start WHEN EXISTS (SELECT 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
