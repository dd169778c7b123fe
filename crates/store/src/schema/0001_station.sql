-- The station's database. Rows that say something about a person hold ciphertext only:
-- `bytes` of an action, `summary`, the wrapped keys; look-up by card goes through a keyed index.

CREATE TABLE station (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    station    TEXT    NOT NULL,
    hall       TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    link_seq   INTEGER NOT NULL,            -- last link of this epoch
    link_hash  BLOB    NOT NULL CHECK (length(link_hash) = 32),
    link_acked INTEGER NOT NULL             -- highest link of this epoch the centre has signed for
) STRICT;

CREATE TABLE case_file (
    case_id         BLOB    PRIMARY KEY CHECK (length(case_id) = 16),
    opened_wall     INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    item            TEXT,
    head_seq        INTEGER NOT NULL,
    head_hash       BLOB    NOT NULL CHECK (length(head_hash) = 32),
    key_station     BLOB,                   -- data key under the station's KEK; NULL once erased
    key_centre      BLOB,                   -- data key for the centre (SM2); NULL before enrolment
    summary         BLOB,                   -- sealed projection
    applicant_index BLOB,                   -- keyed index of the card number
    released        INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
    changed_wall    INTEGER NOT NULL,
    acked_wall      INTEGER,                -- when the centre had signed for everything
    erased_wall     INTEGER
) STRICT;
CREATE INDEX case_by_applicant ON case_file (applicant_index) WHERE applicant_index IS NOT NULL;

CREATE TABLE action (
    case_id   BLOB    NOT NULL REFERENCES case_file,
    case_seq  INTEGER NOT NULL,
    id        BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind      TEXT    NOT NULL,
    bytes     BLOB    NOT NULL,
    signature BLOB    NOT NULL,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    epoch     INTEGER NOT NULL,
    link_seq  INTEGER NOT NULL,
    bundle    BLOB    REFERENCES bundle DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (case_id, case_seq),
    UNIQUE (epoch, link_seq)
) STRICT;

-- Headers only; outlives the actions it names.
CREATE TABLE link (
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    action      BLOB    NOT NULL,
    action_hash BLOB    NOT NULL,
    prev_hash   BLOB    NOT NULL,
    hash        BLOB    NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT;

-- Calls that must have their effect once: the caller's key and where the effect stands.
CREATE TABLE idem (
    idem     BLOB    PRIMARY KEY CHECK (length(idem) = 16),
    case_id  BLOB    NOT NULL,
    case_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE blob (
    address  BLOB    NOT NULL CHECK (length(address) = 32),
    case_id  BLOB    NOT NULL REFERENCES case_file,
    case_seq INTEGER NOT NULL,              -- the action that first names it
    media    TEXT    NOT NULL,
    PRIMARY KEY (case_id, address)
) STRICT;

CREATE TABLE bundle (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    case_id      BLOB    NOT NULL REFERENCES case_file,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    last_link    INTEGER NOT NULL,
    sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes        INTEGER NOT NULL,
    blobs        BLOB    NOT NULL,          -- addresses, 32 bytes each
    state        TEXT    NOT NULL CHECK (state IN ('waiting', 'quarantined', 'acknowledged')),
    tries        INTEGER NOT NULL DEFAULT 0,
    next_try     INTEGER,                   -- wall ms, for people to read
    last_error   TEXT,
    created_wall INTEGER NOT NULL,
    receipt      BLOB,                      -- the centre's signed receipt as JSON
    UNIQUE (case_id, first_seq)
) STRICT;

CREATE TABLE lease (
    region      TEXT    NOT NULL,
    day         TEXT    NOT NULL,
    station3    TEXT    NOT NULL,
    from_serial INTEGER NOT NULL,
    to_serial   INTEGER NOT NULL,
    next_serial INTEGER NOT NULL,
    PRIMARY KEY (day, from_serial),
    CHECK (from_serial <= to_serial AND next_serial BETWEEN from_serial AND to_serial + 1)
) STRICT;

-- Every number ever given out; the key makes a second use impossible.
CREATE TABLE receipt (
    number  TEXT PRIMARY KEY,
    case_id BLOB NOT NULL UNIQUE,
    wall    INTEGER NOT NULL
) STRICT;

CREATE TABLE visit (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    case_id    BLOB    NOT NULL,
    step       TEXT    NOT NULL,
    boot_id    TEXT    NOT NULL,
    boot_ms    INTEGER NOT NULL,
    wall_ms    INTEGER NOT NULL,
    idle_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE item (
    key     TEXT    PRIMARY KEY,
    version INTEGER NOT NULL,
    json    TEXT    NOT NULL
) STRICT;

CREATE TABLE cursor (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

CREATE TABLE notice (
    seq  INTEGER PRIMARY KEY,
    text TEXT    NOT NULL,
    wall INTEGER NOT NULL
) STRICT;

-- What the centre said of cases that left us.
CREATE TABLE centre_case (
    case_id  BLOB    PRIMARY KEY,
    status   TEXT    NOT NULL,
    case_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE print (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    case_id    BLOB    NOT NULL,
    serial     TEXT    NOT NULL,
    pdf_sha256 BLOB    NOT NULL,
    operator   TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('intended', 'sent', 'done', 'confirmed', 'void', 'unknown')),
    spoiled    INTEGER NOT NULL DEFAULT 0,
    job_uuid   TEXT,
    note       TEXT,
    wall       INTEGER NOT NULL
) STRICT;
-- A blank may be used again only when its print was voided unspoiled.
CREATE UNIQUE INDEX print_serial ON print (serial) WHERE NOT (state = 'void' AND spoiled = 0);

CREATE TABLE document_print (
    id       BLOB    PRIMARY KEY CHECK (length(id) = 16),
    case_id  BLOB    NOT NULL,
    document TEXT    NOT NULL,
    sha256   BLOB    NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('intended', 'sent', 'done', 'confirmed', 'void', 'unknown')),
    job_uuid TEXT,
    note     TEXT,
    wall     INTEGER NOT NULL
) STRICT;

CREATE TABLE binding (
    role TEXT PRIMARY KEY,
    port TEXT NOT NULL
) STRICT;
