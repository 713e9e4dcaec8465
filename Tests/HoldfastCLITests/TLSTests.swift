import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast serve` with certificates that a test makes by OpenSSL's own program, and curl before
/// it.
@Suite struct TLSTests {
    /// A certificate and its key in a folder, signed by itself.
    struct Pair {
        let certificate: String
        let key: String

        static func make(_ name: String, in folder: TemporaryFolder) async throws -> Pair {
            let pair = Pair(
                certificate: folder.file("\(name).crt"), key: folder.file("\(name).key"))
            try await TLSTests.openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", pair.key, "-out",
                pair.certificate,
            ])
            return pair
        }

        var arguments: [String] { ["--tls-certificate", certificate, "--tls-key", key] }
    }

    private static func openssl(_ arguments: [String]) async throws {
        let run = try await Program.run("/usr/bin/openssl", arguments)
        guard run.status == 0 else { throw ProgramError("openssl: \(run.errors)") }
    }

    private static func curl(_ arguments: [String], trusting: String) async throws -> Program.Run {
        try await Program.run(
            "/usr/bin/curl",
            ["--silent", "--show-error", "--max-time", "30", "--cacert", trusting] + arguments)
    }

    private static func serve(
        _ pair: Pair, in folder: TemporaryFolder, _ arguments: [String] = []
    ) async throws -> ServiceProcess {
        try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", ServeTests.catalog()),
            ledger: folder.file("ledger.db"), arguments: pair.arguments + arguments,
            errors: folder.file("errors"))
    }

    @Test func `with a certificate it serves HTTPS by TLS 1.2 and 1.3, and nothing else`()
        async throws
    {
        let folder = try TemporaryFolder()
        let pair = try await Pair.make("one", in: folder)
        let service = try await Self.serve(pair, in: folder)
        let url = "https://localhost:\(service.port)"
        #expect(service.announced.contains("https://127.0.0.1:\(service.port)"))
        for version in ["1.2", "1.3"] {
            let run = try await Self.curl(
                ["--tlsv\(version)", "--tls-max", version, "\(url)/healthz"],
                trusting: pair.certificate)
            #expect(run.output == #"{"status":"ok"}"#, "TLS \(version): \(run.errors)")
        }
        let old = try await Self.curl(
            ["--tlsv1.1", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", "\(url)/healthz"],
            trusting: pair.certificate)
        #expect(old.status != 0)
        let plain = try await Self.curl(
            ["http://localhost:\(service.port)/healthz"], trusting: pair.certificate)
        #expect(plain.status != 0)
        let stranger = try await Pair.make("stranger", in: folder)
        let untrusted = try await Self.curl(["\(url)/healthz"], trusting: stranger.certificate)
        #expect(untrusted.status == 60, "\(untrusted.errors)")
        // A batch of several records, both ways.
        let lines = (0..<10_000).map { #"{"id":"o-\#($0)","unit":"u","name":"n","value":1}"# }
        let body = try folder.write("body", lines.joined(separator: "\n"))
        let posted = try await Self.curl(
            [
                "--data-binary", "@\(body)", "-H", "Content-Type: application/x-ndjson",
                "\(url)/v1/outcomes",
            ], trusting: pair.certificate)
        #expect(try JSON.parse(Array(posted.output.utf8))["accepted"] == 10_000)
        #expect(try await service.terminate() == 0)
        #expect(try folder.read("errors").isEmpty)
    }

    @Test func `a request that never ends is ended through TLS too, a handshake as well`()
        async throws
    {
        let folder = try TemporaryFolder()
        let pair = try await Pair.make("one", in: folder)
        let service = try await Self.serve(pair, in: folder, ["--request-timeout", "1"])
        let half = "GET /healthz HTTP/1.1\r\nHost: a\r\n"
        let run = try await blocking {
            let client = Process()
            client.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            client.arguments = [
                "s_client", "-quiet", "-CAfile", pair.certificate, "-connect",
                "127.0.0.1:\(service.port)",
            ]
            let (input, output) = (Pipe(), Pipe())
            client.standardInput = input
            client.standardOutput = output
            client.standardError = FileHandle.nullDevice
            try client.run()
            try input.fileHandleForWriting.write(contentsOf: Data(half.utf8))
            let answer = try output.fileHandleForReading.readToEnd() ?? Data()
            client.waitUntilExit()
            return String(decoding: answer, as: UTF8.self)
        }
        #expect(run.hasPrefix("HTTP/1.1 408 "), "\(run)")
        #expect(try await service.terminate() == 0)
    }

    @Test func `SIGHUP shows a new certificate to new connections, a faulty one changes nothing`()
        async throws
    {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        let pair = try await Pair.make("served", in: folder)
        let first = try folder.write(
            "first.crt", String(decoding: try folder.read("served.crt"), as: UTF8.self))
        let service = try await Self.serve(pair, in: folder)
        func isTrusted(_ certificate: String) async throws -> Bool {
            try await Self.curl(
                ["https://localhost:\(service.port)/healthz"], trusting: certificate
            ).status == 0
        }
        func says(_ words: String) async throws {
            let deadline = ContinuousClock.now + .seconds(300)
            while true {
                let errors = String(decoding: try folder.read("errors"), as: UTF8.self)
                if errors.contains(words) { return }
                guard ContinuousClock.now < deadline else {
                    throw ProgramError("it never said \(words), but: \(errors)")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(try await isTrusted(first))
        // The certificate is there already, its key not yet.
        let second = try await Pair.make("second", in: folder)
        try files.removeItem(atPath: pair.certificate)
        try files.copyItem(atPath: second.certificate, toPath: pair.certificate)
        service.hangUp()
        try await says("certificate not reloaded, the one before is still shown: the key in ")
        #expect(try await isTrusted(first))
        try files.removeItem(atPath: pair.key)
        try files.copyItem(atPath: second.key, toPath: pair.key)
        service.hangUp()
        try await says("certificate reloaded: good until 20")
        #expect(try await !isTrusted(first))
        #expect(try await isTrusted(second.certificate))
        try files.removeItem(atPath: pair.certificate)
        service.hangUp()
        try await says("still shown: there is no file at")
        #expect(try await isTrusted(second.certificate))
        #expect(try await service.terminate() == 0)
    }

    @Test func `with tokens and TLS another address is served, without a warning`() async throws {
        let folder = try TemporaryFolder()
        let pair = try await Pair.make("one", in: folder)
        let tokens = folder.file("tokens.json")
        _ = try await Program.run([
            "token", "create", "--tokens", tokens, "--name", "a", "--scope", "assign",
        ])
        let service = try await Self.serve(
            pair, in: folder, ["--tokens", tokens, "--host", "0.0.0.0"])
        #expect(service.announced.contains(#""asks_for_tokens": true"#))
        let bare = try await Self.curl(
            ["-d", "{}", "https://localhost:\(service.port)/v1/assignments"],
            trusting: pair.certificate)
        #expect(bare.output.contains("unauthorized"))
        #expect(try await service.terminate() == 0)
        #expect(try folder.read("errors").isEmpty)
    }

    @Test func `what is no certificate or no key of it is refused, with the file and the remedy`()
        async throws
    {
        let folder = try TemporaryFolder()
        let (one, other) = (
            try await Pair.make("one", in: folder), try await Pair.make("other", in: folder)
        )
        let (ended, encrypted) = (folder.file("ended.crt"), folder.file("encrypted.key"))
        try await Self.openssl([
            "x509", "-in", one.certificate, "-days", "-1", "-signkey", one.key, "-out", ended,
        ])
        try await Self.openssl([
            "pkcs8", "-topk8", "-in", one.key, "-passout", "pass:word", "-out", encrypted,
        ])
        let der = folder.file("der.crt")
        try await Self.openssl(["x509", "-in", one.certificate, "-outform", "der", "-out", der])
        // Two certificates in the wrong order: the first is not the key's.
        let chain = try folder.write(
            "chain.crt",
            String(decoding: try folder.read("other.crt") + folder.read("one.crt"), as: UTF8.self))
        let text = try folder.write("text", "hello")
        let none = folder.file("none")
        let cases: [(certificate: String, key: String, words: [String])] = [
            (one.certificate, other.key, ["other.key does not belong", "one.crt", "made for"]),
            (chain, one.key, ["one.key does not belong", "chain.crt", "begins with"]),
            (one.key, one.certificate, ["one.key is no certificate", "exchanged?"]),
            (one.certificate, one.certificate, ["one.crt is no private key", "exchanged?"]),
            (text, one.key, ["text is no certificate in PEM", "BEGIN CERTIFICATE"]),
            (der, one.key, ["der.crt is no certificate in PEM", "BEGIN CERTIFICATE"]),
            (one.certificate, text, ["text is no private key in PEM", "BEGIN PRIVATE KEY"]),
            (one.certificate, encrypted, ["encrypted.key is encrypted", "openssl pkey"]),
            (ended, one.key, ["ended.crt: its first certificate ended at 20", "renew"]),
            (none, one.key, ["no file at", "/none"]),
            (one.certificate, none, ["no file at", "/none"]),
            (one.certificate, folder.path, ["cannot be read", "a file you may read"]),
        ]
        let catalog = try folder.write("catalog.yaml", ServeTests.catalog())
        let ledger = folder.file("ledger.db")
        for item in cases {
            let run = try await Program.run([
                "serve", "--catalog", catalog, "--ledger", ledger, "--port", "0",
                "--tls-certificate", item.certificate, "--tls-key", item.key,
            ])
            #expect(run.status == 2)
            for words in item.words { #expect(run.errors.contains(words), "\(run.errors)") }
            #expect(!run.errors.contains("PRIVATE KEY-----\n"))
        }
        #expect(!FileManager.default.fileExists(atPath: ledger))
    }

    @Test(arguments: [["--tls-certificate", "f"], ["--tls-key", "f"]])
    func `one file without the other is wrong usage`(arguments: [String]) async throws {
        let run = try await Program.run(
            ["serve", "--catalog", "c", "--ledger", "l"] + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains("give both, or neither"))
    }

    @Test(arguments: ["0", "-1", "3601", "soon"])
    func `the times of requests and idle connections are from 1 to 3600 seconds`(
        seconds: String
    ) async throws {
        for name in ["request", "idle"] {
            let run = try await Program.run(
                ["serve", "--catalog", "c", "--ledger", "l", "--\(name)-timeout=\(seconds)"])
            #expect(run.status == 64)
            #expect(run.errors.contains(name) && run.errors.contains("timeout"))
        }
    }

    @Test func `without tokens it says that only this machine may ask`() async throws {
        let folder = try TemporaryFolder()
        let service = try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", ServeTests.catalog()),
            ledger: folder.file("ledger.db"))
        #expect(service.announced.contains(#""asks_for_tokens": false"#))
        #expect(try await service.terminate() == 0)
    }
}
