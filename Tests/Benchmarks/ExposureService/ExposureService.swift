import Foundation
import HTTPTypes
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import Hummingbird
import NIOCore

/// `POST /v1/exposures` as the service answers it, with what is measured changed:
///
///     ExposureService none 8081 CATALOG                 no ledger at all
///     ExposureService alone 8081 CATALOG LEDGER         a transaction for each request
@main struct ExposureService {
    /// Lets one append go at a time, so that the ledger's writer finds nothing to join.
    actor Turn {
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take() async {
            if isTaken {
                await withCheckedContinuation { waiting.append($0) }
            } else {
                isTaken = true
            }
        }

        func give() {
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
    }

    static func main() async throws {
        let arguments = CommandLine.arguments
        let isAlone = arguments[1] == "alone"
        let text = try String(contentsOfFile: arguments[3], encoding: .utf8)
        let catalog = try Catalog(files: [(name: "catalog.yaml", text: text)], salt: { _ in nil })
        let now: @Sendable () -> Timestamp = { Timestamp(microseconds: 1_772_366_400_000_000) }
        let ledger = isAlone ? try Ledger(path: arguments[4], now: now) : nil
        if let ledger { try await ledger.bringIntoForce(catalog, at: now()) }
        let turn = Turn()
        let router = Router(context: BasicRequestContext.self)
        router.post("/v1/exposures") { request, _ in
            let body = try await request.body.collect(upTo: 8 << 20)
            let json = try JSON.parse(Array(body.readableBytesView))
            let reader = FactReader(catalog: catalog, knownArms: [:], now: now())
            let exposure = try reader.exposure(json)
            var id = exposure.id ?? ""
            if let ledger {
                await turn.take()
                let receipts = try await ledger.append([.exposure(exposure)])
                await turn.give()
                guard case .accepted(let accepted)? = receipts.first else {
                    return Response(status: .conflict)
                }
                id = accepted
            }
            var answer: [UInt8] = []
            JSON.object(JSONObject([("id", .string(id)), ("status", "accepted")])).write(
                to: &answer)
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: answer)))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: Int(arguments[2]) ?? 8081),
                serverName: "exposures"))
        try await application.runService()
    }
}
