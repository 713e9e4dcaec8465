import Foundation
import HoldfastFormats
import HoldfastStatistics
import Testing

@testable import HoldfastDatasets
@testable import HoldfastReports

/// A balance before the start as text, JSON and a page, with names and figures of every kind.
@Suite struct BalanceReportTests {
    private func covariate(
        _ name: String, _ inForce: [Double?], _ chance: [Double], levels: Int? = nil
    ) -> BalanceReport.Covariate {
        BalanceReport.Covariate(
            name: name, levels: levels, absent: 3, chance: BalanceDistribution(chance),
            inForce: inForce)
    }

    private func report(
        _ covariates: [BalanceReport.Covariate], largest: [Double], inForce: Double?,
        strata: [BalanceReport.Stratum] = [], isChoosing: Bool = false, fault: String? = nil
    ) -> BalanceReport {
        BalanceReport(
            experiment: "limits", dealing: "control 5%, treatment 95%",
            request: BalanceRequest(isChoosing: isChoosing, time: Timestamp(microseconds: 0)),
            file: "<units>.csv", rows: 1_000, leftOut: [(reason: .repeated, rows: 1)], fault: fault,
            hasClusters: false,
            arms: [
                BalanceReport.Arm(name: "control", inForce: 48, expected: 50.25),
                BalanceReport.Arm(name: "treatment", inForce: 951, expected: 948.75),
            ],
            largest: BalanceDistribution(largest), inForce: inForce, covariates: covariates,
            passedOver: [(name: "e<m>ail\u{7}", why: "it has one value")], strata: strata,
            emptied: 0)
    }

    private var few: BalanceReport {
        report(
            [covariate("age", [0.02], [0.01, 0.02, 0.03])], largest: [0.01, 0.02, 0.03],
            inForce: 0.02)
    }

    private var odd: BalanceReport {
        let apart = ArmBalance.apart
        return report(
            (0..<60).map { covariate("a \"<b>\" \($0)", [nil], [.nan, 0.3, apart], levels: 9) }
                + [covariate("gone", [apart], [apart, apart, apart])],
            largest: [apart, apart, apart], inForce: apart,
            strata: [
                BalanceReport.Stratum(
                    name: "<i>north</i>", units: 999, inForce: [0, 999], expectedControl: 0,
                    leastControl: 0),
                BalanceReport.Stratum(
                    name: String(repeating: "long ", count: 60), units: 100, inForce: [50, 50],
                    expectedControl: 50, leastControl: 41.5),
            ], isChoosing: true, fault: "row 3: <odd>")
    }

    private var none: BalanceReport { report([], largest: [.nan, .nan], inForce: nil) }

    @Test func `a page is well-formed and its pictures whole, whatever is in it`() throws {
        for (place, report) in [few, odd, none].enumerated() {
            let markup = BalanceHTML.render(report)
            let page = try ParsedPage(markup)
            #expect(pictureFaults(page) == [], "\(place)")
            let names = page.elements.compactMap { $0.attributes["id"] }
            #expect(Set(names).count == names.count, "\(place)")
            let words = page.all("p").map(\.text)
            for sentence in BalanceSentences.findings(report) + BalanceSentences.warnings(report) {
                #expect(words.contains(sentence), "\(place): \(sentence)")
            }
            #expect(markup == BalanceHTML.render(report))
        }
    }

    @Test func `what is said follows from the figures`() {
        let usual = BalanceSentences.findings(few).joined(separator: " ")
        #expect(usual.contains("0.0200 in half of them") && usual.contains("as chance has it"))
        #expect(!usual.contains("hold out more") && BalanceSentences.warnings(few).isEmpty)
        let apart = BalanceSentences.findings(odd).joined(separator: " ")
        #expect(apart.contains("∞ (gone)") && apart.contains("hold out more"))
        #expect(apart.contains("fewer than 5 units in 1 stratum: <i>north</i>."))
        #expect(BalanceSentences.warnings(odd).count == 2)
        let nothing = BalanceSentences.findings(none)
        #expect(nothing.count == 1 && nothing[0].contains("nothing varies"))
    }

    @Test func `no line of the text is wider than a terminal, and no figure is none`() {
        for report in [few, odd, none] {
            let text = BalanceText.render(report)
            for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
            #expect(!text.contains("nan") && !text.contains("inf ") && !text.contains("\u{7}"))
            let json = BalanceJSON.render(report).text()
            #expect(!json.lowercased().contains("nan") && !json.contains("inf,"))
        }
    }
}
