package import HoldfastAssignment
package import HoldfastChecks
internal import HoldfastStatistics

/// An A/A simulation of an experiment's dealing on real units: the same units under one salt after
/// another, and how far control is from the other arms each time.
///
/// Under the salt in force the arms are what they will be. The others are drawn from the request's
/// seed, and are used for nothing else: no salt is ever in an answer.
package enum BalanceSimulation {
    /// The salts that are dealt between two reports of progress: a second's work or so, and some
    /// for each processor.
    private static func batch(_ units: Int) -> Int { max(8, min(64, 4_000_000 / units)) }

    /// Deals the units of a table and compares the arms. `progress` is told the salts done.
    ///
    /// Throws ``CheckError`` where no unit is left to be dealt, and as ``BalanceUnits`` does.
    package static func run(
        _ table: UnitTable, _ experiment: Experiment, of catalog: Catalog,
        _ request: BalanceRequest, progress: (Int) throws -> Void = { _ in }
    ) throws -> BalanceReport {
        let units = try BalanceUnits(
            table, experiment, of: catalog, scoreColumn: request.scoreColumn, at: request.time)
        guard !units.rows.isEmpty else {
            throw CheckError(
                "\(table.name): no row has a unit that experiment \(experiment.name) is for",
                hint: units.fault ?? "check --unit-column, and the experiment's rule")
        }
        let columns = try BalanceColumns(table, units.rows, request, experiment)
        let strata = try BalanceStrata(table, units.rows, request.strata)
        let order = armOrder(experiment)
        let balance = ArmBalance(
            columns.covariates.map(\.sample), arms: experiment.arms.count,
            control: order[0])
        let looks = Looks(units: units, balance: balance, strata: strata, order: order)
        let inForce = looks.look(salt: nil)
        var all: [Look] = []
        all.reserveCapacity(request.salts)
        let chance = CounterStream(seed: request.seed, stream: 201)
        let batch = batch(units.rows.count)
        while all.count < request.salts {
            try progress(all.count)
            let numbers = all.count..<min(request.salts, all.count + batch)
            all += concurrently(numbers.map { salt(UInt64($0), chance) }) { looks.look(salt: $0) }
        }
        return report(
            table, experiment, request, units, columns, strata, order, inForce: inForce, all)
    }

    /// The places of the arms, control first.
    private static func armOrder(_ experiment: Experiment) -> [Int] {
        let control = experiment.controlIndex
        return [control] + experiment.arms.indices.filter { $0 != control }
    }

    /// A salt of 32 hexadecimal digits.
    private static func salt(_ number: UInt64, _ chance: CounterStream) -> String {
        (0..<4 as Range<UInt64>).map { part in
            let bits = UInt32(chance.uniform(4 * number + part) * 0x1p32)
            let digits = String(bits, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// What is seen of one dealing.
    struct Look: Sendable {
        /// Of each covariate, for each arm but control, in the experiment's order; NaN for none.
        var differences: [[Double]]
        /// The units of each arm, control first.
        var arms: [Int]
        /// The units of each arm in each stratum, control first.
        var strata: [[Int]]

        /// The largest difference; NaN where none is defined.
        var largest: Double { differences.joined().filter { !$0.isNaN }.max() ?? .nan }
    }

    /// Looks at dealings.
    private struct Looks: Sendable {
        let units: BalanceUnits
        let balance: ArmBalance
        let strata: BalanceStrata
        let order: [Int]

        func look(salt: String?) -> Look {
            let dealt = units.deal(salt: salt)
            var counts = [Int](repeating: 0, count: 256)
            for arm in dealt.arms { counts[Int(arm)] += 1 }
            let ofStrata = strata.counts(dealt.arms, arms: order.count)
            return Look(
                differences: balance.largest(dealt.arms, weights: dealt.weights),
                arms: order.map { counts[$0] },
                strata: ofStrata.map { counts in order.map { counts[$0] } })
        }
    }

    private static func report(
        _ table: UnitTable, _ experiment: Experiment, _ request: BalanceRequest,
        _ units: BalanceUnits, _ columns: BalanceColumns, _ strata: BalanceStrata, _ order: [Int],
        inForce: Look, _ all: [Look]
    ) -> BalanceReport {
        func mean(_ value: (Look) -> Int) -> Double {
            Double(all.reduce(0) { $0 + value($1) }) / Double(all.count)
        }
        return BalanceReport(
            experiment: experiment.name.text, dealing: experiment.armText, request: request,
            file: table.name, rows: table.rowCount, leftOut: units.leftOut, fault: units.fault,
            hasClusters: units.hasClusters,
            arms: order.enumerated().map { place, arm in
                BalanceReport.Arm(
                    name: experiment.arms[arm].name.text, inForce: inForce.arms[place],
                    expected: mean { $0.arms[place] })
            },
            largest: BalanceDistribution(all.map(\.largest)),
            inForce: inForce.largest.isNaN ? nil : inForce.largest,
            covariates: columns.covariates.enumerated().map { place, column in
                BalanceReport.Covariate(
                    name: column.name, levels: columns.levels[place],
                    absent: columns.absent[place],
                    chance: BalanceDistribution(
                        all.map { $0.differences[place].filter { !$0.isNaN }.max() ?? .nan }),
                    inForce: inForce.differences[place].map { $0.isNaN ? nil : $0 })
            },
            passedOver: columns.passedOver,
            strata: strata.names.enumerated().map { place, name in
                let control = all.map { Double($0.strata[place][0]) }
                return BalanceReport.Stratum(
                    name: name, units: strata.units[place], inForce: inForce.strata[place],
                    expectedControl: mean { $0.strata[place][0] },
                    leastControl: OrderedSample(control).quantile(0.05) ?? 0)
            },
            emptied: all.count { $0.arms.contains(0) })
    }
}
