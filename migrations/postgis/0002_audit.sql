-- Who did what and when: a chain in which every entry holds the hash of the one before it.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
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
    one BIGINT PRIMARY KEY CHECK (one = 1),
    imports BIGINT NOT NULL,
    plans BIGINT NOT NULL,
    publications BIGINT NOT NULL,
    reports BIGINT NOT NULL
);
INSERT INTO audit_start SELECT 1, (SELECT count(*) FROM dataset), (SELECT count(*) FROM plan),
    (SELECT count(*) FROM publication), (SELECT count(*) FROM reports);

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('the audit log is only added to');
CREATE TRIGGER audit_stays BEFORE DELETE ON audit FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse('the audit log is only added to');
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    EXECUTE FUNCTION wangge_refuse('the audit log is only added to');
-- what the log began with may come from another store, as long as nothing stands on it
CREATE FUNCTION wangge_refuse_begun_audit() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM audit) THEN
        RAISE EXCEPTION 'the audit log is only added to';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_start_is_final BEFORE UPDATE OR DELETE ON audit_start FOR EACH ROW
    EXECUTE FUNCTION wangge_refuse_begun_audit();
CREATE TRIGGER audit_start_is_not_emptied BEFORE TRUNCATE ON audit_start
    EXECUTE FUNCTION wangge_refuse('the audit log is only added to');

CREATE FUNCTION wangge_refuse_replaced_audit() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM audit a WHERE a.seq >= NEW.seq) THEN
        RAISE EXCEPTION 'the audit log is only added to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION wangge_refuse_replaced_audit();
