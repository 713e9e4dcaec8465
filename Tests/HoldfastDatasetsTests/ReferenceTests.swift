import Foundation
import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// The statement and a slow reference in Python say the same of every decision.
@Suite struct ReferenceTests {
    private struct Job {
        var seed: UInt64
        var shop: RandomShop
        var request: ExportRequest
        var rows: [String: Row]
    }

    @Test func `every decision of random ledgers has the reasons that the specification gives it`()
        async throws
    {
        var jobs: [Job] = []
        for seed in 0..<72 as Range<UInt64> {
            let shop = try await RandomShop(seed: seed)
            for observations in ExportRequest.Observations.allCases {
                // A microsecond earlier only the first revision was there.
                let isEarly = observations == .all
                let request = ExportRequest(
                    catalog: isEarly ? shop.first : shop.catalog, experiment: "limits",
                    asOf: Timestamp(
                        microseconds: shop.asOf.microseconds - (isEarly ? RandomShop.late + 1 : 0)),
                    observations: observations)
                jobs.append(
                    Job(
                        seed: seed, shop: shop, request: request,
                        rows: try shop.shop.rows(request)))
            }
        }
        let expected = try reference(jobs)
        var seen: [Int: Int] = [:]
        for (index, job) in jobs.enumerated() {
            let rows = expected[index]
            let place = "seed \(job.seed), \(job.shop.method), \(job.request.observations)"
            #expect(job.rows.count == rows.count, "\(place)")
            for (id, row) in rows.sorted(by: { $0.key < $1.key }) {
                #expect(job.rows[id] == row, "\(place), \(id)")
                for reason in row.reasons { seen[reason, default: 0] += 1 }
                seen[0, default: 0] += row.primary == 0 ? 1 : 0
            }
            try exported(job, rows, place)
        }
        // Each reason must have been tried often enough to mean something.
        for reason in [0] + Exclusion.allCases.map(\.rawValue) {
            #expect(seen[reason, default: 0] >= 50, "reason \(reason) came up too seldom: \(seen)")
        }
    }

    /// The files hold exactly the clean rows, each in its part, and the boxes add up.
    private func exported(_ job: Job, _ rows: [String: Row], _ place: String) throws {
        let folder = "out-\(job.request.observations)"
        let manifest = try job.shop.shop.export(job.request, to: folder)
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
        for part in manifest.parts {
            let lines = try job.shop.shop.text("\(folder)/\(part.file)").split(separator: "\n")
            let ids = lines.dropFirst().map { String($0.prefix { $0 != "," }) }
            let clean = rows.filter { $0.value.primary == 0 && $0.value.part == part.name }
            #expect(Set(ids) == Set(clean.keys), "\(place), \(part.name)")
            #expect(part.rows == ids.count && ids.count == clean.count, "\(place), \(part.name)")
            #expect(part.positives == clean.values.count { $0.label != 0 }, "\(place)")
            for line in lines.dropFirst() {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                let label = try #require(fields.last.flatMap { Double($0) })
                #expect(rows[String(fields[0])]?.label == label, "\(place), \(line)")
            }
        }
    }

    /// The reference's rows, job by job, from one process for all.
    private func reference(_ jobs: [Job]) throws -> [[String: Row]] {
        let folder = try TemporaryFolder()
        let json = JSON.array(
            jobs.map { job in
                [
                    "ledger": .string(job.shop.shop.path),
                    "catalog": .string(job.request.catalog.canonicalText),
                    "salt": .string(job.request.catalog.salt),
                    "experiment": .string(job.request.experiment),
                    "as_of": .integer(job.request.asOf.microseconds),
                    "observations": .string(job.request.observations.rawValue),
                ]
            })
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
}
