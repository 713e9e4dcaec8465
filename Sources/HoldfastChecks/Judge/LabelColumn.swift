internal import HoldfastFormats
internal import HoldfastTables

/// What was to be predicted, for the rows that say it.
struct LabelColumn: Sendable {
    /// The places of the rows with a label; of all rows where labels are optional.
    let places: [Int]
    /// Whether there is a label, for each of the places. Where there is none, the value is a no, 0
    /// or the first class, and means nothing.
    let isThere: [Bool]
    let values: JudgeRows.Labels
    /// The text of a yes and that of a no, where labels are texts.
    let words: (yes: String, no: String)?

    var task: JudgeTask {
        switch values {
        case .binary: .binary
        case .classes: .classes
        case .numbers: .number
        }
    }

    /// Texts for yes and no that need no word of the user's, in lower case.
    private static let knownWords = [
        ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("positive", "negative"),
    ]
    /// The most classes.
    static let classLimit = 1_000

    /// The labels of a column, as those of `other` are where it is given; `nil` for a column that
    /// is not there.
    init(
        _ column: JudgeColumn?, prediction: JudgeColumn?, _ roles: JudgeRoles, rows: Int,
        like other: LabelColumn?, table: String
    ) throws {
        let column =
            column
            ?? JudgeColumn(
                name: roles.label, cells: Array(repeating: .missing, count: rows), texts: [])
        let found = column.cells.indices.filter { !column.cells[$0].isMissing }
        guard !found.isEmpty || roles.isLabelOptional else {
            throw CheckError(
                "\(table): column \"\(column.name)\" has no label in any of "
                    + "\(column.cells.count) rows",
                hint: "check --label, or wait until labels have come")
        }
        places = roles.isLabelOptional ? Array(column.cells.indices) : found
        isThere = places.map { !column.cells[$0].isMissing }
        let task =
            try other?.task ?? roles.task ?? Self.task(column, found, prediction, roles, table)
        switch task {
        case .number:
            words = nil
            values = .numbers(try Self.numbers(column, places, table))
        case .classes:
            words = nil
            values = try Self.classes(column, places, like: other, table)
        case .binary:
            var roles = roles
            roles.positive = roles.positive ?? other?.words?.yes
            let labels = try Self.binary(column, places, roles, table)
            words = labels.words ?? other?.words
            values = .binary(labels.labels)
        }
    }

    /// What the values are: two of them a yes and a no, texts of more classes, else numbers.
    private static func task(
        _ column: JudgeColumn, _ places: [Int], _ prediction: JudgeColumn?, _ roles: JudgeRoles,
        _ table: String
    ) throws -> JudgeTask {
        if roles.positive != nil { return .binary }
        if !roles.probabilities.isEmpty { return .classes }
        if column.hasText {
            var codes = JudgeCodes(texts: column.texts)
            for place in places { _ = codes.code(of: column.cells[place]) }
            let names = codes.names
            if names.count == 1 || names.count == 2 && known(names) != nil { return .binary }
            // Two words and numbers beside them: probabilities of one of the two, but of which?
            let isScored = prediction.map { !$0.hasText } ?? false
            return names.count == 2 && isScored ? .binary : .classes
        }
        if places.allSatisfy({ column.cells[$0].number == 0 || column.cells[$0].number == 1 }) {
            return .binary
        }
        // Classes that are called by numbers are predicted by texts, or said to be classes.
        return prediction?.hasText == true ? .classes : .number
    }

    private static func known(_ names: [String]) -> (yes: String, no: String)? {
        let lower = names.map { $0.lowercased() }
        for (yes, no) in knownWords {
            if let one = lower.firstIndex(of: yes), let other = lower.firstIndex(of: no) {
                return (names[one], names[other])
            }
        }
        return nil
    }

    private static func numbers(_ column: JudgeColumn, _ places: [Int], _ table: String) throws
        -> [Double]
    {
        try places.map { place in
            let number = column.cells[place].number
            if column.cells[place].isMissing { return 0 }
            guard number.isFinite else {
                throw CheckError(
                    "\(table): row \(place + 1): the label "
                        + "\"\(CategoryList.cut(column.text(place) ?? ""))\" is no number",
                    hint: "mend the row, or judge classes by --task classes")
            }
            return number
        }
    }

    private static func classes(
        _ column: JudgeColumn, _ places: [Int], like other: LabelColumn?, _ table: String
    ) throws -> JudgeRows.Labels {
        var codes = JudgeCodes(texts: column.texts)
        let found = places.map { codes.code(of: column.cells[$0]) }
        let names = codes.names
        if case .classes(_, let others)? = other?.values {
            var known = ColumnNames(others)
            let places = known.places(taking: names)
            return .classes(found.map { $0 < 0 ? 0 : places[Int($0)] }, names: known.all)
        }
        guard names.count <= classLimit else {
            throw CheckError(
                "\(table): the label has \(names.count) classes, at most \(classLimit) are judged",
                hint: "is \"\(CategoryList.cut(column.name))\" the label?")
        }
        let order = names.indices.sorted { Self.precedes(names[$0], names[$1]) }
        var rank = [Int32](repeating: 0, count: names.count)
        for (place, code) in order.enumerated() { rank[code] = Int32(place) }
        return .classes(found.map { $0 < 0 ? 0 : rank[Int($0)] }, names: order.map { names[$0] })
    }

    /// Numbers before texts, and by value, a percentage by its number; texts by their bytes.
    static func precedes(_ one: String, _ other: String) -> Bool {
        func number(_ text: String) -> Double? {
            Double(text.hasSuffix("%") ? String(text.dropLast()) : text)
        }
        switch (number(one), number(other)) {
        case (let a?, let b?) where a != b: return a < b
        case (_?, nil): return true
        case (nil, _?): return false
        case (_?, _?), (nil, nil): return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
    }

    private static func binary(
        _ column: JudgeColumn, _ places: [Int], _ roles: JudgeRoles, _ table: String
    ) throws -> (labels: [Bool], words: (yes: String, no: String)?) {
        var codes = JudgeCodes(texts: column.texts)
        let found = places.map { codes.code(of: column.cells[$0]) }
        let names = codes.names
        guard names.count <= 2 else {
            throw CheckError(
                "\(table): the label has \(names.count) values, a yes or no has two: "
                    + names.prefix(5).map { "\"\(CategoryList.cut($0))\"" }.joined(separator: ", "),
                hint: "choose another column, or --task classes or number")
        }
        if let positive = roles.positive {
            let yes = names.firstIndex { sameBytes($0, positive) }
            guard yes != nil || names.count < 2 || roles.isLabelOptional else {
                throw CheckError(
                    "\(table): no label is \"\(CategoryList.cut(positive))\"",
                    hint: "--positive is one of "
                        + names.map { "\"\(CategoryList.cut($0))\"" }.joined(separator: ", "))
            }
            let no = names.first { !sameBytes($0, positive) } ?? ""
            return (found.map { $0 >= 0 && Int($0) == yes }, (positive, no))
        }
        // A row without a label is a no, which nobody looks at.
        func isNamed(_ name: String) -> [Bool] {
            found.map { $0 >= 0 && sameBytes(names[Int($0)], name) }
        }
        if let words = known(names) { return (isNamed(words.yes), words) }
        if names.isEmpty { return (found.map { _ in false }, nil) }
        let isCounted = names.allSatisfy { $0 == "0" || $0 == "1" }
        let single = names.count == 1 ? Self.single(names[0]) : nil
        guard isCounted || single != nil else {
            throw CheckError(
                "\(table): which label is the yes: "
                    + names.map { "\"\(CategoryList.cut($0))\"" }.joined(separator: " or ") + "?",
                hint: "say --positive VALUE, or --task classes")
        }
        if let single { return (found.map { $0 >= 0 && single.isYes }, single.words) }
        return (isNamed("1"), nil)
    }

    private static func single(_ name: String) -> (isYes: Bool, words: (String, String))? {
        for (yes, no) in knownWords {
            if name.lowercased() == yes { return (true, (name, no)) }
            if name.lowercased() == no { return (false, (yes, name)) }
        }
        return nil
    }

    /// The labels of some of the rows, by their index here, with the classes that were predicted.
    func picking(_ kept: [Int], classes names: [String]) -> JudgeRows.Labels {
        switch values {
        case .binary(let labels): .binary(kept.map { labels[$0] })
        case .classes(let codes, _): .classes(kept.map { codes[$0] }, names: names)
        case .numbers(let numbers): .numbers(kept.map { numbers[$0] })
        }
    }
}

/// What was predicted, for the rows with a label.
struct PredictionColumn: Sendable {
    /// Whether there is a prediction.
    let isThere: [Bool]
    private let values: JudgeRows.Predictions
    /// The classes of the labels, then those that were predicted only.
    let classNames: [String]

    /// What a model answered: a number for each row.
    init(answers: [Double], _ labels: LabelColumn, table: String) throws {
        guard labels.task != .classes else {
            throw CheckError(
                "\(table): a model that is asked gives one number a row, and the label has classes",
                hint: "write its classes into a column, and name it by --prediction")
        }
        isThere = answers.map { !$0.isNaN }
        classNames = []
        values = .scores(answers)
    }

    /// What a column holds. Classes are named as `known` names them, and further ones behind.
    init(
        _ column: JudgeColumn, _ labels: LabelColumn, _ roles: JudgeRoles, table: JudgeTable,
        known: [String]? = nil
    ) throws {
        switch labels.values {
        case .binary, .numbers:
            let scores = try labels.places.map { try Self.score(column, $0, labels, table.name) }
            isThere = scores.map { !$0.isNaN }
            classNames = []
            values = .scores(scores)
        case .classes(_, let names):
            var codes = JudgeCodes(texts: column.texts)
            let found = labels.places.map { codes.code(of: column.cells[$0]) }
            let tooMany = CheckError(
                "\(table.name): column \"\(CategoryList.cut(column.name))\" holds "
                    + "\(codes.names.count) different predictions, and the label "
                    + "\(names.count) classes",
                hint: "name predicted classes by --prediction, and probabilities by "
                    + "--probability; of two classes say --positive")
            guard codes.names.count <= LabelColumn.classLimit else { throw tooMany }
            var classes = ColumnNames(known ?? names)
            let places = classes.places(taking: codes.names)
            guard classes.count <= LabelColumn.classLimit else { throw tooMany }
            let predicted = found.map { $0 < 0 ? -1 : places[Int($0)] }
            isThere = predicted.map { $0 >= 0 }
            classNames = classes.all
            let isFirst = column.name == roles.prediction
            values = .classes(
                predicted,
                probabilities: isFirst
                    ? try Self.probabilities(names, labels.places, roles, table) : nil)
        }
    }

    /// A number, or the class of a yes or no as 1 or 0; NaN where there is none.
    private static func score(
        _ column: JudgeColumn, _ place: Int, _ labels: LabelColumn, _ table: String
    ) throws -> Double {
        let cell = column.cells[place]
        if cell.isMissing { return .nan }
        if let text = column.text(place), cell.code != nil {
            if let words = labels.words, labels.task == .binary {
                if sameBytes(text, words.yes) { return 1 }
                if sameBytes(text, words.no) { return 0 }
            }
            throw CheckError(
                "\(table): row \(place + 1): the prediction \"\(CategoryList.cut(text))\" is no "
                    + "number" + (labels.words.map { ", \($0.yes) or \($0.no)" } ?? ""),
                hint: "name a column of probabilities, scores or numbers by --prediction")
        }
        guard cell.number.isFinite else {
            throw CheckError(
                "\(table): row \(place + 1): the prediction is infinite",
                hint: "mend what made it")
        }
        return cell.number
    }

    private static func probabilities(
        _ names: [String], _ places: [Int], _ roles: JudgeRoles, _ table: JudgeTable
    ) throws -> [[Double]]? {
        guard !roles.probabilities.isEmpty else { return nil }
        return try names.map { name in
            guard let given = roles.probabilities.first(where: { sameBytes($0.value, name) }),
                let column = table.column(given.column)
            else {
                throw CheckError(
                    "no --probability names a column for the class \"\(CategoryList.cut(name))\"",
                    hint:
                        "give one for each class, as --probability \(CategoryList.cut(name))=COLUMN"
                )
            }
            return try places.map { place in
                let value = column.cells[place].number
                guard value >= 0 && value <= 1 else {
                    throw CheckError(
                        "\(table.name): row \(place + 1), column \"\(column.name)\": "
                            + "\"\(column.text(place) ?? "")\" is no probability",
                        hint: "it is a number from 0 to 1")
                }
                return value
            }
        }
    }

    /// The predictions of some of the rows, by their index here.
    func picking(_ kept: [Int]) -> JudgeRows.Predictions {
        switch values {
        case .scores(let scores): .scores(kept.map { scores[$0] })
        case .classes(let codes, let probabilities):
            .classes(
                kept.map { codes[$0] },
                probabilities: probabilities.map { all in all.map { one in kept.map { one[$0] } } })
        }
    }
}
