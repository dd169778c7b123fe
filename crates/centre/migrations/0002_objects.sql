-- Files of a bundle lie in the bundle: object and place of each; rows of before keep their own file.
ALTER TABLE blob ADD COLUMN object TEXT;
ALTER TABLE blob ADD COLUMN start BIGINT;

-- Positions come from a counter a shard: those of before go below all of them, in their order.
UPDATE action SET pos = pos - 1000000000000;

-- A feed a hall, each with its own counter; the hall without a name is everybody's. Cursors handed
-- out before stay good: every counter goes on from where the common one stood.
CREATE TABLE feed_entry (
  hall TEXT NOT NULL, place BIGINT NOT NULL, body TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (hall, place));
INSERT INTO feed_entry (hall, place, body, at_ms) SELECT COALESCE(hall, ''), seq, body, at_ms FROM feed;
INSERT INTO counter (name, value)
SELECT 'feed/' || halls.hall, counter.value FROM counter,
  (SELECT hall FROM feed_entry UNION SELECT hall FROM station UNION SELECT '' AS hall) AS halls
WHERE counter.name = 'feed';
DELETE FROM counter WHERE name = 'feed';
DELETE FROM counter WHERE name = 'journal';
DROP TABLE feed;

-- Lists at a million cases: newest first without sorting the city.
CREATE INDEX case_row_open ON case_row (submitted_ms) WHERE closed_ms IS NULL;
CREATE INDEX case_row_closed ON case_row (submitted_ms) WHERE closed_ms IS NOT NULL;
CREATE INDEX case_row_counts ON case_row (status, region) WHERE receipt IS NOT NULL;
CREATE INDEX case_row_status_submitted ON case_row (status, submitted_ms);

CREATE INDEX bundle_case ON bundle (case_id);
CREATE INDEX blob_case ON blob (case_id);
CREATE INDEX share_log_case ON share_log (case_id);
CREATE INDEX licence_hall ON licence (hall, at_ms);
CREATE INDEX bundle_state ON bundle (state, received_ms);
