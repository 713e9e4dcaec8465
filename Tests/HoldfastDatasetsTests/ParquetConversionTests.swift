import Foundation
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastTables
import Testing
import TestSupport

/// How `duckdb` is run. What it writes is held against the CSV by `Tests/Packaging`.
@Suite struct ParquetConversionTests {
    /// A program that does what a script says.
    private static func program(_ script: String, in folder: TemporaryFolder) throws -> String {
        let path = try folder.write("duckdb", "#!/bin/sh\n\(script)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was thrown"
        } catch {
            return "\(error)"
        }
    }

    @Test func `without the program the error says how to get it`() throws {
        let folder = try TemporaryFolder()
        for name in ["no-such-duckdb", folder.file("duckdb"), "./no/duckdb"] {
            let text = ParquetConversionTests.message {
                try ParquetConversion(program: name).check()
            }
            #expect(text.contains("there is no program \(name)"))
            #expect(text.contains("pip install duckdb-cli"))
            #expect(text.contains("--file-format csv"))
        }
    }

    @Test func `the version is the program's, and another program is refused`() throws {
        let folder = try TemporaryFolder()
        let duckdb = try ParquetConversionTests.program("echo 'v1.5.6 (Name) 0123abc'", in: folder)
        #expect(try ParquetConversion(program: duckdb).check() == "1.5.6")
        let text = ParquetConversionTests.message {
            try ParquetConversion(program: "/bin/echo").check()
        }
        #expect(text.contains("is no duckdb"))
    }

    @Test func `what the program says of a failure is told`() throws {
        let folder = try TemporaryFolder()
        let program = try ParquetConversionTests.program(
            "echo 'Conversion Error: row 7' >&2; exit 3", in: folder)
        let text = ParquetConversionTests.message {
            _ = try ParquetConversion(program: program).convert(
                PackagedSet.part("train"), in: folder.path, columns: [])
        }
        #expect(text.contains("writing train.parquet, ended with status 3"))
        #expect(text.contains("Conversion Error: row 7"))
    }

    @Test func `a part with other rows than were counted is refused`() throws {
        let folder = try TemporaryFolder()
        let program = try ParquetConversionTests.program("cat > /dev/null; echo 2", in: folder)
        let text = ParquetConversionTests.message {
            _ = try ParquetConversion(program: program).convert(
                PackagedSet.part("train"), in: folder.path, columns: [])
        }
        #expect(text.contains("duckdb wrote 2 rows of 3 into train.parquet"))
    }

    @Test func `a part that was turned has the new file's bytes and digest, and no CSV`() throws {
        let folder = try TemporaryFolder()
        try folder.write("train.csv", "id\n")
        // The working folder is the set's: the statement names no path.
        let program = try ParquetConversionTests.program(
            "cat > statement; printf abc > train.parquet; echo 3", in: folder)
        let part = try ParquetConversion(program: program).convert(
            PackagedSet.part("train"), in: folder.path,
            columns: PackagedSet.manifest(parts: []).packagedColumns)
        #expect(try folder.names == ["duckdb", "statement", "train.parquet"])
        #expect(part.file == "train.parquet" && part.bytes == 3 && part.rows == 3)
        #expect(
            part.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let statement = String(decoding: try folder.read("statement"), as: UTF8.self)
        #expect(statement.contains("read_csv('train.csv',"))
        #expect(statement.contains("'a.b-c': 'DOUBLE', '1': 'BIGINT', '..': 'BOOLEAN'"))
        #expect(statement.contains("'decided_at': 'TIMESTAMP WITH TIME ZONE'"))
        #expect(!statement.contains(folder.path))
    }

    // MARK: - A child

    @Test func `a child is given its words as they are, and no shell reads them`() throws {
        let words = ["$(id)", "a b", "'", "\"", "*", "", "-n"]
        let run = try ChildProgram.run("printf", ["%s|"] + words, seconds: 60)
        #expect(run.output == words.map { $0 + "|" }.joined() && run.status == 0)
    }

    @Test func `a child reads all of its input, and all that it says is kept`() throws {
        let input = String(repeating: "0123456789abcdef\n", count: 100_000)
        let run = try ChildProgram.run("cat", [], input: input, seconds: 60)
        #expect(run.output == input && run.errors.isEmpty)
    }

    @Test func `a child has none of our descriptors, and few of our variables`() throws {
        let files = try (0..<50).map { _ in try TemporaryFolder() }.map {
            open(try $0.write("f", ""), O_RDONLY)
        }
        defer { files.forEach { close($0) } }
        let run = try ChildProgram.run("ls", ["/proc/self/fd"], seconds: 60)
        // The fourth is that of the folder which `ls` reads.
        #expect(run.output.split(separator: "\n") == ["0", "1", "2", "3"])
        let variables = try ChildProgram.run("env", [], seconds: 60).output.split(separator: "\n")
        let names = Set(variables.map { $0.prefix { $0 != "=" } })
        #expect(names.contains("PATH"))
        #expect(
            names.isSubset(of: ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH"]))
    }

    @Test func `a signal that ends a child is its status`() throws {
        #expect(try ChildProgram.run("sh", ["-c", "kill -9 $$"], seconds: 60).status == 137)
        #expect(try ChildProgram.run("sh", ["-c", "exit 7"], seconds: 60).status == 7)
    }

    @Test func `a child that takes too long is killed with its own children`() async throws {
        let folder = try TemporaryFolder()
        let script = "sleep 1000 & echo $! > grandchild; mv grandchild id; wait"
        let isLate = try await blocking {
            do throws(ChildProgram.Failure) {
                // Long enough for a shell to write a line, wherever tests run at all.
                _ = try ChildProgram.run("sh", ["-c", script], in: folder.path, seconds: 3)
                return false
            } catch {
                guard case .late = error else { throw error }
                return true
            }
        }
        #expect(isLate)
        let text = String(decoding: try folder.read("id"), as: UTF8.self)
        let grandchild = try #require(Int32(text.trimmingCharacters(in: .newlines)))
        #expect(try await ParquetConversionTests.isGone(grandchild))
    }

    @Test func `a child goes when its task is cancelled`() async throws {
        let folder = try TemporaryFolder()
        let task = Task {
            try ParquetConversion(
                program: try ParquetConversionTests.program(
                    "echo $$ > id.tmp; mv id.tmp id; exec sleep 1000", in: folder)
            ).convert(PackagedSet.part("train"), in: folder.path, columns: [])
        }
        // From a thread of its own: the child's task keeps one of the few that tasks have.
        try await blocking {
            while try !folder.names.contains("id") { usleep(1_000) }
            task.cancel()
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        let text = String(decoding: try folder.read("id"), as: UTF8.self)
        let child = try #require(Int32(text.trimmingCharacters(in: .newlines)))
        #expect(try await ParquetConversionTests.isGone(child))
    }

    /// Whether a process has ended; one that nobody has waited for yet has.
    private static func isGone(_ id: Int32) async throws -> Bool {
        try await blocking {
            for _ in 0..<10_000 {
                let path = "/proc/\(id)/stat"
                guard let state = try? String(contentsOfFile: path, encoding: .utf8) else {
                    return true
                }
                if state.contains(") Z ") || state.contains(") X ") { return true }
                usleep(1_000)
            }
            return false
        }
    }
}
