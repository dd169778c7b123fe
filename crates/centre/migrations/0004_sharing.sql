-- Calls to other departments: who asked, under which authorisation, what came back, why not.
ALTER TABLE share_log ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE share_log ADD COLUMN returned TEXT NOT NULL DEFAULT '';
ALTER TABLE share_log ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE share_log ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';
CREATE INDEX share_log_resource ON share_log (resource, at_ms);
CREATE INDEX share_log_at ON share_log (at_ms);

-- Messages to other authorities; the document and the receipt are sealed.
CREATE TABLE exchange_out (
  id TEXT PRIMARY KEY, peer TEXT NOT NULL, kind TEXT NOT NULL, row_guid TEXT NOT NULL, case_id TEXT NOT NULL, day TEXT NOT NULL,
  digest TEXT NOT NULL, document BYTEA NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, next_ms BIGINT NOT NULL,
  code TEXT NOT NULL, detail TEXT NOT NULL, receipt BYTEA, created_ms BIGINT NOT NULL, done_ms BIGINT);
CREATE UNIQUE INDEX exchange_out_record ON exchange_out (peer, kind, row_guid);
CREATE INDEX exchange_out_due ON exchange_out (peer, state, next_ms);
CREATE INDEX exchange_out_day ON exchange_out (day, peer, kind);

-- Messages from them, each once.
CREATE TABLE exchange_in (
  id TEXT PRIMARY KEY, peer TEXT NOT NULL, kind TEXT NOT NULL, row_guid TEXT NOT NULL, op TEXT NOT NULL, cd_ms BIGINT NOT NULL,
  project_no TEXT NOT NULL, day TEXT NOT NULL, digest TEXT NOT NULL, document BYTEA NOT NULL, state TEXT NOT NULL,
  receipt BYTEA NOT NULL, at_ms BIGINT NOT NULL);
CREATE INDEX exchange_in_record ON exchange_in (peer, kind, row_guid, cd_ms);
CREATE INDEX exchange_in_case ON exchange_in (project_no, cd_ms);
CREATE INDEX exchange_in_day ON exchange_in (day, peer, kind);
