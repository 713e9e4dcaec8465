import HoldfastStatistics

/// A model with the count of what it was asked.
///
/// Rows that are alike are asked once (`SyntheticRows`), in order, some at a time. A task that was
/// cancelled asks no further batch. What the model throws is thrown on as it is.
package struct AskedModel {
    let model: ScoringModel
    /// The rows that were asked.
    private(set) var rows = 0
    /// The times that it was asked.
    private(set) var requests = 0

    init(_ model: ScoringModel) {
        precondition(model.batchRows > 0, "a batch has rows")
        self.model = model
    }

    /// The model's answers, place by place.
    ///
    /// A batch has ``ScoringModel/batchRows`` rows at most, but where that would take more than
    /// `mostRequests` batches: then as many rows as make do with them.
    mutating func answers(
        to rows: SyntheticRows, of columns: [FeatureColumn], mostRequests: Int
    ) async throws -> [Double] {
        precondition(mostRequests > 0, "one request at least")
        let size = max(model.batchRows, (rows.count + mostRequests - 1) / mostRequests)
        let batches = (rows.count + size - 1) / size
        var answers: [Double] = []
        answers.reserveCapacity(rows.count)
        for batch in 0..<batches {
            try Task.checkCancellation()
            let places = batch * size..<min(rows.count, (batch + 1) * size)
            let found = try await model.score(
                columns.enumerated().map { index, column in
                    column.picking(rows.picks(of: index, at: places))
                })
            requests += 1
            self.rows += places.count
            try check(found, places.count, "batch \(batch + 1) of \(batches)")
            answers += found
        }
        return answers
    }

    /// The model's answers to rows as they are, ``ScoringModel/batchRows`` at a time. `progress` is
    /// told how many of how many rows were asked.
    ///
    /// Throws a ``CheckError`` for answers that are not as many as the rows, or infinite; NaN says
    /// that the model is silent about a row.
    package static func answers(
        _ model: ScoringModel, to columns: [FeatureColumn],
        progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> [Double] {
        let asked = AskedModel(model)
        let rows = columns.first?.count ?? 0
        var answers: [Double] = []
        for start in stride(from: 0, to: rows, by: model.batchRows) {
            try Task.checkCancellation()
            progress(start, rows)
            let places = Array(start..<min(rows, start + model.batchRows))
            let found = try await model.score(columns.map { $0.picking(places) })
            let batch = "rows \(start + 1) to \(start + places.count)"
            try asked.check(found, places.count, batch, mayBeSilent: true)
            answers += found
        }
        return answers
    }

    private func check(
        _ found: [Double], _ count: Int, _ batch: String, mayBeSilent: Bool = false
    ) throws(CheckError) {
        guard found.count == count else {
            throw CheckError(
                "model \(model.name): \(batch): gave \(found.count) answers to \(count) rows",
                hint: "a model answers each row once, in order")
        }
        func isBad(_ answer: Double) -> Bool {
            !answer.isFinite && !(mayBeSilent && answer.isNaN)
        }
        guard let place = found.firstIndex(where: isBad) else { return }
        let bad = found.count(where: isBad)
        throw CheckError(
            "model \(model.name): \(batch): \(bad) of \(count) answers are no finite numbers, the "
                + "first, of row \(place + 1), is \(found[place])",
            hint: "a model that is judged answers every row, those with missing values too")
    }

    /// What was asked, as a note says it.
    var spent: String {
        "The model was asked \(rows) rows in \(requests) request\(requests == 1 ? "" : "s")."
    }
}

/// How much a model is asked for its reasons.
package struct ReasonLimits: Sendable, Equatable {
    /// The rows that one section asks at most: half for Shapley's values, a third for permutation
    /// importance, the rest for partial dependence. Fewer rows are explained where they are short.
    package var rows = 1_000_000
    /// The batches that those come in at most, for a whole section.
    package var sectionRequests = 200
    /// The batches for one decision, at most.
    package var decisionRequests = 20
    /// The rows that are explained, and the rows of the background that each is compared with.
    package var explainedRows = 50
    /// The rows of the background that one decision is compared with.
    package var decisionBackgroundRows = 100
    /// The pairs of orders where features are too many for all coalitions.
    package var pairs = 20
    /// The times that each feature is shuffled.
    package var repeats = 5
    /// The features whose partial dependence is shown, and its values, rows and single lines.
    package var pictured = 4
    package var gridPoints = 20
    package var dependenceRows = 200
    package var curves = 30
    /// The perturbations around one decision.
    package var surrogateRows = 1_000

    package init() {}

    func check() {
        let all = [
            rows, sectionRequests, decisionRequests, explainedRows, decisionBackgroundRows, pairs,
            repeats, gridPoints, dependenceRows,
        ]
        precondition(all.allSatisfy { $0 > 0 }, "a limit lets something through")
        precondition(pictured >= 0 && curves >= 0 && surrogateRows > 0, "a limit is from 0")
        precondition(sectionRequests > 1, "a section asks twice: then for what it found")
    }
}

/// The columns of a question, checked once.
enum FeatureTable {
    /// Whether there are features and rows to ask about.
    static func check(_ features: [FeatureColumn], rows: Int, of name: String) throws(CheckError) {
        guard !features.isEmpty else {
            throw CheckError(
                "\(name): has no feature columns", hint: "name what the model is asked with")
        }
        guard rows > 0 else {
            throw CheckError("\(name): has no rows to ask a model about", hint: "check the table")
        }
        for feature in features where feature.count != rows {
            throw CheckError(
                "\(name): feature \(feature.name) has \(feature.count) of \(rows) rows",
                hint: "features are columns of one length")
        }
        var seen: Set<String> = []
        for feature in features where !seen.insert(feature.name).inserted {
            throw CheckError(
                "\(name): has two features \(feature.name)", hint: "give each its own name")
        }
    }
}
