import HoldfastTables
import Testing
import TestSupport

@testable import HoldfastChecks

@Suite struct RowCollectorTests {
    private func mixed(_ seed: UInt64, rows: Int) -> String {
        var chance = SeededGenerator(seed: seed)
        return csv("id,unit,x,city,code", rows) { row in
            let x =
                chance.below(10) == 0
                ? chance.pick(["", "NA", "nan", "inf", "\"\""]) : "\(chance.decimal())"
            let id =
                chance.below(20) == 0 ? "" : "k\(chance.below(3) == 0 ? chance.below(50) : row)"
            return
                "\(id),u\(chance.below(400)),\(x),\(chance.pick(["Köln", "Bonn", "12", "1.50"])),"
                + "\(chance.below(30))"
        }
    }

    private var smallPlan: RowPlan {
        var options = CheckOptions()
        options.key = "id"
        options.unit = "unit"
        options.categories = ["code"]
        var plan = RowPlan(options)
        plan.sampleLimit = 150
        plan.keyedLimit = 120
        plan.hashLimit = 100
        return plan
    }

    @Test func `lanes change nothing that is kept`() throws {
        for seed in UInt64(1)...6 {
            let text = mixed(seed, rows: 3_000)
            let one = try collect(text, smallPlan, lanes: 1)
            #expect(one.sample.count == 150 && one.keyed?.count == 120, "seed \(seed)")
            for lanes in [2, 3, 4, 7] {
                let other = try collect(text, smallPlan, lanes: lanes)
                let place: Comment = "seed \(seed), \(lanes) lanes"
                #expect(other.rows == one.rows && other.columns == one.columns, place)
                #expect(other.sample.hashes == one.sample.hashes, place)
                #expect(other.sample.cells == one.sample.cells, place)
                #expect(other.rowHashes == one.rowHashes && other.units == one.units, place)
                #expect(other.keyed?.hashes == one.keyed?.hashes, place)
                #expect(other.keyed?.isRepeated == one.keyed?.isRepeated, place)
                #expect(other.keyed?.bound == one.keyed?.bound, place)
                #expect(other.keyed?.shownNames == one.keyed?.shownNames, place)
                #expect(other.missingKeys == one.missingKeys && one.missingKeys > 0, place)
            }
        }
    }

    @Test func `every row has the same chance to be in the sample`() throws {
        var counts = [Double](repeating: 0, count: 20)
        for seed in UInt64(0)..<40 {
            var plan = RowPlan(CheckOptions())
            plan.sampleLimit = 200
            plan.seed = seed
            // The weight says which row of the table it is.
            let rows = try collect(
                csv("x", 4_000) { "\($0)" }, plan, lanes: 1, weight: { Double($0 + 1) })
            #expect(rows.sample.count == 200, "seed \(seed)")
            for weight in rows.sample.weights { counts[Int(weight - 1) / 200] += 1 }
        }
        // 400 are expected of each twentieth; the 0.9999 quantile of chi-square with 19 is 51.
        let chiSquare = counts.reduce(0) { $0 + ($1 - 400) * ($1 - 400) / 400 }
        #expect(chiSquare < 51, "\(counts)")
    }

    @Test func `a sampled row has its own cells and its own weight`() throws {
        let rows = try collect(
            csv("x,t", 9_000) { "\($0),t\($0 % 7)" }, lanes: 1,
            weight: { $0 % 3 == 0 ? 0 : Double($0) })
        #expect(rows.sample.count == RowPlan.smallSampleLimit)
        let (x, t) = (try #require(rows.sample.column("x")), try #require(rows.sample.column("t")))
        for row in 0..<rows.sample.count {
            let index = Int(x.number(row))
            #expect(rows.sample.weights[row] == Double(index) && index % 3 != 0)
            #expect(t.content(row).bits == CellHash.of("t\(index % 7)"))
        }
    }

    @Test func `a row's hash is of its values, whatever the order of columns and their format`()
        throws
    {
        let one = try collect("a,b,c\n1,x,-0\n2.5,y,1e3\n")
        let two = try collect("c,a,b\n0.0,+1.0,x\n1000,25e-1,\"y\"\n")
        #expect(one.rowHashes == two.rowHashes)
        let others = [
            "a,b,c\n1,x,-0\n2.5,y,1001\n", "a,b,c\n1,x,-0\n2.5,Y,1e3\n",
            "b,a,c\n1,x,0\n2.5,y,1e3\n",
            "a,b,c\n1000,x,-0\n2.5,y,1\n", "a,b,c\n1,x,-0\n,y,1e3\n",
        ]
        for other in others {
            #expect(try collect(other).rowHashes != one.rowHashes, "\(other)")
        }
    }

    @Test func `a cell without a value says the same however it is written`() throws {
        let one = try collect("a,b\n1,\n,2\n").rowHashes
        for nothing in ["NA", "NaN", "null", "\"\""] {
            #expect(try collect("a,b\n1,\(nothing)\n\(nothing),2\n").rowHashes == one, "\(nothing)")
        }
        #expect(try collect("a,b\n1,inf\n-inf,2\n").rowHashes != one)
        #expect(try collect("a,b\n1,0\n0,2\n").rowHashes != one)
    }

    @Test func `texts of any length differ where one byte does`() throws {
        for length in 1...40 {
            let text = String(repeating: "a", count: length)
            let hashes = (0..<length).map { place in
                CellHash.of(String(text.prefix(place)) + "b" + text.dropFirst(place + 1))
            }
            #expect(Set(hashes + [CellHash.of(text), CellHash.of(text + "a")]).count == length + 2)
        }
    }

    @Test func `a category by its bytes is another in another format`() throws {
        var options = CheckOptions()
        options.categories = ["a"]
        let plan = RowPlan(options)
        let one = try collect("a\n1\n", plan)
        #expect(try collect("a\n1.0\n", plan).rowHashes != one.rowHashes)
        #expect(try collect("a\n\"1\"\n", plan).rowHashes == one.rowHashes)
        #expect(one.sample.column("a")?.hasText == true)
    }

    @Test func `key and prediction are in no row's hash, a weight is nowhere`() throws {
        var options = CheckOptions()
        (options.key, options.prediction, options.weight) = ("id", "p", "w")
        let plan = RowPlan(options)
        let one = try collect("id,p,w,x\n1,0.5,1,7\n", plan)
        #expect(try collect("id,p,w,x\n2,0.6,3,7\n", plan).rowHashes == one.rowHashes)
        #expect(one.columns == ["p", "x"] && one.keyed?.count == 1)
    }

    @Test func `hashes are bounded, and what is kept is all below a bound`() throws {
        var (free, bounded) = (RowPlan(CheckOptions()), RowPlan(CheckOptions()))
        free.unit = "x"
        bounded.unit = "x"
        bounded.hashLimit = 500
        let text = csv("x,y", 6_000) { "\($0 / 3),\($0 % 5)" }
        let (all, some) = (try collect(text, free), try collect(text, bounded))
        for (whole, part) in [(all.rowHashes, some.rowHashes), (all.units, some.units)] {
            let (whole, part) = (try #require(whole), try #require(part))
            #expect(whole.share == 1 && part.hashes.count <= 500 && part.hashes.count > 200)
            #expect(Array(whole.hashes(halvings: part.halvings)) == part.hashes)
        }
        #expect(all.rowHashes?.hashes.count == 6_000 && all.units?.hashes.count == 2_000)
    }

    @Test func `hashes are sorted as by comparison`() {
        for (seed, count) in [(UInt64(1), 0), (2, 1), (3, 2_048), (4, 2_049), (5, 50_000)] {
            var chance = SeededGenerator(seed: seed)
            var hashes = (0..<count).map { $0 % 3 == 0 ? chance.next() >> 40 : chance.next() }
            let sorted = hashes.sorted()
            HashOrder.sort(&hashes)
            #expect(hashes == sorted, "seed \(seed)")
        }
    }

    @Test func `units are counted once, and those without one are said`() throws {
        var plan = RowPlan(CheckOptions())
        plan.unit = "u"
        let rows = try collect("u,x\na,1\nb,1\n,1\na,1\nNA,2\n7,1\n7.0,1\n", plan)
        #expect(rows.units?.hashes.count == 3 && rows.missingUnits == 2)
    }

    @Test func `a key of many digits is told apart where a double is not`() throws {
        var plan = RowPlan(CheckOptions())
        plan.key = "k"
        let rows = try collect("k,x\n9007199254740993,1\n9007199254740992,1\n5,1\n5.0,1\n", plan)
        #expect(rows.keyed?.count == 3 && rows.keyed?.isRepeated.count { $0 } == 1)
    }

    @Test func `wide tables keep fewer rows, so that memory is bounded`() throws {
        let width = 600
        let header = (0..<width).map { "c\($0)" }.joined(separator: ",")
        let row = Array(repeating: "1", count: width).joined(separator: ",")
        let rows = try collect(csv(header, 3_000) { _ in row }, blockSize: 1 << 16)
        #expect(rows.sample.count == RowPlan.sampleCells / width)
    }

    @Test func `texts of keyed rows are bounded, and the same rows are kept by any lanes`() throws {
        let limits = KeptRows.Limits(rows: 1_000, cells: 100_000, textBytes: 2_000, isByName: true)
        let text = csv("k,t", 2_000) { "key\($0),\(String(repeating: "x", count: $0 % 90))" }
        var kept: [[UInt64]] = []
        for lanes in [1, 4] {
            var plan = RowPlan(CheckOptions())
            plan.key = "k"
            let read = try TableReader.read(
                .bytes(Array(text.utf8), name: "t"), options: TableReadOptions(blockSize: 2_048),
                lanes: lanes,
                makeLane: { RowCollector(plan, lane: $0, lanes: lanes, keyedLimits: limits) },
                each: { rows, batch in rows.add(batch) })
            var rows = read.lanes[0]
            for lane in read.lanes.dropFirst() { rows.merge(lane) }
            rows.finish()
            let keyed = try #require(rows.keyed)
            #expect(keyed.count > 20 && keyed.count < 100 && keyed.share < 0.05)
            kept.append(keyed.hashes)
        }
        #expect(kept[0] == kept[1])
    }
}
