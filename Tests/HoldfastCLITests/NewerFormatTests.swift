import Foundation
import Testing
import TestSupport

/// A ledger of a format that comes after this program's: every command says so politely, and
/// leaves the file as it is.
@Suite struct NewerFormatTests {
    private static let commands: [String: [String]] = [
        "serve": ["serve", "--catalog", "CATALOG", "--ledger", "LEDGER", "--port", "0"],
        "record": ["record", "outcomes", "--catalog", "CATALOG", "--ledger", "LEDGER", "FACTS"],
        "retry": [
            "record", "outcomes", "--catalog", "CATALOG", "--ledger", "LEDGER", "--retry-refused",
        ],
        "export": [
            "export", "--catalog", "CATALOG", "--ledger", "LEDGER", "--experiment", "offers",
            "--out", "OUT",
        ],
        "stats": ["stats", "--ledger", "LEDGER"],
        "verify": ["verify", "--ledger", "LEDGER", "--catalog", "CATALOG"],
        "backup": ["backup", "--ledger", "LEDGER", "COPY"],
        "restore from": ["restore", "LEDGER", "--ledger", "COPY"],
        "restore onto": ["restore", "OTHER", "--ledger", "LEDGER", "--replace"],
        "forget": ["forget", "u", "--catalog", "CATALOG", "--ledger", "LEDGER"],
        "ship": ["ship", "--ledger", "LEDGER", "--lake", "OUT"],
    ]

    @Test(arguments: commands.keys.sorted(), ["wal", "delete"])
    func `a newer format is refused by every command, and left alone`(
        name: String, journal: String
    ) async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: newer-format-salt-01
            experiments:
              offers: {unit: customer, arms: [{control: 50%}, {treatment: 50%}],
                outcome: {name: paid, horizon: 3h, absent: 0}}
            """)
        let facts = try folder.write("facts.jsonl", "")
        let paths = [
            "CATALOG": catalog, "FACTS": facts, "LEDGER": folder.file("ledger.db"),
            "OTHER": folder.file("other.db"), "COPY": folder.file("copy.db"),
            "OUT": folder.file("out"),
        ]
        for ledger in ["LEDGER", "OTHER"] {
            let path = paths[ledger] ?? ""
            let made = try await Program.run(
                ["record", "outcomes", "--catalog", catalog, "--ledger", path, facts])
            #expect(made.status == 0)
        }
        // As a later program would leave it: another table, and its number.
        _ = try await Program.sqlite(
            folder.file("ledger.db"),
            "PRAGMA journal_mode = \(journal); CREATE TABLE later (x); PRAGMA user_version = 6")
        let before = try folder.read("ledger.db")
        let names = try folder.names
        let arguments = (NewerFormatTests.commands[name] ?? []).map { paths[$0] ?? $0 }
        let run = try await Program.run(arguments)
        #expect(run.status == 2, "\(run.output)\(run.errors)")
        #expect(run.errors.contains("its format is 6, and this program knows 5"), "\(run.errors)")
        #expect(run.errors.contains("or a newer one; nothing was changed"))
        #expect(run.output == "")
        #expect(try folder.read("ledger.db") == before, "the file was changed")
        #expect(try folder.names == names, "files were left beside it")
    }
}
