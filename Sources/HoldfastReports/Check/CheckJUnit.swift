public import HoldfastChecks
internal import HoldfastStatistics

/// A check as JUnit XML, which CI systems show beside tests.
///
/// One suite for each pair of tables and one for the schema; one case for each column, and one for
/// each finding across columns. What disagrees is a failure with its sentence as the message.
///
/// What is inconclusive is skipped, and neither failed nor an error: CI systems fail a build for
/// both of these, and an error means to them that a test broke down, while a skipped test is shown
/// and counted apart. Whether an open question stops a build is for the exit status 3 to say.
///
/// It holds no time and no name of a machine: the same report gives the same bytes.
public enum CheckJUnit {
    /// The document.
    public static func render(_ report: CheckReport) -> String {
        var suites = report.pairs.map(suite)
        if let schema = report.schema { suites.append(suite(schema, report.tables)) }
        return JUnit.render("holdfast check", suites)
    }

    private static func suite(_ pair: PairComparison) -> JUnit.Suite {
        let columns = pair.columns.map { column in
            let shift = CheckSentences.shift(column.part, column.verdict)
            return JUnit.Case(
                name: CheckSentences.name(column.column), outcome: .init(column.verdict),
                sentence: (shift.map { $0 + ". " } ?? "") + CheckSentences.telling(column, pair),
                details: column.findings.map {
                    "\(CheckSentences.figures($0)): \($0.verdict.rawValue)"
                } + column.notes.map(CheckSentences.oneLine))
        }
        let across = pair.across.findings.map { finding in
            JUnit.Case(
                name: "across columns: \(AcrossSentences.title(finding.measure))",
                outcome: .init(AcrossSentences.counts(finding) ? finding.verdict : .agrees),
                sentence: AcrossSentences.finding(finding, pair),
                details: ["\(CheckSentences.figures(finding)): \(finding.verdict.rawValue)"])
        }
        return JUnit.Suite(
            name: "\(pair.reference.rawValue) and \(pair.candidate.rawValue)",
            cases: columns + across)
    }

    /// A case for each column that breaks the schema in a table, and one for a table that keeps it.
    private static func suite(_ schema: SchemaResult, _ tables: [TableFacts]) -> JUnit.Suite {
        let cases = tables.flatMap { table -> [JUnit.Case] in
            let breaches = schema.breaches.filter { $0.role == table.role }
            var order: [String] = []
            var byColumn: [[UInt8]: [SchemaBreach]] = [:]
            for breach in breaches {
                let key = Array(breach.column.utf8)
                if byColumn[key] == nil { order.append(breach.column) }
                byColumn[key, default: []].append(breach)
            }
            if order.isEmpty {
                return [
                    JUnit.Case(
                        name: "\(table.role.rawValue): all columns", outcome: .passed, sentence: "")
                ]
            }
            return order.map { column in
                let broken = byColumn[Array(column.utf8)] ?? []
                return JUnit.Case(
                    name: "\(table.role.rawValue): \(CheckSentences.name(column))",
                    outcome: .failed("disagrees"),
                    sentence: broken.map { CheckSentences.oneLine($0.message) }
                        .joined(separator: " "),
                    details: broken.flatMap { breach in
                        ["\(breach.rule.rawValue): \(CheckSentences.oneLine(breach.message))"]
                            + breach.examples.map { "  " + CheckSentences.name($0) }
                    })
            }
        }
        return JUnit.Suite(name: "schema \(CheckSentences.name(schema.name))", cases: cases)
    }
}

extension JUnit.Outcome {
    fileprivate init(_ verdict: Verdict) {
        switch verdict {
        case .agrees: self = .passed
        case .inconclusive: self = .skipped
        case .disagrees: self = .failed("disagrees")
        }
    }
}
