import Glibc
import HoldfastSQL
import HoldfastStatistics
import HoldfastTables
import TestSupport
import Testing

@testable import HoldfastChecks

/// A check whose counting an engine does, against the same tables read here.
@Suite struct EngineCheckTests {
    // MARK: - Against what is read here

    @Test(arguments: 0..<12, [false, true])
    func `counts are exact, and distances are off by no more than is said`(
        seed: UInt64, isWeighted: Bool
    ) throws {
        let tables = made(seed, isWeighted)
        let (read, counted) = try tables.0.check(
            with: tables.1, isExact: false, weight: isWeighted ? "weight" : nil)
        #expect(read.tables.map(\.rows) == counted.tables.map(\.rows))
        for (one, other) in zip(read.tables, counted.tables) {
            #expect((one.effectiveRows != nil) == (other.effectiveRows != nil))
            expectNear(one.effectiveRows, other.effectiveRows, "rows of equal weight")
        }
        #expect((counted.tables[1].effectiveRows != nil) == isWeighted)
        // Weights are added up in another order.
        let rounding = isWeighted ? 1e-9 : 1e-12
        let pairs = zip(try #require(read.pairs.first).columns, counted.pairs[0].columns)
        for (one, other) in pairs {
            let place: Comment = "column \(one.column), seed \(seed)"
            #expect(one.column == other.column, place)
            expectSameCounts(one, other, place)
            #expect(one.findings.count == other.findings.count, place)
            for (finding, found) in zip(one.findings, other.findings) {
                #expect(finding.measure == found.measure, place)
                let error = (other.reference?.rankError ?? 0) + (other.candidate?.rankError ?? 0)
                let isDistance = finding.measure == .kolmogorovSmirnov
                #expect(
                    abs(finding.effect - found.effect) <= (isDistance ? error : 0) + rounding,
                    place)
                #expect(error < 0.01, "\(place.rawValue): \(error)")
                // No narrower than without what was not seen.
                #expect(found.interval.upper >= min(1, finding.interval.upper) - rounding, place)
                #expect(found.interval.lower <= finding.interval.lower + rounding, place)
                if abs(finding.interval.lower - finding.margin) > 2 * error,
                    abs(finding.interval.upper - finding.margin) > 2 * error
                {
                    #expect(finding.verdict == found.verdict, place)
                }
            }
        }
    }

    /// Two tables; of the weighted ones sometimes only one has weights.
    private func made(_ seed: UInt64, _ isWeighted: Bool) -> (MadeTable, MadeTable) {
        let tables = (MadeTable(seed: seed), MadeTable(seed: seed + 1_000))
        guard isWeighted else { return tables }
        return (seed % 4 == 3 ? tables.0 : tables.0.weighted(seed), tables.1.weighted(seed + 7))
    }

    @Test(arguments: 0..<12, [false, true])
    func `what is counted value by value gives the figures of the table read here`(
        seed: UInt64, isWeighted: Bool
    ) throws {
        let tables = made(seed, isWeighted)
        let (read, counted) = try tables.0.check(
            with: tables.1, isExact: true, weight: isWeighted ? "weight" : nil)
        for (one, other) in zip(read.pairs[0].columns, counted.pairs[0].columns) {
            let place: Comment = "column \(one.column), seed \(seed)"
            expectSameCounts(one, other, place)
            #expect(one.verdict == other.verdict, place)
            #expect(one.findings.count == other.findings.count, place)
            for (finding, found) in zip(one.findings, other.findings) {
                expectNear(finding.effect, found.effect, place)
                expectNear(finding.interval.lower, found.interval.lower, place)
                expectNear(finding.interval.upper, found.interval.upper, place)
                expectNear(finding.pValue, found.pValue, place)
            }
            #expect(one.statistics.map(\.name) == other.statistics.map(\.name), place)
            for (figure, found) in zip(one.statistics, other.statistics) {
                expectNear(figure.value, found.value, "\(place.rawValue) \(figure.name)")
            }
            expectNear(one.reference?.median, other.reference?.median, place)
            #expect(other.reference?.rankError == 0, place)
        }
        #expect(read.pictures.map(\.edges) == counted.pictures.map(\.edges))
    }

    private func expectSameCounts(
        _ one: ColumnComparison, _ other: ColumnComparison, _ place: Comment
    ) {
        for (facts, found) in [(one.reference, other.reference), (one.candidate, other.candidate)] {
            #expect(facts?.kind == found?.kind, place)
            #expect(facts?.rows == found?.rows, place)
            #expect(facts?.missing == found?.missing, place)
            #expect(facts?.positiveInfinity == found?.positiveInfinity, place)
            #expect(facts?.negativeInfinity == found?.negativeInfinity, place)
            #expect(facts?.emptyText == found?.emptyText, place)
            #expect(facts?.absent == found?.absent, place)
            #expect(facts?.categories == found?.categories, place)
            #expect(facts?.minimum == found?.minimum, place)
            #expect(facts?.maximum == found?.maximum, place)
            expectNear(facts?.mean, found?.mean, place)
            expectNear(facts?.standardDeviation, found?.standardDeviation, place)
        }
    }

    private func expectNear(_ one: Double?, _ other: Double?, _ place: Comment) {
        guard let one, let other else {
            #expect(one == other, place)
            return
        }
        #expect(abs(one - other) <= 1e-9 * max(1, abs(one)), place)
    }

    // MARK: - Edges of the road

    @Test func `a table without a row is an error, and one row is compared`() throws {
        let one = MadeTable(columns: ["x"], rows: [[.real(1)]])
        let none = MadeTable(columns: ["x"], rows: [])
        #expect(throws: CheckError.self) { try one.onEngine(with: none) }
        let report = try one.onEngine(with: one)
        #expect(report.pairs[0].columns[0].findings[0].effect == 0)
        #expect(report.verdict == .inconclusive)
    }

    @Test func `the rare of more than 10,000 categories are counted together`() throws {
        let names = (0..<12_000).flatMap { name in
            [SQLValue](repeating: .text("n\(name)"), count: name < 10_000 ? 2 : 1)
        }
        let table = MadeTable(columns: ["name"], rows: names.map { [$0] })
        let column = try #require(try table.onEngine(with: table).pairs.first?.columns.first)
        #expect(column.reference?.categories == 10_000)
        #expect(column.reference?.unattributedShare == 2_000.0 / 22_000)
        #expect(column.findings[0].effect == 0)
        #expect(column.findings[0].interval.upper >= 2_000.0 / 22_000)
        let exact = try table.onEngine(with: table, isExact: true)
        #expect(exact.pairs[0].columns[0].reference?.categories == 12_000)
    }

    @Test func `of rare categories the light ones are counted together, by what they weigh`() throws
    {
        // 9,000 heavy ones of a row each, and 3,000 light ones of two.
        let rows = (0..<9_000).map { [SQLValue.text("h\($0)"), .real(10)] }
        let light = (0..<6_000).map { [SQLValue.text("l\($0 % 3_000)"), .real(0.5)] }
        let table = MadeTable(columns: ["name", "w"], rows: light + rows)
        var options = CheckOptions()
        (options.isAcross, options.weight) = (false, "w")
        let column = try #require(
            try table.onEngine(with: table, options: options).pairs.first?.columns.first)
        #expect(column.reference?.categories == 10_000)
        // 2,000 light ones of a weight of 1 each.
        #expect(abs((column.reference?.unattributedShare ?? 0) - 2_000.0 / 93_000) < 1e-12)
        #expect(column.findings[0].effect == 0)
    }

    @Test func `weights of 1 are no weights`() throws {
        let tables = (MadeTable(seed: 1), MadeTable(seed: 1_001))
        func weighted(_ table: MadeTable) -> MadeTable {
            MadeTable(columns: table.columns + ["w"], rows: table.rows.map { $0 + [.integer(1)] })
        }
        for isExact in [false, true] {
            let (read, counted) = try weighted(tables.0).check(
                with: weighted(tables.1), isExact: isExact, weight: "w")
            let (_, bare) = try tables.0.check(with: tables.1, isExact: isExact)
            for (place, one) in counted.pairs[0].columns.enumerated() {
                let (seen, other) = (read.pairs[0].columns[place], bare.pairs[0].columns[place])
                #expect(one.findings.map(\.effect) == other.findings.map(\.effect))
                guard one.reference?.kind == .category else { continue }
                #expect(one.findings.map(\.interval) == other.findings.map(\.interval))
                #expect(one.findings.map(\.interval) == seen.findings.map(\.interval))
            }
        }
    }

    @Test func `of a large table a sample gives the edges, and atoms are seen among numbers`()
        throws
    {
        let tables = (0..<2).map { side in
            var chance = SeededGenerator(seed: UInt64(side))
            return MadeTable(
                columns: ["x", "y"],
                rows: (0..<80_000).map { _ in
                    let unit = Double(chance.below(1 << 30)) / Double(1 << 30)
                    let value = unit < 0.4 ? 0 : exp(8 * unit) + 0.1 * Double(side)
                    return [.real(value), .real(unit)]
                })
        }
        let (read, counted) = try tables[0].check(with: tables[1], isExact: false)
        for (one, other) in zip(read.pairs[0].columns, counted.pairs[0].columns) {
            let error = (other.reference?.rankError ?? 0) + (other.candidate?.rankError ?? 0)
            #expect(error > 0 && error < 0.003)
            #expect(abs(one.findings[0].effect - other.findings[0].effect) <= error)
        }
        #expect(CheckOptions().isAcross)
        let across = try tables[0].onEngine(with: tables[1], options: CheckOptions()).pairs[0]
            .across
        #expect(across.classifier != nil)
        #expect(across.correlations.count == 1)
    }

    @Test func `a column without a number and one that only one table has are told as elsewhere`()
        throws
    {
        let one = MadeTable(
            columns: ["x", "gone"], rows: [[.null, .real(1)], [.null, .real(2)]])
        let two = MadeTable(columns: ["x"], rows: [[.real(1)], [.real(2)]])
        let report = try one.onEngine(with: two)
        #expect(report.pairs[0].columns[0].notes == ["No cell has a value in train."])
        #expect(report.pairs[0].columns[1].verdict == .disagrees)
        #expect(report.tables.map(\.columns) == [2, 1])
    }

    @Test func `what an engine is not asked is refused`() throws {
        let table = MadeTable(columns: ["x"], rows: [[.real(1)]])
        for change in [
            { (options: inout CheckOptions) in options.slices = SliceRule(column: "x") },
            { $0.byteLimit = 1 << 30 }, { $0.schema = TableSchema() },
        ] {
            var options = CheckOptions()
            change(&options)
            #expect(throws: CheckError.self) { try table.onEngine(with: table, options: options) }
        }
        var options = CheckOptions()
        options.ignored = ["z"]
        #expect(throws: CheckError.self) { try table.onEngine(with: table, options: options) }
    }

    @Test func `weights that are none, or too large, are told with their rows`() throws {
        var options = CheckOptions()
        options.weight = "w"
        let right = MadeTable(columns: ["x", "w"], rows: [[.real(1), .real(1)]])
        for (cell, words) in [
            (SQLValue.null, "is no weight in 1 of 2 rows"), (.real(-1), "in 1 of 2 rows"),
            (.real(.infinity), "in 1 of 2 rows"), (.text("heavy"), "in 1 of 2 rows"),
            (.real(1e200), "too large or too small to add up"),
        ] {
            let wrong = MadeTable(
                columns: ["x", "w"], rows: [[.real(1), cell], [.real(2), .real(2)]])
            let error = #expect(throws: CheckError.self) {
                try right.onEngine(with: wrong, options: options)
            }
            #expect(error?.message.contains("serve: ") == true)
            #expect(error?.message.contains(words) == true, "\(cell)")
        }
    }

    @Test func `what weighs more is seen more finely, and weights count across columns`() throws {
        var chance = SeededGenerator(seed: 11)
        let tables = (0..<2).map { side in
            MadeTable(
                columns: ["x", "y", "w"],
                rows: (0..<80_000).map { _ in
                    let unit = Double(chance.below(1 << 30)) / Double(1 << 30)
                    let rare = chance.below(100) == 0
                    // A hundredth of the rows has half of the mass, and lies by itself.
                    return [
                        .real(rare ? 10 + unit : unit + 0.2 * Double(side)), .real(unit),
                        .real(rare ? 100 : 1),
                    ]
                })
        }
        var options = CheckOptions()
        options.weight = "w"
        let counted = try tables[0].onEngine(with: tables[1], options: options)
        let read = try Agreement.check(
            train: tables[0].input("train"), serve: tables[1].input("serve"), options: options)
        let (one, other) = (read.pairs[0].columns[0], counted.pairs[0].columns[0])
        let error = (other.reference?.rankError ?? 0) + (other.candidate?.rankError ?? 0)
        #expect(error > 0 && error < 0.004, "\(error)")
        #expect(abs(one.findings[0].effect - other.findings[0].effect) <= error)
        // Half of the mass moved by a fifth of its width.
        #expect(abs(other.findings[0].effect - 0.1) < 0.02, "\(other.findings[0].effect)")
        // Of tables that are brought here whole the same sample is drawn.
        let small = tables.map {
            MadeTable(columns: $0.columns, rows: Array($0.rows.prefix(10_000)))
        }
        let same = [
            try Agreement.check(
                train: small[0].input("train"), serve: small[1].input("serve"), options: options),
            try small[0].onEngine(with: small[1], options: options),
        ].map { $0.pairs[0].across }
        #expect(same[0].classifier != nil && same[0].classifier == same[1].classifier)
        #expect(same[0].correlations == same[1].correlations && !same[0].correlations.isEmpty)
    }

    @Test func `1,000 columns are counted in bounded statements`() throws {
        var chance = SeededGenerator(seed: 5)
        let columns = (0..<1_000).map { "column \($0)" }
        let table = MadeTable(
            columns: columns,
            rows: (0..<30).map { _ in columns.map { _ in .real(Double(chance.below(100))) } })
        let report = try table.onEngine(with: table)
        #expect(report.pairs[0].columns.count == 1_000)
        #expect(report.pairs[0].columns.allSatisfy { $0.findings[0].effect == 0 })
    }
}

/// A table of typed cells, for SQLite and for the reader alike.
struct MadeTable: Sendable {
    var columns: [String]
    var rows: [[SQLValue]]

    init(columns: [String], rows: [[SQLValue]]) {
        self.columns = columns
        self.rows = rows
    }

    /// Columns of many kinds, by chance.
    init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        func unit() -> Double { Double(chance.below(1 << 40)) / Double(1 << 40) }
        let shift = seed >= 1_000 ? Double(seed % 3) * 0.1 : 0
        let count = 1 + chance.below(3_000)
        columns = ["even", "tail", "few", "constant", "far", "atom", "holes", "word", "mixed", "∞"]
        rows = (0..<count).map { _ in
            [
                .real(unit() + shift), .real(pow(unit(), -2) * (unit() < 0.5 ? -1 : 1)),
                .integer(Int64(chance.below(7))), .real(0.1), .real(1e9 + unit()),
                .real(unit() < 0.5 ? 0 : -log(unit())),
                unit() < 0.3 ? .null : unit() < 0.1 ? .text("") : .real(unit()),
                unit() < 0.1 ? .text("") : .text("é\(chance.below(20))"),
                unit() < 0.5 ? .real(Double(chance.below(5))) : .text("\(chance.below(5)) a"),
                unit() < 0.1 ? .real(unit() < 0.5 ? .infinity : -.infinity) : .real(unit()),
            ]
        }
    }

    /// The table as one that the reader reads.
    func input(_ name: String) -> TableInput {
        TableInput(
            .rows(name: name) { [self] batches in
                try batches.begin(columns: columns)
                for row in rows {
                    try batches.beginRow()
                    for cell in row {
                        switch cell {
                        case .null, .blob: batches.addMissing()
                        case .integer(let integer): try batches.add(Double(integer))
                        case .real(let real): try batches.add(real)
                        case .text(let text): try batches.add(text: text)
                        }
                    }
                }
            })
    }

    /// The table in an engine.
    func load(_ name: String, into engine: any SQLEngine) throws -> EngineTable {
        let types = columns.indices.map { place -> SQLType in
            // Beside numbers a text stays one in SQLite: an empty one is among them.
            let hasNumber = rows.contains { row in
                switch row[place] {
                case .integer, .real: true
                case .null, .text, .blob: false
                }
            }
            return hasNumber ? .real : .text
        }
        let table = SQLTable(name, zip(columns, types).map { .optional($0, $1) })
        try engine.load(table) { add in for row in rows { try add(row) } }
        return try EngineTable(name, named: name, on: engine)
    }

    func onEngine(
        with candidate: MadeTable, options: CheckOptions? = nil, isExact: Bool = false
    ) throws -> CheckReport {
        let engine = try SQLiteConnection(path: ":memory:", mode: .create)
        var usual = CheckOptions()
        usual.isAcross = false
        return try Agreement.check(
            [
                (.train, try load("train", into: engine)),
                (.serve, try candidate.load("serve", into: engine)),
            ], on: engine, options: options ?? usual, isExact: isExact)
    }

    /// The check by the reader, and by SQLite as an engine.
    func check(
        with candidate: MadeTable, isExact: Bool, weight: String? = nil
    ) throws -> (read: CheckReport, counted: CheckReport) {
        var options = CheckOptions()
        options.isAcross = false
        options.weight = weight
        return (
            try Agreement.check(
                train: input("train"), serve: candidate.input("serve"), options: options),
            try onEngine(with: candidate, options: options, isExact: isExact)
        )
    }

    /// The same with a weight of each row: those of a design, none for some rows, and one giant.
    func weighted(_ seed: UInt64) -> MadeTable {
        var chance = SeededGenerator(seed: seed + 99)
        let weights = [20, 1 / 0.95, 1 / 0.3, 0, 0.25]
        var table = MadeTable(columns: columns + ["weight"], rows: [])
        for (place, row) in rows.enumerated() {
            let weight = place == 17 ? 1e4 : weights[chance.below(weights.count)]
            // A table of one row must have some weight.
            table.rows.append(row + [.real(place == 0 ? 3 : weight)])
        }
        return table
    }
}
