import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

/// A column of texts by codes, in the order in which they come.
func coded(_ name: String, _ values: [String?]) -> CodedColumn {
    var codes: [String: Int32] = [:]
    var names: [String] = []
    let all = values.map { value -> Int32 in
        guard let value else { return -1 }
        if let code = codes[value] { return code }
        codes[value] = Int32(names.count)
        names.append(value)
        return Int32(names.count - 1)
    }
    return CodedColumn(name: name, codes: all, values: names)
}

extension JudgementSection {
    func figure(named name: String, of: String) throws -> JudgedFigure {
        let known = try #require(FigureName(rawValue: name))
        return try #require(figure(known, of: of), "no \(name) of \(of)")
    }

    func says(_ part: String) -> Bool { notes.contains { $0.contains(part) } }
}

@Suite struct FairnessTests {
    private func rows(
        _ labels: [Bool], _ scores: [Double], _ groups: [CodedColumn], weights: [Double]? = nil,
        source: RowSource = .control
    ) -> JudgeRows {
        JudgeRows(
            name: "eval", source: source, count: labels.count, labels: .binary(labels),
            predictions: .scores(scores), weights: weights, groups: groups)
    }

    @Test func `figures by group and their gaps are fairlearn's, with weights and crossings`()
        throws
    {
        for item in try goldenJSON("fairness.json").cases("frames") {
            let origin = try item.text(at: "origin")
            func numbers(_ name: String) -> [Double] {
                (item[name]?.array ?? []).compactMap(\.double)
            }
            let labels = numbers("labels").map { $0 == 1 }
            let columns = (item["columns"]?.members ?? []).map { name, values in
                coded(name, (values.array ?? []).map(\.string))
            }
            let weights = numbers("weights")
            var options = JudgeOptions()
            options.threshold = try #require(item["threshold"]?.double)
            let section = FairnessSection.judge(
                rows(
                    labels, numbers("scores"), columns, weights: weights.isEmpty ? nil : weights),
                options: options)
            let splits = item["expected"]?.members ?? []
            try #require(!splits.isEmpty)
            for (split, expected) in splits {
                for (name, value) in expected["gaps"]?.members ?? [] {
                    let figure = try section.figure(named: name, of: split)
                    let known = try #require(value.double)
                    #expect(abs(figure.value - known) < 1e-12, "\(origin): \(name) by \(split)")
                    let interval = try #require(figure.interval)
                    #expect(interval.lower <= known + 1e-12 && known <= interval.upper + 1e-12)
                }
                for (group, rates) in expected["groups"]?.members ?? [] {
                    for (name, value) in rates.members {
                        let figure = try section.figure(
                            named: name, of: "\(split) = \(group)")
                        let known = try #require(value.double)
                        #expect(abs(figure.value - known) < 1e-12, "\(origin): \(name) of \(group)")
                    }
                }
            }
        }
    }

    @Test func `small cases are fairlearn's, rates of 0 everywhere among them`() throws {
        for item in try goldenJSON("fairness.json").cases("small") {
            func numbers(_ name: String) -> [Double] {
                (item[name]?.array ?? []).compactMap(\.double)
            }
            let section = FairnessSection.judge(
                rows(
                    numbers("y").map { $0 == 1 }, numbers("yhat"),
                    [coded("group", numbers("group").map { "\(Int($0))" })]),
                options: JudgeOptions())
            for (name, key) in [
                (FigureName.demographicParityDifference, "dp_diff"),
                (.demographicParityRatio, "dp_ratio"), (.equalizedOddsDifference, "eo_diff"),
                (.equalizedOddsRatio, "eo_ratio"), (.equalOpportunityDifference, "eopp_diff"),
            ] {
                let known = try #require(item[key]?.double)
                let figure = try #require(section.figure(name))
                #expect(abs(figure.value - known) < 1e-12, "\(key)")
                // 24 rows do not tell.
                let interval = try #require(figure.interval)
                #expect(interval.upper - interval.lower > 0.3, "\(key)")
            }
            #expect(section.says("too few rows"))
        }
    }

    @Test func `mortgages are denied by race as pandas counts`() throws {
        let item = try #require(goldenJSON("fairness.json").cases("mortgage").first)
        let lines = try goldenText("mortgage.csv").split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",").map(String.init) }
        let denied = lines.map { $0[0] == "1" }
        let black = coded("black", lines.map { $0[1] })
        let single = coded("single", lines.map { $0[2] })
        // The bank's own decisions, and the model's.
        let bank = FairnessSection.judge(
            rows(denied, denied.map { $0 ? 1 : 0 }, [black]), options: JudgeOptions())
        var options = JudgeOptions()
        options.threshold = try #require(item["threshold"]?.double)
        let model = FairnessSection.judge(
            rows(
                denied, try lines.map { try #require(Double($0[3])) }, [black, single],
                source: .given), options: options)
        for (section, key) in [(bank, "denied"), (model, "selected")] {
            for group in ["no", "yes"] {
                let figure = try #require(section.figure(.selectionRate, of: "black = \(group)"))
                let known = try #require(item[key]?[group]?.double)
                #expect(abs(figure.value - known) < 1e-12, "\(key) \(group)")
                #expect(figure.rows == (try item["rows"]?.integer(at: group)).map { Int($0) })
            }
            // Unequal beyond doubt.
            let gap = try #require(section.figure(.demographicParityDifference, of: "black"))
            let interval = try #require(gap.interval)
            #expect(Bound(most: 0.1).verdict(on: interval) == .unfit)
        }
        for (name, value) in item["expected"]?["gaps"]?.members ?? [] {
            let figure = try model.figure(named: name, of: "black × single")
            #expect(abs(figure.value - (value.double ?? .nan)) < 1e-12, "\(name)")
        }
        #expect(model.says("bent by the model's own actions") && !bank.says("bent by"))
        let picture = try #require(model.pictures.first { $0.id == "selection_rate_by_0" })
        guard case .bars(let axis, let bars, _) = picture.shape else {
            Issue.record("no bars")
            return
        }
        #expect(axis == "selection rate" && bars.map(\.name) == ["no", "yes"])
        #expect(bars.allSatisfy { $0.note == nil && $0.interval != nil })
        #expect(Set(model.pictures.map(\.id)).count == model.pictures.count)
    }

    @Test func `classes are each held against the rest`() throws {
        let labels: [Int32] = (0..<120).map { Int32($0 % 3) }
        let codes: [Int32] = (0..<120).map { Int32($0 % 2 == 0 ? $0 % 3 : 0) }
        let judged = JudgeRows(
            name: "eval", source: .weighted, count: 120,
            labels: .classes(labels, names: ["a", "b", "c"]),
            predictions: .classes(codes, probabilities: nil),
            groups: [coded("side", (0..<120).map { $0 % 2 == 0 ? "even" : "odd" })])
        let section = FairnessSection.judge(judged, options: JudgeOptions())
        let gap = try #require(
            section.figure(.demographicParityDifference, of: "side, class b"))
        #expect(abs(gap.value - 1.0 / 3) < 1e-12)
        #expect(section.figure(.truePositiveRate, of: "side = odd, class b")?.value == 0)
        #expect(section.figure(.truePositiveRate, of: "side = even, class c")?.value == 1)
        #expect(section.figure(.groupCalibrationDifference) == nil)
    }

    @Test func `numbers have mean predictions and mean errors by group`() throws {
        let labels = (0..<200).map { Double($0 % 10) }
        let judged = JudgeRows(
            name: "eval", source: .control, count: 200, labels: .numbers(labels),
            predictions: .scores(labels.enumerated().map { $1 + ($0 < 100 ? 0.5 : -1) }),
            groups: [coded("half", (0..<200).map { $0 < 100 ? "first" : "second" })])
        let section = FairnessSection.judge(judged, options: JudgeOptions())
        let gap = try #require(section.figure(.groupCalibrationDifference, of: "half"))
        #expect(abs(gap.value - 1.5) < 1e-12)
        #expect(abs((section.figure(.meanPredictionDifference)?.value ?? 0) - 1.5) < 1e-12)
        #expect(section.figure(.groupCalibration, of: "half = second")?.value == -1)
    }

    @Test func `rows that cannot be judged are told, not failed at`() {
        let empty = FairnessSection.judge(
            rows([], [], [coded("g", [])]), options: JudgeOptions())
        #expect(empty.figures.isEmpty && empty.says("no row") && empty.verdict == nil)
        let none = FairnessSection.judge(rows([true], [1], []), options: JudgeOptions())
        #expect(none.figures.isEmpty && none.says("No column of groups"))
        let broken = FairnessSection.judge(
            rows([true, false], [.nan, 1], [coded("g", ["a", "b"])]), options: JudgeOptions())
        #expect(broken.figures.isEmpty && broken.says("no finite numbers"))
        let mixed = FairnessSection.judge(
            JudgeRows(
                name: "eval", source: .control, count: 1, labels: .binary([true]),
                predictions: .classes([0], probabilities: nil), groups: [coded("g", ["a"])]),
            options: JudgeOptions())
        #expect(mixed.figures.isEmpty && mixed.says("different kinds"))
        let one = FairnessSection.judge(
            rows([true, false], [2, 1], [coded("g", ["a", nil])]), options: JudgeOptions())
        #expect(one.figure(.demographicParityDifference) == nil && one.says("one group"))
        #expect(one.says("1 rows have no value of g") && one.says("no probabilities"))
        #expect(one.figure(.falsePositiveRate) == nil)
    }

    @Test func `two hundred groups are judged and the rest counted`() throws {
        let count = 1_500
        let wide = coded("wide", (0..<count).map { "v\($0 % 250)" })
        let other = coded("other", (0..<count).map { $0 % 2 == 0 ? "x" : "y" })
        let section = FairnessSection.judge(
            rows(
                (0..<count).map { $0 % 3 == 0 }, (0..<count).map { Double($0 % 7) / 7 },
                [wide, other, coded("third", (0..<count).map { "t\($0 % 4)" })]),
            options: JudgeOptions(), crossings: 3)
        #expect(
            section.figures.filter { $0.of?.hasPrefix("wide = ") == true && $0.name == .accuracy }
                .count == 200)
        #expect(section.says("the 50 smallest, of 300 rows"))
        #expect(section.figure(.demographicParityDifference, of: "other × third") != nil)
        #expect(section.figure(.demographicParityDifference, of: "wide × other × third") != nil)
        let pairs = FairnessSection.judge(
            rows(
                (0..<count).map { $0 % 3 == 0 }, (0..<count).map { Double($0 % 7) / 7 },
                [wide, other, other]), options: JudgeOptions())
        #expect(pairs.figure(.demographicParityDifference, of: "wide × other × other") == nil)
    }

    @Test func `a share of the rows sets the threshold`() {
        var options = JudgeOptions()
        options.positiveShare = 0.25
        let section = FairnessSection.judge(
            rows(
                (0..<100).map { $0 % 2 == 0 }, (0..<100).map { Double($0) / 100 },
                [coded("half", (0..<100).map { $0 < 50 ? "low" : "high" })]), options: options)
        #expect(section.figure(.selectionRate, of: "half = high")?.value == 0.5)
        #expect(section.figure(.demographicParityDifference)?.value == 0.5)
        #expect(section.says("0.75 or more"))
    }

    @Test func `calibrated predictions of small groups are not called unfair`() {
        var wrong = 0
        for seed in UInt64(0)..<200 {
            var chance = SeededGenerator(seed: seed + 50)
            var (labels, scores, groups): ([Bool], [Double], [String?]) = ([], [], [])
            let rare = seed % 2 == 0
            for group in 0..<4 {
                for _ in 0..<(20 + chance.below(31)) {
                    let score = Double.random(in: 0..<(rare ? 0.15 : 1), using: &chance)
                    scores.append(score)
                    labels.append(Double.random(in: 0..<1, using: &chance) < score)
                    groups.append("\(group)")
                }
            }
            let section = FairnessSection.judge(
                rows(labels, scores, [coded("g", groups)]), options: JudgeOptions())
            let gap = section.figure(.groupCalibrationDifference)
            wrong += (gap?.interval?.lower ?? 0) > 0 ? 1 : 0
        }
        #expect(wrong <= 10, "\(wrong) of 200, seeds 50 to 249")
    }
}
