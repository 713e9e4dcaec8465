/// A model that acts on the world, retrained again and again on what its own actions left to see.
///
///     let settings = FeedbackSettings(scenario: .tail, regimes: [.naiveDrop, .controlOnly])
///     let result = FeedbackSimulation(settings).run()
///     result[.naiveDrop]?.cycles[1].quality?.auc      // 0.636…: it unlearned what it had blocked
///     result[.controlOnly]?.cycles[1].quality?.auc    // 0.937…
///
/// In each cycle a model blocks the units of the highest scores, and nobody learns whether a
/// blocked unit was fraud. Then a new model is trained, by the regime on this or that part of the
/// rows, and judged on untouched units of the next cycle. All chance is counted, so that the same
/// settings give the same figures, and each regime meets the same units. What it shows holds for
/// worlds like its own: how much a loop costs elsewhere, only a control group there can tell.
public struct FeedbackSimulation: Sendable {
    /// What it is run with.
    public let settings: FeedbackSettings
    private let isControl: (@Sendable (Int) -> Bool)?

    /// A simulation with these settings, which must be sound: see ``FeedbackSettings/fault``.
    public init(_ settings: FeedbackSettings) {
        precondition(settings.fault == nil, "a simulation has sound settings")
        self.settings = settings
        isControl = nil
    }

    /// A simulation whose control group is dealt by somebody else, by the unit's number; the
    /// settings' share of control must be the one it is dealt by.
    public init(_ settings: FeedbackSettings, isControl: @escaping @Sendable (Int) -> Bool) {
        precondition(settings.fault == nil, "a simulation has sound settings")
        self.settings = settings
        self.isControl = isControl
    }

    /// Runs every cycle.
    public func run() -> FeedbackResult { run { _ in } }

    /// Runs every cycle. `willRun` is called before each with its number, and may stop the run by
    /// throwing.
    public func run(willRun: (_ cycle: Int) throws -> Void) rethrows -> FeedbackResult {
        let world = FeedbackWorld(settings.scenario, seed: settings.seed)
        var courses = settings.regimes.map { FeedbackCourse($0, settings) }
        for cycle in 0..<settings.cycles {
            try willRun(cycle)
            let units = cycle * settings.units..<(cycle + 1) * settings.units
            let batch = world.batch(cycle: cycle, units: units)
            let control = isControl.map { units.map($0) }
            let chance = FeedbackChance(
                control: control ?? world.control(units, share: settings.controlShare),
                luck: world.luck(units))
            let size = settings.evaluationUnits
            let untouched = world.batch(
                cycle: cycle + 1, units: cycle * size..<(cycle + 1) * size, sample: .untouched)
            for index in courses.indices {
                courses[index].live(through: batch, chance, judgedOn: untouched)
            }
        }
        return FeedbackResult(settings: settings, courses: courses.map(\.result))
    }
}

/// What chance deals to the units of a cycle.
package struct FeedbackChance: Sendable {
    /// Whether each unit is control, for the regimes that have a control group.
    package var control: [Bool]
    /// A number from 0 to below 1 for each unit, for an exploration.
    package var luck: [Double]

    /// What was dealt.
    package init(control: [Bool], luck: [Double]) {
        self.control = control
        self.luck = luck
    }
}
