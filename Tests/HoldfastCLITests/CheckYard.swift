import Foundation
import Testing
import TestSupport

/// A folder with a sound table, beside which odd ones are checked, each time with every report.
struct CheckYard {
    let folder: TemporaryFolder

    /// A number and a category in 2,000 rows, which no two tables of different rows share.
    static let good = "x,c\n" + rows(2_000)
    static let reports = ["r.html", "r.json", "r.md", "r.xml"]

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("good.csv", CheckYard.good)
    }

    static func rows(_ count: Int) -> String {
        (0..<count).map { "\($0 * 7_919 % 2_003),\(["a", "b", "c"][$0 % 3])\n" }.joined()
    }

    /// Writes bytes that are no text.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    /// What gzip makes of a text.
    func gzipped(_ text: String) async throws -> [UInt8] {
        let plain = try folder.write("plain", text)
        let run = try await Program.run("gzip", ["-kf", plain])
        try #require(run.status == 0, "\(run.errors)")
        return Array(try folder.read("plain.gz"))
    }

    /// Checks tables of the folder, those that are there, with every report.
    func check(
        _ train: String, eval: String? = nil, serve: String? = nil, _ more: [String] = [],
        input: String = ""
    ) async throws -> Program.Run {
        var arguments = ["check", "--train", path(train)]
        for (option, name) in [("--eval", eval), ("--serve", serve)] {
            if let name { arguments += [option, path(name)] }
        }
        for (option, name) in zip(["--html", "--json", "--markdown", "--junit"], Self.reports) {
            arguments += [option, folder.file(name)]
        }
        return try await Program.run(arguments + more, input: input)
    }

    /// Holds a run to its status and to what it says. A result has said nothing on standard error
    /// and has left all reports, which are taken away; a refusal has left none, nor a part of one.
    func expect(
        _ run: Program.Run, _ status: Int32, says: [String] = [], _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isResult = [0, 1, 3].contains(status)
        let text = "\(what): \(run.status), \(run.errors)\(run.output)"
        #expect(run.status == status, "\(text)", sourceLocation: sourceLocation)
        for word in says {
            let said = isResult ? run.output : run.errors
            #expect(said.contains(word), "no \(word): \(text)", sourceLocation: sourceLocation)
        }
        #expect(
            (isResult ? run.errors : run.output) == "", "\(text)", sourceLocation: sourceLocation)
        if status == 2 {
            // One line, which a person can read: no type's name, nor a trace.
            #expect(run.errors.hasPrefix("holdfast: "), "\(text)", sourceLocation: sourceLocation)
            #expect(
                run.errors.count { $0 == "\n" } == 1 && !run.errors.contains("Error("), "\(text)",
                sourceLocation: sourceLocation)
        }
        let left = try folder.names.filter { $0.hasPrefix("r.") || $0.hasSuffix(".tmp") }
        #expect(
            left == (isResult ? Self.reports : []), "\(text)", sourceLocation: sourceLocation)
        for name in left { try FileManager.default.removeItem(atPath: folder.file(name)) }
    }

    private func path(_ name: String) -> String {
        name == "-" || name.hasPrefix("/") || name.hasPrefix("ledger:") ? name : folder.file(name)
    }
}
