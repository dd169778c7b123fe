-- name: upload.get
SELECT station, synced FROM upload WHERE id = $1;
-- name: upload.put
INSERT INTO upload (id, station, synced, at_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET synced = excluded.synced, at_ms = excluded.at_ms;
-- name: upload.drop
DELETE FROM upload WHERE id = $1;
-- name: bundle.get
SELECT station, sha256, len, state, code, detail, receipt, case_id, case_seq, actions, blobs, received_ms FROM bundle WHERE id = $1;
-- name: bundle.insert
INSERT INTO bundle (id, station, case_id, sha256, len, state, code, detail, case_seq, actions, blobs, received_ms, receipt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
-- name: bundle.receipts_of_case
SELECT receipt FROM bundle WHERE case_id = $1 AND receipt IS NOT NULL ORDER BY received_ms, id;
-- name: bundle.quarantined
SELECT id, station, case_id, code, detail, received_ms FROM bundle WHERE state = 'quarantined' ORDER BY received_ms DESC LIMIT 100;
-- name: link.get
SELECT hash, action, prev FROM station_link WHERE station = $1 AND epoch = $2 AND seq = $3;
-- name: link.insert
INSERT INTO station_link (station, epoch, seq, action, action_hash, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (station, epoch, seq) DO NOTHING;
-- name: link.gap
SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM station_link WHERE station = $1 AND epoch = $2;
-- name: link.epochs
SELECT DISTINCT epoch FROM station_link WHERE station = $1 ORDER BY epoch;
-- name: link.of_case
SELECT l.station, l.epoch, l.seq, l.action, l.action_hash, l.prev, l.hash FROM station_link l
JOIN action a ON a.id = l.action WHERE a.case_id = $1 ORDER BY l.station, l.epoch, l.seq;
-- name: feed.insert
INSERT INTO feed_entry (hall, place, body, at_ms) VALUES ($1, $2, $3, $4);
-- name: feed.after
SELECT place, body, at_ms FROM feed_entry WHERE hall = $1 AND place > $2 ORDER BY place LIMIT 200;
-- name: feed.heads
SELECT name, value FROM counter WHERE name >= 'feed/' AND name < 'feed0';
