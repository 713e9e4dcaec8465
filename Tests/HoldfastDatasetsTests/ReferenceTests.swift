import Foundation
import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// The statement and a slow reference in Python say the same of every decision.
@Suite struct ReferenceTests {
    /// What is left of a shop when it is closed: hundreds of ledgers are not held open.
    private struct Job {
        /// What a failure is told by.
        var place: String
        var folder: TemporaryFolder
        var ledger: String
        var request: ExportRequest
        var features: [RandomRequest.Stamped]?
        var rows: [String: Row]
        var manifest: Manifest

        init(seed: UInt64) async throws {
            let random = try await RandomShop(seed: seed)
            request = random.request
            features = random.features
            place = "seed \(seed), \(random.method), \(request.mode), \(request.observations)"
            folder = random.shop.folder
            ledger = random.shop.path
            rows = try random.shop.rows(request)
            manifest = try random.shop.export(request, to: "out")
        }
    }

    /// Every combination of ``RandomRequest`` twice, or 500 ledgers with HOLDFAST_LONG=1.
    private static let seeds: Range<UInt64> =
        ProcessInfo.processInfo.environment["HOLDFAST_LONG"] == nil ? 0..<144 : 0..<500

    @Test func `every decision of random ledgers has the reasons that the specification gives it`()
        async throws
    {
        var jobs: [Job] = []
        for seed in Self.seeds { jobs.append(try await Job(seed: seed)) }
        let expected = try reference(jobs)
        var seen: [Int: Int] = [:]
        var weighted: [ExportRequest.Mode: Int] = [:]
        var unequal = 0
        for (job, rows) in zip(jobs, expected) {
            #expect(job.rows.count == rows.count, "\(job.place)")
            for (id, row) in rows.sorted(by: { $0.key < $1.key }) {
                #expect(
                    job.rows[id]?.agrees(with: row) == true,
                    """
                    \(job.place), \(id): \(job.rows[id]?.description ?? "missing"), but \(row)
                    """)
                for reason in row.reasons { seen[reason, default: 0] += 1 }
                seen[0, default: 0] += row.primary == 0 ? 1 : 0
                weighted[job.request.mode, default: 0] += row.weight == nil ? 0 : 1
                unequal += row.weight ?? 1 == 1 ? 0 : 1
            }
            try exported(job, rows)
        }
        // Each reason must have been tried often enough to mean something.
        for reason in [0] + Exclusion.allCases.map(\.rawValue) {
            #expect(seen[reason, default: 0] >= 50, "reason \(reason) came up too seldom: \(seen)")
        }
        for mode in ExportRequest.Mode.allCases {
            #expect(weighted[mode, default: 0] >= 50, "\(mode) kept too few: \(weighted)")
        }
        #expect(unequal >= 50, "weights other than 1 came up too seldom")
    }

    /// The files hold exactly the clean rows, each in its part, and the boxes add up.
    private func exported(_ job: Job, _ rows: [String: Row]) throws {
        let (manifest, place) = (job.manifest, job.place)
        #expect(manifest.decisionCount == rows.count, "\(place)")
        for box in manifest.excluded {
            let number = box.exclusion.rawValue
            #expect(box.rows == rows.values.count { $0.primary == number }, "\(place), \(number)")
            #expect(
                box.holds == rows.values.count { $0.reasons.contains(number) },
                "\(place), \(number)")
        }
        let boxes = manifest.excluded.reduce(0) { $0 + $1.rows } + manifest.keptCount
        #expect(boxes == manifest.decisionCount, "\(place)")
        var count = 0
        for part in manifest.parts {
            let clean = rows.filter { $0.value.primary == 0 && $0.value.part == part.name }
            let records = try records("out/\(part.file)", job)
            #expect(
                Set(records.compactMap { $0["id"] }) == Set(clean.keys), "\(place), \(part.name)")
            #expect(
                part.rows == records.count && records.count == clean.count, "\(place), \(part.name)"
            )
            #expect(part.positives == clean.values.count { $0.label != 0 }, "\(place)")
            for record in records { try exported(record, rows, job) }
            count += records.count
        }
        #expect(count == rows.values.count { $0.primary == 0 }, "\(place)")
    }

    /// A row of a file has the label, the weight and the feature that it must have.
    private func exported(_ record: [String: String], _ rows: [String: Row], _ job: Job) throws {
        let row = try #require(record["id"].flatMap { rows[$0] }, "\(job.place), \(record)")
        var found = row
        found.label = record["paid"].flatMap { Double($0) }
        // In the other mode each row has the weight 1, and in a set of logged features no other.
        if job.request.mode == .weighted { found.weight = record["weight"].flatMap { Double($0) } }
        if job.features != nil { found.feature = record["income"].flatMap { Double($0) } }
        #expect(found.agrees(with: row), "\(job.place), \(record), but \(row)")
    }

    /// The rows of an exported file, by the names of its columns. No value in it needs quotes.
    private func records(_ file: String, _ job: Job) throws -> [[String: String]] {
        let lines = String(decoding: try job.folder.read(file), as: UTF8.self)
            .split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) } }
        let header = try #require(lines.first, "\(job.place), \(file) has no header")
        #expect(header.contains("weight") == (job.request.mode == .weighted), "\(job.place)")
        #expect(header.contains("income") == (job.features != nil), "\(job.place)")
        return lines.dropFirst().map { line in
            #expect(line.count == header.count, "\(job.place), \(line)")
            return Dictionary(uniqueKeysWithValues: zip(header, line))
        }
    }

    /// The reference's rows, job by job, from one process for all.
    private func reference(_ jobs: [Job]) throws -> [[String: Row]] {
        let folder = try TemporaryFolder()
        let json = JSON.array(jobs.map { ReferenceTests.json($0) })
        try folder.write("jobs", json.text())
        for name in ["rows", "errors"] { try folder.write(name, "") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", Repository.root + "/Tests/HoldfastDatasetsTests/Golden/reference.py",
        ]
        process.standardInput = FileHandle(forReadingAtPath: folder.file("jobs"))
        process.standardOutput = FileHandle(forWritingAtPath: folder.file("rows"))
        process.standardError = FileHandle(forWritingAtPath: folder.file("errors"))
        try process.run()
        process.waitUntilExit()
        let errors = String(decoding: try folder.read("errors"), as: UTF8.self)
        // 127 is what env says of a program that is not there.
        guard process.terminationStatus == 0 else {
            throw MissingFixture(
                process.terminationStatus == 127
                    ? "there is no python3, and the reference needs one: install Python 3.9 or later"
                    : "the reference failed: \(errors)")
        }
        var rows = Array(repeating: [String: Row](), count: jobs.count)
        for line in try folder.read("rows").split(separator: UInt8(ascii: "\n")) {
            let row = try JSON.parse(Array(line))
            rows[Int(try row.integer(at: "job"))][try row.text(at: "id")] = try Row(row)
        }
        return rows
    }

    /// A job as the reference reads it.
    private static func json(_ job: Job) -> JSON {
        let request = job.request
        let features = job.features?.map { row -> JSON in
            [
                .string(row.unit), .integer(row.at.microseconds),
                row.income.map { .number($0) } ?? .null,
            ]
        }
        let timeToLive = request.features?.timeToLive
        return [
            "ledger": .string(job.ledger),
            "catalog": .string(request.catalog.canonicalText),
            "salt": .string(request.catalog.salt),
            "experiment": .string(request.experiment),
            "as_of": .integer(request.asOf.microseconds),
            "observations": .string(request.observations.rawValue),
            "mode": .string(request.mode.rawValue),
            "split_from": request.splitFrom.map { .integer($0.microseconds) } ?? .null,
            "features": features.map { .array($0) } ?? .null,
            "time_to_live": timeToLive.map { .integer($0.microseconds) } ?? .null,
        ]
    }
}

extension Row {
    /// Whether another says the same; weights are quotients, and may differ in their last digits.
    fileprivate func agrees(with other: Row) -> Bool {
        var other = other
        if let weight, let expected = other.weight, abs(weight - expected) <= 1e-9 * expected {
            other.weight = weight
        }
        return self == other
    }
}
