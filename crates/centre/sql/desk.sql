-- name: desk.log_of
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log
WHERE (object = $1 OR actor = $1 OR action = $1) ORDER BY seq DESC LIMIT $2;
-- name: desk.calls
SELECT at_ms, station, resource, purpose, basis, fields, outcome, took_ms, item FROM share_log
WHERE (resource = $1 OR $1 IS NULL) ORDER BY at_ms DESC, id LIMIT $2;
-- name: desk.call_counts
SELECT resource, outcome, COUNT(*), SUM(took_ms) FROM share_log WHERE at_ms >= $1 GROUP BY resource, outcome ORDER BY resource, outcome;
-- name: desk.ended
SELECT case_id, receipt, item, status, closed_ms FROM case_row
WHERE closed_ms IS NOT NULL AND receipt IS NOT NULL AND region LIKE $1 ORDER BY closed_ms DESC, case_id LIMIT $2;
