-- name: staff.insert
INSERT INTO staff (id, name, roles, region, password, failures, locked_until_ms, active, created_ms) VALUES ($1, $2, $3, $4, $5, 0, 0, 1, $6);
-- name: staff.get
SELECT id, name, roles, region, password, failures, locked_until_ms, active FROM staff WHERE id = $1;
-- name: staff.all
SELECT id, name, roles, region, password, failures, locked_until_ms, active FROM staff ORDER BY id;
-- name: staff.failures
UPDATE staff SET failures = $2, locked_until_ms = $3 WHERE id = $1;
-- name: staff.active
UPDATE staff SET active = $2 WHERE id = $1;
-- name: log.last
SELECT seq, hash FROM staff_log ORDER BY seq DESC LIMIT 1;
-- name: log.insert
INSERT INTO staff_log (seq, at_ms, actor, action, object, result, detail, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
-- name: log.recent
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log ORDER BY seq DESC LIMIT $1;
-- name: log.all
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log ORDER BY seq;
