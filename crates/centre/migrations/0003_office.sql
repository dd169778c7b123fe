-- Office rooms keep small records, each as one JSON document with three keys to find it by.
CREATE TABLE office_entry (
  room TEXT NOT NULL, id TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, state TEXT NOT NULL,
  at_ms BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (room, id));
CREATE INDEX office_entry_a ON office_entry (room, a, at_ms);
CREATE INDEX office_entry_b ON office_entry (room, b, at_ms);
CREATE INDEX office_entry_state ON office_entry (room, state, at_ms);

-- Papers handed out, sealed as they left the press.
CREATE TABLE paper (
  document_no TEXT PRIMARY KEY, case_id TEXT NOT NULL, kind TEXT NOT NULL, sealed BYTEA NOT NULL,
  pdf_sha256 BYTEA NOT NULL, at_ms BIGINT NOT NULL);
CREATE INDEX paper_case ON paper (case_id, at_ms);
