-- A store that another one is copied into, and a backup: what it came from and how far it is.
CREATE TABLE copied (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('copy', 'backup')),
    source TEXT NOT NULL, -- its name, without a password
    begun_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    fingerprint TEXT -- JSON: SHA-256 of each table, when finished
);
