-- Evidence of the store itself: the audit, and keyed seals over every row, so that a change made
-- past the program is found and located.

CREATE TABLE audit (
    n     INTEGER PRIMARY KEY,          -- 1, 2, 3 ... without gap
    bytes BLOB NOT NULL,                -- canonical entry (docs/formats.md)
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE audit_checkpoint (
    n    INTEGER PRIMARY KEY,
    json TEXT NOT NULL                  -- signed by the station
) STRICT;

-- Keyed hash of one row of one table.
CREATE TABLE row_seal (
    tbl TEXT    NOT NULL,
    row INTEGER NOT NULL,
    mac BLOB    NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (tbl, row)
) STRICT, WITHOUT ROWID;

-- Number of rows of a table, and the sum of their hashes modulo 2^256.
CREATE TABLE seal_total (
    tbl  TEXT    PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum  BLOB    NOT NULL CHECK (length(sum) = 32)
) STRICT, WITHOUT ROWID;

-- Keyed hash over all totals.
CREATE TABLE seal (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    mac BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;
