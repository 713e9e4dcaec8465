/// What one part of a catalog says of another.
extension CatalogReader {
    mutating func checkReferences(
        holdouts: [Declared<Holdout>], layers: [Declared<Layer>],
        experiments: [Declared<Experiment>]
    ) {
        let names = experiments.map(\.value.name)
        for holdout in holdouts { checkCoverage(holdout, experiments, names) }
        for experiment in experiments {
            checkInterference(experiment, names)
            checkSlice(experiment, layers)
        }
        checkOverlaps(experiments)
    }

    /// A holdout must never fail open: a unit of another kind could not be asked for.
    private mutating func checkCoverage(
        _ holdout: Declared<Holdout>, _ experiments: [Declared<Experiment>], _ names: [Name]
    ) {
        let value = holdout.value
        if case .only(let covered) = value.covers {
            for name in covered where !names.contains(name) {
                report(
                    holdout.place(of: "covers"),
                    "the holdout \"\(value.name)\" covers \"\(name)\", which is no experiment",
                    "declared: \(names.map(\.text).joined(separator: ", "))")
            }
        }
        for experiment in experiments.map(\.value)
        where value.covers(experiment.name) && experiment.unit != value.unit {
            report(
                holdout.place(of: "unit"),
                "the holdout \"\(value.name)\" withholds by \(value.unit), and covers \"\(experiment.name)\", which deals by \(experiment.unit)",
                "list under covers only experiments by \(value.unit), or change a unit")
        }
    }

    private mutating func checkInterference(_ experiment: Declared<Experiment>, _ names: [Name]) {
        guard case .only(let others) = experiment.value.interferes else { return }
        for name in others where !names.contains(name) {
            report(
                experiment.place(of: "interferes"),
                "\"\(experiment.value.name)\" interferes with \"\(name)\", which is no experiment",
                "declared: \(names.map(\.text).joined(separator: ", "))")
        }
    }

    private mutating func checkSlice(
        _ experiment: Declared<Experiment>, _ layers: [Declared<Layer>]
    ) {
        guard let slice = experiment.value.slice else { return }
        guard let layer = layers.map(\.value).first(where: { $0.name == slice.layer }) else {
            report(
                experiment.place(of: "layer"), "there is no layer \"\(slice.layer)\"",
                "declare it under layers, as \(slice.layer): {unit: \(experiment.value.unit)}")
            return
        }
        if layer.unit != experiment.value.unit {
            report(
                experiment.place(of: "layer"),
                "the layer \"\(layer.name)\" is of \(layer.unit), and \"\(experiment.value.name)\" deals by \(experiment.value.unit)",
                "use a layer of the experiment's unit")
        }
    }

    private mutating func checkOverlaps(_ experiments: [Declared<Experiment>]) {
        for (index, experiment) in experiments.enumerated() {
            guard let slice = experiment.value.slice else { continue }
            for other in experiments[..<index] {
                guard let taken = other.value.slice, taken.layer == slice.layer,
                    slice.from < taken.to, taken.from < slice.to
                else { continue }
                report(
                    experiment.place(of: "layer"),
                    "the slice \(slice.from) to \(slice.to) of \"\(experiment.value.name)\" overlaps \(taken.from) to \(taken.to) of \"\(other.value.name)\" in layer \"\(slice.layer)\"",
                    "move one of them: experiments of one layer never share a unit")
            }
        }
    }
}
