internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastEngines
internal import HoldfastSQL

/// What runs the statements.
enum EngineName: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// In this process.
    case sqlite
    /// The program `duckdb`: one big machine.
    case duckdb
    /// The program `spark-sql`: a cluster.
    case spark
}

/// Which engine counts, and how it is reached.
struct EngineOptions: ParsableArguments {
    private static let usualMaster = "local[*]"

    @Option(help: "What runs the statements.")
    var engine: EngineName?
    @Option(
        help: ArgumentHelp(
            "The program spark-sql, where it is not in PATH.", valueName: "program"))
    var sparkSql: String?
    @Option(
        help: ArgumentHelp(
            "Spark's master: local[4], spark://host:7077, yarn, k8s://…", valueName: "url"))
    var master = Self.usualMaster
    @Option(
        help: ArgumentHelp("A setting of Spark's; repeatable.", valueName: "key=value"))
    var sparkConf: [String] = []
    @Option(
        help: ArgumentHelp(
            "Where the engine keeps what it works out meanwhile; all of a cluster's machines must see it.",
            valueName: "folder"))
    var scratch: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The memory that DuckDB may take.", valueName: "megabytes"))
    var engineMemory: Int?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long the engine may take over one statement; any time by default.",
            valueName: "span"), transform: ArgumentForm.span)
    var engineTimeout: Span?

    /// Whether anything was said of how an engine other than SQLite is reached.
    var isSet: Bool {
        sparkSql != nil || master != Self.usualMaster || !sparkConf.isEmpty || scratch != nil
            || engineMemory != nil || engineTimeout != nil
    }

    func validate() throws {
        _ = try conf()
        guard engineMemory.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--engine-memory takes a number of megabytes above 0")
        }
        guard engineTimeout.map({ $0.microseconds >= 1_000_000 }) ?? true else {
            throw ValidationError("--engine-timeout is at least 1s")
        }
    }

    private func conf() throws -> [(String, String)] {
        try sparkConf.map { setting in
            let parts = setting.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw ValidationError("--spark-conf takes key=value, and not \(setting)")
            }
            return (String(parts[0]), String(parts[1]))
        }
    }

    /// Starts an engine other than SQLite.
    ///
    /// `shared` is where it may write so that all its machines see it, if nothing was said.
    func start(
        _ name: EngineName, salt: String?, duckdb: String?, shared: String?
    ) throws -> any SQLEngine {
        let local = FileManager.default.temporaryDirectory.path
        switch name {
        case .sqlite: preconditionFailure("SQLite runs in this process, over a ledger's file")
        case .duckdb:
            return try DuckDBEngine(
                program: duckdb, scratch: scratch ?? local, salt: salt,
                memoryMegabytes: engineMemory, patience: patience)
        case .spark:
            let isLocal = master.hasPrefix("local")
            return try SparkEngine(
                program: sparkSql, master: master, conf: try conf(),
                scratch: scratch ?? (isLocal ? local : shared ?? local), salt: salt,
                patience: patience)
        }
    }

    private var patience: Int? { engineTimeout.map { Int($0.microseconds / 1_000_000) } }
}
