import Foundation
@testable import HoldfastTables
import Testing
import TestSupport

/// What is written through `gzip` is what `gzip` reads, and lines come back as they went.
@Suite struct GzipFileTests {
    private static func lines(_ path: String) throws -> [String] {
        var reader = try GzipLines(path: path)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test(arguments: [0, 1, 3, 20_000])
    func `lines come back, and the same lines give the same bytes`(count: Int) async throws {
        let folder = try TemporaryFolder()
        var chance = SeededGenerator(seed: UInt64(count))
        let lines = (0..<count).map { "\($0) \(String(repeating: "é", count: chance.below(40)))" }
        let text = lines.map { $0 + "\n" }.joined()
        for name in ["one.gz", "two.gz"] {
            let file = try GzipFile(path: folder.file(name))
            for line in lines { try file.write(Array((line + "\n").utf8)) }
            try file.finish()
        }
        #expect(try folder.read("one.gz") == folder.read("two.gz"))
        #expect(try GzipFileTests.lines(folder.file("one.gz")) == lines)
        let run = try await Program.run("/usr/bin/env", ["gzip", "-dc", folder.file("one.gz")])
        #expect(run.status == 0 && run.output == text)
    }

    @Test func `a file that is there is not written over`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("there.gz", "mine")
        #expect(throws: TableError.self) { _ = try GzipFile(path: path) }
        #expect(try folder.read("there.gz") == Data("mine".utf8))
    }

    @Test func `a file that is cut off, or ends within a line, is an error`() throws {
        let folder = try TemporaryFolder()
        let file = try GzipFile(path: folder.file("whole.gz"))
        for number in 0..<5_000 { try file.write(Array("\(number)\n".utf8)) }
        try file.finish()
        let whole = try folder.read("whole.gz")
        for count in [5, whole.count / 2, whole.count - 1] {
            let path = folder.file("cut-\(count).gz")
            try whole.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(throws: TableError.self, "\(count)") { _ = try GzipFileTests.lines(path) }
        }
        let open = try GzipFile(path: folder.file("open.gz"))
        try open.write(Array("a\nb".utf8))
        try open.finish()
        #expect(throws: TableError.self) { _ = try GzipFileTests.lines(folder.file("open.gz")) }
        // Two files behind each other are one: so compress some what others append.
        try (whole + whole).write(to: URL(fileURLWithPath: folder.file("twice.gz")))
        #expect(try GzipFileTests.lines(folder.file("twice.gz")).count == 10_000)
    }
}
