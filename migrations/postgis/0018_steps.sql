-- The steps taken with reports, found without reading every event.
CREATE INDEX report_event_step ON report_event (id) WHERE kind IN ('answered', 'closed', 'reopened');

CREATE TRIGGER report_events_are_told AFTER INSERT ON report_event FOR EACH STATEMENT EXECUTE FUNCTION wangge_tell();
