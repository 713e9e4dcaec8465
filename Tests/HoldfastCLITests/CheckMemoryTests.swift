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
        // A program that is small itself asks: what the tests take is counted as their child's too.
        let script = """
            import resource, subprocess, sys
            done = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"))
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            sys.exit(done.returncode)
            """
        let run = try await Program.run(
            "python3",
            [
                "-c", script, folder.file("out"), try Program.path, "check",
                "--train", folder.file("train.csv"), "--eval", folder.file("eval.csv"),
                "--format", "json", "--no-across",
            ])
        let (status, said) = (run.status, run.errors)
        let memory = Int(run.output.filter(\.isNumber)) ?? 0
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
}
