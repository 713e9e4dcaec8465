import Foundation
import HoldfastEngines
import HoldfastSQL
import TestSupport
import Testing

/// What happens when an engine's program is not there, is wrong, or goes.
@Suite(.serialized) struct EngineFaultTests {
    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB is tested`() throws {
        _ = try #require(EnginePrograms.duckdb)
    }

    @Test(.enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `Spark is tested`() throws {
        _ = try #require(EnginePrograms.spark)
    }

    @Test(arguments: [EngineKind.duckdb, .spark])
    func `a program that is not there is an error with its remedy`(kind: EngineKind) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("none")
        #expect { try kind.open(path, in: folder.path) } throws: { error in
            (error as? EngineError)?.kind == .missing && "\(error)".contains(path)
                && "\(error)".contains("pip install")
        }
        #expect(try folder.names == [])
    }

    @Test(arguments: [EngineKind.duckdb, .spark])
    func `a program that is none is an error with its words`(kind: EngineKind) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("engine.sh", "#!/bin/sh\necho 'no Java here' >&2\nexit 3\n")
        #expect { try kind.open(path, in: folder.path) } throws: { error in
            (error as? EngineError)?.kind == .refused
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        #expect { try kind.open(path, in: folder.path) } throws: { error in
            "\(error)".contains("no Java here")
        }
        #expect(throws: EngineError.self) { try kind.open(path, in: folder.file("nowhere")) }
        #expect(try folder.names == ["engine.sh"])
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB's error is its words without the statement's values`() throws {
        let folder = try TemporaryFolder()
        let engine = try EngineKind.duckdb.open(in: folder.path)
        let value = "kunde-17"
        #expect { try engine.run("SELECT CAST(\(value) AS BIGINT)") } throws: { error in
            let words = "\(error)"
            return words.contains("Conversion Error") && !words.contains(value)
                && !words.contains(EngineKind.salt)
        }
        #expect { try engine.run("SELECT 1") } throws: { "\($0)".contains("has ended before") }
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `rows that are not wanted end, and what is left of few does not`() throws {
        let folder = try TemporaryFolder()
        let engine = try EngineKind.duckdb.open(in: folder.path)
        let own = SQLError(.full, engine: "test", message: "mine")
        #expect(throws: own) {
            try engine.stream("SELECT * FROM range(1000)") { _ throws(SQLError) in throw own }
        }
        #expect(try engine.first("SELECT 1") == .integer(1))
        #expect(throws: own) {
            try engine.stream("SELECT * FROM range(1000000000)") { _ throws(SQLError) in throw own }
        }
        #expect(throws: SQLError.self) { try engine.run("SELECT 1") }
    }

    /// Whether a process is there, other than as one whose status nobody took.
    private static func isRunning(_ number: pid_t) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8) else {
            return false  // No such process.
        }
        return !text.contains(") Z ")
    }

    private static func number(in path: String) throws -> pid_t {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test(arguments: EngineKind.programs)
    func `when the task is cancelled its program is killed`(kind: EngineKind) async throws {
        let folder = try TemporaryFolder()
        let scratch = try TemporaryFolder()
        let (program, number) = try kind.wrapper(in: folder)
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            let engine = try kind.open(program, in: scratch.path)
            #expect(EngineFaultTests.isRunning(try EngineFaultTests.number(in: number)))
            starting.yield()
            // Pairs of so many rows take minutes.
            let many: SQL = kind == .duckdb ? "range(300000)" : "range(10000000)"
            return try engine.first("SELECT SUM(a.x % (b.x + 1)) FROM \(many) a(x), \(many) b(x)")
        }
        for await _ in started { break }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        let outcome = await task.result
        #expect { try outcome.get() } throws: { ($0 as? SQLError)?.kind == .cancelled }
        #expect(!EngineFaultTests.isRunning(try EngineFaultTests.number(in: number)))
        #expect(try scratch.names == [])
    }

    @Test(arguments: EngineKind.programs)
    func `a program that dies is an error, and it is over`(kind: EngineKind) async throws {
        let folder = try TemporaryFolder()
        let scratch = try TemporaryFolder()
        let (program, number) = try kind.wrapper(in: folder)
        try await blocking {
            let engine = try kind.open(program, in: scratch.path)
            #expect(try scratch.names.count == 1)
            // With its own children: the program may be a script that waits for one.
            kill(-(try EngineFaultTests.number(in: number)), SIGKILL)
            #expect { try engine.first("SELECT 1") } throws: { "\($0)".contains("has ended") }
            #expect { try engine.first("SELECT 1") } throws: { "\($0)".contains("ended before") }
        }
        #expect(try scratch.names == [])
    }
}
