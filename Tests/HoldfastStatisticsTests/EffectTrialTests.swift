import HoldfastFormats
import HoldfastTables
import TestSupport
import Testing

@testable import HoldfastStatistics

/// The effects of two randomised trials as `Tests/Analysis/reference.py` has them.
@Suite struct EffectTrialTests {
    /// A table's columns, as texts.
    private func table(_ path: String) throws -> [String: [String]] {
        var reader = try CSVReader(bytes: try Repository.bytes("Tests/" + path), path: path)
        var cells = [[String]](repeating: [], count: reader.columns.count)
        while try reader.next() {
            for place in cells.indices { cells[place].append(try reader.text(place)) }
        }
        return Dictionary(uniqueKeysWithValues: zip(reader.columns, cells))
    }

    private struct Trial {
        let columns: [String: [String]]
        let item: JSON

        private func cells(_ key: String) throws -> [String]? {
            guard let name = item[key]?.string else { return nil }
            let cells: [String] = try #require(columns[name], "no column \(name)")
            return cells
        }

        private func numbers(_ key: String) throws -> [Double]? {
            try cells(key)?.map { try #require(Double($0)) }
        }

        /// The rows of the arm that a case names so.
        func rows(_ arm: String) throws -> ArmRows {
            var values = try #require(try numbers("column"))
            if let least = item["atLeast"]?.double { values = values.map { $0 >= least ? 1 : 0 } }
            let arms = try #require(try cells("arm"))
            let name = try item.text(at: arm)
            let exposed = try numbers("exposedUnless").map { all in
                all.map { $0 == 0 && arm == "treatment" }
            }
            return ArmRows(
                values: values, denominators: try numbers("denominator"),
                covariates: try numbers("covariate"),
                clusters: try numbers("cluster").map { all in all.map { Int32($0) } },
                exposed: exposed
            ).filter { arms[$0] == name }
        }
    }

    private func metric(_ item: JSON) throws -> EffectMetric {
        switch try item.text(at: "metric") {
        case "proportion": return .proportion
        case "ratio": return .ratio
        case "quantile": return .quantile(try item.number("share"))
        case "mean", "complier": return .mean
        case let other: throw MissingFixture("no metric is called \(other)")
        }
    }

    @Test(arguments: ["star", "actg"])
    func `a trial's effects are those of the reference`(_ name: String) throws {
        let cases = try golden("Analysis/reference.json").cases(name)
        var tables: [String: [String: [String]]] = [:]
        for item in cases {
            let path = try item.text(at: "table")
            let columns = try tables[path] ?? table(path)
            tables[path] = columns
            let trial = Trial(columns: columns, item: item)
            let (control, treatment) = (try trial.rows("control"), try trial.rows("treatment"))
            if item["metric"]?.string == "complier" {
                let effect = try ComplierEffect.estimate(
                    .mean, control: control, treatment: treatment, options: EffectOptions()
                ).get()
                try compare(item, ["value": effect.difference.value])
                try compare(item, ["error": effect.difference.standardError])
                try compare(item, ["exposed": effect.exposure.treatment.value])
                continue
            }
            let effect = try ArmEffect.estimate(
                try metric(item), control: control, treatment: treatment, options: EffectOptions()
            ).get()
            let (figure, relative) = (effect.difference, effect.relative)
            try compare(
                item,
                [
                    "control": effect.control.value, "treatment": effect.treatment.value,
                    "value": figure.value, "error": figure.standardError,
                    "freedom": figure.degreesOfFreedom, "lower": figure.interval?.lower,
                    "upper": figure.interval?.upper, "p": figure.pValue,
                    "relative": relative?.value, "relativeLower": relative?.interval?.lower,
                    "relativeUpper": relative?.interval?.upper, "relativeP": relative?.pValue,
                    "theta": effect.adjustment?.theta,
                    "reduction": effect.adjustment?.varianceReduction,
                ])
        }
    }

    /// Holds each figure that a case expects to what was found.
    private func compare(_ item: JSON, _ found: [String: Double?]) throws {
        let expected = try #require(item["expected"])
        var compared = 0
        for (name, value) in found {
            guard let golden = expected[name]?.double else { continue }
            compared += 1
            #expect(isClose(value, golden), "\(name) of \(item["column"]?.string ?? ""): \(golden)")
        }
        #expect(compared > 0, "nothing was compared")
    }
}
