import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What `holdfast check` takes of memory for files that do not fit into it.
@Suite struct CheckMemoryTests {
    /// 2 GB with `HOLDFAST_LONG=1`, which takes a minute in release; else 4 MB.
    private static let size =
        ProcessInfo.processInfo.environment["HOLDFAST_LONG"] == nil ? 4_000_000 : 2_000_000_000
    /// In KiB: 400 MiB, a fifth of the long file.
    private static let limit = 400 << 10

    @Test func `a file of categories takes far less memory than it has bytes`() async throws {
        let folder = try TemporaryFolder()
        let rows = try write(folder)
        let (output, errors) = (folder.file("out"), folder.file("err"))
        let program = try Program.start(
            [
                "check", "--train", folder.file("train.csv"), "--eval", folder.file("eval.csv"),
                "--format", "json", "--no-across",
            ], output: output, errors: errors)
        let most = Task.detached {
            var most = 0
            // What the system has counted up to now: the last figure is that of the whole run.
            while let now = CheckMemoryTests.mostMemory(of: program.id) {
                most = max(most, now)
                try await Task.sleep(for: .milliseconds(20))
            }
            return most
        }
        let status = try await blocking { program.wait() }
        let memory = try await most.value
        let said = String(decoding: try folder.read("err"), as: UTF8.self)
        #expect(status == 0, "\(said)")
        let report = try JSON.parse(Array(try folder.read("out")))
        #expect(report["tables"]?.array?.first?["rows"] == .integer(rows))
        #expect(report["verdict"] == "agrees")
        #expect(memory > 0 && memory < Self.limit, "\(memory / 1_024) MiB")
    }

    /// Writes a block of rows as eval, and as train so often that it is of the size; its rows.
    private func write(_ folder: TemporaryFolder) throws -> Int64 {
        let names = ["amount"] + (0..<14).map { "c\($0)" }
        let header = names.joined(separator: ",") + "\n"
        var block = ""
        let count = 10_000
        for row in 0..<count {
            block += "\(Double(row * 7_919 % 10_007) / 8)"
            // From 2 categories up to 8,000.
            for place in 0..<14 { block += ",category-\(row * (place + 3) % (2 << place % 13))" }
            block += "\n"
        }
        try folder.write("eval.csv", header + block)
        let file = try FileHandle(
            forWritingTo: URL(fileURLWithPath: try folder.write("train.csv", header)))
        try file.seekToEnd()
        let bytes = Data(block.utf8)
        var (size, rows) = (0, 0)
        while size < Self.size {
            try file.write(contentsOf: bytes)
            size += bytes.count
            rows += count
        }
        try file.close()
        return Int64(rows)
    }

    /// The most memory of a process so far in KiB, or `nil` where it has ended.
    private static func mostMemory(of id: Int32) -> Int? {
        // What cannot be read has ended, and is no failure.
        guard let text = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return Int(line.filter(\.isNumber))
    }
}
