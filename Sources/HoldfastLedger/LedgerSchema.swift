internal import HoldfastSQL

/// The tables of a ledger, and how those of an older format are brought forward.
///
/// Producers send random ids: a table by rowid with a unique index on the id takes them five times
/// as fast as one clustered by id. Times are microseconds since 1970. A bare `at` is no name in
/// every engine, so each time has a name of its own.
enum LedgerSchema {
    /// The format, kept in `PRAGMA user_version`.
    static var format: Int64 { Int64(steps.count) }
    /// "HFST": what `PRAGMA application_id` says of a ledger.
    static let applicationID: Int64 = 0x4846_5354

    /// The first format whose rows are sealed by commits.
    static let sealedFormat: Int64 = 3
    /// The first format that keeps what was shipped to lakes.
    static let shippingFormat: Int64 = 4
    /// The first format that keeps the evidence of health.
    static let healthFormat: Int64 = 5

    /// What leads from each format to the next: from no table at all to format 1, and so on.
    ///
    /// A new ledger takes all of them, so that it cannot differ from one that was brought forward.
    /// A step that was ever released stays as it is.
    static let steps: [[SQL]] = [format1, format2, format3, format4, format5]

    private static let format1: [SQL] = [
        """
        CREATE TABLE revisions (
          revision TEXT NOT NULL PRIMARY KEY,
          catalog TEXT NOT NULL,
          salt_fingerprint TEXT NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE in_force (
          sequence INTEGER PRIMARY KEY,
          revision TEXT NOT NULL REFERENCES revisions,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE decisions (
          decision INTEGER PRIMARY KEY,
          id TEXT NOT NULL,
          unit TEXT NOT NULL,
          cluster TEXT,
          experiment TEXT NOT NULL,
          decided_at INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          arm TEXT,
          reason TEXT NOT NULL,
          holdout TEXT,
          propensity REAL NOT NULL,
          bucket INTEGER,
          revision TEXT NOT NULL REFERENCES revisions,
          score REAL,
          model TEXT,
          intended INTEGER,
          digest BLOB NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX decisions_id ON decisions (id)",
        "CREATE INDEX decisions_experiment ON decisions (experiment, unit, decided_at)",
        """
        CREATE TABLE exposures (
          exposure INTEGER PRIMARY KEY,
          id TEXT NOT NULL,
          unit TEXT NOT NULL,
          cluster TEXT,
          experiment TEXT NOT NULL,
          arm TEXT NOT NULL,
          exposed_at INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          digest BLOB NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX exposures_id ON exposures (id)",
        "CREATE INDEX exposures_unit ON exposures (unit, exposed_at)",
        """
        CREATE TABLE outcomes (
          outcome INTEGER PRIMARY KEY,
          id TEXT NOT NULL,
          unit TEXT NOT NULL,
          name TEXT NOT NULL,
          value REAL NOT NULL,
          observed_at INTEGER NOT NULL,
          received_at INTEGER NOT NULL,
          digest BLOB NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX outcomes_id ON outcomes (id)",
        "CREATE INDEX outcomes_unit ON outcomes (unit, name, observed_at)",
        """
        CREATE TABLE feature_tables (
          number INTEGER PRIMARY KEY,
          experiment TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE features (
          experiment TEXT NOT NULL,
          name TEXT NOT NULL,
          type TEXT NOT NULL,
          PRIMARY KEY (experiment, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE refusals (
          refusal INTEGER PRIMARY KEY,
          kind TEXT NOT NULL,
          source TEXT NOT NULL,
          code TEXT NOT NULL,
          detail TEXT NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
    ]

    /// Accepted changes, whether a decision fell into burn-in, and a refused item's experiment.
    private static let format2: [SQL] = [
        """
        CREATE TABLE accepted_changes (
          change INTEGER PRIMARY KEY,
          sequence INTEGER NOT NULL REFERENCES in_force,
          experiment TEXT NOT NULL,
          changes TEXT NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
        "ALTER TABLE decisions ADD COLUMN burn_in INTEGER",
        "ALTER TABLE refusals ADD COLUMN experiment TEXT",
        "CREATE INDEX refusals_experiment ON refusals (experiment, kind, code)",
    ]

    /// The chain of commits, numbered batches, and what is left of those who were forgotten.
    ///
    /// The rows that are there get their chance, and ``LedgerFile`` seals them as the first commit.
    private static let format3: [SQL] = [
        """
        CREATE TABLE commits (
          number INTEGER PRIMARY KEY,
          received_at INTEGER NOT NULL,
          content BLOB NOT NULL,
          chain BLOB NOT NULL,
          decisions INTEGER NOT NULL,
          exposures INTEGER NOT NULL,
          outcomes INTEGER NOT NULL,
          batches INTEGER NOT NULL,
          revisions INTEGER NOT NULL,
          erasures INTEGER NOT NULL,
          forgotten INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX commits_received ON commits (received_at)",
        "ALTER TABLE decisions ADD COLUMN nonce INTEGER",
        "ALTER TABLE exposures ADD COLUMN nonce INTEGER",
        "ALTER TABLE outcomes ADD COLUMN nonce INTEGER",
        "UPDATE decisions SET nonce = random()",
        "UPDATE exposures SET nonce = random()",
        "UPDATE outcomes SET nonce = random()",
        """
        CREATE TABLE batches (
          batch INTEGER PRIMARY KEY,
          source TEXT NOT NULL,
          sequence INTEGER NOT NULL,
          items INTEGER NOT NULL,
          first_at INTEGER NOT NULL,
          last_at INTEGER NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX batches_sequence ON batches (source, sequence)",
        """
        CREATE TABLE sources (
          source TEXT NOT NULL PRIMARY KEY,
          last_sequence INTEGER NOT NULL,
          batch_count INTEGER NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE erasures (
          erasure INTEGER PRIMARY KEY,
          kind TEXT NOT NULL,
          fact INTEGER NOT NULL,
          leaf BLOB NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX erasures_fact ON erasures (kind, fact)",
        """
        CREATE TABLE forgotten (
          person INTEGER PRIMARY KEY,
          mark BLOB NOT NULL UNIQUE,
          salt_fingerprint TEXT NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
    ]

    /// Who the ledger is, how far each lake has what it holds, and what was taken out since.
    private static let format4: [SQL] = [
        """
        CREATE TABLE identity (
          identity TEXT NOT NULL PRIMARY KEY
        ) STRICT, WITHOUT ROWID
        """,
        "INSERT INTO identity (identity) SELECT lower(hex(randomblob(16)))",
        """
        CREATE TABLE shipments (
          lake TEXT NOT NULL,
          node TEXT NOT NULL,
          kind TEXT NOT NULL,
          shipped INTEGER NOT NULL,
          intended INTEGER NOT NULL,
          file_format TEXT NOT NULL,
          shipped_at INTEGER,
          PRIMARY KEY (lake, node, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE retentions (
          kind TEXT NOT NULL PRIMARY KEY,
          last INTEGER NOT NULL,
          received_before INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ]
    /// What was seen of each experiment's health, and what an operator has acknowledged.
    ///
    /// Neither is sealed by commits: the evidence is calculated from facts that are. Its digest
    /// tells where a page was damaged.
    private static let format5: [SQL] = [
        """
        CREATE TABLE health (
          evidence INTEGER PRIMARY KEY,
          experiment TEXT NOT NULL,
          kind TEXT NOT NULL,
          state TEXT NOT NULL,
          cursor INTEGER NOT NULL,
          digest TEXT NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX health_kind ON health (experiment, kind)",
        """
        CREATE TABLE health_acknowledgements (
          acknowledgement INTEGER PRIMARY KEY,
          experiment TEXT NOT NULL,
          alarm TEXT NOT NULL,
          received_at INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
