import Foundation
import Testing
import TestSupport

/// The source as text: what no compiler holds us to.
@Suite struct TidyTests {
    private static func files(under folders: [String], ending: String) throws -> [(
        name: String, text: String
    )] {
        let root = Repository.root
        var files: [(name: String, text: String)] = []
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(ending), !name.contains(".build/") else { continue }
                let path = "\(folder)/\(name)"
                files.append((path, try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)))
            }
        }
        #expect(!files.isEmpty, "there is nothing under \(folders)")
        return files
    }

    @Test func `no file of ours has more than 500 lines, and no line more than 100 columns`() throws
    {
        for file in try TidyTests.files(under: ["Sources", "Tests"], ending: ".swift") {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 500, "\(file.name) has \(lines.count) lines")
            // A text that is one long literal, or the name of a law, is broken where it reads well.
            for (index, line) in lines.enumerated() where line.count > 100 {
                if line.contains("\"") || line.contains("@Test func `") { continue }
                let isText = line.first == " " && TidyTests.isInText(lines, index)
                #expect(isText, "\(file.name):\(index + 1) has \(line.count) columns")
            }
        }
    }

    /// Whether a line stands within a literal of several lines.
    private static func isInText(_ lines: [Substring], _ index: Int) -> Bool {
        lines[..<index].count { $0.contains("\"\"\"") } % 2 == 1
    }

    @Test func `sources force nothing and hide nothing`() throws {
        let banned = [
            "try!", " as! ", "fatalError(", "TODO", "FIXME", "XXX", " print(", "Thread.sleep",
        ]
        for file in try TidyTests.files(under: ["Sources"], ending: ".swift") {
            for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let code = line.prefix { $0 != "/" }
                for word in banned where code.contains(word) {
                    // Help and version are printed as ArgumentParser does it.
                    let isHelp = word == " print(" && file.name.hasSuffix("HoldfastCommand.swift")
                    #expect(isHelp, "\(file.name):\(index + 1) has \(word)")
                }
            }
        }
    }

    @Test func `time, chance and identity come in from the edge only`() throws {
        let edges = ["Sources/HoldfastCLI/", "Sources/HoldfastServer/"]
        let banned = ["Date()", ".random(", "UUID()", "clock_gettime", "ContinuousClock"]
        for file in try TidyTests.files(under: ["Sources"], ending: ".swift")
        where !edges.contains(where: file.name.hasPrefix) {
            for word in banned {
                #expect(!file.text.contains(word), "\(file.name) has \(word)")
            }
        }
    }

    /// What each target may import of ours: the picture in Architecture.md, as data.
    private static let ranks: [String: Set<String>] = [
        "HoldfastFormats": [],
        "HoldfastStatistics": [],
        "HoldfastSQL": ["CSQLite"],
        "HoldfastAssignment": ["HoldfastFormats", "CCrypto"],
        "HoldfastTables": ["HoldfastFormats", "HoldfastSQL"],
        "HoldfastEngines": ["HoldfastFormats", "HoldfastSQL", "HoldfastTables"],
        "HoldfastC": ["HoldfastAssignment", "HoldfastFormats"],
        "HoldfastLedger": ["HoldfastFormats", "HoldfastAssignment", "HoldfastSQL"],
        "HoldfastLake": [
            "HoldfastFormats", "HoldfastAssignment", "HoldfastSQL", "HoldfastTables",
            "HoldfastLedger",
        ],
        "HoldfastChecks": [
            "HoldfastFormats", "HoldfastSQL", "HoldfastTables", "HoldfastStatistics",
        ],
        "HoldfastDatasets": [
            "HoldfastFormats", "HoldfastAssignment", "HoldfastSQL", "HoldfastStatistics",
            "HoldfastTables", "HoldfastLedger", "HoldfastChecks",
        ],
        "HoldfastReports": [
            "HoldfastFormats", "HoldfastChecks", "HoldfastDatasets", "HoldfastStatistics",
        ],
        "HoldfastServer": [
            "HoldfastFormats", "HoldfastAssignment", "HoldfastLedger", "HoldfastDatasets",
        ],
        "Holdfast": [
            "HoldfastFormats", "HoldfastAssignment", "HoldfastStatistics", "HoldfastLedger",
            "HoldfastDatasets", "HoldfastChecks", "HoldfastReports",
        ],
        "HoldfastCLI": [
            "HoldfastFormats", "HoldfastSQL", "HoldfastAssignment", "HoldfastStatistics",
            "HoldfastTables", "HoldfastEngines", "HoldfastLedger", "HoldfastLake",
            "HoldfastDatasets",
            "HoldfastChecks", "HoldfastReports", "HoldfastServer",
        ],
    ]

    @Test func `imports go down only`() throws {
        for file in try TidyTests.files(under: ["Sources"], ending: ".swift") {
            let target = String(file.name.split(separator: "/")[1])
            let allowed = try #require(TidyTests.ranks[target], "\(target) has no rank")
            for line in file.text.split(separator: "\n") {
                guard let module = line.firstMatch(of: /^(?:@\w+ )?(?:\w+ )?import (\w+)/)?.1 else {
                    continue
                }
                let isOurs =
                    module.hasPrefix("Holdfast") || module == "CSQLite" || module == "CCrypto"
                #expect(
                    !isOurs || allowed.contains(String(module)), "\(file.name) imports \(module)")
            }
        }
    }

    @Test func `third-party libraries stay behind their fences`() throws {
        let fences: [String: [String]] = [
            "Yams": ["Sources/HoldfastAssignment/Catalog/CatalogNode.swift"],
            "Hummingbird": ["Sources/HoldfastServer/"],
            "ArgumentParser": ["Sources/HoldfastCLI/"],
            "Foundation": ["Sources/HoldfastCLI/"],
            "FoundationNetworking": ["Sources/HoldfastCLI/"],
        ]
        for file in try TidyTests.files(under: ["Sources"], ending: ".swift") {
            for (module, places) in fences where file.text.contains("import \(module)\n") {
                #expect(
                    places.contains(where: file.name.hasPrefix), "\(file.name) imports \(module)")
            }
        }
    }

    @Test func `every command is shown in the README, which has at most 300 lines`() async throws {
        let readme = try Repository.text("README.md")
        let lines = readme.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 300)
        let help = try await Program.run(["--help"]).output
        let commands = help.matches(of: /\n  (\w+) {2,}/).map { String($0.1) }.filter {
            $0 != "help"
        }
        #expect(commands.count >= 8)
        for command in commands {
            #expect(readme.contains("holdfast \(command)"), "the README does not show \(command)")
        }
    }

    @Test func `nothing that is committed holds a path of one machine`() throws {
        for ending in [".swift", ".md", ".py", ".yaml", ".json", ".sh"] {
            let folders = ["Sources", "Tests", "Schemas"]
            let root = Repository.root
            for folder in folders {
                let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
                while let name = names?.nextObject() as? String {
                    guard name.hasSuffix(ending), !name.contains(".build/") else { continue }
                    let path = "\(root)/\(folder)/\(name)"
                    let text = try String(contentsOfFile: path, encoding: .utf8)
                    for word in ["/work" + "/", "/root" + "/", "/opt" + "/"] {
                        #expect(!text.contains(word), "\(folder)/\(name) has \(word)")
                    }
                }
            }
        }
    }
}
