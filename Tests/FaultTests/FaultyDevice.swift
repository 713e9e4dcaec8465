import Foundation
import Testing
import TestSupport

/// A device that fails when a test says so: a library that is loaded before the service's own, and
/// stands between it and the system's calls. See Shim/faults.c.
struct FaultyDevice {
    private let folder: TemporaryFolder
    private let control: String
    private let clock: String
    private let library: String

    /// Compiles the library into the folder, by the toolchain's compiler or the system's.
    init(in folder: TemporaryFolder) async throws {
        self.folder = folder
        control = folder.file("faults.control")
        clock = folder.file("clock.control")
        library = folder.file("faults.so")
        let source = "\(Repository.root)/Tests/FaultTests/Shim/faults.c"
        var errors = ""
        for compiler in ["clang", "cc", "gcc"] {
            let arguments = ["-shared", "-fPIC", "-O1", "-o", library, source]
            do {
                let run = try await Program.run(compiler, arguments)
                if run.status == 0 { return }
                errors += run.errors
            } catch {
                errors += "\(error)\n"
            }
        }
        throw ProgramError("no compiler for \(source): \(errors)")
    }

    /// The environment of a process that is to meet it.
    var environment: [String: String] {
        ["LD_PRELOAD": library, "HOLDFAST_FAULTS": control, "HOLDFAST_CLOCK": clock]
    }

    /// Lets calls fail from now on, as the line says. Appears whole: the file is moved there.
    func fail(_ line: String) throws {
        try move(line, to: control)
    }

    /// Moves the process's clock by so many seconds.
    func setClock(_ seconds: Int) throws {
        try move("\(seconds)", to: clock)
    }

    /// Everything works again.
    func mend() {
        unlink(control)
    }

    private func move(_ text: String, to path: String) throws {
        let temporary = "\(path).\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
        guard rename(temporary, path) == 0 else { throw ProgramError("\(path): errno \(errno)") }
    }
}

/// A disk of little space: a file system in memory where the test may mount one, else a limit on
/// the size of each file.
final class SmallDisk {
    /// Where it is.
    let path: String
    /// The words that run a service on it.
    let launcher: [String]
    private let isMounted: Bool

    /// `isMounting` false: by a limit on files whoever runs the test.
    init(in folder: TemporaryFolder, isMounting: Bool) async throws {
        path = folder.file("disk")
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        let arguments = ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path]
        // Not allowed, or no such program: a limit does as well.
        let mounted = isMounting ? try? await Program.run("mount", arguments).status : nil
        isMounted = mounted == 0
        // In units of 1,024 bytes, and soft: so that it can be raised.
        launcher = isMounted ? [] : ["/bin/bash", "-c", #"ulimit -S -f 700; exec "$@""#, "bash"]
    }

    deinit {
        // Detached at once, and gone when nobody has a file open there.
        if isMounted { umount2(path, Int32(MNT_DETACH)) }
    }

    /// Leaves so many bytes free.
    func fill(leaving free: Int) throws {
        guard isMounted else { return }
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
        let size = (attributes[.systemFreeSize] as? Int ?? 0) - free
        try Data(count: max(0, size)).write(to: URL(fileURLWithPath: "\(path)/ballast"))
    }

    /// Takes what room is left to the last byte: a commit of one fact would still fit where a large
    /// one did not.
    func takeRest() throws {
        guard isMounted else { return }
        let descriptor = open("\(path)/crumbs", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        for size in [4_096, 1] {
            let crumb = [UInt8](repeating: 0, count: size)
            while write(descriptor, crumb, size) > 0 {}
        }
    }

    /// Makes room again.
    func free(for service: ServiceProcess) async throws {
        if isMounted {
            unlink("\(path)/ballast")
            unlink("\(path)/crumbs")
        } else {
            let run = try await Program.run(
                "prlimit", ["--pid", "\(service.id)", "--fsize=unlimited:"])
            try #require(run.status == 0, "\(run.errors)")
        }
    }
}

/// What holds while the ledger cannot be written: units are dealt, readiness says no, and facts are
/// answered 503 and when to come back, none of them acknowledged. Gives the batches that were sent.
func expectUnwritable(
    _ port: Int, _ books: Books, _ chance: inout SeededGenerator, _ words: String,
    _ location: SourceLocation = #_sourceLocation
) async throws -> [SentBatch] {
    let name = chance.next()
    var batches: [SentBatch] = []
    for kind in FactKind.allCases {
        batches.append(
            .random(kind, count: 1, units: "alone-\(kind)-\(name)", chance: &chance))
        batches.append(.random(kind, count: 9, units: "many-\(kind)-\(name)", chance: &chance))
    }
    let sent = batches
    let faults = try await blocking {
        var faults: [String] = []
        let client = try WireClient(port: port)
        for batch in sent {
            if try books.post(batch, by: client) { faults.append("\(batch) was acknowledged") }
            let dealt = try client.post(
                "/v1/assignments", #"{"experiment":"front-page","unit":"\#(batch.facts[0].key)"}"#)
            if try dealt.status != 200 || dealt.json.text(at: "revision").isEmpty {
                faults.append("a unit is not dealt: \(dealt)")
            }
        }
        let ready = try client.get("/readyz")
        if ready.status != 503 { faults.append("/readyz says \(ready.status)") }
        let alive = try client.get("/healthz")
        if alive.status != 200 { faults.append("/healthz says \(alive.status)") }
        return faults
    }
    #expect(faults.isEmpty, "\(words)", sourceLocation: location)
    return batches
}

/// What holds when it can be written again, without a restart: readiness says yes, and the batches
/// are taken.
func expectWritable(
    _ port: Int, _ books: Books, _ batches: [SentBatch], _ words: String,
    _ location: SourceLocation = #_sourceLocation
) async throws {
    let faults = try await blocking {
        let client = try WireClient(port: port)
        var faults: [String] = []
        let ready = try client.get("/readyz")
        if ready.status != 200 { faults.append("/readyz says \(ready)") }
        for batch in batches where try !books.post(batch, by: client) {
            faults.append("\(batch.facts.count) \(batch.kind) are not taken")
        }
        return faults
    }
    #expect(faults.isEmpty, "\(words)", sourceLocation: location)
}
