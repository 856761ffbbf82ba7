-- Who may do something here. A principal is never deleted: history names it.
CREATE TABLE principal (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    disabled BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    password_hash TEXT, -- argon2id, PHC form
    created_ms BIGINT NOT NULL
);

-- scope: code of a jurisdiction with all below it; '' = the whole workspace.
CREATE TABLE principal_grant (
    principal TEXT NOT NULL REFERENCES principal (id),
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (principal, role, scope)
);

-- hash: SHA-256 of the token.
CREATE TABLE session (
    hash TEXT PRIMARY KEY,
    principal TEXT NOT NULL REFERENCES principal (id),
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);
CREATE INDEX session_principal ON session (principal);

-- hash: SHA-256 of the secret.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL REFERENCES principal (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    last4 TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT,
    revoked_ms BIGINT
);
CREATE INDEX api_key_principal ON api_key (principal);
