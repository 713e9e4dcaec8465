import Benchmark
import COpenSSL
import Holdfast

/// Nanoseconds per assignment, beside a bare SHA-256 of the same key by the same library.
let benchmarks: @Sendable () -> Void = {
    let units = (0..<1_024).compactMap { UnitID("customer-\($0 + 1_000_000)") }
    let now = Timestamp(microseconds: 1_767_225_600_000_000)
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock, .cpuTotal], warmupIterations: 10, scalingFactor: .mega,
        maxDuration: .seconds(5), maxIterations: 30)

    Benchmark("bare SHA-256 of the key") { benchmark in
        let keys = units.map { Array("benchmark-salt-0001/arm:credit-limit/\($0)".utf8) }
        var digest = [UInt8](repeating: 0, count: 32)
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            keys[index & 1_023].withUnsafeBytes { bare_sha256($0.baseAddress, $0.count, &digest) }
            blackHole(digest[0])
        }
    }

    Benchmark("one experiment") { benchmark in
        let catalog = try oneExperiment()
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            blackHole(
                try catalog.assign(
                    Candidate(unit: units[index & 1_023]), in: "credit-limit", at: now))
        }
    }
}

/// The smallest catalog: two arms.
func oneExperiment() throws -> Catalog {
    let text = """
        holdfast: 1
        salt: benchmark-salt-0001
        experiments:
          credit-limit:
            unit: customer
            arms: [{control: 5%}, {treatment: 95%}]
        """
    return try Catalog(files: [(name: "catalog.yaml", text: text)]) { _ in nil }
}
