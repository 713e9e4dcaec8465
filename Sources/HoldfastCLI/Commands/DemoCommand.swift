internal import ArgumentParser
internal import Foundation
internal import HoldfastFormats

struct DemoCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The whole story on real data: serve, score, record, export, check.",
        discussion: """
            Replays 20,000 impressions of a shop's front page (Open Bandit Dataset) through the real service on \
            a free loopback port, with a real ledger.
            """)

    @Option(
        help: ArgumentHelp(
            "The folder for the demo's files, which must not be there yet; a temporary one by default.",
            valueName: "folder"))
    var out: String?
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        let folder = try makeFolder()
        let demo = try Demo(folder: folder)
        let result = try await demo.run()
        switch output.format {
        case .json: Terminal.say(result.json)
        case .text: Terminal.say(result.text)
        }
        return .success
    }

    private func makeFolder() throws -> String {
        let path =
            out ?? NSTemporaryDirectory()
            + "holdfast-demo-\(ProcessInfo.processInfo.processIdentifier)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                "\(path) is there already", "name a folder that is not there yet by --out")
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
