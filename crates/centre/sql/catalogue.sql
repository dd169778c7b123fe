-- name: item.insert
INSERT INTO catalogue_item (key, version, body, sha256, at_ms) VALUES ($1, $2, $3, $4, $5);
-- name: item.get
SELECT body, sha256 FROM catalogue_item WHERE key = $1 AND version = $2;
-- name: item.latest
SELECT c.key, c.version, c.body FROM catalogue_item c
WHERE c.version = (SELECT MAX(d.version) FROM catalogue_item d WHERE d.key = c.key) ORDER BY c.key;
-- name: item.all
SELECT key, version, body FROM catalogue_item ORDER BY key, version;
-- name: item.count
SELECT COUNT(*) FROM catalogue_item;
