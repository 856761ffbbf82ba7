-- The steps taken with reports, found without reading every event.
CREATE INDEX report_event_step ON report_event (id) WHERE kind IN ('answered', 'closed', 'reopened');
