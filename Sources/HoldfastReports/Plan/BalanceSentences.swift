internal import HoldfastDatasets
internal import HoldfastStatistics

/// What a balance before the start says, in sentences.
enum BalanceSentences {
    /// A salt under which fewer are as unbalanced is called rare.
    private static let rareShare = 0.05

    /// What was seen and what follows, in reading order.
    static func findings(_ report: BalanceReport) -> [String] {
        guard report.isTelling else {
            return [
                "No covariate has a difference that is defined: there are too few units in an arm, "
                    + "or nothing varies. Give columns that do by --covariates, or more units."
            ]
        }
        return [chance(report), inForce(report), size(report), emptied(report), strata(report)]
            .compactMap { $0 } + (report.request.isChoosing ? [choice(report)] : [])
    }

    /// What must not be missed.
    static func warnings(_ report: BalanceReport) -> [String] {
        var all: [String] = []
        if report.request.isChoosing {
            all.append(
                "Choosing a salt by its balance is re-randomisation: the analysis must then allow "
                    + "for it, by a randomisation test over the dealings that would have been "
                    + "taken, or its p-values and intervals are those of another experiment (K. L. "
                    + "Morgan and D. B. Rubin 2012). A salt is secret, and it serves every "
                    + "experiment of the catalog: another one deals the units of all of them anew.")
        }
        if let fault = report.fault { all.append("Not every row can be dealt: \(fault).") }
        return all
    }

    private static func chance(_ report: BalanceReport) -> String {
        let salts = CheckFigures.grouped(report.largest.values.count)
        let count = CheckFigures.counted(report.covariates.count, "covariate")
        return "Under \(salts) salts the largest difference of \(count) is at most "
            + "\(value(report.largest.quantile(0.5))) in half of them and at most "
            + "\(value(report.largest.quantile(0.95))) in 95 of 100; "
            + "\(percent(report.largest.share(beyond: BalanceRequest.limit))) of them have one "
            + "beyond \(CheckFigures.short(BalanceRequest.limit))."
    }

    private static func inForce(_ report: BalanceReport) -> String? {
        guard let largest = report.inForce, let usual = report.largest.share(atLeast: largest)
        else { return "Under the salt in force no difference is defined." }
        let name = report.covariates.first { $0.largestInForce == largest }?.name ?? ""
        let start =
            "Under the salt in force it is \(value(largest)) (\(CheckSentences.name(name))), and "
            + "\(percent(usual)) of the salts have one as large"
        if largest > BalanceRequest.limit {
            return start + ". Adjust for \(CheckSentences.name(name)) in the analysis: a covariate "
                + "from before the start costs nothing, and makes the estimate more exact."
        }
        return usual < rareShare
            ? start + ": rare, but small." : start + ": as chance has it."
    }

    private static func size(_ report: BalanceReport) -> String? {
        guard let beyond = report.largest.share(beyond: BalanceRequest.limit), beyond > rareShare,
            let control = report.arms.first
        else { return nil }
        return "\(CheckFigures.rough(Int(control.expected.rounded()))) units of control are too "
            + "few to be alike in all of them whatever the salt: hold out more, or adjust for the "
            + "covariates in the analysis."
    }

    private static func emptied(_ report: BalanceReport) -> String? {
        guard report.emptied > 0 else { return nil }
        return "\(CheckFigures.counted(report.emptied, "salt")) left an arm without a unit: the "
            + "shares are too small for so few units."
    }

    private static func strata(_ report: BalanceReport) -> String? {
        guard !report.strata.isEmpty else { return nil }
        let thin = report.strata.filter(\.isThin)
        let least = BalanceRequest.leastStratum
        guard !thin.isEmpty else {
            return "Control has \(least) units or more in each stratum, under the salt in force "
                + "and under 19 of 20 others."
        }
        let names = thin.prefix(5).map { CheckSentences.name($0.name, limit: 60) }
        let more = thin.count > 5 ? ", and \(CheckFigures.grouped(thin.count - 5)) more" : ""
        let count = "\(CheckFigures.grouped(thin.count)) \(thin.count == 1 ? "stratum" : "strata")"
        return "Control may have fewer than \(least) units in \(count): "
            + "\(names.joined(separator: "; "))\(more). Nothing can be said of such a stratum by "
            + "itself."
    }

    private static func choice(_ report: BalanceReport) -> String {
        let (best, half) = (report.best ?? 0, report.largest.quantile(0.5) ?? 0)
        let times = best > 0 ? ", \(CheckFigures.short(half / best)) times less than half" : ""
        return "The best hundredth of the salts have a largest difference of at most "
            + "\(value(best))\(times) of them have."
    }

    // MARK: - Figures

    /// A difference: three decimals.
    static func value(_ value: Double?) -> String {
        guard let value else { return "-" }
        return value < 1_000 ? CheckFigures.fixed(value, 4) : "∞"
    }

    static func percent(_ share: Double?) -> String { share.map(CheckFigures.percent) ?? "-" }

    /// Why rows are not dealt, in words.
    static func reason(_ reason: BalanceUnits.LeftOut) -> String {
        switch reason {
        case .noUnit: "without a unit of 1 to 1,024 bytes"
        case .repeated: "of a unit that an earlier row has"
        case .override: "of testers"
        case .ineligible: "that the experiment's rule is not for"
        case .undealable: "that cannot be dealt"
        }
    }

    /// What the covariate is: numbers, or so many categories.
    static func kind(_ covariate: BalanceReport.Covariate) -> String {
        covariate.levels.map { CheckFigures.counted($0, "value") } ?? "numbers"
    }

    /// The dealing in a line or two.
    static func headline(_ report: BalanceReport) -> String {
        let units = report.rows - report.leftOut.reduce(0) { $0 + $1.rows }
        return "Balance of \(report.experiment) before its start: "
            + "\(CheckFigures.counted(units, "unit")) of \(CheckSentences.name(report.file)), "
            + report.dealing + (report.hasClusters ? ", by clusters" : "")
    }
}
