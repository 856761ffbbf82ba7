-- What a plan is of (grids, or micro-grids in the grids of another plan), what its grids nest in, its second band, its figures.
ALTER TABLE plan ADD COLUMN level TEXT NOT NULL DEFAULT 'grid';
ALTER TABLE plan ADD COLUMN parent INTEGER REFERENCES plan (id); -- the plan whose grids it divides
ALTER TABLE plan ADD COLUMN nested_in TEXT; -- name of a level of jurisdictions, or '*' for none; NULL = the lowest
ALTER TABLE plan ADD COLUMN other_lower INTEGER; -- of the count that `attribute` does not name
ALTER TABLE plan ADD COLUMN other_upper INTEGER;
ALTER TABLE plan ADD COLUMN exclusive_lower INTEGER; -- of exclusive grids
ALTER TABLE plan ADD COLUMN exclusive_upper INTEGER;
ALTER TABLE plan ADD COLUMN figures TEXT; -- JSON
