-- name: counter.bump
INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1;
-- name: counter.read
SELECT value FROM counter WHERE name = $1;
-- name: journal.insert
INSERT INTO action (case_id, case_seq, id, kind, origin, bytes, signature, hash, pos, recorded_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
-- name: journal.case
SELECT case_seq, id, kind, origin, bytes, signature, hash, recorded_ms FROM action WHERE case_id = $1 ORDER BY case_seq;
-- name: journal.head
SELECT case_seq, hash FROM action WHERE case_id = $1 ORDER BY case_seq DESC LIMIT 1;
-- name: journal.at
SELECT id, hash FROM action WHERE case_id = $1 AND case_seq = $2;
-- name: journal.after
SELECT pos, case_id, case_seq FROM action WHERE pos > $1 AND pos % 64 = $2 ORDER BY pos LIMIT $3;
-- name: journal.cases
SELECT case_id FROM action WHERE case_seq = 1 ORDER BY pos;
-- name: journal.cases_after
SELECT case_id FROM action WHERE case_seq = 1 AND case_id > $1 ORDER BY case_id LIMIT $2;
-- name: key.insert
INSERT INTO case_key (case_id, reader, sealed) VALUES ($1, $2, $3) ON CONFLICT (case_id, reader) DO NOTHING;
-- name: key.get
SELECT sealed FROM case_key WHERE case_id = $1 AND reader = $2;
-- name: key.all
SELECT reader, sealed FROM case_key WHERE case_id = $1 ORDER BY reader;
-- name: blob.insert
INSERT INTO blob (address, case_id, sealed_len, object, start) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (address) DO NOTHING;
-- name: blob.of_case
SELECT address, sealed_len FROM blob WHERE case_id = $1 ORDER BY address;
-- name: blob.place
SELECT object, start, sealed_len FROM blob WHERE address = $1;
