/// What rows of operation are held against, where inputs and predictions may have moved.
///
/// Train, where it was given: it is what the model knows. Else the rows that it was judged on; but
/// where those are of the same time as what was served, as a ledger's are, they would move along:
/// then the first slice stands for what was, and the later ones are held against it.
package struct OperationPair: Sendable {
    package let reference: JudgeRows
    package let operation: JudgeRows
    /// What a reader must know of the choice.
    package let note: String?

    package init(
        _ judged: JudgeSource.Judged, _ train: JudgeSource.Judged?, _ served: JudgeSource.Judged,
        isOfFacts: Bool, _ slices: TimeSlices
    ) {
        if let train {
            (reference, operation) = (train.rows, served.rows)
            note = nil
        } else if isOfFacts,
            case .success(let cut) = slices.cut(times: served.rows.times, count: served.rows.count),
            cut.count > 1
        {
            reference = served.rows.taking(cut[0].rows)
            operation = served.rows.taking(cut.dropFirst().flatMap(\.rows))
            note =
                "The first slice, \(cut[0].name), stands for what was: name what the model was "
                + "fitted to by --train to hold all of them against that."
        } else {
            (reference, operation) = (judged.rows, served.rows)
            note = nil
        }
    }
}

extension JudgeSource.Judged {
    /// The rows whose label has come.
    package var labelledRows: JudgeRows { rows.taking(hasLabel.indices.filter { hasLabel[$0] }) }
}
