-- name: dump.action
SELECT id, case_id, case_seq, kind, origin, bytes, signature, hash, pos, recorded_ms FROM action
WHERE id > $1 ORDER BY id LIMIT 500;
-- name: dump.bundle
SELECT id, station, case_id, sha256, len, state, code, detail, case_seq, actions, blobs, received_ms, receipt FROM bundle
WHERE id > $1 ORDER BY id LIMIT 500;
-- name: dump.blob
SELECT address, case_id, sealed_len, object, start FROM blob WHERE address > $1 ORDER BY address LIMIT 500;
-- name: dump.counter
SELECT name, value FROM counter WHERE name > $1 ORDER BY name LIMIT 500;
-- name: dump.station
SELECT id, hall, region, station3, kind, state, signing_key, wrapping_key, cert_serial FROM station
WHERE id > $1 ORDER BY id LIMIT 500;
-- name: dump.revoked
SELECT serial, station, at_ms, reason FROM revoked WHERE serial > $1 ORDER BY serial LIMIT 500;
-- name: dump.staff
SELECT id, name, roles, region, password, active FROM staff WHERE id > $1 ORDER BY id LIMIT 500;
-- name: dump.licence
SELECT case_id, number, identifier, token, kind, hall, state, print, serial, at_ms FROM licence
WHERE case_id > $1 ORDER BY case_id LIMIT 500;
-- name: dump.licence_step
SELECT idem, case_id, body_sha256, at_ms FROM licence_step WHERE idem > $1 ORDER BY idem LIMIT 500;
-- name: dump.proof
SELECT case_id, item, number, token, pdf_sha256, at_ms FROM proof WHERE case_id > $1 ORDER BY case_id LIMIT 500;
-- name: dump.public_token
SELECT token, kind, case_id, number, state FROM public_token WHERE token > $1 ORDER BY token LIMIT 500;
-- name: dump.share_log
SELECT id, at_ms, case_id, resource, answer_sha256 FROM share_log WHERE id > $1 ORDER BY id LIMIT 500;
-- name: dump.staff_log
SELECT seq, at_ms, actor, action, object, result, detail, prev, hash FROM staff_log WHERE seq > $1 ORDER BY seq LIMIT 500;
-- name: bundle.known
SELECT state FROM bundle WHERE id = $1;
-- name: bundle.since
SELECT COUNT(*) FROM bundle WHERE state = 'stored' AND received_ms > $1;
-- name: action.since
SELECT COUNT(*) FROM action WHERE origin = 'centre' AND recorded_ms > $1;
-- name: bundle.objects
SELECT id, sha256, len FROM bundle WHERE id > $1 AND state = 'stored' ORDER BY id LIMIT 500;
