import Glibc

/// What is asked of a plan.
package struct SizeQuestion: Sendable, Equatable {
    /// The experiment.
    package var design: SizeDesign
    /// The arms' names, control first, as many as shares.
    package var arms: [String]
    /// The effect to find, as a difference; with a margin the true difference, 0 if `nil`. `nil`
    /// where it is asked for.
    package var effect: Double?
    /// The units there will be; `nil` where they are asked for.
    package var units: Double?
    /// The power to find it with.
    package var power: Double
    /// How units arrive, if that is known.
    package var arrivals: ArrivalCurve?
    /// The part of them that is enrolled.
    package var traffic: Double
    /// The days until a unit's outcome is known.
    package var horizonDays: Double

    package init(
        _ design: SizeDesign, arms: [String] = ["control", "treatment"], effect: Double? = nil,
        units: Double? = nil, power: Double = 0.8, arrivals: ArrivalCurve? = nil,
        traffic: Double = 1, horizonDays: Double = 0
    ) {
        self.design = design
        self.arms = arms
        self.effect = effect
        self.units = units
        self.power = power
        self.arrivals = arrivals
        self.traffic = traffic
        self.horizonDays = horizonDays
    }

    /// What is wrong with the question and what to do about it, or `nil` where it has an answer.
    package var fault: (message: String, hint: String)? {
        precondition(arms.count == design.shares.count, "an arm has a name and a share")
        if let fault = design.fault ?? design.fault(power: power) { return fault }
        if let effect = testedEffect, let fault = design.fault(effect: effect) { return fault }
        if let units, let fault = design.fault(units: units) { return fault }
        guard units != nil || testedEffect != nil else {
            return (
                "neither an effect nor units are given",
                "give the least effect that matters for the units it needs, or the units for the effect they find"
            )
        }
        guard traffic > 0, traffic <= 1 else {
            return (
                "a traffic of \(traffic)", "it is the enrolled share of units, above 0 and up to 1"
            )
        }
        guard horizonDays >= 0, horizonDays.isFinite else {
            return ("a horizon of \(horizonDays) days", "it is not negative")
        }
        return nil
    }

    /// The effect, which with a margin is no difference unless another is given.
    package var testedEffect: Double? { design.margin == nil ? effect : effect ?? 0 }
}

/// The answer: how many units, how long, and what they find.
///
///     let question = SizeQuestion(SizeDesign(.mean(nil, deviation: 1)), effect: 0.5)
///     let plan = SizePlan(question)
///     plan.exactUnits                   // 127.53…
///     plan.arms.map(\.units)            // [64, 64]
///     plan.power                        // 0.8014…, of those
package struct SizePlan: Sendable {
    /// What was asked.
    package let question: SizeQuestion
    /// The units of all arms as a real number: those given, or those that reach the power exactly.
    /// `nil` where ``SizeDesign/unitLimit`` would not do; then there are no arms.
    package let exactUnits: Double?
    /// The arms, control first, in whole units.
    package let arms: [Arm]
    /// The power at the whole units for the effect; `nil` without one.
    package let power: Double?
    /// What the whole units find with the power that was asked for.
    package let detectable: Detectable?
    /// How many standard errors from 0 a comparison must lie.
    package let criticalValue: Double?
    /// The same with something else: what each part of the design costs.
    package let rivals: [Rival]
    /// What the units of the plan are over those of one look, where it is sequential.
    package let inflation: Double?
    /// How long it takes, where it is known how units arrive.
    package let duration: SizeDuration?
    /// What the design finds at any number of units.
    let planned: SizePower

    /// One arm.
    package struct Arm: Sendable, Equatable {
        package var name: String
        package var share: Double
        /// Its units as a real number.
        package var exact: Double
        /// Its whole units: rounded up where they are asked for.
        package var units: Int
        /// Its whole clusters, where clusters are dealt.
        package var clusters: Int?
    }

    /// What so many units find; `nil` for what no effect of that kind would reach.
    package struct Detectable: Sendable, Equatable {
        /// The least effect upwards.
        package var rise: Double?
        /// The least effect downwards, above 0: another one for rates.
        package var fall: Double?
        /// The least margin, where one was given.
        package var margin: Double?
    }

    /// Something that could be otherwise, and the units that would then be needed.
    package struct Rival: Sendable, Equatable {
        package enum Kind: String, Sendable, CaseIterable {
            /// Arms of the shares that need the fewest units.
            case bestShares = "best_shares"
            /// Units dealt one by one.
            case withoutClusters = "without_clusters"
            /// No covariate.
            case withoutCovariate = "without_covariate"
            /// One look, at the end.
            case oneLook = "one_look"
        }

        package var kind: Kind
        /// The arms' shares, control first.
        package var shares: [Double]
        /// The units of all arms as a real number.
        package var units: Double
    }

    /// Answers a question that has no fault. `progress` is called now and then where it takes long.
    package init(_ question: SizeQuestion, progress: () throws -> Void) rethrows {
        precondition(question.fault == nil, "a question is checked before it is answered")
        let design = question.design
        let effect = question.testedEffect
        let planned = try SizePower(design, progress: progress)
        let needed = effect.flatMap { planned.units(effect: $0, power: question.power) }
        let exact = question.units ?? needed
        let arms = exact.map { Self.arms(question, $0) } ?? []
        self.question = question
        self.planned = planned
        exactUnits = exact
        self.arms = arms
        let whole = Double(arms.reduce(0) { $0 + $1.units })
        if exact == nil {
            (power, criticalValue, detectable) = (nil, nil, nil)
        } else {
            var design = design
            if whole > 0 { design.shares = arms.map { Double($0.units) / whole } }
            let realised = try SizePower(design, knowing: planned, progress: progress)
            power = effect.map { realised.power(effect: $0, units: whole) }
            criticalValue = realised.criticalValue(units: whole)
            detectable = Self.detectable(question, realised, units: whole)
        }
        rivals =
            try effect.map {
                try Self.rivals(planned, effect: $0, power: question.power, progress: progress)
            } ?? []
        let once = rivals.first { $0.kind == .oneLook }
        inflation = once.flatMap { once in needed.map { $0 / once.units } }
        duration = question.arrivals.flatMap {
            SizeDuration(question, planned, $0, units: exact == nil ? nil : whole)
        }
    }

    /// Answers a question that has no fault.
    package init(_ question: SizeQuestion) { self.init(question) {} }

    /// The units of all arms, whole.
    package var units: Int { arms.reduce(0) { $0 + $1.units } }

    /// Fewer clusters in a comparison than this are few: "'few' may range from less than 20 to less
    /// than 50" (A. C. Cameron and D. L. Miller, "A practitioner's guide to cluster-robust
    /// inference", 2015).
    package static let fewClusters = 40

    /// Whether a comparison rests on few clusters.
    package var hasFewClusters: Bool {
        guard let control = arms.first?.clusters else { return false }
        return arms.dropFirst().contains { control + ($0.clusters ?? 0) < Self.fewClusters }
    }

    private static func arms(_ question: SizeQuestion, _ units: Double) -> [Arm] {
        let design = question.design
        let isGiven = question.units != nil
        let size = design.clusters?.meanSize
        var arms = zip(question.arms, design.shares).map { name, share in
            let exact = units * share
            let parts = exact / (size ?? 1)
            // A real number that is a whole one but for its last digits is that whole one.
            let least = max(SizeDesign.leastInArm, (parts * (1 - 1e-12)).rounded(.up))
            guard let size else {
                return Arm(
                    name: name, share: share, exact: exact,
                    units: Int(isGiven ? exact.rounded(.down) : least), clusters: nil)
            }
            let clusters = isGiven ? max(SizeDesign.leastInArm, parts.rounded(.down)) : least
            return Arm(
                name: name, share: share, exact: exact,
                units: Int(isGiven ? exact.rounded(.down) : (clusters * size).rounded(.up)),
                clusters: Int(clusters))
        }
        guard isGiven else { return arms }
        // What rounding down left goes to the arms that lost most by it.
        let left = Int(units.rounded(.down)) - arms.reduce(0) { $0 + $1.units }
        let order = arms.indices.sorted {
            let (a, b) = (arms[$0], arms[$1])
            return (Double(a.units) - a.exact, $0) < (Double(b.units) - b.exact, $1)
        }
        for place in order.prefix(max(0, left)) { arms[place].units += 1 }
        return arms
    }

    private static func detectable(
        _ question: SizeQuestion, _ realised: SizePower, units: Double
    ) -> Detectable {
        let design = realised.design
        let power = question.power
        guard design.margin == nil else {
            let margin = realised.detectableMargin(
                units: units, power: power, effect: question.testedEffect ?? 0)
            return Detectable(rise: nil, fall: nil, margin: margin)
        }
        let rise = realised.detectableEffect(units: units, power: power)
        guard case .rate = design.metric else {
            return Detectable(rise: rise, fall: rise, margin: nil)
        }
        let fall = realised.detectableEffect(units: units, power: power, isFall: true)
        return Detectable(rise: rise, fall: fall, margin: nil)
    }

    private static func rivals(
        _ planned: SizePower, effect: Double, power: Double, progress: () throws -> Void
    ) rethrows -> [Rival] {
        let design = planned.design
        var designs: [(Rival.Kind, SizeDesign)] = []
        let best = design.withBestShares
        if zip(design.shares, best.shares).contains(where: { abs($0 - $1) > 1e-3 }) {
            designs.append((.bestShares, best))
        }
        if design.clusters != nil {
            var single = design
            single.clusters = nil
            designs.append((.withoutClusters, single))
        }
        if design.covariateCorrelation != 0 {
            var plain = design
            plain.covariateCorrelation = 0
            designs.append((.withoutCovariate, plain))
        }
        if design.isSequential {
            var once = design
            once.isSequential = false
            designs.append((.oneLook, once))
        }
        return try designs.compactMap { kind, rival in
            try SizePower(rival, knowing: planned, progress: progress)
                .units(effect: effect, power: power).map {
                    Rival(kind: kind, shares: rival.shares, units: $0)
                }
        }
    }
}
