-- name: case.put
INSERT INTO case_row (case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, name_index, number_index, firm, firm_name, delivery, offline,
  submitted_ms, received_ms, accepted_ms, decided_ms, closed_ms, due, reviewer, decider, granted, close_code,
  licence_number, blocked, password_index)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
ON CONFLICT (case_id) DO UPDATE SET status = excluded.status, version = excluded.version, station = excluded.station,
  hall = excluded.hall, region = excluded.region, channel = excluded.channel, item = excluded.item, item_version = excluded.item_version,
  receipt = excluded.receipt, project_no = excluded.project_no, applicant_sealed = excluded.applicant_sealed,
  number_sealed = excluded.number_sealed, name_index = excluded.name_index, number_index = excluded.number_index,
  firm = excluded.firm, firm_name = excluded.firm_name, delivery = excluded.delivery, offline = excluded.offline,
  submitted_ms = excluded.submitted_ms, received_ms = excluded.received_ms, accepted_ms = excluded.accepted_ms,
  decided_ms = excluded.decided_ms, closed_ms = excluded.closed_ms, due = excluded.due, reviewer = excluded.reviewer,
  decider = excluded.decider, granted = excluded.granted, close_code = excluded.close_code,
  licence_number = excluded.licence_number, blocked = excluded.blocked, password_index = excluded.password_index;
-- name: case.get
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row WHERE case_id = $1;
-- name: case.by_number
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE receipt = $3 AND region LIKE $1 AND (status = $4 OR $4 IS NULL)
ORDER BY submitted_ms DESC, case_id LIMIT $2;
-- name: case.by_digits
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE receipt LIKE $3 AND region LIKE $1 AND (status = $4 OR $4 IS NULL)
ORDER BY submitted_ms DESC, case_id LIMIT $2;
-- name: case.by_index
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE (name_index = $3 OR number_index = $3) AND receipt IS NOT NULL AND region LIKE $1 AND (status = $4 OR $4 IS NULL)
ORDER BY submitted_ms DESC, case_id LIMIT $2;
-- name: case.by_receipt
SELECT case_id, password_index FROM case_row WHERE receipt = $1;
-- name: case.with_status
SELECT case_id FROM case_row WHERE status = $1 ORDER BY case_id;
-- name: case.dump
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  name_index, number_index, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms, decided_ms, closed_ms,
  due, reviewer, decider, granted, close_code, licence_number, blocked, password_index FROM case_row ORDER BY case_id;
-- name: case.clear
DELETE FROM case_row;
-- name: place.list
SELECT c.case_id, c.status, c.version, c.station, c.hall, c.region, c.channel, c.item, c.item_version, c.receipt, c.project_no,
  c.applicant_sealed, c.number_sealed, c.firm, c.firm_name, c.delivery, c.offline, c.submitted_ms, c.received_ms, c.accepted_ms,
  c.decided_ms, c.closed_ms, c.due, c.reviewer, c.decider, c.granted, c.close_code, c.licence_number, c.blocked, p.words
FROM (SELECT submitted_ms, case_id, words FROM case_place
  WHERE scope = $1 AND list = $2 AND (submitted_ms, case_id) < ($3, $4) ORDER BY submitted_ms DESC, case_id DESC LIMIT $5) p
JOIN case_row c ON c.case_id = p.case_id
WHERE c.region LIKE $6
ORDER BY p.submitted_ms DESC, p.case_id DESC;
-- name: place.urgent
SELECT c.case_id, c.status, c.version, c.station, c.hall, c.region, c.channel, c.item, c.item_version, c.receipt, c.project_no,
  c.applicant_sealed, c.number_sealed, c.firm, c.firm_name, c.delivery, c.offline, c.submitted_ms, c.received_ms, c.accepted_ms,
  c.decided_ms, c.closed_ms, c.due, c.reviewer, c.decider, c.granted, c.close_code, c.licence_number, c.blocked, p.words
FROM (SELECT submitted_ms, case_id, due, words FROM case_place
  WHERE scope = $1 AND list = $2 AND due <> '' ORDER BY due, submitted_ms, case_id LIMIT $3) p
JOIN case_row c ON c.case_id = p.case_id
WHERE c.region LIKE $4
ORDER BY p.due, p.submitted_ms, p.case_id;
-- name: place.counts
SELECT list, CAST(SUM(cases) AS BIGINT) FROM case_count WHERE scope = $1 GROUP BY list ORDER BY list;
-- name: place.of
SELECT region, submitted_ms, due, closed_ms, places FROM case_row WHERE case_id = $1;
-- name: place.set
UPDATE case_row SET places = $2 WHERE case_id = $1;
-- name: place.put
INSERT INTO case_place (scope, list, submitted_ms, case_id, due, words) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (scope, list, submitted_ms, case_id) DO UPDATE SET due = excluded.due, words = excluded.words;
-- name: place.drop
DELETE FROM case_place WHERE scope = $1 AND list = $2 AND submitted_ms = $3 AND case_id = $4;
-- name: place.count
INSERT INTO case_count (scope, list, shard, cases) VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, list, shard) DO UPDATE SET cases = case_count.cases + excluded.cases;
-- name: place.late
SELECT case_id FROM case_place WHERE scope = '' AND list = 'to_place' ORDER BY case_id LIMIT 500;
-- name: place.placed
DELETE FROM case_place WHERE scope = '' AND list = 'to_place' AND submitted_ms = 0 AND case_id = $1;
-- name: place.clear
DELETE FROM case_place;
-- name: place.clear_counts
DELETE FROM case_count;
-- name: place.dump
SELECT scope, list, submitted_ms, case_id, due, words FROM case_place ORDER BY scope, list, submitted_ms, case_id;
-- name: place.dump_counts
SELECT scope, list, CAST(SUM(cases) AS BIGINT) FROM case_count GROUP BY scope, list HAVING SUM(cases) <> 0 ORDER BY scope, list;
-- name: handover.drafts
SELECT case_id FROM case_row WHERE number_index = $1 AND status = 'draft' ORDER BY case_id;
-- name: handover.waiting
SELECT case_id FROM case_row WHERE status = 'draft' ORDER BY case_id;
