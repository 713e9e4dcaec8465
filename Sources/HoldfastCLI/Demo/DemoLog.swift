internal import Foundation
internal import HoldfastFormats
internal import HoldfastTables

/// One impression of the logged front page: what was shown to whom, and whether it was clicked.
struct Impression {
    var at: Timestamp
    var item: String
    var position: Int64
    var isClicked: Bool
    var userFeatures: [String]

    /// The features in the order of the demo's catalog.
    static let featureNames =
        ["item_id", "position"] + (0..<4).map { "user_feature_\($0)" }

    var features: JSON {
        var object = JSONObject([("item_id", .string(item)), ("position", .integer(position))])
        for (index, value) in userFeatures.enumerated() {
            object.append("user_feature_\(index)", .string(value))
        }
        return .object(object)
    }

    /// The row of a table of served features, with its label.
    func append(to row: inout CSVWriter) {
        row.append(item)
        row.append(String(position))
        for value in userFeatures { row.append(value) }
        row.append(isClicked ? "1.0" : "0.0")
    }

    static var header: [String] { featureNames + ["clicked"] }
}

/// The trimmed Open Bandit log: one sample under a uniform random policy, one under a bandit. See
/// `NOTICE` for its source.
struct DemoLog {
    /// 10,000 impressions that nothing chose: what a control unit sees.
    let random: [Impression]
    /// 10,000 impressions that a model chose: what a treated unit sees.
    let bandit: [Impression]

    init() throws {
        random = try DemoLog.read("random")
        bandit = try DemoLog.read("bandit")
    }

    private static func read(_ name: String) throws -> [Impression] {
        guard let path = Bundle.module.path(forResource: name, ofType: "csv", inDirectory: "Data")
        else {
            throw CommandError(
                "the demo's log \(name).csv is missing",
                "keep the folder holdfast_HoldfastCLI.resources beside the program")
        }
        var reader = try CSVReader(path: path)
        var impressions: [Impression] = []
        while try reader.next() {
            impressions.append(
                Impression(
                    at: try Timestamp(rfc3339: try reader.text(0)), item: try reader.text(1),
                    position: Int64(try reader.text(2)) ?? 0,
                    isClicked: try reader.text(3) == "1",
                    userFeatures: try (4..<8).map { try reader.text($0) }))
        }
        return impressions
    }
}

/// A clock that shows the log's time: runs of the demo then give the same bytes.
final class LogClock: Sendable {
    private let time: Protected<Timestamp>

    init(_ time: Timestamp) {
        self.time = Protected(time)
    }

    var now: Timestamp { time.value }

    /// Goes on to a time, never back.
    func advance(to next: Timestamp) { time.update { $0 = max($0, next) } }
}
