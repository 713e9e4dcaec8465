package import HoldfastAssignment
package import HoldfastChecks

extension CheckOptions {
    /// Takes over what an experiment declares of agreement.
    ///
    ///     // agreement: {margin: 0.2, columns: {region: {missing: 0.1}}, ignore: [decided_at]}
    ///     var options = CheckOptions()
    ///     options.apply(experiment.agreement)
    ///     options.margins                   // distribution 0.2, missingShare 0.05
    ///     options.columnMargins["region"]   // distribution 0.2, missingShare 0.1
    ///     options.ignored                   // ["decided_at"]
    ///
    /// What is not declared stays as it was. A column's margin that is not declared is that of
    /// every column at the time of the call: so apply first, and then what the user says beside it.
    /// Lists are added to.
    package mutating func apply(_ agreement: Experiment.Agreement) {
        margins = Margins(agreement.margin, agreement.missing, otherwise: margins)
        for column in agreement.columns {
            columnMargins[column.name] = Margins(
                column.margin, column.missing, otherwise: columnMargins[column.name] ?? margins)
        }
        categories += agreement.categories.filter { !categories.contains($0) }
        ignored += agreement.ignored.filter { !ignored.contains($0) }
    }
}

extension Margins {
    fileprivate init(_ distribution: Double?, _ missingShare: Double?, otherwise: Margins) {
        self.init(
            distribution: distribution ?? otherwise.distribution,
            missingShare: missingShare ?? otherwise.missingShare)
    }
}

extension ExportPlan {
    /// How gates compare tables: by the check's defaults, and what the experiment says of them.
    var agreementOptions: CheckOptions {
        var options = CheckOptions()
        options.apply(experiment.agreement)
        return options
    }

    /// What a gate's figure is held against in a column without a margin of its own.
    ///
    /// Weighted rows are held against what was served by the standardised difference, of which a
    /// margin between distributions says nothing: that has the limit of ``ControlBalance``.
    func agreementLimit(of gate: Gate.Name) -> Double {
        gate == .controlServe && request.isWeighted
            ? ControlBalance.limit : agreementOptions.margins.distribution
    }
}
