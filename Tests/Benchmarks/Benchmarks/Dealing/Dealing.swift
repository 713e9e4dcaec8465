import Benchmark
import COpenSSL
import Holdfast

/// What an assignment costs, beside a bare SHA-256 of the same key by the same library.
///
/// Times are those of one operation: of one unit in one experiment, or in twenty.
let benchmarks: @Sendable () -> Void = {
    let units = (0..<1_024).compactMap { UnitID("customer-\($0 + 1_000_000)") }
    let now = Timestamp(microseconds: 1_767_225_600_000_000)
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock, .cpuTotal], timeUnits: .nanoseconds, warmupIterations: 3,
        scalingFactor: .mega, maxDuration: .seconds(4), maxIterations: 40)

    Benchmark("bare SHA-256 of the key") { benchmark in
        let keys = units.map { Array("benchmark-salt-0001/arm:credit-limit/\($0)".utf8) }
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            let word = keys[index & 1_023].withUnsafeBytes { bare_sha256($0.baseAddress, $0.count) }
            blackHole(word)
        }
    }

    Benchmark("one experiment, by its dealer") { benchmark in
        let dealer = try oneExperiment().dealer(for: "credit-limit")
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            blackHole(try dealer.assign(Candidate(unit: units[index & 1_023]), at: now))
        }
    }

    Benchmark("one experiment, by its name") { benchmark in
        let catalog = try oneExperiment()
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            let unit = Candidate(unit: units[index & 1_023])
            blackHole(try catalog.assign(unit, in: "credit-limit", at: now))
        }
    }

    Benchmark(
        "20 experiments with a holdout and a layer",
        configuration: .init(scalingFactor: .kilo, maxIterations: 400)
    ) { benchmark in
        let catalog = try twentyExperiments()
        let dealers = try catalog.experiments.map { try catalog.dealer(for: $0.name.text) }
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            let unit = Candidate(unit: units[index & 1_023])
            for dealer in dealers { blackHole(try dealer.assign(unit, at: now)) }
        }
    }
}

/// The smallest catalog: two arms.
func oneExperiment() throws -> Catalog {
    try catalog(
        """
        experiments:
          credit-limit:
            unit: customer
            arms: [{control: 5%}, {treatment: 95%}]
        """)
}

/// Twenty experiments that share the units of one layer, all under one holdout: each hashes a unit
/// one to three times.
func twentyExperiments() throws -> Catalog {
    let experiments = (0..<20).map { index in
        """
          model-\(index):
            unit: customer
            layer: {name: lending, from: \(5 * index)%, to: \(5 * index + 5)%}
            arms: [{control: 5%}, {treatment: 95%}]
        """
    }
    return try catalog(
        """
        holdouts:
          program: {unit: customer, share: 2%, covers: all}
        layers:
          lending: {unit: customer}
        experiments:
        \(experiments.joined(separator: "\n"))
        """)
}

private func catalog(_ text: String) throws -> Catalog {
    try Catalog(files: [
        (name: "catalog.yaml", text: "holdfast: 1\nsalt: benchmark-salt-0001\n" + text)
    ]) { _ in nil }
}
