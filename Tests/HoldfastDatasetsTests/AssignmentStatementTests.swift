import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// The SQL that deals as `holdfast assign` does: run in SQLite, and compared as text.
@Suite struct AssignmentStatementTests {
    // MARK: - Run

    @Test(arguments: 1...24, [false, true])
    func `SQLite deals a thousand units of a random catalog as the library does`(
        seed: UInt64, asTexts: Bool
    ) throws {
        var chance = SeededGenerator(seed: seed)
        let catalog = try RandomCatalog.make(&chance)
        let units = RandomCatalog.units(1_000, &chance)
        let fixed = chance.below(3) == 0 ? RandomCatalog.time(&chance) : nil
        let statement = try statement(
            catalog, .sqlite, time: fixed.map { .moment($0) } ?? .column("decided_at"))
        let connection = try table(units, asTexts: asTexts)
        var place = 0
        var differences: [String] = []
        var reasons: Set<String> = []
        try connection.query(SQL(stringLiteral: statement.text)) { row throws(SQLError) in
            let given = Answer(row)
            let wanted = Answer(of: units[place], by: catalog, at: fixed)
            if given != wanted { differences.append("\(units[place]): \(given), not \(wanted)") }
            reasons.insert(wanted.reason)
            place += 1
        }
        #expect(place == units.count)
        #expect(differences.prefix(3) == [], "seed \(seed): \(differences.count) differences")
        #expect(reasons.contains("refused"), "seed \(seed)")
    }

    @Test func `a column without case takes no unit, nor a text of a rule, for another`() throws {
        let catalog = try simpleCatalog(
            "overrides: {tester: treatment}, eligible: {attribute: country, in: [jp]}")
        let connection = try dealer("unit TEXT COLLATE NOCASE, country TEXT COLLATE NOCASE")
        try connection.run(
            "INSERT INTO units VALUES ('tester', 'jp'), ('TESTER', 'jp'), ('u', 'JP')")
        var reasons: [String?] = []
        let text = try statement(catalog, .sqlite).text
        try connection.query(SQL(stringLiteral: "SELECT reason FROM (\(text))")) {
            row throws(SQLError) in reasons.append(row.text(0))
        }
        #expect(reasons == ["override", "assigned", "ineligible"])
        #expect(try statement(catalog, .duckdb).text.contains("encode(hf_dealt.\"unit\") IN"))
        #expect(try statement(catalog, .postgresql).text.contains("COLLATE \"C\" IN"))
    }

    @Test func `each way of dealing and each reason comes up among the seeds`() throws {
        var methods: Set<String> = []
        var reasons: Set<String> = []
        for seed in UInt64(1)...24 {
            var chance = SeededGenerator(seed: seed)
            let catalog = try RandomCatalog.make(&chance)
            methods.insert("\(catalog.experiments[0].method)".prefix { $0 != "(" }.description)
            for row in RandomCatalog.units(300, &chance) {
                reasons.insert(Answer(of: row, by: catalog, at: nil).reason)
            }
        }
        #expect(methods == ["shares", "rotation", "exploration", "switchback"])
        #expect(
            reasons == [
                "override", "not_started", "ended", "ineligible", "holdout", "outside_slice",
                "not_enrolled", "assigned", "refused",
            ])
    }

    /// A database that can deal, with an empty table of units.
    private func dealer(_ columns: String) throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        try connection.define(SQLDialect.bucketFunction, BucketFunction.make(salt: salt))
        try connection.run(SQL(stringLiteral: "CREATE TABLE units (\(columns))"))
        return connection
    }

    /// The units in columns with types, or in columns of texts as SQLite's shell imports a CSV.
    private func table(_ units: [TableRow], asTexts: Bool) throws -> SQLiteConnection {
        let types = asTexts ? ["TEXT", "TEXT"] : ["REAL", "INTEGER"]
        let connection = try dealer(
            """
            unit TEXT, household TEXT, score \(types[0]), decided_at \(types[1]), country TEXT,
              age \(types[0]), vip \(types[1])
            """)
        try connection.transaction { () throws(SQLError) in
            for row in units { try connection.run(asTexts ? row.texts : row.insertion) }
        }
        return connection
    }

    @Test func `a text is a number, a time or a boolean as a cell of CSV is, or nothing`() throws {
        let catalog = try simpleCatalog(
            "eligible: {any: [{attribute: age, atLeast: 20}, {attribute: vip, is: true}]}")
        let connection = try dealer("unit TEXT, age TEXT, vip TEXT")
        let ages: [(String, String)] = [
            ("5", "ineligible"), ("100", "assigned"), ("1e2", "assigned"), ("-30", "ineligible"),
            ("20.0", "assigned"), ("19.99", "ineligible"), ("2E+1", "assigned"),
            ("", "refused"), (" 30", "refused"), ("30 ", "refused"), ("+30", "refused"),
            (".5", "refused"), ("5.", "refused"), ("030", "refused"), ("-030", "refused"),
            ("5.e1", "refused"), ("-.5", "refused"), ("0x20", "refused"), ("1e", "refused"),
            ("thirty", "refused"), ("inf", "refused"), ("1e999", "refused"), ("-", "refused"),
        ]
        for (age, _) in ages {
            try connection.run("INSERT INTO units VALUES ('u', \(age), 'false')")
        }
        let words = ["true", "True", "1", "0", "yes"]
        for vip in words {
            try connection.run("INSERT INTO units VALUES ('u', '5', \(vip))")
        }
        let text = try statement(catalog, .sqlite).text
        var reasons: [String] = []
        try connection.query(SQL(stringLiteral: "SELECT reason FROM (\(text))")) {
            row throws(SQLError) in reasons.append(row.text(0) ?? "NULL")
        }
        for ((age, wanted), reason) in zip(ages, reasons) { #expect(reason == wanted, "\(age)") }
        #expect(
            reasons.suffix(words.count)
                == ["assigned", "assigned", "assigned", "ineligible", "refused"])
    }

    private func statement(
        _ catalog: Catalog, _ dialect: SQLDialect, table: String = "units", unit: String = "unit",
        time: AssignmentStatement.Input.Time = .moment(moment(0))
    ) throws -> AssignmentStatement {
        let experiment = catalog.experiments[0]
        return try AssignmentStatement(
            try #require(catalog.dealings[experiment.name]), revision: catalog.revision,
            dialect: dialect,
            input: .init(
                table: table, unit: unit, cluster: experiment.cluster?.text ?? "",
                score: "score", time: time))
    }

    // MARK: - Text

    @Test func `the salt is in the text of no dialect`() throws {
        for seed in UInt64(1)...24 {
            var chance = SeededGenerator(seed: seed)
            let catalog = try RandomCatalog.make(&chance, withNUL: false)
            for dialect in SQLDialect.allCases {
                let text = try statement(catalog, dialect, time: .column("decided_at")).text
                #expect(!text.contains(salt), "seed \(seed), \(dialect)")
                #expect(text.contains("experiment limits, revision \(catalog.revision)\n"))
            }
        }
    }

    @Test(arguments: [
        (SQLDialect.sqlite, "\"a `b` \"\"c\"\" 'd' \\e\"", "'a `b` \"c\" ''d'' \\e'"),
        (.duckdb, "\"a `b` \"\"c\"\" 'd' \\e\"", "'a `b` \"c\" ''d'' \\e'"),
        (.postgresql, "\"a `b` \"\"c\"\" 'd' \\e\"", "'a `b` \"c\" ''d'' \\e'"),
        (.spark, "`a ``b`` \"c\" 'd' \\e`", "'a `b` \"c\" \\'d\\' \\\\e'"),
    ])
    func `names and texts are quoted as the engine reads them`(
        dialect: SQLDialect, name: String, text: String
    ) throws {
        let odd = "a `b` \"c\" 'd' \\e"
        let quoted = JSON.string(odd).text()
        let catalog = try simpleCatalog(
            "overrides: {\(quoted): control}, eligible: {attribute: country, in: [\(quoted)]}")
        let lines = try statement(catalog, dialect, table: odd, unit: odd).text
        let country =
            switch dialect {
            case .sqlite: "nullif(u.\"country\", '')"
            case .spark: "u.`country`"
            case .duckdb, .postgresql: "u.\"country\""
            }
        /// A comparison of bytes, as each engine writes one.
        func isAmong(_ column: String) -> String {
            switch dialect {
            case .sqlite: "(\(column) || '') IN (\(text))"
            case .duckdb: "encode(\(column)) IN (encode(\(text)))"
            case .postgresql: "\(column) COLLATE \"C\" IN (\(text))"
            case .spark: "\(column) IN (\(text))"
            }
        }
        for part in [
            "FROM \(name) AS u\n", "SELECT hf_settled.\(name),", "u.\(name)",
            "\(isAmong("hf_dealt.\(name)")) THEN 1",
            "\(isAmong("hf_settled.\(name)")) THEN 'control'",
            "(\(isAmong(country))) THEN 1 WHEN NOT (",
        ] {
            #expect(lines.contains(part), "\(part) is not in \(lines)")
        }
    }

    /// A quote before a combining accent is part of another character, and ends a text all the
    /// same.
    @Test func `a quote before an accent is escaped in every dialect`() throws {
        let odd = "o'\u{301}x"
        let catalog = try simpleCatalog("overrides: {\(JSON.string(odd).text()): control}")
        for dialect in SQLDialect.allCases {
            let escaped = dialect == .spark ? "'o\\'\u{301}x'" : "'o''\u{301}x'"
            let text = Array(try statement(catalog, dialect).text.utf8)
            #expect(text.firstRange(of: Array(escaped.utf8)) != nil, "\(dialect)")
        }
    }

    // MARK: - Refused

    @Test func `a NUL in an override or a rule is for SQLite alone`() throws {
        for more in [
            "overrides: {\"a\\u0000b\": control}",
            "eligible: {attribute: country, in: [\"a\\u0000b\"]}",
            "eligible: {not: {attribute: country, isNot: \"\\u0000\"}}",
        ] {
            let catalog = try simpleCatalog(more)
            #expect(try statement(catalog, .sqlite).text.contains("CAST(X'"), "\(more)")
            for dialect in SQLDialect.allCases where dialect != .sqlite {
                let error = #expect(throws: ExportError.self) {
                    try statement(catalog, dialect)
                }
                let told = error?.description ?? ""
                #expect(
                    told.contains("experiment limits holds a NUL, which \(dialect.rawValue) has"))
                #expect(told.contains("deal these units with holdfast assign"))
            }
        }
    }

    @Test(arguments: CompatibleExportTests.rules)
    func `another system's hash is refused, and says which`(
        rule: (name: String, text: String)
    ) throws {
        let catalog = try HoldfastDatasetsTests.catalog(
            "experiments: {limits: {unit: customer, \(rule.text)}}")
        for dialect in SQLDialect.allCases {
            let error = #expect(throws: ExportError.self) { try statement(catalog, dialect) }
            let system = rule.name.prefix { $0 != " " && $0 != "," }
            #expect(
                error?.message
                    == "experiment limits deals as \(system) does, by a hash that engines do not have"
            )
            #expect(error?.hint.contains("holdfast assign") == true)
        }
    }
}
