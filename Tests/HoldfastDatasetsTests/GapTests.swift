import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A number that is missing is a gap, and a row whose window it touches is unknown.
///
/// The window of these tests' decisions, at 0 h, is from −2 h, included, to 3 h, not included.
@Suite struct GapTests {
    let catalog: Catalog
    let shop: Shop

    init() async throws {
        catalog = try simpleCatalog()
        shop = try await Shop(catalog)
    }

    /// Enters the number of a batch whose facts happened within a span.
    private func enter(
        _ source: String, _ sequence: Int64, _ first: Timestamp, _ last: Timestamp? = nil
    ) async throws {
        try await shop.append(
            [],
            number: BatchNumber(
                source: try name(source), sequence: sequence, span: first...(last ?? first)))
    }

    private func decide(_ id: String, at: Timestamp) async throws {
        try await shop.append([try Shop.decision(catalog, id, "unit of \(id)", at: at)])
    }

    /// The decisions that are unknown, as of then.
    private func unknown(asOf: Timestamp = moment(20)) throws -> [String] {
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: asOf)
        return try shop.rows(request).filter {
            $0.value.reasons.contains(Exclusion.logGap.rawValue)
        }.map(\.key).sorted()
    }

    /// The gap's first and last microsecond, and whether it touches the window.
    private static let ends: [(since: Timestamp, until: Timestamp, touches: Bool)] = [
        (moment(-9), moment(-2, -1), false), (moment(-9), moment(-2), true),
        (moment(3, -1), moment(9), true), (moment(3), moment(9), false),
        (moment(-2), moment(-2), true), (moment(3, -1), moment(3, -1), true),
        (moment(3), moment(3), false), (moment(1), moment(1), true),
        (moment(-9), moment(9), true),
    ]

    @Test(arguments: 0..<9)
    func `a gap touches a window at both ends, to the microsecond`(index: Int) async throws {
        let (since, until, touches) = GapTests.ends[index]
        try await decide("d", at: moment(0))
        // Only the first fact of the batch before and the last of that after count.
        try await enter("till", 1, since, moment(12))
        try await enter("till", 3, min(moment(-9), until), until)
        #expect(try unknown() == (touches ? ["d"] : []))
        try await enter("till", 2, moment(0))
        #expect(try unknown() == [], "none is missing any more")
    }

    @Test func `the end of a source's count is not known to be missing`() async throws {
        try await decide("d", at: moment(0))
        try await enter("till", 1, moment(-30))
        try await enter("till", 2, moment(-20))
        #expect(try unknown() == [])
    }

    @Test func `a source that begins at 2 may have lost anything before`() async throws {
        try await decide("late", at: moment(0))
        try await decide("early", at: moment(-90))
        try await enter("till", 2, moment(-9), moment(-2, -1))
        #expect(try unknown() == ["early"])
        try await enter("desk", 9, moment(-5), moment(-2))
        #expect(try unknown() == ["early", "late"])
        try await enter("till", 1, moment(-200))
        for number in 1...8 as ClosedRange<Int64> { try await enter("desk", number, moment(-6)) }
        #expect(try unknown() == [])
    }

    @Test func `each source counts for itself`() async throws {
        try await decide("a", at: moment(0))
        try await decide("b", at: moment(50))
        // One begins where the other misses: together they would have all numbers.
        try await enter("till", 1, moment(-1))
        try await enter("till", 3, moment(1))
        try await enter("desk", 1, moment(40))
        try await enter("desk", 2, moment(49))
        #expect(try unknown(asOf: moment(90)) == ["a"])
        try await enter("desk", 4, moment(51))
        #expect(try unknown(asOf: moment(90)) == ["a", "b"])
        try await enter("till", 2, moment(0))
        #expect(try unknown(asOf: moment(90)) == ["b"])
    }

    @Test func `a source that does not keep to the order of time is unknown in between`()
        async throws
    {
        try await decide("d", at: moment(0))
        try await decide("before", at: moment(-20))
        try await decide("behind", at: moment(20))
        try await enter("till", 1, moment(9), moment(10))
        try await enter("till", 3, moment(-10), moment(-9))
        #expect(try unknown(asOf: moment(90)) == ["d"])
    }

    @Test func `a number that comes late is a gap as of before, and none afterwards`() async throws
    {
        try await decide("d", at: moment(0))
        try await enter("till", 1, moment(-1))
        try await enter("till", 3, moment(1))
        shop.clock.now = moment(10)
        try await enter("till", 2, moment(0))
        #expect(try unknown(asOf: moment(10, -1)) == ["d"])
        #expect(try unknown(asOf: moment(10)) == [])
        // As of before the third came, nothing was known to be missing.
        #expect(try unknown(asOf: moment(1)) == [])
    }

    @Test func `gaps that overlap, nest and repeat say the same as each by itself`() async throws {
        for seed in 0..<6 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let shop = try await Shop(catalog)
            var at: [String: Timestamp] = [:]
            for number in 0..<60 {
                at["d\(number)"] = moment(Double(chance.below(200) - 100), Int64(chance.below(3)))
            }
            try await shop.append(
                try at.map { try Shop.decision(catalog, $0.key, "unit \($0.key)", at: $0.value) })
            var gaps: [(since: Int64, until: Int64)] = []
            for source in ["a", "b", "c"] {
                var last: (sequence: Int64, first: Int64)?
                var sequence: Int64 = 0
                var time = -100
                for _ in 0..<8 {
                    sequence += Int64(1 + chance.below(2))
                    time += chance.below(24)
                    let first = moment(Double(time), Int64(chance.below(3)))
                    let end = moment(Double(time + chance.below(6)), 3)
                    try await shop.append(
                        [],
                        number: BatchNumber(
                            source: try name(source), sequence: sequence, span: first...end))
                    if sequence > (last?.sequence ?? 0) + 1 {
                        gaps.append((last?.first ?? .min, end.microseconds))
                    }
                    last = (sequence, first.microseconds)
                }
            }
            let request = ExportRequest(
                catalog: catalog, experiment: "limits", asOf: moment(1_000))
            let rows = try shop.rows(request)
            for (id, time) in at {
                let (start, end) = (time.microseconds - 2 * hour, time.microseconds + 3 * hour)
                let touches = gaps.contains { $0.until >= start && $0.since < end }
                let isUnknown = rows[id]?.reasons.contains(Exclusion.logGap.rawValue)
                #expect(isUnknown == touches, "seed \(seed), \(id)")
            }
        }
    }

    @Test func `many gaps cost a walk, and not one a decision`() async throws {
        let count = 20_000
        for start in stride(from: 0, to: count, by: 5_000) {
            try await shop.append(
                try (start..<(start + 5_000)).map { number in
                    try Shop.decision(
                        catalog, "d\(number)", "u\(number)", at: moment(Double(number) / 100))
                })
        }
        func gaps(_ source: String, _ count: Int) async throws {
            for number in 1...count {
                try await enter(source, Int64(2 * number), moment(Double(number) / 10))
            }
        }
        try await gaps("till", 30)
        let few = try steps()
        try await gaps("desk", 300)
        let many = try steps()
        // All 20,000 decisions were looked at, and ten times the gaps cost next to nothing.
        #expect(few > 20 * count)
        #expect(many < few + few / 5, "\(few) steps with 30 gaps, \(many) with 330")
    }

    /// How many steps of SQLite's machine the export's statement takes, counted by Python's module.
    private func steps() throws -> Int {
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(1_000))
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        let statements = try ExportPlan(request, reader).rows.statements(for: .sqlite)
        let json: JSON = [
            "path": .string(shop.path),
            "statements": .array(statements.map { .string($0.literalText) }),
        ]
        try shop.folder.write("statement.json", json.text())
        let script = """
            import json, sqlite3, sys
            job = json.load(open(sys.argv[1]))
            connection = sqlite3.connect(job["path"])
            connection.create_function("holdfast_bucket", 2, lambda scope, unit: 1)
            steps = 0
            def count():
                global steps
                steps += 100
            connection.set_progress_handler(count, 100)
            for statement in job["statements"]:
                connection.execute(statement)
            connection.set_progress_handler(None, 0)
            print(connection.execute("SELECT COUNT(*) FROM hf_export").fetchone()[0], steps)
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, shop.folder.file("statement.json")]
        try shop.folder.write("steps", "")
        process.standardOutput = FileHandle(forWritingAtPath: shop.folder.file("steps"))
        try process.run()
        process.waitUntilExit()
        let words = try shop.text("steps").split(whereSeparator: \.isWhitespace).map { Int($0) }
        guard words.count == 2, words[0] == 20_000, let steps = words[1] else {
            throw MissingFixture("python3 counted \(words)")
        }
        return steps
    }
}
