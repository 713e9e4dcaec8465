internal import HoldfastStatistics

extension DegenerateBuilder {
    /// The most rows that rivals are fitted to, and held against.
    static let rivalRows = 50_000

    /// What the model is better by than the best rule of one split and the best model of one
    /// feature.
    mutating func addRivals(train: JudgeRows?) {
        guard !rows.features.isEmpty else {
            notes.append("The table has no feature: no rival of one feature can be fitted.")
            return
        }
        var train = train
        if let other = train, other.count == 0 || other.task != rows.task {
            notes.append("\(other.name) has no labels like these: rivals are fitted to these rows.")
            train = nil
        }
        let picks = Self.picks(rows.count, seed: options.seed, stream: 1)
        let judged = rows.taking(picks)
        let columns = judged.features.filter { column in
            train?.features.contains { $0.isLike(column) } ?? true
        }
        let fitted = train.map { other in
            let part = other.taking(Self.picks(other.count, seed: options.seed, stream: 2))
            return part.like(judged, columns)
        }
        let ours = RivalRows(
            columns: columns.map(\.sample), labels: judged.rivalLabels(classes: fitted?.classes),
            weights: judged.weights, clusters: judged.clusters)
        guard !columns.isEmpty else {
            notes.append("The tables share no features of one kind: no rival can be fitted.")
            return
        }
        for (kind, name) in [
            (RivalKind.oneSplit, FigureName.gainOverOneSplit),
            (.oneFeature, .gainOverOneFeature),
        ] {
            guard
                let rival = Rival.best(
                    kind, judged: ours, train: fitted?.rows, seed: options.seed),
                let gain = gain(judged, over: rival)
            else {
                notes.append(
                    kind == .oneSplit
                        ? "No rule of one split can be fitted: features or labels do not vary."
                        : "No model of one feature can be fitted: features or labels do not vary.")
                continue
            }
            gains.append(
                JudgedFigure(
                    name, gain.gain, gain.interval, rows: judged.count, source: rows.source))
            notes.append(Self.words(rival, kind, columns, gain, judged))
        }
        if picks.count < rows.count {
            notes.append(
                "The rivals are held against \(JudgeNumber.text(Double(picks.count))) of the rows.")
        }
    }

    /// Rows that stand for all.
    private static func picks(_ count: Int, seed: UInt64, stream: UInt64) -> [Int] {
        RandomOrder.spread(
            count, most: rivalRows, chance: CounterStream(seed: seed, stream: stream))
    }

    private func gain(_ judged: JudgeRows, over rival: Rival) -> PairedGain? {
        switch (judged.labels, judged.predictions) {
        case (.binary(let labels), .scores(let scores)):
            func gain(_ rival: [Double]) -> PairedGain? {
                PairedGain.area(
                    model: scores, rival: rival, labels: labels, weights: judged.weights,
                    clusters: judged.clusters, level: options.level)
            }
            // One that ranks worse than a coin on what it has not seen is no rival: the coin is.
            guard let found = gain(rival.predictions), found.rival < 0.5 else {
                return gain(rival.predictions)
            }
            return gain(labels.map { _ in 0 })
        case (.classes(let labels, let names), .classes(let codes, _)):
            func gain(_ rival: [Int32]) -> PairedGain? {
                PairedGain.accuracy(
                    model: zip(codes, labels).map { $0 == $1 },
                    rival: zip(rival, labels).map { $0 == $1 }, weights: judged.weights,
                    clusters: judged.clusters, level: options.level)
            }
            // To say the commonest class of all is simpler than any rule.
            var counts = [Double](repeating: 0, count: names.count)
            for (row, label) in labels.enumerated() {
                counts[Int(label)] += judged.weights?[row] ?? 1
            }
            let commonest = Int32(counts.indices.max { counts[$0] < counts[$1] } ?? 0)
            let found = [
                gain(rival.predictions.map { Int32($0) }), gain(labels.map { _ in commonest }),
            ]
            return found.compactMap { $0 }.max { $0.rival < $1.rival }
        case (.numbers(let labels), .scores(let scores)):
            guard let middle = WeightedMedian.value(labels, weights: judged.weights) else {
                return nil
            }
            var (spread, mass) = (0.0, 0.0)
            for (row, label) in labels.enumerated() {
                let weight = judged.weights?[row] ?? 1
                spread += weight * abs(label - middle)
                mass += weight
            }
            func gain(_ rival: [Double]) -> PairedGain? {
                PairedGain.absoluteError(
                    model: scores, rival: rival, labels: labels, scale: spread / mass,
                    weights: judged.weights, clusters: judged.clusters, level: options.level)
            }
            // To say the middle of all is simpler than any rule.
            let found = [gain(rival.predictions), gain(labels.map { _ in middle })]
            return found.compactMap { $0 }.min { $0.rival < $1.rival }
        case (.binary, .classes), (.classes, .scores), (.numbers, .classes): return nil
        }
    }

    private static func words(
        _ rival: Rival, _ kind: RivalKind, _ columns: [FeatureColumn], _ gain: PairedGain,
        _ judged: JudgeRows
    ) -> String {
        let column = columns[rival.column]
        var what = "The best model of one feature looks at \(column.name)"
        if kind == .oneSplit {
            var rule = "\(column.name) is missing"
            if let cut = rival.cut {
                let sign = rival.isHighBelow || judged.task == .classes ? "≤" : ">"
                rule = "\(column.name) \(sign) \(JudgeNumber.text(cut))"
            }
            if case .categories(_, let names) = column.values, !rival.categories.isEmpty {
                // A category of the training rows alone has no name here.
                let known = rival.categories.filter { Int($0) < names.count }
                let list = known.prefix(5).map { names[Int($0)] }
                let rest = known.count - list.count
                rule = "\(column.name) is \(list.joined(separator: ", "))"
                rule += rest > 0 ? " or one of \(rest) more" : ""
            }
            what = "The best rule of one split is \(rule)"
        }
        let measure =
            switch judged.task {
            case .binary: "area under the ROC curve"
            case .classes: "accuracy"
            case .number: "mean absolute error"
            }
        let ending =
            judged.task == .number
            ? "; the gain is in parts of the labels' mean distance from their median." : "."
        return "\(what): its \(measure) is \(JudgeNumber.text(gain.rival)), the model's "
            + "\(JudgeNumber.text(gain.model)) on the same rows\(ending)"
    }
}

extension FeatureColumn {
    /// Whether it is the same feature: of one name and one kind of values.
    fileprivate func isLike(_ other: FeatureColumn) -> Bool {
        switch (values, other.values) {
        case (.numbers, .numbers), (.categories, .categories): name == other.name
        case (.numbers, .categories), (.categories, .numbers): false
        }
    }
}

extension JudgeRows {
    /// The labels as rivals see them, of `classes` classes if that is more than these names.
    fileprivate func rivalLabels(classes: Int?) -> RivalLabels {
        switch labels {
        case .binary(let labels): .binary(labels)
        case .classes(let labels, let names):
            .classes(labels, count: max(names.count, classes ?? 0))
        case .numbers(let labels): .numbers(labels)
        }
    }

    /// These rows with the codes that other rows have for the same names, and the classes of both.
    fileprivate func like(_ other: JudgeRows, _ columns: [FeatureColumn]) -> (
        rows: RivalRows, classes: Int
    ) {
        var (labels, count) = (rivalLabels(classes: nil), 0)
        if case .classes(let codes, let names) = self.labels,
            case .classes(_, let others) = other.labels
        {
            let map = Self.map(names, to: others)
            count = max(others.count, (map.max().map { Int($0) } ?? -1) + 1)
            labels = .classes(codes.map { map[Int($0)] }, count: count)
        }
        let own = columns.compactMap { column -> SampleColumn? in
            guard let match = features.first(where: { $0.isLike(column) }) else { return nil }
            switch (match.values, column.values) {
            case (.numbers(let numbers), .numbers):
                return SampleColumn(column.name, numbers: numbers)
            case (.categories(let codes, let names), .categories(_, let others)):
                let map = Self.map(names, to: others)
                return SampleColumn(
                    column.name, categories: codes.map { $0 < 0 ? -1 : map[Int($0)] })
            case (.numbers, .categories), (.categories, .numbers): return nil
            }
        }
        return (
            RivalRows(columns: own, labels: labels, weights: weights, clusters: clusters), count
        )
    }

    /// The places of names among others; those that are not there come behind them.
    private static func map(_ names: [String], to others: [String]) -> [Int32] {
        var known = ColumnNames(others)
        return known.places(taking: names)
    }
}
