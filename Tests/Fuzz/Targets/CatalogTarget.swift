import HoldfastAssignment
import HoldfastFormats

let fuzzSalt = "fuzzing-salt-of-nobody"

/// `Catalog(files:salt:)`: what is read can be kept as canonical text and read again as the same;
/// its units can be dealt and explained; what is refused is refused at a line that exists.
@Sendable func fuzzCatalog(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(CatalogError) {
        let catalog = try Catalog(files: [("c.yaml", text)], salt: { _ in fuzzSalt })
        let again = mustSucceed("what is kept of a catalog can be read: \(catalog.canonicalText)") {
            try Catalog(canonicalText: catalog.canonicalText, salt: catalog.salt)
        }
        require(
            again.revision == catalog.revision && again.experiments == catalog.experiments
                && sameBytes(again.canonicalText, catalog.canonicalText),
            "what is kept is the same catalog: \(catalog.canonicalText)")
        for experiment in catalog.experiments.prefix(8) { deal(experiment, of: catalog) }
    } catch {
        require(!error.problems.isEmpty, "an error says what is wrong")
        let lines =
            text.unicodeScalars.count {
                "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0)
            } + 1
        for problem in error.problems {
            require((1...lines).contains(problem.place.line), "the line exists: \(problem)")
            require(problem.place.column >= 1, "columns are counted from 1: \(problem)")
        }
    }
}

private let candidates: [Candidate] = {
    let units = ["a", "customer-0001", "é", "1"].compactMap { UnitID($0) }
    return units.enumerated().flatMap { index, unit in
        [
            Candidate(unit: unit),
            Candidate(
                unit: unit, cluster: UnitID("h-\(index)"),
                attributes: [
                    "country": .text("JP"), "age": .number(Double(20 + index)), "a": .boolean(true),
                ], score: Double(index) / 4),
            Candidate(unit: unit, cluster: unit, score: .nan),
        ]
    }
}()

private let times = [Int64.min, -1, 0, 1_767_225_600_000_000, Int64.max].map {
    Timestamp(microseconds: $0)
}

private func deal(_ experiment: Experiment, of catalog: Catalog) {
    for candidate in candidates {
        for time in times {
            let name = experiment.name.text
            let explained = mustSucceed("an experiment of the catalog is known") {
                try catalog.explain(candidate, in: name, at: time)
            }
            do throws(AssignmentFault) {
                let dealt = try catalog.assign(candidate, in: name, at: time)
                require(
                    (0...1).contains(dealt.propensity), "a propensity is a probability: \(dealt)")
                guard case .success(dealt) = explained.outcome else {
                    return require(false, "the explanation gives the same: \(explained)")
                }
            } catch {
                // By their words: a score that is no number equals not even itself.
                guard case .failure(let other) = explained.outcome,
                    other.description == error.description
                else { return require(false, "the explanation fails alike: \(explained)") }
            }
        }
    }
}
