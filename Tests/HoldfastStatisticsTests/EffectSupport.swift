import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

extension ArmRows {
    /// As many ones, and zeros for the rest.
    static func shares(_ successes: Int, of count: Int) -> ArmRows {
        ArmRows(values: (0..<count).map { $0 < successes ? 1 : 0 })
    }

    /// Only some of the rows.
    func filter(_ isIn: (Int) -> Bool) -> ArmRows {
        let kept = values.indices.filter(isIn)
        return ArmRows(
            values: kept.map { values[$0] },
            denominators: denominators.map { all in kept.map { all[$0] } },
            covariates: covariates.map { all in kept.map { all[$0] } },
            clusters: clusters.map { all in kept.map { all[$0] } },
            weights: weights.map { all in kept.map { all[$0] } },
            exposed: exposed.map { all in kept.map { all[$0] } })
    }
}

/// The rows of a golden case, both arms' together, with the case they are of.
struct GoldenArms {
    let json: JSON
    var all: ArmRows
    let isTreated: [Bool]
    var clusters: [Int32]? {
        get { all.clusters }
        set { all.clusters = newValue }
    }

    var rows: (control: ArmRows, treatment: ArmRows) {
        (all.filter { !isTreated[$0] }, all.filter { isTreated[$0] })
    }

    func effect(
        _ metric: EffectMetric, _ options: EffectOptions
    ) -> Result<ArmEffect, EffectFault> {
        let (control, treatment) = rows
        return ArmEffect.estimate(
            metric, control: control, treatment: treatment, options: options)
    }
}

extension JSON {
    /// The columns that a case has, by arm.
    func arms(_ arm: String, values: String) throws -> GoldenArms {
        func column(_ names: String...) throws -> [Double]? {
            for name in names where self[name]?.array != nil { return try numbers(name) }
            return nil
        }
        // Null is a covariate that is not known.
        let known = self["x"]?.array.map { cells in cells.map { $0.double ?? .nan } }
        return GoldenArms(
            json: self,
            all: ArmRows(
                values: try numbers(values), denominators: try column("denominators"),
                covariates: known,
                clusters: try column("clusters", "cluster")?.map { Int32($0) },
                weights: try column("weights"), exposed: try column("exposed")?.map { $0 == 1 }),
            isTreated: try numbers(arm).map { $0 == 1 })
    }

    func effect(
        _ metric: EffectMetric, _ options: EffectOptions, arms name: String = "treat"
    ) throws -> Result<ArmEffect, EffectFault> {
        try arms(name, values: "y").effect(metric, options)
    }

    /// The rows of each week of a case.
    func weeks() throws -> [EffectWeek] {
        let (arms, weeks) = (try arms("treat", values: "y"), try counts("week"))
        return Set(weeks).sorted().map { week in
            EffectWeek(
                week: week,
                control: arms.all.filter { weeks[$0] == week && !arms.isTreated[$0] },
                treatment: arms.all.filter { weeks[$0] == week && arms.isTreated[$0] })
        }
    }

    /// Holds a figure to the case's value, error, degrees of freedom, interval and p-value.
    func holds(_ figure: EffectFigure, error: Bool = true) throws {
        let origin = "\(self["origin"]?.string ?? "")"
        #expect(isClose(figure.value, try expected("value")), "\(origin)")
        if error {
            #expect(isClose(figure.standardError, try expected("error")), "\(origin)")
        }
        #expect(isClose(figure.degreesOfFreedom, try expected("freedom")), "\(origin)")
        #expect(isClose(figure.pValue, try expected("p")), "\(origin)")
        let ends = [try expected("lower"), try expected("upper")]
        #expect(hasEnds(figure.interval, ends), "\(origin)")
    }
}
