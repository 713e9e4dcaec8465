import Foundation
import HoldfastAssignment
import HoldfastEngines
import HoldfastSQL
import TestSupport
import Testing

/// An engine that laws are tested on.
enum EngineKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, duckdb, spark

    static let salt = "a salt; of 'twenty' \\ characters"

    /// Those whose program is there, or must be.
    static let present = allCases.filter(\.isPresent)
    /// Those of them that are a program beside us.
    static let programs = present.filter { $0 != .sqlite }

    private var isPresent: Bool {
        switch self {
        case .sqlite: true
        case .duckdb: EnginePrograms.hasDuckDB
        case .spark: EnginePrograms.hasSpark
        }
    }

    var testDescription: String { rawValue }

    /// Starts one, by a path where it is a program.
    func open(_ path: String? = nil, in folder: String) throws -> any SQLEngine {
        switch self {
        case .sqlite:
            let connection = try SQLiteConnection(path: ":memory:", mode: .create)
            try connection.define(SQLDialect.bucketFunction) { scope, id in
                let scope = Scope(String(decoding: scope, as: UTF8.self), salt: EngineKind.salt)
                return Int64(scope.bucket(of: id))
            }
            return connection
        case .duckdb:
            return try DuckDBEngine(
                program: path ?? EnginePrograms.duckdb, scratch: folder, salt: EngineKind.salt,
                memoryMegabytes: 1_000, threads: 2)
        case .spark:
            return try SparkEngine(
                program: path ?? EnginePrograms.spark, master: "local[2]",
                // So that rows in an order are several parts.
                conf: [
                    ("spark.sql.shuffle.partitions", "6"),
                    ("spark.sql.adaptive.coalescePartitions.enabled", "false"),
                ] + EnginePrograms.briefSpark, scratch: folder, salt: EngineKind.salt)
        }
    }

    /// A program that writes its process's number to a file and becomes the engine's.
    func wrapper(in folder: TemporaryFolder) throws -> (program: String, number: String) {
        let path = self == .duckdb ? EnginePrograms.duckdb : EnginePrograms.spark
        let real = try #require(path)
        // Spark finds its home by the folder of its program.
        let folders = "\(URL(fileURLWithPath: real).deletingLastPathComponent().path):$PATH"
        let program = try folder.write(
            "engine.sh",
            """
            #!/bin/sh
            echo $$ > '\(folder.file("number"))'
            PATH="\(folders)" exec '\(real)' "$@"

            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        return (program, folder.file("number"))
    }
}

/// The engines of a suite, each started when it is first asked for: one takes long to start.
///
/// `@unchecked Sendable`: the suite's tests run one after another.
final class SharedEngines: @unchecked Sendable {
    @TaskLocal static var current: SharedEngines?

    private let folder: TemporaryFolder
    private var engines: [EngineKind: any SQLEngine] = [:]
    private var tables = 0

    init() throws { folder = try TemporaryFolder() }

    static func engine(_ kind: EngineKind) throws -> any SQLEngine {
        let shared = try #require(current)
        if let engine = shared.engines[kind] { return engine }
        let engine = try kind.open(in: shared.folder.path)
        shared.engines[kind] = engine
        return engine
    }

    /// A name that no table or view has yet.
    static func newName() throws -> String {
        let shared = try #require(current)
        shared.tables += 1
        return "hf_\(shared.tables)"
    }
}

/// Lets the tests of a suite share their engines.
struct SharingEngines: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await SharedEngines.$current.withValue(try SharedEngines()) { try await function() }
    }
}
