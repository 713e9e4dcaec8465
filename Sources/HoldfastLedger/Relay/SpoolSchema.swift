internal import HoldfastSQL

/// The tables of a spool.
enum SpoolSchema {
    /// The format, kept in `PRAGMA user_version`.
    static let format: Int64 = 1
    /// "HFSP": what `PRAGMA application_id` says of a spool.
    static let applicationID: Int64 = 0x4846_5350

    /// Items lie by kind and number, as they are sent: written at the end of one of three runs,
    /// read and deleted from its beginning. Each kind has numbers of its own.
    static let tables: [SQL] = [
        """
        CREATE TABLE spool (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          source TEXT NOT NULL,
          next_item INTEGER NOT NULL DEFAULT 1,
          waiting_items INTEGER NOT NULL DEFAULT 0,
          waiting_bytes INTEGER NOT NULL DEFAULT 0,
          forwarded INTEGER NOT NULL DEFAULT 0,
          accepted INTEGER NOT NULL DEFAULT 0,
          duplicates INTEGER NOT NULL DEFAULT 0,
          dealt_otherwise INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE items (
          kind TEXT NOT NULL,
          item INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          content BLOB NOT NULL,
          arm TEXT,
          PRIMARY KEY (kind, item)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE numbers (
          kind TEXT NOT NULL PRIMARY KEY,
          next INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE batches (
          kind TEXT NOT NULL,
          number INTEGER NOT NULL,
          first INTEGER NOT NULL,
          last INTEGER NOT NULL,
          items INTEGER NOT NULL,
          PRIMARY KEY (kind, number)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE refusals (
          code TEXT NOT NULL PRIMARY KEY,
          items INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ]

    static let insertItem =
        "INSERT INTO items (kind, item, received_at, content, arm) VALUES (?1, ?2, ?3, ?4, ?5)"
    static let selectLengths =
        "SELECT item, length(content) FROM items WHERE kind = ?1 ORDER BY item LIMIT ?2"
    static let selectContents = """
        SELECT content, arm FROM items WHERE kind = ?1 AND item BETWEEN ?2 AND ?3 ORDER BY item
        """
    static let selectState: SQL = """
        SELECT source, next_item, waiting_items, waiting_bytes, forwarded, accepted,
               duplicates, dealt_otherwise
        FROM spool
        """
    static let updateState = """
        UPDATE spool SET next_item = ?1, waiting_items = ?2, waiting_bytes = ?3, forwarded = ?4,
               accepted = ?5, duplicates = ?6, dealt_otherwise = ?7
        """
}
