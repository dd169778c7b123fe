-- name: station.insert
INSERT INTO station (id, hall, region, station3, kind, state, created_ms) VALUES ($1, $2, $3, $4, $5, 'new', $6)
ON CONFLICT (id) DO NOTHING;
-- name: station.get
SELECT id, hall, region, station3, kind, state, signing_key, wrapping_key, cert_serial, cert_until_ms, seen_ms, program, queue, devices, skew_ms
FROM station WHERE id = $1;
-- name: station.all
SELECT id, hall, region, station3, kind, state, signing_key, wrapping_key, cert_serial, cert_until_ms, seen_ms, program, queue, devices, skew_ms
FROM station ORDER BY id;
-- name: station.number_taken
SELECT id FROM station WHERE region = $1 AND station3 = $2;
-- name: station.enrolled
UPDATE station SET state = 'enrolled', enrolled_ms = $2, signing_key = $3, wrapping_key = $4, cert_serial = $5, cert_until_ms = $6 WHERE id = $1;
-- name: station.state
UPDATE station SET state = $2 WHERE id = $1;
-- name: station.seen
UPDATE station SET seen_ms = $2, program = $3, queue = $4, devices = $5, skew_ms = $6 WHERE id = $1;
-- name: station.key_add
INSERT INTO station_key (station, signing_key, from_ms) VALUES ($1, $2, $3) ON CONFLICT (station, signing_key) DO NOTHING;
-- name: station.keys
SELECT signing_key FROM station_key WHERE station = $1 ORDER BY from_ms DESC;
-- name: enrol.put
INSERT INTO enrol_code (station, selector, hash, expires_ms, tries_left, made_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (station) DO UPDATE SET selector = excluded.selector, hash = excluded.hash, expires_ms = excluded.expires_ms, tries_left = excluded.tries_left, made_by = excluded.made_by;
-- name: enrol.get
SELECT station, hash, expires_ms, tries_left FROM enrol_code WHERE selector = $1;
-- name: enrol.try
UPDATE enrol_code SET tries_left = tries_left - 1 WHERE station = $1 AND tries_left > 0;
-- name: enrol.drop
DELETE FROM enrol_code WHERE station = $1;
-- name: revoked.insert
INSERT INTO revoked (serial, station, at_ms, reason) VALUES ($1, $2, $3, $4) ON CONFLICT (serial) DO NOTHING;
-- name: revoked.count
SELECT COUNT(*) FROM revoked WHERE at_ms <= $1;
-- name: revoked.has
SELECT station, at_ms FROM revoked WHERE serial = $1;
-- name: revoked.now
UPDATE revoked SET at_ms = $2 WHERE station = $1 AND at_ms > $2;
-- name: revoked.all
SELECT serial, at_ms FROM revoked WHERE at_ms <= $1 ORDER BY serial;
-- name: station.renewed
UPDATE station SET cert_serial = $2, cert_until_ms = $3 WHERE id = $1;
-- name: link.last
SELECT epoch, seq, hash FROM station_link WHERE station = $1 ORDER BY epoch DESC, seq DESC LIMIT 1;
-- name: feed.first
SELECT COALESCE(MIN(place), 0) FROM feed_entry WHERE hall = $1;
-- name: feed.drop
DELETE FROM feed_entry WHERE hall = $1 AND place = $2;
-- name: lease.last
SELECT COALESCE(MAX(last), 0) FROM lease WHERE region = $1 AND station3 = $2 AND day = $3;
-- name: lease.insert
INSERT INTO lease (station, region, station3, day, first, last, at_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
-- name: lease.holder
SELECT station FROM lease WHERE region = $1 AND station3 = $2 AND day = $3 AND first <= $4 AND last >= $4;
