-- name: licence.insert
INSERT INTO licence (case_id, number, identifier, token, kind, hall, state, at_ms) VALUES ($1, $2, $3, $4, $5, $6, 'allotted', $7);
-- name: licence.get
SELECT case_id, number, identifier, token, kind, hall, state, print, serial FROM licence WHERE case_id = $1;
-- name: licence.open
SELECT case_id FROM licence WHERE hall = $1 AND state <> 'closed' ORDER BY at_ms, case_id;
-- name: licence.all
SELECT case_id FROM licence ORDER BY at_ms DESC, case_id LIMIT 200;
-- name: licence.state
UPDATE licence SET state = $2, print = $3, serial = $4 WHERE case_id = $1;
-- name: step.get
SELECT case_id, body_sha256 FROM licence_step WHERE idem = $1;
-- name: step.insert
INSERT INTO licence_step (idem, case_id, body_sha256, at_ms) VALUES ($1, $2, $3, $4);
-- name: stock.range_insert
INSERT INTO stock_range (id, kind, prefix, width, first, last, operator, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
-- name: stock.overlap
SELECT id FROM stock_range WHERE kind = $1 AND prefix = $2 AND width = $3 AND first <= $5 AND last >= $4;
-- name: stock.ranges
SELECT kind, prefix, width, first, last, operator FROM stock_range ORDER BY kind, prefix, first;
-- name: stock.range_of
SELECT operator FROM stock_range WHERE kind = $1 AND prefix = $2 AND width = $3 AND first <= $4 AND last >= $4;
-- name: stock.use_get
SELECT state, case_id, print FROM stock_use WHERE kind = $1 AND serial = $2;
-- name: stock.use_put
INSERT INTO stock_use (kind, serial, state, case_id, print, at_ms) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (kind, serial) DO UPDATE SET state = excluded.state, case_id = excluded.case_id, print = excluded.print, at_ms = excluded.at_ms;
-- name: stock.use_drop
DELETE FROM stock_use WHERE kind = $1 AND serial = $2 AND state = 'intended';
-- name: stock.uses
SELECT kind, serial, state, case_id, print, at_ms FROM stock_use ORDER BY kind, serial;
-- name: token.insert
INSERT INTO public_token (token, kind, case_id, title, number, issuer, facts, valid_to, state, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
-- name: token.get
SELECT kind, title, number, issuer, facts, valid_to, state, at_ms FROM public_token WHERE token = $1;
-- name: token.state
UPDATE public_token SET state = $2 WHERE token = $1;
