import Foundation
import HoldfastEngines
import HoldfastSQL
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

/// Files that engines read themselves, against the same files read here.
@Suite struct EngineFilesTests {
    /// A file of CSV with every kind of cell that the grammar tells apart.
    private static func written(seed: UInt64) -> String {
        var chance = SeededGenerator(seed: seed)
        let numbers = ["", "NA", "NaN", "null", "inf", "-Infinity", "+1", ".5", "1.", " 2 ", "1e3"]
        let words = ["007", "1e", "-", "a,b", "say \"no\"", "two\nlines", "é", "NULL", "None", "1"]
        let weights = ["20", "1.052631578947368", "0", " .25", "1e2"]
        var text = "odd,plain,word,code,weight,row,unit\n"
        for row in 0..<(200 + chance.below(2_000)) {
            let odd = chance.below(4) == 0 ? chance.pick(numbers) : "\(chance.below(1_000))"
            let plain = Double(chance.below(1 << 30)) / 1e7
            let word = chance.pick(words + ["", "NA"])
            let isQuoted = word.contains(where: ",\"\n".contains)
            let quoted = "\"\(word.replacing("\"", with: "\"\""))\""
            text += "\(odd),\(plain),\(isQuoted ? quoted : word),\(chance.below(3))"
            // Most rows have a number of their own, and one file has some of the other's.
            let number = Int(seed % 100) * 7 + row
            let name = chance.pick([
                "\(number)", "\(number).0", "\(number)", "12", "NA", "k\(number)",
            ])
            let unit = chance.pick(["u\(chance.below(700))", "", "\(chance.below(300))"])
            text += ",\(chance.pick(weights)),\(name),\(unit)\n"
        }
        return text
    }

    @Test(
        .enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"), arguments: 0..<4)
    func `DuckDB counts the cells of CSV as the reader does`(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        try folder.write("train.csv", Self.written(seed: seed))
        try folder.write("serve.csv", Self.written(seed: seed + 100))
        let engine = try DuckDBEngine(program: EnginePrograms.duckdb, scratch: folder.path)
        try expectSame(engine, folder, "seed \(seed)", weights: [nil, "weight"]) { "\($0).csv" }
    }

    @Test(.enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `Spark counts the cells of CSV as the reader does`() throws {
        let folder = try TemporaryFolder()
        try folder.write("train.csv", Self.written(seed: 7))
        try folder.write("serve.csv", Self.written(seed: 107))
        let engine = try SparkEngine(
            program: EnginePrograms.spark, master: "local[2]", scratch: folder.path)
        try expectSame(engine, folder, "Spark", weights: [nil, "weight"]) { "\($0).csv" }
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB counts Parquet and JSON Lines as the reader does CSV`() throws {
        let folder = try TemporaryFolder()
        let engine = try DuckDBEngine(program: EnginePrograms.duckdb, scratch: folder.path)
        for (place, name) in ["train", "serve"].enumerated() {
            let table = MadeTable(seed: UInt64(place))
            var text = "x,word\n"
            for row in table.rows {
                guard case .real(let x) = row[1], case .text(let word) = row[7] else { continue }
                text += "\(x),\(word.isEmpty ? "\"\"" : word)\n"
            }
            try folder.write("\(name).csv", text)
            try engine.run(
                """
                COPY (SELECT * FROM read_csv(\(folder.path + "/\(name).csv"),
                columns = {'x': 'DOUBLE', 'word': 'VARCHAR'}, header = true,
                allow_quoted_nulls = false)) TO \(folder.path + "/\(name).parquet")
                """)
            try engine.run(
                """
                COPY (SELECT * FROM read_parquet(\(folder.path + "/\(name).parquet")))
                TO \(folder.path + "/\(name).jsonl") (FORMAT json)
                """)
        }
        for ending in ["parquet", "jsonl"] {
            let fresh = try DuckDBEngine(program: EnginePrograms.duckdb, scratch: folder.path)
            try expectSame(fresh, folder, "\(ending)") { "\($0).\(ending)" }
        }
    }

    private func expectSame(
        _ engine: any SQLEngine, _ folder: TemporaryFolder, _ place: Comment,
        weights: [String?] = [nil], file: (String) -> String
    ) throws {
        let tables = try ["train", "serve"].map { name in
            let path = "\(folder.path)/\(file(name))"
            let format = try #require(EngineFiles.format(of: path))
            return try EngineFiles(path, format: format, isPattern: false)
                .table("hf_\(name)", named: path, on: engine)
        }
        for weight in weights {
            let place: Comment = "\(place.rawValue), weight: \(weight ?? "none")"
            try expectSame(engine, folder, place, weight: weight, tables: tables)
        }
        if weights.count > 1 { try expectSameNames(engine, folder, place, tables) }
    }

    /// Rows of one key and units in both tables, as the reader finds them.
    private func expectSameNames(
        _ engine: any SQLEngine, _ folder: TemporaryFolder, _ place: Comment,
        _ tables: [EngineTable]
    ) throws {
        var options = CheckOptions()
        (options.key, options.unit, options.weight) = ("row", "unit", "weight")
        let read = try Agreement.check(
            train: .file(folder.path + "/train.csv"), eval: .file(folder.path + "/serve.csv"),
            serve: .file(folder.path + "/serve.csv"), options: options)
        let counted = try Agreement.check(
            [(.train, tables[0]), (.eval, tables[1]), (.serve, tables[1])], on: engine,
            options: options)
        for (one, other) in zip(read.pairs, counted.pairs) {
            let words: Comment = "\(one.reference) \(one.candidate), \(place.rawValue)"
            #expect(one.across.units == other.across.units, words)
            // A key is told by its value here, and as it was written there.
            #expect(valued(one.across.skew) == valued(other.across.skew), words)
            for measure in [Measure.sharedUnits, .skew] {
                let found = [one, other].map { $0.across.findings.first { $0.measure == measure } }
                #expect(found[0]?.effect == found[1]?.effect, words)
                #expect(found[0]?.interval == found[1]?.interval, words)
            }
            let named = [one, other].map { $0.across.notes.filter { $0.contains(" in \"") } }
            #expect(named[0] == named[1], words)
        }
        func valued(_ skew: AcrossColumns.SkewFacts?) -> AcrossColumns.SkewFacts? {
            var skew = skew
            for column in skew?.columns.indices ?? 0..<0 {
                for example in skew?.columns[column].examples.indices ?? 0..<0 {
                    skew?.columns[column].examples[example].key.replace(".0", with: "")
                }
            }
            return skew
        }
        let units = try #require(read.pairs[0].across.units)
        #expect(units.shared > 10 && units.candidate > units.shared)
        let skew = try #require(read.pairs[1].across.skew)
        #expect(skew.joined > 20 && skew.repeated > 0 && skew.differing > 20, "\(skew)")
    }

    private func expectSame(
        _ engine: any SQLEngine, _ folder: TemporaryFolder, _ place: Comment, weight: String?,
        tables: [EngineTable]
    ) throws {
        var options = CheckOptions()
        options.isAcross = false
        options.categories = ["code"]
        options.unneeded = ["code"]
        options.weight = weight
        let read = try Agreement.check(
            train: .file(folder.path + "/train.csv"), serve: .file(folder.path + "/serve.csv"),
            options: options)
        let counted = try Agreement.check(
            [(.train, tables[0]), (.serve, tables[1])], on: engine, options: options,
            isExact: true)
        for (one, other) in zip(read.tables, counted.tables) {
            #expect((other.effectiveRows == nil) == (weight == nil), place)
            let (wanted, found) = (one.effectiveRows ?? 0, other.effectiveRows ?? 0)
            #expect(abs(wanted - found) <= 1e-9 * wanted, place)
        }
        #expect(read.pairs[0].columns.map(\.column) == counted.pairs[0].columns.map(\.column))
        for (one, other) in zip(read.pairs[0].columns, counted.pairs[0].columns) {
            let words: Comment = "\(one.column), \(place.rawValue)"
            for facts in [\ColumnComparison.reference, \.candidate] {
                let found = try #require(other[keyPath: facts])
                let wanted = try #require(one[keyPath: facts])
                #expect(found.kind == wanted.kind, words)
                #expect(found.missing == wanted.missing, words)
                #expect(found.notANumber == wanted.notANumber, words)
                #expect(found.positiveInfinity == wanted.positiveInfinity, words)
                #expect(found.negativeInfinity == wanted.negativeInfinity, words)
                #expect(found.emptyText == wanted.emptyText, words)
                #expect(found.categories == wanted.categories, words)
                #expect(found.median == wanted.median, words)
                #expect(found.absent == wanted.absent, words)
            }
            #expect(one.verdict == other.verdict, words)
            #expect(one.findings.count == other.findings.count, words)
            for (finding, found) in zip(one.findings, other.findings) {
                #expect(finding.measure == found.measure, words)
                #expect(abs(finding.effect - found.effect) < 1e-9, words)
                #expect(abs(finding.interval.upper - found.interval.upper) < 1e-9, words)
            }
            #expect(one.newCategories?.count == other.newCategories?.count, words)
            #expect(one.newCategories?.first == other.newCategories?.first, words)
            let shares = [one, other].map { $0.newCategories?.share ?? 0 }
            #expect(abs(shares[0] - shares[1]) < 1e-9, words)
        }
        // At edges the counts are the same, and the distances near.
        options.isAcross = true
        let edges = try Agreement.check(
            [(.train, tables[0]), (.serve, tables[1])], on: engine, options: options)
        for (one, other) in zip(counted.pairs[0].columns, edges.pairs[0].columns) {
            let error = (other.reference?.rankError ?? 0) + (other.candidate?.rankError ?? 0)
            for (finding, found) in zip(one.findings, other.findings) {
                #expect(abs(finding.effect - found.effect) <= error + 1e-9, "\(one.column)")
            }
        }
    }
}
