-- The centre's first schema. Portable: BIGINT, TEXT and BYTEA only.
-- A released migration is frozen; changes go into the next number.

CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

-- The journal: exact signed bytes of every action, per case without gap.
CREATE TABLE action (
  case_id TEXT NOT NULL, case_seq BIGINT NOT NULL, id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, origin TEXT NOT NULL, bytes BYTEA NOT NULL, signature BYTEA NOT NULL,
  hash BYTEA NOT NULL, pos BIGINT NOT NULL UNIQUE, recorded_ms BIGINT NOT NULL,
  PRIMARY KEY (case_id, case_seq));

-- Data keys as they came: SM2-wrapped, one row a reader.
CREATE TABLE case_key (case_id TEXT NOT NULL, reader TEXT NOT NULL, sealed BYTEA NOT NULL, PRIMARY KEY (case_id, reader));

CREATE TABLE blob (address BYTEA PRIMARY KEY, case_id TEXT NOT NULL, sealed_len BIGINT NOT NULL);

-- Projection; rebuilt from the journal at any time.
CREATE TABLE case_row (
  case_id TEXT PRIMARY KEY, status TEXT NOT NULL, version BIGINT NOT NULL,
  station TEXT NOT NULL, hall TEXT NOT NULL, region TEXT NOT NULL, channel TEXT NOT NULL,
  item TEXT, item_version BIGINT, receipt TEXT UNIQUE, project_no TEXT UNIQUE,
  applicant_sealed BYTEA, number_sealed BYTEA, name_index BYTEA, number_index BYTEA,
  firm TEXT, firm_name TEXT, delivery TEXT, offline BIGINT NOT NULL DEFAULT 0,
  submitted_ms BIGINT, received_ms BIGINT, accepted_ms BIGINT, decided_ms BIGINT, closed_ms BIGINT,
  due TEXT, reviewer TEXT, decider TEXT, granted BIGINT, close_code TEXT, licence_number TEXT, blocked TEXT,
  password_index BYTEA);
CREATE INDEX case_row_status ON case_row (status, due);
CREATE INDEX case_row_number ON case_row (number_index);
CREATE INDEX case_row_name ON case_row (name_index);
CREATE INDEX case_row_hall ON case_row (hall, status);

-- Stations.
CREATE TABLE station (
  id TEXT PRIMARY KEY, hall TEXT NOT NULL, region TEXT NOT NULL, station3 TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, created_ms BIGINT NOT NULL, enrolled_ms BIGINT,
  signing_key TEXT, wrapping_key TEXT, cert_serial TEXT, cert_until_ms BIGINT,
  seen_ms BIGINT, program TEXT, queue BIGINT, devices TEXT, skew_ms BIGINT,
  UNIQUE (region, station3));
CREATE TABLE enrol_code (
  station TEXT PRIMARY KEY, selector TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, expires_ms BIGINT NOT NULL, tries_left BIGINT NOT NULL, made_by TEXT NOT NULL);
CREATE TABLE station_key (station TEXT NOT NULL, signing_key TEXT NOT NULL, from_ms BIGINT NOT NULL, PRIMARY KEY (station, signing_key));
CREATE TABLE revoked (serial TEXT PRIMARY KEY, station TEXT NOT NULL, at_ms BIGINT NOT NULL, reason TEXT NOT NULL);

-- Sync.
CREATE TABLE upload (id TEXT PRIMARY KEY, station TEXT NOT NULL, synced BIGINT NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE bundle (
  id TEXT PRIMARY KEY, station TEXT NOT NULL, case_id TEXT, sha256 BYTEA NOT NULL, len BIGINT NOT NULL,
  state TEXT NOT NULL, code TEXT, detail TEXT, case_seq BIGINT, actions TEXT, blobs TEXT,
  received_ms BIGINT NOT NULL, receipt TEXT);
CREATE TABLE station_link (
  station TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL, action TEXT NOT NULL,
  action_hash BYTEA NOT NULL, prev BYTEA NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (station, epoch, seq));
CREATE TABLE feed (seq BIGINT PRIMARY KEY, hall TEXT, body TEXT NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE lease (
  station TEXT NOT NULL, region TEXT NOT NULL, station3 TEXT NOT NULL, day TEXT NOT NULL,
  first BIGINT NOT NULL, last BIGINT NOT NULL, at_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL,
  PRIMARY KEY (region, station3, day, first));

-- Staff.
CREATE TABLE staff (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, region TEXT NOT NULL, password TEXT NOT NULL,
  failures BIGINT NOT NULL, locked_until_ms BIGINT NOT NULL, active BIGINT NOT NULL, created_ms BIGINT NOT NULL);
CREATE TABLE staff_log (
  seq BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, result TEXT NOT NULL, detail TEXT NOT NULL, prev BYTEA NOT NULL, hash BYTEA NOT NULL);

-- Sharing and proofs.
CREATE TABLE share_log (
  id TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, case_id TEXT NOT NULL, station TEXT NOT NULL, item TEXT NOT NULL,
  resource TEXT NOT NULL, subject_hash BYTEA NOT NULL, purpose TEXT NOT NULL, basis TEXT NOT NULL,
  fields TEXT NOT NULL, outcome TEXT NOT NULL, took_ms BIGINT NOT NULL, answer_sha256 BYTEA NOT NULL);
CREATE INDEX share_log_subject ON share_log (subject_hash, at_ms);
CREATE TABLE proof (
  case_id TEXT PRIMARY KEY, item TEXT NOT NULL, number TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
  subject_hash BYTEA NOT NULL, day TEXT NOT NULL, pdf_sealed BYTEA NOT NULL, pdf_sha256 BYTEA NOT NULL, at_ms BIGINT NOT NULL);
CREATE INDEX proof_day ON proof (subject_hash, day);
CREATE TABLE public_token (
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, case_id TEXT NOT NULL, title TEXT NOT NULL, number TEXT NOT NULL,
  issuer TEXT NOT NULL, facts TEXT NOT NULL, valid_to TEXT, state TEXT NOT NULL, at_ms BIGINT NOT NULL);

-- Licences and blank stock.
CREATE TABLE licence (
  case_id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, identifier TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, hall TEXT NOT NULL, state TEXT NOT NULL, print TEXT, serial TEXT, at_ms BIGINT NOT NULL);
CREATE TABLE licence_step (idem TEXT PRIMARY KEY, case_id TEXT NOT NULL, body_sha256 BYTEA NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE stock_range (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, prefix TEXT NOT NULL, width BIGINT NOT NULL,
  first BIGINT NOT NULL, last BIGINT NOT NULL, operator TEXT NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE stock_use (
  kind TEXT NOT NULL, serial TEXT NOT NULL, state TEXT NOT NULL, case_id TEXT NOT NULL, print TEXT NOT NULL, at_ms BIGINT NOT NULL,
  PRIMARY KEY (kind, serial));

-- Catalogue: every version ever published.
CREATE TABLE catalogue_item (
  key TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL, sha256 BYTEA NOT NULL, at_ms BIGINT NOT NULL,
  PRIMARY KEY (key, version));

INSERT INTO counter (name, value) VALUES ('journal', 0), ('feed', 0), ('staff_log', 0);
