import HoldfastStatistics
import HoldfastTables
import Testing
import TestSupport

@testable import HoldfastChecks

/// A table's rows as they are analysed.
@Suite struct AnalysisTableTests {
    private static func read(
        _ text: String, _ metrics: [String] = ["y"], arm: String = "arm", control: String = "c",
        _ change: (inout AnalysisRoles) -> Void = { _ in }
    ) throws -> AnalysedTable {
        var roles = AnalysisRoles(
            arm: arm, control: control, metrics: try metrics.map { try MetricRequest($0) })
        change(&roles)
        return try AnalysedTable.read(.bytes(Array(text.utf8), name: "rows.csv"), roles: roles)
    }

    private static func refused(
        _ text: String, _ metrics: [String] = ["y"], control: String = "c",
        _ change: (inout AnalysisRoles) -> Void = { _ in }
    ) -> String {
        do {
            _ = try read(text, metrics, control: control, change)
            return "not refused"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a metric is read as its kind says`() throws {
        #expect(try MetricRequest("spend") == MetricRequest(name: "spend"))
        #expect(try MetricRequest("a:b:mean") == MetricRequest(name: "a:b", kind: .mean))
        #expect(
            try MetricRequest("clicks:ratio/visits")
                == MetricRequest(name: "clicks", kind: .ratio, denominator: "visits"))
        #expect(try MetricRequest("t:p99.9").title == "t p99.9")
        #expect(try MetricRequest("t:p50").kind == .quantile(0.5))
        for text in ["", ":mean", "a:", "a:median", "a:ratio/", "a:p0", "a:p100", "a:pnan"] {
            #expect(throws: CheckError.self, "\(text)") { try MetricRequest(text) }
        }
    }

    @Test func `arms come with control first, and rows without one are counted`() throws {
        let table = try Self.read("arm,y\nt,1\nc,0\n,1\nb,1\nc,1\n")
        #expect(table.rows.arms == ["c", "b", "t"] && table.rows.control == 0)
        #expect(table.rows.arm == [2, 0, 1, 0])
        #expect(
            table.flow.map { "\($0.name) \($0.count)" } == ["rows 5", "no_arm 1", "analysed 4"])
        #expect(table.rows.metrics[0].kind == .proportion && table.dealing == nil)
    }

    @Test func `words for yes are 1, and a missing cell is missing`() throws {
        let table = try Self.read("arm,y\nt,true\nc,no\nc,\nt,Yes\n")
        #expect(table.rows.metrics[0].values.map { $0.isNaN ? -1 : $0 } == [1, 0, -1, 1])
        let numbers = try Self.read("arm,y\n1,2.5\n0,\n", control: "0")
        #expect(numbers.rows.arms == ["0", "1"] && numbers.rows.metrics[0].kind == .mean)
    }

    @Test func `rows of a unit are added up, in the arm of its first row by time`() throws {
        let text = """
            id,arm,y,n,when
            a,t,2,1,2026-01-03
            b,c,1,1,2026-01-01
            a,c,3,2,2026-01-02
            b,c,,4,2026-01-05
            ,c,9,9,2026-01-01

            """
        let table = try Self.read(
            text, ["y:mean", "y:ratio/n", "y:proportion"].filter { $0 != "y:proportion" }
        ) {
            $0.unit = "id"
            $0.time = "when"
        }
        #expect(table.rows.count == 2 && table.rows.arm == [0, 0])
        #expect(table.rows.metrics[0].values == [1, 5])
        #expect(table.rows.metrics[1].denominators == [5, 3])
        #expect(table.notes.contains { $0.contains("1 units have rows in several arms") })
        let counts = table.flow.map { "\($0.name) \($0.count)" }
        #expect(counts == ["rows 5", "no_arm 0", "no_unit 1", "later 2", "analysed 2"])
    }

    @Test func `clusters are what was dealt, but where one has rows of several arms`() throws {
        let whole = try Self.read("arm,y,h\nt,1,1\nt,2,1\nc,3,2\nc,1,3\n") {
            $0.cluster = "h"
            $0.shares = [("c", 0.5), ("t", 0.5)]
        }
        #expect(whole.dealing?.what == "clusters" && whole.dealing?.dealt.count == 3)
        let within = try Self.read("arm,y,h\nt,1,1\nc,2,1\nc,3,2\nt,1,2\n") {
            $0.cluster = "h"
            $0.shares = [("c", 0.5), ("t", 0.5)]
        }
        #expect(within.dealing?.what == "rows" && within.dealing?.dealt.count == 4)
        #expect(within.notes.contains { $0.hasPrefix("2 clusters have rows in several arms") })
    }

    @Test func `an arm without a share is one of share 0, and one without rows has none`() throws {
        let table = try Self.read("arm,y\nt,1\nc,2\nx,3\n") {
            $0.shares = [("c", 0.1), ("t", 0.4), ("z", 0.5)]
        }
        #expect(table.rows.arms == ["c", "t", "x", "z"])
        #expect(table.dealing?.strata == [[0.1, 0.4, 0, 0.5]])
    }

    @Test func `weeks are those for which every unit was seen`() throws {
        var text = "id,arm,y,when\n"
        for day in 0..<30 { text += "a,t,1,\(1_767_225_600 + day * 86_400)\n" }
        for day in 0..<22 { text += "b,c,2,\(1_767_225_600 + (day + 8) * 86_400)\n" }
        let table = try Self.read(text, ["y:mean"]) {
            $0.unit = "id"
            $0.time = "when"
        }
        let weekly = try #require(table.rows.metrics[0].weekly)
        #expect(weekly.weeks == 3)
        var sums: [[Double]] = [[0, 0, 0], [0, 0, 0]]
        for entry in weekly.entries { sums[Int(entry.row)][Int(entry.week)] += entry.value }
        #expect(sums == [[7, 7, 7], [14, 14, 14]])
    }

    @Test func `what cannot be read is refused with the row and what to do`() {
        let text = "arm,y,e,w\nt,1,1,1\nc,x,2,0\n"
        #expect(Self.refused(text).contains("row 2: \"y\" is \"x\", which is no number"))
        #expect(Self.refused("arm,y\nt,1\nc,inf\n").contains("row 2"))
        #expect(Self.refused("arm,z\nt,1\nc,2\n").contains("has no column \"y\""))
        #expect(Self.refused("arm,y\nt,1\nb,2\n").contains("--control is one of \"t\", \"b\""))
        #expect(Self.refused("arm,y\nc,1\nc,2\n").contains("give rows of another"))
        #expect(
            Self.refused("arm,y\n").contains("has no rows")
                || Self.refused("arm,y\n").contains("no rows"))
        #expect(
            Self.refused("arm,y\nc,0\nt,2\n", ["y:proportion"]).contains("neither 0 nor 1"))
        #expect(
            Self.refused("arm,y,e\nc,0,1\nt,2,2\n") { $0.exposed = "e" }
                .contains("row 2: \"e\" is neither yes nor no"))
        #expect(
            Self.refused("arm,y,w\nc,0,1\nt,2,0\n") { $0.weight = "w" }
                .contains("row 2: the weight is not above 0"))
        #expect(
            Self.refused("arm,y,h\nc,0,1\nt,2,\n") { $0.cluster = "h" }
                .contains("row 2 has no cluster"))
        #expect(
            Self.refused("arm,y,w\nc,0,x\nt,2,y\n") { $0.time = "w" }
                .contains("no cell of \"w\" is a time"))
    }
}
