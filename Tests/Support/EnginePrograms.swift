import Foundation

/// The programs of engines that a test may run: by `HOLDFAST_DUCKDB` and `HOLDFAST_SPARK_SQL`, or
/// in PATH.
///
///     @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)")) func …
///
/// Where one is absent its tests are passed over and say so; with `HOLDFAST_ENGINES_REQUIRED=1`
/// they run, and fail.
public enum EnginePrograms {
    /// The path of `duckdb`, or `nil` where there is none.
    public static let duckdb = find("duckdb", by: "HOLDFAST_DUCKDB")
    /// The path of `spark-sql`, or `nil` where there is none.
    public static let spark = find("spark-sql", by: "HOLDFAST_SPARK_SQL")

    /// Whether tests of DuckDB's run.
    public static let hasDuckDB = duckdb != nil || isRequired
    /// Whether tests of Spark's run.
    public static let hasSpark = spark != nil || isRequired

    /// Why tests of DuckDB's do not run.
    public static let noDuckDB =
        "there is no program duckdb in PATH or by HOLDFAST_DUCKDB (pip install duckdb-cli)"
    /// Why tests of Spark's do not run.
    public static let noSpark =
        "there is no program spark-sql in PATH or by HOLDFAST_SPARK_SQL (pip install pyspark)"

    /// Settings for a Spark that lives a minute: it takes half the processor's time, since nothing
    /// runs long enough to be worth what Java's second compiler costs.
    public static let briefSpark = [
        (
            name: "spark.driver.extraJavaOptions",
            value: "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        )
    ]

    private static let isRequired = variable("HOLDFAST_ENGINES_REQUIRED") == "1"

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func find(_ name: String, by variable: String) -> String? {
        if let path = self.variable(variable) { return path }
        return (self.variable("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first(where: FileManager.default.isExecutableFile)
    }
}
