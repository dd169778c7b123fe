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
-- name: case.open
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE closed_ms IS NULL AND receipt IS NOT NULL AND region LIKE $1
ORDER BY submitted_ms DESC, case_id LIMIT $2;
-- name: case.closed
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE closed_ms IS NOT NULL AND receipt IS NOT NULL AND region LIKE $1
ORDER BY submitted_ms DESC, case_id LIMIT $2;
-- name: case.of_status
SELECT case_id, status, version, station, hall, region, channel, item, item_version, receipt, project_no,
  applicant_sealed, number_sealed, firm, firm_name, delivery, offline, submitted_ms, received_ms, accepted_ms,
  decided_ms, closed_ms, due, reviewer, decider, granted, close_code, licence_number, blocked
FROM case_row
WHERE status = $3 AND receipt IS NOT NULL AND region LIKE $1
ORDER BY submitted_ms DESC, case_id LIMIT $2;
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
-- name: case.counts
SELECT status, COUNT(*) FROM case_row WHERE receipt IS NOT NULL AND region LIKE $1 GROUP BY status ORDER BY status;
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
