import HoldfastSQL
import Testing

@testable import HoldfastChecks

/// The statements that engines are told, as text: what changes here changes on every engine.
@Suite struct EngineStatementTests {
    private static let table = EngineTable(
        source: "hf_train", named: "train",
        columns: [
            .init(name: "income", form: .number), .init(name: "city", form: .text),
            .init(name: "age", form: .written),
        ])

    private static func column(_ place: Int) -> EngineColumn {
        EngineColumn(
            place: place, name: table.columns[place].name, form: table.columns[place].form,
            isForced: false)
    }

    private static func statements(_ dialect: SQLDialect, weight: String? = nil) -> String {
        let table = table.weighted(by: weight)
        let counts = EngineCounts(table: table, engine: Mute(dialect: dialect), isExact: false)
        var income = EngineFacts.Column(column: column(0))
        income.centre = 2.5
        let edges = EngineEdges(of: "income", [1, 2, 5])
        let all: [SQL] = [
            EngineFacts.statement(table, [column(2)], dialect),
            EngineSample.statement(
                table, [column(0), column(1), column(2)], isCategory: [1: true], share: 0.25,
                dialect),
            counts.ranges(income, edges: edges), counts.distinct(column(0)),
            counts.groups(column(1)),
        ]
        return all.map { $0.text(for: dialect) + ";\n" }.joined(separator: "\n")
    }

    private static func nameStatements(_ dialect: SQLDialect) -> String {
        let names = EngineNames(engine: Mute(dialect: dialect))
        let all: [SQL] = [
            names.statement(table, column(1), table, column(2)),
            names.statement(table, column(0), [column(1), column(2)], [1: true], below: nil),
            names.statement(table, column(2), [column(0)], [:], below: 1 << 20),
        ]
        return all.map { $0.text(for: dialect) + ";\n" }.joined(separator: "\n")
    }

    @Test(arguments: [SQLDialect.duckdb, .spark])
    func `the statements of an engine are those that were run on it`(dialect: SQLDialect) throws {
        for (name, statements) in [
            ("", Self.statements(dialect)), ("-weighted", Self.statements(dialect, weight: "age")),
            ("-names", Self.nameStatements(dialect)),
        ] {
            let golden = try goldenText("engine-\(dialect.rawValue)\(name).sql")
            #expect(statements == golden, "\(name)")
        }
    }

    @Test func `a statement for 50 columns stays below a megabyte, whatever the edges`() {
        let columns = (0..<50).map {
            EngineColumn(place: $0, name: "column \($0)", form: .written, isForced: false)
        }
        for dialect in [SQLDialect.sqlite, .duckdb, .spark] {
            let facts = EngineFacts.statement(Self.table, columns, dialect).text(for: dialect)
            #expect(facts.utf8.count < 1 << 20)
            var fact = EngineFacts.Column(column: columns[0])
            fact.range = 0...1
            let edges = EngineEdges(of: "column 0", (0..<2_000).map { Double($0).squareRoot() })
            let counts = EngineCounts(
                table: Self.table, engine: Mute(dialect: dialect), isExact: false)
            let ranges = counts.ranges(fact, edges: edges).text(for: dialect)
            #expect(ranges.utf8.count < 1 << 20, "\(dialect): \(ranges.utf8.count)")
            let weighted = Self.table.weighted(by: "age")
            for text in [
                EngineFacts.statement(weighted, columns, dialect).text(for: dialect),
                EngineNames(engine: Mute(dialect: dialect)).statement(
                    Self.table, columns[0], columns, [:], below: 1
                ).text(for: dialect),
            ] { #expect(text.utf8.count < 1 << 20, "\(dialect): \(text.utf8.count)") }
        }
    }
}

/// An engine that is never asked.
private final class Mute: SQLEngine {
    let dialect: SQLDialect
    let version = ""

    init(dialect: SQLDialect) { self.dialect = dialect }

    func run(_ sql: SQL) throws(SQLError) {}
    func read(_ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void) throws(SQLError) {}
    func stream(_ sql: SQL, each: (any SQLRow) throws -> Void) throws {}
    func store(_ query: SQL, as table: SQLTable) throws(SQLError) {}
    func load(_ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void) throws {}
    func view(_ name: String, as query: SQL) throws(SQLError) {}
    func clear() throws(SQLError) {}
}
