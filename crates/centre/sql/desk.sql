-- name: desk.log_of
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log
WHERE (object = $1 OR actor = $1 OR action = $1) ORDER BY seq DESC LIMIT $2;
-- name: desk.calls
SELECT at_ms, station, resource, purpose, basis, fields, outcome, took_ms, item FROM share_log
WHERE (resource = $1 OR $1 IS NULL) ORDER BY at_ms DESC, id LIMIT $2;
-- name: desk.call_counts
SELECT resource, outcome, COUNT(*), CAST(SUM(took_ms) AS BIGINT) FROM share_log WHERE at_ms >= $1 GROUP BY resource, outcome ORDER BY resource, outcome;
-- name: desk.ended
SELECT c.case_id, c.receipt, c.item, c.status, c.closed_ms
FROM (SELECT submitted_ms, case_id FROM case_place WHERE scope = $1 AND list = 'ended'
  ORDER BY submitted_ms DESC, case_id DESC LIMIT $2) p
JOIN case_row c ON c.case_id = p.case_id
WHERE c.region LIKE $3 ORDER BY c.closed_ms DESC, c.case_id;
-- name: desk.audit
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log WHERE object = $1 ORDER BY seq DESC LIMIT $2;
