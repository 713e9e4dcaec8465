import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast serve` as an operator runs it: a process, its files and its signals.
@Suite struct ServeTests {
    static func catalog(control: Int = 5, description: String = "first") -> String {
        """
        holdfast: 1
        salt: serve-tests-salt-0001
        experiments:
          offers:
            description: \(description)
            unit: customer
            arms: [{control: \(control)%}, {treatment: \(100 - control)%}]
        """
    }

    /// A service of a catalog in a folder, with what it says on standard error.
    struct Running: Sendable {
        let process: ServiceProcess
        let client: HTTP
        let folder: TemporaryFolder
        let first: String

        static func start(
            _ text: String = ServeTests.catalog(), at name: String = "catalog.yaml",
            in folder: TemporaryFolder? = nil, arguments: [String] = []
        ) async throws -> Running {
            let folder = try folder ?? TemporaryFolder()
            if name == "catalog.yaml" { try folder.write(name, text) }
            let process = try await ServiceProcess.start(
                catalog: folder.file(name), ledger: folder.file("ledger.db"),
                arguments: arguments, errors: folder.file("errors"))
            let client = HTTP(port: process.port)
            let ready = try await client.get("/readyz").json
            return Running(
                process: process, client: client, folder: folder,
                first: ready["revision"]?.string ?? "")
        }

        var revision: String {
            get async throws { try await client.get("/readyz").json["revision"]?.string ?? "" }
        }

        var errors: String {
            get throws { String(decoding: try folder.read("errors"), as: UTF8.self) }
        }

        /// Waits until it has said these words; a minute is long for it.
        func says(_ words: String) async throws {
            let deadline = ContinuousClock.now + .seconds(300)
            while !(try errors).contains(words) {
                guard ContinuousClock.now < deadline else {
                    throw ProgramError("it never said \(words), but: \(try errors)")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func stop() async throws { #expect(try await process.terminate() == 0) }
    }

    @Test func `SIGHUP brings a changed catalog into force, and says from which to which`()
        async throws
    {
        let service = try await Running.start()
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "second"))
        service.process.hangUp()
        try await service.says("catalog reloaded: revision \(service.first) before, r")
        let second = try await service.revision
        #expect(second != service.first)
        #expect(try service.errors.contains("\(second) now"))
        service.process.hangUp()
        try await service.says("declares what is in force: revision \(second)")
        try await service.stop()
        // A service that starts again finds what it left.
        let again = try await Running.start(
            ServeTests.catalog(description: "second"), in: service.folder)
        #expect(again.first == second)
        try await again.stop()
    }

    @Test(arguments: [
        ("holdfast: 1\nsalt: short\n", "catalog.yaml:2:7"),
        ("holdfast: [1\n", "catalog.yaml:"), (catalog(control: 9), "--accept-unsafe offers"),
        (catalog(control: 9), "experiment offers"), ("\u{FFFD}", "catalog.yaml"),
    ])
    func `a broken or unsafe catalog is refused with its place, and the old one serves on`(
        text: String, words: String
    ) async throws {
        let service = try await Running.start()
        try service.folder.write("catalog.yaml", text)
        service.process.hangUp()
        try await service.says("catalog refused, revision \(service.first) stays in force: ")
        #expect(try service.errors.contains(words))
        // One line, and no salt in it.
        #expect(try service.errors.split(separator: "\n").count == 1)
        #expect(try !service.errors.contains("serve-tests-salt"))
        #expect(try await service.revision == service.first)
        let item: JSON = ["experiment": "offers", "unit": "u"]
        #expect(try await service.client.post("/v1/decisions", item).status == 200)
        // Mended, it is taken.
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "mended"))
        service.process.hangUp()
        try await service.says("catalog reloaded")
        try await service.stop()
    }

    @Test func `a catalog that is gone leaves the old one in force`() async throws {
        let service = try await Running.start()
        try FileManager.default.removeItem(atPath: service.folder.file("catalog.yaml"))
        service.process.hangUp()
        try await service.says("stays in force: there is no catalog at")
        #expect(try await service.client.get("/readyz").status == 200)
        try await service.stop()
    }

    @Test func `a watched file is taken when it changes, and a refused one is said once`()
        async throws
    {
        let service = try await Running.start(arguments: ["--watch"])
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "second"))
        try await service.says("catalog reloaded: revision \(service.first) before")
        try service.folder.write("catalog.yaml", "holdfast: 1\n")
        try await service.says("catalog refused")
        try await Task.sleep(for: .seconds(3))
        #expect(try service.errors.split(separator: "\n").count == 2)
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "third"))
        let second = try await service.revision
        try await service.says("revision \(second) before")
        try await service.stop()
    }

    /// A folder as Kubernetes mounts a ConfigMap: links through one link that is turned in a step.
    @Test func `a watched folder of links is taken whole when its one link is turned`()
        async throws
    {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        let mount = folder.file("mount")
        try files.createDirectory(atPath: mount, withIntermediateDirectories: true)
        func version(_ name: String, _ description: String) throws {
            let path = "\(mount)/..\(name)"
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            let text = ServeTests.catalog(description: description)
            let parts = text.components(separatedBy: "experiments:")
            try Data(parts[0].utf8).write(to: URL(fileURLWithPath: "\(path)/a.yaml"))
            try Data("holdfast: 1\nexperiments:\(parts[1])".utf8)
                .write(to: URL(fileURLWithPath: "\(path)/b.yaml"))
            // Made beside it and renamed over it: one step.
            try files.createSymbolicLink(
                atPath: "\(mount)/..data_tmp", withDestinationPath: "..\(name)")
            #expect(rename("\(mount)/..data_tmp", "\(mount)/..data") == 0)
        }
        try version("v1", "first")
        for name in ["a.yaml", "b.yaml"] {
            try files.createSymbolicLink(
                atPath: "\(mount)/\(name)", withDestinationPath: "..data/\(name)")
        }
        let service = try await Running.start(at: "mount", in: folder, arguments: ["--watch"])
        try version("v2", "second")
        try files.removeItem(atPath: "\(mount)/..v1")
        try await service.says("catalog reloaded: revision \(service.first) before")
        let shown = try await service.client.get("/v1/experiments/offers").json
        #expect(shown["description"] == "second")
        #expect(try !service.errors.contains("refused"))
        try await service.stop()
    }

    @Test func `it refuses to start on an unsafe change, and says how to accept it`() async throws {
        let service = try await Running.start()
        try await service.stop()
        let changed = try service.folder.write("changed.yaml", ServeTests.catalog(control: 9))
        let run = try await Program.run([
            "serve", "--catalog", changed, "--ledger", service.folder.file("ledger.db"), "--port",
            "0",
        ])
        #expect(run.status == 2)
        #expect(run.errors.contains("experiment offers"))
        #expect(run.errors.contains("--accept-unsafe offers"))
        let unknown = try await Program.run([
            "serve", "--catalog", changed, "--ledger", service.folder.file("ledger.db"), "--port",
            "0", "--accept-unsafe", "ofers",
        ])
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("\"ofers\""))
        let accepted = try await Running.start(
            ServeTests.catalog(control: 9), in: service.folder,
            arguments: ["--accept-unsafe", "offers"])
        #expect(accepted.first != service.first)
        // That was the one change: the next is refused when it is reloaded.
        try service.folder.write("catalog.yaml", ServeTests.catalog(control: 3))
        accepted.process.hangUp()
        try await accepted.says("catalog refused, revision \(accepted.first) stays in force")
        try await accepted.stop()
    }

    @Test(arguments: [
        (["--host", "0.0.0.0"], "Give --tokens FILE"), (["--rate", "0"], "from 1 to 1000000"),
        (["--rate", "many"], "rate"), (["--port", "65536"], "from 0 to 65535"),
        (["--accept-unsafe", "a/b"], "no experiment's name"),
    ])
    func `wrong usage is refused before anything is opened`(arguments: [String], words: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let run = try await Program.run(
            ["serve", "--catalog", folder.file("c"), "--ledger", folder.file("ledger.db")]
                + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(try folder.names == [])
    }
}
