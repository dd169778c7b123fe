-- name: office.put
INSERT INTO office_entry (room, id, a, b, state, at_ms, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (room, id) DO UPDATE SET a = excluded.a, b = excluded.b, state = excluded.state, at_ms = excluded.at_ms, body = excluded.body;
-- name: office.get
SELECT body FROM office_entry WHERE room = $1 AND id = $2;
-- name: office.by_a
SELECT body FROM office_entry WHERE room = $1 AND a = $2 ORDER BY at_ms, id;
-- name: office.by_b
SELECT body FROM office_entry WHERE room = $1 AND b = $2 ORDER BY at_ms, id;
-- name: office.by_state
SELECT body FROM office_entry WHERE room = $1 AND state = $2 ORDER BY at_ms, id;
-- name: office.all
SELECT body FROM office_entry WHERE room = $1 AND at_ms >= $2 AND at_ms < $3 ORDER BY at_ms, id;
-- name: paper.insert
INSERT INTO paper (document_no, case_id, kind, sealed, pdf_sha256, at_ms) VALUES ($1, $2, $3, $4, $5, $6);
-- name: paper.get
SELECT case_id, kind, sealed, pdf_sha256, at_ms FROM paper WHERE document_no = $1;
-- name: paper.of_case
SELECT document_no, kind, pdf_sha256, at_ms FROM paper WHERE case_id = $1 ORDER BY at_ms, document_no;
-- name: office.open_cases
SELECT case_id FROM case_row WHERE receipt IS NOT NULL AND closed_ms IS NULL ORDER BY case_id;
-- name: case.of_person
SELECT case_id FROM case_row WHERE number_index = $1 AND receipt IS NOT NULL ORDER BY submitted_ms DESC, case_id;
-- name: case.between
SELECT case_id FROM case_row WHERE receipt IS NOT NULL AND submitted_ms < $2 AND (closed_ms IS NULL OR closed_ms >= $1) ORDER BY case_id;
