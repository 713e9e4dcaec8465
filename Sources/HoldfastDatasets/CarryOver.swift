internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// Whether an effect of how a unit was treated before, by design, may still be seen in a row.
///
/// What was recorded of treatments is asked elsewhere; this follows from the catalog alone.
struct CarryOver {
    let experiment: Experiment

    var condition: SQL {
        switch experiment.method {
        case .shares, .exploration, .compatible: return "1 = 0"
        case .switchback(let switchback):
            let inBlock = floorRemainder("d.decided_at", switchback.every.microseconds)
            return "d.reason = 'assigned' AND \(inBlock) < \(switchback.burnIn.microseconds)"
        case .rotation(let rotation):
            let position = RotationSQL.stored(rotation)
            var condition: SQL = """
                d.reason = 'assigned' AND d.arm = 'control'
                  AND \(position.place) < \(Int64(rotation.stay))
                  AND \(position.sinceStart) < \(experiment.washout.microseconds)
                """
            if let starts = experiment.starts {
                // A stretch that began no later than the experiment: nobody was treated before.
                condition =
                    "\(condition) AND d.decided_at - \(position.sinceStart) > \(starts.microseconds)"
            }
            return condition
        }
    }
}
