import HoldfastFormats
import HoldfastStatistics
import HoldfastTables
import Testing

@testable import HoldfastChecks

/// What a table breaks of such rules, compared with itself.
private func breaches(
    _ rules: [TableSchema.Column], others: TableSchema.Others = .allowed, _ input: TableInput,
    _ change: (inout CheckOptions) -> Void = { _ in }
) throws -> [SchemaBreach] {
    var options = CheckOptions()
    options.isAcross = false
    options.schema = TableSchema(rules, others: others)
    change(&options)
    let report = try Agreement.check(train: input, serve: input, options: options)
    let schema = try #require(report.schema)
    #expect(schema.columns == rules.count)
    // Both tables are the same one.
    let own = schema.breaches.filter { $0.role == .train }
    var theirs = schema.breaches.filter { $0.role == .serve }
    for index in theirs.indices { theirs[index].role = .train }
    #expect(own == theirs)
    return own
}

private func rule(
    _ type: TableSchema.ColumnType, _ change: (inout TableSchema.Column) -> Void = { _ in }
) -> TableSchema.Column {
    var rule = TableSchema.Column("x", type)
    change(&rule)
    return rule
}

@Suite struct SchemaCheckTests {
    @Test func `numbers may reach the ends of their range and not beyond`() throws {
        for (low, high, count) in [(0.0, 9.0, 0), (1, 9, 1), (0, 8, 1), (1.5, 7.5, 4)] {
            let found = try breaches(
                [
                    rule(.integer) {
                        $0.minimum = low
                        $0.maximum = high
                    }
                ], column(numbers(0..<10)))
            #expect(found.map(\.count) == (count == 0 ? [] : [count]), "\(low) to \(high)")
            #expect(found.allSatisfy { $0.rule == .range })
        }
        let low = try breaches([rule(.number) { $0.minimum = 3 }], column(numbers(0..<10)))
        #expect(
            low.first?.message
                == "every number must be at least 3, and 3 of 10 are not: they reach from 0 to 9")
        #expect(low.first?.examples == ["0"])
        let high = try breaches([rule(.number) { $0.maximum = 8.5 }], column(numbers(0..<10)))
        #expect(high.first?.count == 1 && high.first?.examples == ["9"])
    }

    @Test func `a share of cells may be missing and not one more`() throws {
        for (most, isBroken) in [(0.3, false), (0.29, true), (0, true), (1, false)] {
            for type in [TableSchema.ColumnType.number, .text] {
                let cells = [String?](repeating: nil, count: 3) + numbers(0..<7)
                let found = try breaches([rule(type) { $0.missingShare = most }], column(cells))
                #expect(found.map(\.count) == (isBroken ? [3] : []), "\(most) \(type)")
                #expect(found.allSatisfy { $0.rule == .missingShare })
            }
        }
        // Among numbers these have no value, and texts break another rule.
        let cells = ["1", "NaN", "inf", "\"\"", "-inf", "a"]
        let found = try breaches([rule(.number) { $0.missingShare = 0.5 }], column(cells))
        #expect(found.map(\.rule) == [.type, .missingShare] && found.map(\.count) == [1, 4])
        #expect(
            found.last?.message
                == "at most 50% of cells may be without a value, and 4 of 6 (66.67%) are")
    }

    @Test func `a share of values may be unlisted and not one more`() throws {
        let cells: [String?] = ["a", "b", "b", nil, "z", "z", "y", "a", "a", "a", "a"]
        for (most, isBroken) in [(0.3, false), (0.29, true), (0, true)] {
            let found = try breaches(
                [
                    rule(.category) {
                        $0.categories = ["a", "b", "c"]
                        $0.newShare = most
                    }
                ], column(cells))
            #expect(found.map(\.count) == (isBroken ? [3] : []), "\(most)")
            #expect(!isBroken || found[0].examples == ["z, 2 times", "y, once"])
        }
    }

    @Test func `a category that is a number is known by its value`() throws {
        let cells = ["1", "1.0", "+1", "a", "2", "01"]
        let found = try breaches([rule(.category) { $0.categories = ["1", "a"] }], column(cells))
        #expect(found.map(\.count) == [2] && found.first?.examples == ["01, once", "2, once"])
        // What was inferred of a column of both is kept by it.
        let input = table("x\n1.0\na\n1\n-inf\n\"\"\n")
        #expect(try TableSchema.infer(input).columns[0].categories == ["", "-inf", "1", "a"])
        #expect(try breaches(TableSchema.infer(input).columns, input).isEmpty)
    }

    @Test func `whole numbers are whole however they are written`() throws {
        #expect(try breaches([rule(.integer)], column(["3", "3.0", "3e2", "-0", nil])).isEmpty)
        let found = try breaches([rule(.integer)], column(["3", "3.5", "3.25"]))
        #expect(found.map(\.count) == [2] && found.first?.examples == ["3.25", "3.5"])
        #expect(found.first?.message == "every number must be whole, and 2 of 3 are not")
    }

    @Test func `true and false are so in any case and nothing else is`() throws {
        let cells = ["true", "False", "TRUE", nil]
        #expect(try breaches([rule(.boolean)], column(cells)).isEmpty)
        let found = try breaches([rule(.boolean)], column(cells + ["yes", "1", "yes"]))
        #expect(found.map(\.count) == [3] && found.first?.rule == .type)
        #expect(found.first?.examples == ["yes, 2 times", "1, once"])
    }

    @Test func `no value is there twice where it must be unique`() throws {
        for type in [TableSchema.ColumnType.text, .integer] {
            let unique = rule(type) { $0.isUnique = true }
            #expect(try breaches([unique], column(numbers(0..<500) + [nil, nil])).isEmpty)
            let found = try breaches([unique], column(numbers(0..<500) + ["7", "7", "9"]))
            #expect(found.map(\.rule) == [.unique] && found.map(\.count) == [3], "\(type)")
            #expect(found.first?.examples.first?.hasPrefix("7") == true)
        }
        // Among texts 1 and 1.0 are two, among numbers one.
        let cells = ["1", "1.0"]
        #expect(try breaches([rule(.text) { $0.isUnique = true }], column(cells)).isEmpty)
        #expect(try breaches([rule(.number) { $0.isUnique = true }], column(cells)).count == 1)
        // Whole numbers that a double cannot tell apart are told apart.
        let large = ["9007199254740992", "9007199254740993"]
        #expect(try breaches([rule(.integer) { $0.isUnique = true }], column(large)).isEmpty)
    }

    @Test func `columns must be there, and others only where they are allowed`() throws {
        let input = table("x,y\n1,a\n")
        let lacking = TableSchema.Column("z", .text)
        let found = try breaches([rule(.number), lacking], others: .refused, input)
        #expect(found.map(\.rule) == [.presence, .unexpected])
        #expect(found.map(\.column) == ["z", "y"])
        var optional = lacking
        optional.isRequired = false
        #expect(try breaches([rule(.number), optional], input).isEmpty)
        #expect(try breaches([rule(.number), lacking], input) { $0.prediction = "x" }.count == 1)
        // A label need not be there; what a check leaves out is not unexpected.
        let kept = try breaches([rule(.number)], others: .refused, input) { $0.ignored = ["y"] }
        #expect(kept.isEmpty)
    }

    @Test func `a column that is not compared is held to its rules`() throws {
        let input = table("id,x\n1,1\n1,2\n")
        var id = TableSchema.Column("id", .integer)
        id.isUnique = true
        for change in [
            { (options: inout CheckOptions) in options.ignored = ["id"] },
            { (options: inout CheckOptions) in options.key = "id" },
        ] {
            #expect(try breaches([id], input, change).map(\.rule) == [.unique])
        }
        var options = CheckOptions()
        options.ignored = ["id"]
        options.schema = TableSchema([id])
        let report = try Agreement.check(train: input, serve: input, options: options)
        #expect(report.pairs[0].columns.map(\.column) == ["x"])
        #expect(report.verdict == .disagrees)
    }

    @Test func `weighted numbers break a range by the share of their weight`() throws {
        let input = table("x,w\n1,1\n5,2\n9,1\n9,0\n")
        let found = try breaches([rule(.number) { $0.maximum = 5 }], input) { $0.weight = "w" }
        #expect(found.map(\.count) == [nil] && found.first?.examples == ["9"])
        #expect(
            found.first?.message
                == "every number must be at most 5, and 25% of the weight is not: they reach from 1 to 9"
        )
    }

    @Test func `a column cannot be a category by the options and a number by the schema`() throws {
        #expect(throws: CheckError.self) {
            try breaches([rule(.number)], column(["1"])) { $0.categories = ["x"] }
        }
        #expect(try breaches([rule(.text)], column(["1"])) { $0.categories = ["x"] }.isEmpty)
    }
}

/// Columns that are declared numbers and meet texts.
@Suite struct DeclaredNumberTests {
    @Test func `the first misfits are located, wherever a lane met them`() throws {
        var rows = (1...60_000).map { "\($0),row" }
        let places = [30_061, 30_062, 45_001, 59_999]
        for place in places { rows[place - 1] = "bad \(place),row" }
        let lines = rows.enumerated().map { row, line in
            let cell = line.split(separator: ",")[0]
            return cell.hasPrefix("bad") ? "{\"x\":\"\(cell)\"}" : "{\"x\":\(row)}"
        }
        for (name, text) in [
            ("t.csv", "x,y\n" + rows.joined(separator: "\n")),
            ("t.jsonl", lines.joined(separator: "\n")),
        ] {
            let found = try breaches([rule(.number)], table(text + "\n", name))
            #expect(found.map(\.rule) == [.type] && found.map(\.count) == [4], "\(name)")
            #expect(
                found.first?.examples == places.prefix(3).map { "row \($0): bad \($0)" }, "\(name)")
            #expect(
                found.first?.message == "every cell must be a number, and 4 of 60000 are none")
        }
    }

    @Test func `a text does not turn the column into categories`() throws {
        let one = column(numbers(0..<500))
        let two = column(numbers(0..<499) + ["abc"])
        var options = CheckOptions()
        let free = try Agreement.check(train: one, serve: two, options: options)
        #expect(free.pairs[0].columns[0].candidate?.kind == .category)
        options.schema = TableSchema([rule(.number)], others: .allowed)
        let report = try Agreement.check(train: one, serve: two, options: options)
        let facts = try #require(report.pairs[0].columns[0].candidate)
        #expect(facts.kind == .number && facts.absent == 1 && facts.maximum == 498)
        #expect(report.pairs[0].columns[0].newCategories == nil)
        #expect(report.schema?.breaches.map(\.role) == [.serve])
        // Slices too.
        options.slices = SliceRule(column: "row")
        let sliced = try Agreement.check(train: one, serve: two, options: options)
        #expect(sliced.pairs[0].slices != nil)
    }

    @Test func `parts of a declared column merge into the whole`() throws {
        func summary(_ cells: [String]) throws -> ColumnSummary {
            let text = "x\n" + cells.map { $0 + "\n" }.joined()
            let read = try TableReader.read(
                .bytes(Array(text.utf8), name: "t.csv"), lanes: 1,
                makeLane: { _ in ColumnSummary(name: "x", isNumber: true) },
                each: { lane, batch in batch.withColumn(0) { lane.add($0, weights: nil) } })
            return read.lanes[0]
        }
        var one = try summary(["1", "a", "NA"])
        one.merge(try summary(["b", "c"]))
        one.merge(try summary(["4"]))
        one.finish()
        #expect(one.kind == .number && one.rows == 6 && one.cells[.text] == 3)
        #expect(one.absent == 4 && one.numberSample?.values == [1, 4])
        var none = try summary(["b", "c"])
        none.finish()
        #expect(none.kind == .empty && none.numberSample == nil)
    }

    @Test func `a bound on memory leaves a sample in which repeats are still found`() throws {
        var unique = TableSchema.Column("x", .text)
        unique.isUnique = true
        for (times, name) in [(1, "once"), (2, "twice")] {
            let cells = (0..<times).flatMap { _ in (0..<5_000).map { "v\($0)\n" } }.joined()
            let watch = try #require(ColumnWatch(unique, byteLimit: 4_096))
            let read = try TableReader.read(
                .bytes(Array(("x\n" + cells).utf8), name: "t.csv"), lanes: 3,
                makeLane: { _ in watch },
                each: { lane, batch in
                    batch.withColumn(0) { lane.add($0, of: batch.piece, texts: 0) }
                })
            var whole = read.lanes[0]
            for lane in read.lanes.dropFirst() { whole.merge(lane) }
            whole.finish()
            let repeats = try #require(whole.repeats)
            #expect(whole.sampled >= 8, "\(name)")
            #expect(times == 1 ? repeats == 0 : repeats > 100 && repeats <= 512, "\(name)")
        }
    }
}
