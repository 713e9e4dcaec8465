internal import Foundation
internal import HoldfastFormats
internal import HoldfastTables

/// Replays the log against a service: each visitor is dealt by the service, and the world answers
/// with the next logged impression of that visitor's arm.
struct DemoReplay {
    let log: DemoLog
    let client: ServiceClient
    let clock: LogClock
    let folder: String
    let progress: Progress

    /// Visitors a request.
    private static let batchSize = 500

    /// What was sent and what the service answered.
    struct Counts: Sendable {
        var visitors = 0
        var acted = 0
        var decisions = 0
        var exposures = 0
        var outcomes = 0
        var requests = 0
    }

    func run() async throws -> Counts {
        var counts = Counts()
        var random = log.random[...]
        var bandit = log.bandit[...]
        var control = try ServedTable(path: "\(folder)/served-control.csv")
        var treatment = try ServedTable(path: "\(folder)/served-treatment.csv")
        while true {
            try Task.checkCancellation()
            let visitors = (1...DemoReplay.batchSize).map { index in
                "visitor-" + DemoReplay.padded(counts.visitors + index)
            }
            let dealt = try await assign(visitors, in: "front-page", counts: &counts)
            var scenes: [(visitor: String, acts: Bool, impression: Impression)] = []
            for (visitor, acts) in zip(visitors, dealt) {
                guard let impression = acts ? bandit.popFirst() : random.popFirst() else { break }
                scenes.append((visitor, acts, impression))
            }
            counts.visitors += scenes.count
            try await post(scenes, counts: &counts)
            for scene in scenes {
                if scene.acts {
                    try treatment.write(scene.impression)
                } else {
                    try control.write(scene.impression)
                }
            }
            progress.show("\(counts.visitors) visitors replayed")
            // One of the two logs has come to its end.
            if scenes.count < visitors.count { break }
        }
        clock.advance(to: Demo.end)
        try control.finish()
        try treatment.finish()
        return counts
    }

    /// Posts what is known of some visitors: decisions first, then what was done, then clicks.
    private func post(
        _ scenes: [(visitor: String, acts: Bool, impression: Impression)], counts: inout Counts
    ) async throws {
        guard let last = scenes.map(\.impression.at).max() else { return }
        clock.advance(to: last)
        let decisions = scenes.map { scene -> JSON in
            [
                "id": "d-\(scene.visitor)", "experiment": "front-page",
                "unit": .string(scene.visitor), "at": .string(scene.impression.at.description),
                "model": "bernoulli-ts", "intended": true, "features": scene.impression.features,
            ]
        }
        counts.decisions += try await client.post("/v1/decisions", decisions).count
        let banner = try await assign(scenes.map(\.visitor), in: "free-shipping", counts: &counts)
        var exposures: [JSON] = []
        for (scene, seesBanner) in zip(scenes, banner) {
            if scene.acts {
                exposures.append(exposure(scene.visitor, "front-page", scene.impression.at))
                counts.acted += 1
            }
            if seesBanner {
                let soon = Timestamp(microseconds: scene.impression.at.microseconds + 600_000_000)
                exposures.append(exposure(scene.visitor, "free-shipping", soon))
            }
        }
        counts.exposures += try await client.post("/v1/exposures", exposures).count
        let clicks = scenes.filter(\.impression.isClicked).map { scene -> JSON in
            let soon = Timestamp(microseconds: scene.impression.at.microseconds + 30_000_000)
            return [
                "id": "o-\(scene.visitor)", "unit": .string(scene.visitor), "name": "clicked",
                "value": true, "at": .string(soon.description),
            ]
        }
        if !clicks.isEmpty {
            counts.outcomes += try await client.post("/v1/outcomes", clicks).count
        }
        counts.requests += clicks.isEmpty ? 2 : 3
    }

    private func exposure(_ visitor: String, _ experiment: String, _ at: Timestamp) -> JSON {
        [
            "id": "e-\(experiment)-\(visitor)", "experiment": .string(experiment),
            "unit": .string(visitor), "arm": "treatment", "at": .string(at.description),
        ]
    }

    /// Whether the model's action may be applied to each visitor.
    private func assign(
        _ visitors: [String], in experiment: String, counts: inout Counts
    ) async throws -> [Bool] {
        counts.requests += 1
        let answers = try await client.post(
            "/v1/assignments",
            visitors.map {
                [
                    "experiment": .string(experiment), "unit": .string($0),
                    "at": .string(Demo.start.description),
                ]
            })
        return answers.map { $0["act"] == .bool(true) }
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}

/// A table of what was served, as a producer would keep it.
private struct ServedTable: ~Copyable {
    private var file: AtomicFile
    private var row = CSVWriter()

    init(path: String) throws {
        var file = try AtomicFile(path: path)
        var row = CSVWriter()
        for column in Impression.header { row.append(column) }
        do throws(TableError) {
            try row.end(into: &file.output)
        } catch {
            throw error
        }
        self.file = file
        self.row = row
    }

    mutating func write(_ impression: Impression) throws {
        impression.append(to: &row)
        try row.end(into: &file.output)
    }

    mutating func finish() throws { try file.commit() }
}
