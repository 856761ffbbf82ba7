-- What a plan is of (grids, or micro-grids in the grids of another plan), what its grids nest in, its second band, its figures.
ALTER TABLE plan
    ADD COLUMN level TEXT NOT NULL DEFAULT 'grid',
    ADD COLUMN parent BIGINT REFERENCES plan (id), -- the plan whose grids it divides
    ADD COLUMN nested_in TEXT COLLATE "C", -- name of a level of jurisdictions, or '*' for none; NULL = the lowest
    ADD COLUMN other_lower BIGINT, -- of the count that `attribute` does not name
    ADD COLUMN other_upper BIGINT,
    ADD COLUMN exclusive_lower BIGINT, -- of exclusive grids
    ADD COLUMN exclusive_upper BIGINT,
    ADD COLUMN figures TEXT; -- JSON
