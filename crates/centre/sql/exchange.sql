-- name: xout.insert
INSERT INTO exchange_out (id, peer, kind, row_guid, case_id, day, digest, document, state, tries, next_ms, code, detail, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', 0, $9, '', '', $9) ON CONFLICT (peer, kind, row_guid) DO NOTHING;
-- name: xout.due
SELECT id, document, digest, tries FROM exchange_out WHERE peer = $1 AND state IN ('ready', 'laid') AND next_ms <= $2
ORDER BY next_ms, id LIMIT 200;
-- name: xout.get
SELECT peer, kind, digest, state, tries, code, detail, receipt FROM exchange_out WHERE id = $1;
-- name: xout.laid
UPDATE exchange_out SET state = 'laid', tries = tries + 1, next_ms = $2 WHERE id = $1 AND state IN ('ready', 'laid');
-- name: xout.later
UPDATE exchange_out SET tries = tries + 1, next_ms = $2, code = $3, detail = $4 WHERE id = $1 AND state IN ('ready', 'laid');
-- name: xout.failed
UPDATE exchange_out SET state = 'failed', code = $2, detail = $3, receipt = $4, done_ms = $5 WHERE id = $1 AND state IN ('ready', 'laid');
-- name: xout.acked
UPDATE exchange_out SET state = 'acked', code = '0', detail = $2, receipt = $3, done_ms = $4 WHERE id = $1 AND state <> 'acked';
-- name: xout.tried
UPDATE exchange_out SET tries = tries + 1 WHERE id = $1;
-- name: xout.again
UPDATE exchange_out SET state = 'ready', tries = 0, next_ms = $2 WHERE id = $1 AND state = 'failed';
-- name: xout.day
SELECT peer, kind, state, COUNT(*), COALESCE(SUM(CASE WHEN tries > 1 THEN 1 ELSE 0 END), 0) FROM exchange_out
WHERE day = $1 GROUP BY peer, kind, state ORDER BY peer, kind, state;
-- name: xout.list
SELECT id, peer, kind, case_id, state, tries, code, detail, created_ms, done_ms FROM exchange_out
WHERE day = $1 AND ($2 = '' OR state = $2) ORDER BY created_ms, id LIMIT 500;
-- name: xin.insert
INSERT INTO exchange_in (id, peer, kind, row_guid, op, cd_ms, project_no, day, digest, document, state, receipt, at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
-- name: xin.get
SELECT digest, receipt FROM exchange_in WHERE id = $1;
-- name: xin.record
SELECT id, op, cd_ms FROM exchange_in WHERE peer = $1 AND kind = $2 AND row_guid = $3 ORDER BY cd_ms DESC, id DESC;
-- name: xin.settle
UPDATE exchange_in SET state = $2 WHERE id = $1;
-- name: xin.day
SELECT peer, kind, state, COUNT(*) FROM exchange_in WHERE day = $1 GROUP BY peer, kind, state ORDER BY peer, kind, state;
-- name: xin.of_case
SELECT id, kind, document, at_ms FROM exchange_in WHERE project_no = $1 AND state = 'applied' ORDER BY cd_ms, id;
-- name: xin.dump
SELECT peer, kind, row_guid, id, op, state FROM exchange_in ORDER BY peer, kind, row_guid, cd_ms, id;
-- name: xout.documents
SELECT document, receipt FROM exchange_out WHERE id = $1;
