-- Who owns a point, asked in SQL: the same rule, exactly, as `src/locate` and `src/app/serve/generation.rs`, from tables
-- derived of what was published. PostgreSQL only: the embedded store has no other reader that could ask.

-- Outlines of the grids of published plans, a row an edge, in lattice units; the west end is a, of vertical ones the south.
CREATE TABLE edge (
    grid BIGINT NOT NULL REFERENCES grid (fid),
    ax INTEGER NOT NULL,
    ay INTEGER NOT NULL,
    bx INTEGER NOT NULL,
    by INTEGER NOT NULL
);
CREATE INDEX edge_grid ON edge (grid, ax, bx) INCLUDE (ay, by);

-- The lowest jurisdictions a publication decides for, by code.
CREATE TABLE covered_unit (
    publication BIGINT NOT NULL REFERENCES publication (seq),
    unit TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (unit, publication)
);
CREATE INDEX covered_unit_publication ON covered_unit (publication);

-- Where imports differ, jurisdictions may go by other codes: a publication that holds later also takes those of another
-- import's publication of which it owns the label point of a grid. Pairs that a full publication in between has made idle
-- are left out.
CREATE TABLE taken_unit (
    publication BIGINT NOT NULL REFERENCES publication (seq),
    unit TEXT COLLATE "C" NOT NULL,
    taker BIGINT NOT NULL REFERENCES publication (seq),
    PRIMARY KEY (publication, unit, taker)
);

-- On which side of the line a → b a point lies: -1 below, 0 on it, 1 above, for a west of b. Two products are compared and
-- never subtracted: within the lattice each is at most 3.6e9 × 1.8e9 < 2^63, so that BIGINT is exact.
CREATE FUNCTION wangge_side(ax INTEGER, ay INTEGER, bx INTEGER, by INTEGER, x INTEGER, y INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN (bx::BIGINT - ax) * (y::BIGINT - ay) > (by::BIGINT - ay) * (x::BIGINT - ax) THEN 1
    WHEN (bx::BIGINT - ax) * (y::BIGINT - ay) < (by::BIGINT - ay) * (x::BIGINT - ax) THEN -1
    ELSE 0
END;

-- Where a point lies to one grid. A ray from the point pushed by (±ε, ±ε²) straight to the north crosses an odd number of
-- edges when the grid holds it (`Perturbation::crosses_above`): north_east is the tie rule, the others are asked for points
-- on the outer rim; touched = on its border.
CREATE FUNCTION wangge_look(of_grid BIGINT, x_e7 INTEGER, y_e7 INTEGER)
RETURNS TABLE (north_east BOOLEAN, north_west BOOLEAN, south_east BOOLEAN, south_west BOOLEAN, touched BOOLEAN)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT
        count(*) FILTER (WHERE s.x < s.bx AND (s.side < 0 OR (s.side = 0 AND s.by > s.ay))) % 2 = 1,
        count(*) FILTER (WHERE s.ax < s.x AND (s.side < 0 OR (s.side = 0 AND s.by < s.ay))) % 2 = 1,
        count(*) FILTER (WHERE s.x < s.bx AND (s.side < 0 OR (s.side = 0 AND s.by >= s.ay))) % 2 = 1,
        count(*) FILTER (WHERE s.ax < s.x AND (s.side < 0 OR (s.side = 0 AND s.by <= s.ay))) % 2 = 1,
        coalesce(bool_or(s.side = 0 AND s.y BETWEEN least(s.ay, s.by) AND greatest(s.ay, s.by)), FALSE)
    FROM (
        SELECT e.ax, e.ay, e.bx, e.by, x_e7 AS x, y_e7 AS y, wangge_side(e.ax, e.ay, e.bx, e.by, x_e7, y_e7) AS side
        FROM edge e
        WHERE e.grid = of_grid AND e.ax <= x_e7 AND e.bx >= x_e7
    ) s;
END;

-- A point as PostGIS wants it, to find boxes with; what is off the lattice finds none.
CREATE FUNCTION wangge_point(x_e7 INTEGER, y_e7 INTEGER) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN x_e7 BETWEEN -1800000000 AND 1800000000 AND y_e7 BETWEEN -900000000 AND 900000000
    THEN ST_SetSRID(ST_MakePoint(x_e7 / 1e7::DOUBLE PRECISION, y_e7 / 1e7::DOUBLE PRECISION), 4326)
END;

-- Whether a grid of this plan owns the point.
CREATE FUNCTION wangge_owns(of_plan BIGINT, x_e7 INTEGER, y_e7 INTEGER) RETURNS BOOLEAN
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM grid g, wangge_look(g.fid, x_e7, y_e7) look
        WHERE g.plan = of_plan AND g.geom && wangge_point(x_e7, y_e7)
            AND x_e7 BETWEEN g.west_e7 AND g.east_e7 AND y_e7 BETWEEN g.south_e7 AND g.north_e7
            AND (look.north_east OR look.touched)
    );
END;

-- Whether a publication decides for one of its units at an instant: none that holds later has the unit.
CREATE FUNCTION wangge_decides(of_publication BIGINT, of_unit TEXT, at_ms BIGINT) RETURNS BOOLEAN
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM publication p
        JOIN covered_unit c ON c.publication = p.seq AND c.unit = of_unit
        WHERE p.seq = of_publication AND p.effective_ms <= at_ms
        AND NOT EXISTS (
            SELECT FROM covered_unit later JOIN publication q ON q.seq = later.publication
            WHERE later.unit = of_unit AND q.effective_ms <= at_ms
                AND (q.effective_ms, q.seq) > (p.effective_ms, p.seq)
        )
        AND NOT EXISTS (
            SELECT FROM taken_unit t JOIN publication q ON q.seq = t.taker JOIN plan qp ON qp.id = q.plan
            WHERE t.publication = p.seq AND t.unit = of_unit AND q.effective_ms <= at_ms
                AND (q.effective_ms, q.seq) > (p.effective_ms, p.seq)
                -- a taker that a later full publication of its import has replaced takes nothing
                AND NOT EXISTS (
                    SELECT FROM publication r JOIN plan rp ON rp.id = r.plan
                    WHERE r.scope IS NULL AND rp.dataset = qp.dataset AND r.effective_ms <= at_ms
                        AND (r.effective_ms, r.seq) > (q.effective_ms, q.seq)
                )
        )
    );
END;

CREATE FUNCTION wangge_locate(
    x_e7 INTEGER, y_e7 INTEGER, at_ms BIGINT DEFAULT (extract(epoch FROM now()) * 1000)::BIGINT
) RETURNS TABLE (grid TEXT, resolution TEXT, publication BIGINT)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    WITH near AS MATERIALIZED (
        SELECT g.fid, g.code, p.seq
        FROM grid g JOIN publication p ON p.plan = g.plan
        WHERE g.geom && wangge_point(x_e7, y_e7)
            AND x_e7 BETWEEN g.west_e7 AND g.east_e7 AND y_e7 BETWEEN g.south_e7 AND g.north_e7
            AND wangge_decides(p.seq, g.jurisdiction, at_ms)
    ), looked AS (
        SELECT near.code, near.seq, look.*, bool_or(look.touched) OVER () AS on_a_border
        FROM near CROSS JOIN LATERAL wangge_look(near.fid, x_e7, y_e7) look
    )
    SELECT l.code, CASE WHEN l.north_east AND NOT l.touched THEN 'interior' ELSE 'edge_tie' END, l.seq
    FROM looked l
    WHERE l.north_east OR (l.on_a_border AND (l.north_west OR l.south_east OR l.south_west OR l.touched))
    ORDER BY CASE WHEN l.north_east THEN 0 WHEN l.north_west THEN 1 WHEN l.south_east THEN 2 WHEN l.south_west THEN 3 ELSE 4 END,
        l.code
    LIMIT 1;
END;
COMMENT ON FUNCTION wangge_locate(INTEGER, INTEGER, BIGINT) IS
    'The grid that owns a point: longitude and latitude on WGS 84 in units of 1e-7 degree, at an instant in milliseconds since 1970 (now by default). One row: code of the grid, interior or edge_tie, sequence of the publication that says so. No row outside every grid. The same owner as GET /v1/locate gives.';

-- Fills the derived tables for a publication.
CREATE FUNCTION wangge_derive(of_publication BIGINT) RETURNS VOID LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO covered_unit (publication, unit)
    WITH RECURSIVE target AS (
        SELECT p.seq, p.scope, l.dataset FROM publication p JOIN plan l ON l.id = p.plan WHERE p.seq = of_publication
    ), subtree (code) AS (
        SELECT t.scope FROM target t
        UNION
        SELECT j.code FROM subtree s, target t JOIN jurisdiction j ON j.dataset = t.dataset WHERE j.parent = s.code
    )
    SELECT t.seq, j.code
    FROM target t JOIN jurisdiction j ON j.dataset = t.dataset
    WHERE j.level = (SELECT max(level) FROM jurisdiction WHERE dataset = t.dataset)
        AND (t.scope IS NULL OR j.code IN (SELECT code FROM subtree));

    INSERT INTO edge (grid, ax, ay, bx, by)
    SELECT fid, CASE WHEN turned THEN ex ELSE sx END, CASE WHEN turned THEN ey ELSE sy END,
        CASE WHEN turned THEN sx ELSE ex END, CASE WHEN turned THEN sy ELSE ey END
    FROM (
        SELECT e.*, (e.ex, e.ey) < (e.sx, e.sy) AS turned
        FROM (
            SELECT g.fid, round(ST_X(ST_StartPoint(s.geom)) * 1e7)::INTEGER AS sx,
                round(ST_Y(ST_StartPoint(s.geom)) * 1e7)::INTEGER AS sy,
                round(ST_X(ST_EndPoint(s.geom)) * 1e7)::INTEGER AS ex,
                round(ST_Y(ST_EndPoint(s.geom)) * 1e7)::INTEGER AS ey
            FROM publication p JOIN grid g ON g.plan = p.plan CROSS JOIN LATERAL ST_DumpSegments(g.geom) s
            WHERE p.seq = of_publication
        ) e
    ) e;

    INSERT INTO taken_unit (publication, unit, taker)
    SELECT p.seq, c.unit, q.seq
    FROM publication p JOIN plan pp ON pp.id = p.plan
    JOIN covered_unit c ON c.publication = p.seq
    CROSS JOIN publication q JOIN plan qp ON qp.id = q.plan
    WHERE greatest(p.seq, q.seq) = of_publication AND pp.dataset <> qp.dataset
        AND (q.effective_ms, q.seq) > (p.effective_ms, p.seq)
        AND NOT EXISTS (SELECT FROM covered_unit d WHERE d.publication = q.seq AND d.unit = c.unit)
        AND NOT EXISTS (
            SELECT FROM publication r JOIN plan rp ON rp.id = r.plan
            WHERE r.scope IS NULL AND rp.dataset = pp.dataset AND r.seq <= of_publication
                AND (r.effective_ms, r.seq) > (p.effective_ms, p.seq) AND (r.effective_ms, r.seq) < (q.effective_ms, q.seq)
        )
        AND EXISTS (
            SELECT FROM grid g
            WHERE g.plan = p.plan AND g.jurisdiction = c.unit AND wangge_owns(q.plan, g.label_x_e7, g.label_y_e7)
        );
END $$;

CREATE FUNCTION wangge_rebuild_edges() RETURNS VOID LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    each BIGINT;
BEGIN
    TRUNCATE edge, covered_unit, taken_unit;
    FOR each IN SELECT seq FROM publication ORDER BY seq LOOP
        PERFORM wangge_derive(each);
    END LOOP;
    ANALYZE edge, covered_unit, taken_unit;
END $$;
COMMENT ON FUNCTION wangge_rebuild_edges() IS
    'Makes the tables behind wangge_locate again from what was published; the owner of the tables may call it at any time.';

CREATE FUNCTION wangge_derive_new() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM wangge_derive(NEW.seq);
    RETURN NULL;
END $$;
CREATE TRIGGER publication_is_located AFTER INSERT ON publication FOR EACH ROW EXECUTE FUNCTION wangge_derive_new();

-- After rows came in with their ids: the next ones go on after them.
CREATE FUNCTION wangge_loaded() RETURNS VOID LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    own RECORD;
BEGIN
    FOR own IN
        SELECT c.oid::regclass::TEXT AS of_table, a.attname::TEXT AS of_column
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attidentity <> ''
            AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'wangge_store'::regclass)
    LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, FALSE) FROM %s',
            own.of_table, own.of_column, own.of_column, own.of_table);
    END LOOP;
END $$;
