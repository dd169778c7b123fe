-- name: share.insert
INSERT INTO share_log (id, at_ms, case_id, station, item, resource, subject_hash, purpose, basis, fields, outcome, took_ms, answer_sha256, who, returned, code, grant_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);
-- name: share.of_case
SELECT at_ms, station, resource, purpose, basis, fields, outcome, took_ms FROM share_log WHERE case_id = $1 ORDER BY at_ms, id;
-- name: share.dump
SELECT case_id, station, item, resource, subject_hash, purpose, basis, fields, outcome, answer_sha256 FROM share_log ORDER BY at_ms, id;
-- name: share.count
SELECT COUNT(*) FROM share_log WHERE station = $1 AND at_ms >= $2;
-- name: proof.get
SELECT number, token, pdf_sealed, pdf_sha256, subject_hash, item FROM proof WHERE case_id = $1;
-- name: proof.insert
INSERT INTO proof (case_id, item, number, token, subject_hash, day, pdf_sealed, pdf_sha256, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
-- name: proof.count_day
SELECT COUNT(*) FROM proof WHERE subject_hash = $1 AND day = $2;
-- name: share.today
SELECT COUNT(*) FROM share_log WHERE grant_id = $1 AND at_ms >= $2;
-- name: share.between
SELECT at_ms, station, who, case_id, item, resource, purpose, basis, fields, returned, outcome, code, took_ms, grant_id FROM share_log
WHERE at_ms >= $1 AND at_ms < $2 AND ($3 = '' OR resource = $3) AND ($4 = '' OR case_id = $4) ORDER BY at_ms DESC, id LIMIT 500;
-- name: share.of_subject
SELECT at_ms, station, who, item, resource, purpose, basis, returned, outcome FROM share_log WHERE subject_hash = $1 ORDER BY at_ms, id;
-- name: share.figures
SELECT resource, outcome, took_ms, grant_id FROM share_log WHERE at_ms >= $1 AND at_ms < $2;
