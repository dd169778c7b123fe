-- 清单: where a case stands in the lists people open, once for every level of its region, so that
-- a list is read in its order whatever the size of the city. Derived from the journal like case_row.
CREATE TABLE case_place (
  scope TEXT NOT NULL, list TEXT NOT NULL, submitted_ms BIGINT NOT NULL, case_id TEXT NOT NULL,
  due TEXT NOT NULL, words TEXT NOT NULL,
  PRIMARY KEY (scope, list, submitted_ms, case_id));
-- The most urgent first; only what still waits.
CREATE INDEX case_place_due ON case_place (scope, list, due, submitted_ms, case_id) WHERE due <> '';

-- How many stand in each list, in as many counters as the journal has, so that servers do not meet.
CREATE TABLE case_count (
  scope TEXT NOT NULL, list TEXT NOT NULL, shard BIGINT NOT NULL, cases BIGINT NOT NULL,
  PRIMARY KEY (scope, list, shard));

-- The lists a case stands in, as they were written; NULL for a case nobody has received.
ALTER TABLE case_row ADD COLUMN places TEXT;

UPDATE case_row SET places = status || CASE WHEN closed_ms IS NULL THEN ',open' ELSE ',ended' END
WHERE receipt IS NOT NULL;
INSERT INTO case_place (scope, list, submitted_ms, case_id, due, words)
SELECT substr(c.region, 1, level.digits), c.status, COALESCE(c.submitted_ms, 0), c.case_id,
  CASE WHEN c.closed_ms IS NULL THEN COALESCE(c.due, '9999') ELSE '' END, ''
FROM case_row c, (SELECT 2 AS digits UNION ALL SELECT 4 UNION ALL SELECT 6 UNION ALL SELECT 9 UNION ALL SELECT 12) AS level
WHERE c.receipt IS NOT NULL AND length(c.region) >= level.digits;
INSERT INTO case_place (scope, list, submitted_ms, case_id, due, words)
SELECT substr(c.region, 1, level.digits), CASE WHEN c.closed_ms IS NULL THEN 'open' ELSE 'ended' END,
  COALESCE(c.submitted_ms, 0), c.case_id, CASE WHEN c.closed_ms IS NULL THEN COALESCE(c.due, '9999') ELSE '' END, ''
FROM case_row c, (SELECT 2 AS digits UNION ALL SELECT 4 UNION ALL SELECT 6 UNION ALL SELECT 9 UNION ALL SELECT 12) AS level
WHERE c.receipt IS NOT NULL AND length(c.region) >= level.digits;
-- Which step waits stands only in the chain: the centre reads these when it starts.
INSERT INTO case_place (scope, list, submitted_ms, case_id, due, words)
SELECT '', 'to_place', 0, case_id, '', '' FROM case_row WHERE status IN ('accepted', 'in_review') AND receipt IS NOT NULL;
INSERT INTO case_count (scope, list, shard, cases)
SELECT scope, list, 0, COUNT(*) FROM case_place WHERE scope <> '' GROUP BY scope, list;

-- What these lists did before; what is open is still gone through every night.
DROP INDEX case_row_closed;
DROP INDEX case_row_counts;
DROP INDEX case_row_status_submitted;

-- 审计: who did and looked at what on one case.
CREATE INDEX staff_log_object ON staff_log (object, seq);
