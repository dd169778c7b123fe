-- name: bundle.known
SELECT state FROM bundle WHERE id = $1;
-- name: bundle.since
SELECT COUNT(*) FROM bundle WHERE state = 'stored' AND received_ms > $1;
-- name: action.since
SELECT COUNT(*) FROM action WHERE origin = 'centre' AND recorded_ms > $1;
-- name: bundle.objects
SELECT id, sha256, len FROM bundle WHERE id > $1 AND state = 'stored' ORDER BY id LIMIT 500;
