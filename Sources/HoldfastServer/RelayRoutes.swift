internal import HTTPTypes
internal import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird

/// The routes of a relay: the service's own, answered when the items are in the spool.
struct RelayRoutes {
    let spool: Spool
    /// What deals decisions, where the relay has a catalog.
    let catalog: Catalog?
    let now: @Sendable () -> Timestamp
    let delivery: @Sendable () -> RelayDelivery

    /// `POST /v1/assignments`: deals by the relay's own catalog; nothing is spooled.
    func assignments(_ request: Request) async throws -> Response {
        guard let reader = reader(at: now()) else {
            throw Problem(
                .notFound, code: "no_catalog", detail: "this relay has no catalog to deal by",
                hint: "start it with --catalog, or ask the service")
        }
        let body = try await BatchBody(request)
        let answers = body.items.map { item -> Result<JSONObject, Refusal> in
            switch item {
            case .refused(let refusal, _): return .failure(refusal)
            case .value(let json):
                do throws(Refusal) {
                    let dealt = try reader.assignment(json)
                    return .success(FactRoutes.members(of: dealt.assignment, unit: dealt.unit))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try RelayRoutes.respond(answers, isSingle: body.isSingle, spooled: nil)
    }

    /// `POST /v1/decisions`, `/v1/exposures` and `/v1/outcomes`: spooled, to be forwarded.
    func take(_ request: Request, _ kind: Fact.Kind) async throws -> Response {
        try RelayRoutes.refuseNumbered(request)
        let body = try await BatchBody(request)
        let time = now()
        let reader = kind == .decision ? reader(at: time) : nil
        let taken = body.items.map { item -> Result<Taken, Refusal> in
            switch item {
            case .refused(let refusal, _): return .failure(refusal)
            case .value(let json):
                do throws(Refusal) {
                    return .success(try Taken(json, kind, at: time, dealtBy: reader))
                } catch {
                    return .failure(error)
                }
            }
        }
        let items = taken.compactMap { taken -> SpoolItem? in
            guard case .success(let taken) = taken else { return nil }
            return taken.item
        }
        let ids: [String]
        do throws(SpoolError) {
            ids = try await spool.append(items)
        } catch {
            throw Problem(error)
        }
        var next = ids.makeIterator()
        let answers = taken.map { taken in
            taken.map { $0.answer(id: next.next() ?? "") }
        }
        return try RelayRoutes.respond(
            answers, isSingle: body.isSingle, spooled: Int64(ids.count))
    }

    private func reader(at time: Timestamp) -> FactReader? {
        // An exposure's arm is for the service to know: no arm of the past is needed here.
        catalog.map { FactReader(catalog: $0, knownArms: [:], now: time) }
    }

    /// An item that was read, with what its producer is told.
    private struct Taken {
        var item: SpoolItem
        var decision: DecisionFact?

        init(
            _ json: JSON, _ kind: Fact.Kind, at time: Timestamp, dealtBy reader: FactReader?
        ) throws(Refusal) {
            item = try SpoolItem(json, kind, takenAt: time)
            guard let reader else { return }
            let decision = try reader.decision(json)
            item.arm = decision.assignment.arm?.text ?? ""
            self.decision = decision
        }

        func answer(id: String) -> JSONObject {
            var answer = JSONObject([("id", .string(id)), ("status", "spooled")])
            guard let decision else { return answer }
            let members = FactRoutes.members(of: decision.assignment, unit: decision.unit)
            for member in members.members { answer.append(member.key, member.value) }
            answer.append("decided_at", .string(decision.at.description))
            return answer
        }
    }

    /// A relay numbers what it sends: a producer's own numbers would be lost on the way, and with
    /// them what they are there to show.
    private static func refuseNumbered(_ request: Request) throws {
        for name in [HTTPField.Name.batchSource, .batchSequence]
        where request.headers[name] != nil {
            throw Problem(
                .badRequest, code: "numbered",
                detail: "a relay numbers its batches itself, and this one has the header \(name)",
                hint: "leave the header out, or send numbered batches to the service")
        }
    }

    private static func respond(
        _ answers: [Result<JSONObject, Refusal>], isSingle: Bool, spooled: Int64?
    ) throws -> Response {
        let status: HTTPResponse.Status = spooled == nil ? .ok : .accepted
        if isSingle, let answer = answers.first {
            switch answer {
            case .success(let object): return Response(json: .object(object), status: status)
            case .failure(let refusal): throw Problem(refusal)
            }
        }
        var refused: Int64 = 0
        let results = answers.enumerated().map { index, answer -> JSON in
            var result = JSONObject([("index", .integer(Int64(index)))])
            switch answer {
            case .success(let object):
                for member in object.members { result.append(member.key, member.value) }
            case .failure(let refusal):
                refused += 1
                result.append("status", "refused")
                result.append(
                    "error",
                    [
                        "code": .string(refusal.code), "detail": .string(refusal.detail),
                        "hint": .string(refusal.hint),
                    ])
            }
            return .object(result)
        }
        var body = JSONObject([("results", .array(results))])
        if let spooled {
            body.append("spooled", .integer(spooled))
            body.append("refused", .integer(refused))
        }
        return Response(json: .object(body), status: status)
    }
}

// MARK: - State

/// How a relay's forwarding goes.
package struct RelayDelivery: Sendable, Equatable {
    /// Whether the last batch was answered for; `nil` before the first was sent.
    package var isDelivering: Bool?
    /// What the last failure was, without anything of an item.
    package var lastError: String?
    /// When that was.
    package var lastErrorAt: Timestamp?

    package init() {}
}

extension RelayRoutes {
    /// `GET /readyz`: whether items can be taken now, and how forwarding goes.
    ///
    /// A service that is away leaves a relay ready: to take what it cannot is what a relay is for.
    func readiness() async -> Response {
        var answer = JSONObject([("status", "ready"), ("source", .string(spool.source))])
        var status: HTTPResponse.Status = .ok
        do throws(SpoolError) {
            try await spool.checkWritable()
        } catch {
            status = .serviceUnavailable
            answer = JSONObject([
                ("status", "unavailable"), ("source", .string(spool.source)),
                ("detail", .string("the spool: \(error.message)")), ("hint", .string(error.hint)),
            ])
        }
        append(delivery(), to: &answer)
        return Response(json: .object(answer), status: status)
    }

    /// `GET /v1/relay`: what waits, and what went through.
    func status() async throws -> Response {
        let status: SpoolStatus
        do throws(SpoolError) {
            status = try await spool.status()
        } catch {
            throw Problem(error)
        }
        // A clock that was set back makes nothing younger than now.
        let age = status.oldest.map { max(0, now().microseconds - $0.microseconds) }
        let numbers = Fact.Kind.allCases.map {
            (key: $0.rawValue, value: JSON.integer(status.nextNumbers[$0] ?? 1))
        }
        let refused = status.counts.refused.sorted { $0.key < $1.key }.map {
            (key: $0.key, value: JSON.integer($0.value))
        }
        var answer = JSONObject([
            ("source", .string(status.source)),
            ("next_numbers", .object(JSONObject(numbers))),
            ("spooled", .integer(status.spooled)), ("forwarded", .integer(status.forwarded)),
            ("accepted", .integer(status.counts.accepted)),
            ("duplicates", .integer(status.counts.duplicates)),
            ("refused", .object(JSONObject(refused))),
            ("dealt_otherwise", .integer(status.counts.dealtOtherwise)),
            ("waiting", .integer(status.waitingItems)),
            ("waiting_bytes", .integer(status.waitingBytes)),
            ("oldest_waiting_seconds", age.map { .number(Double($0) / 1_000_000) } ?? .null),
        ])
        append(delivery(), to: &answer)
        return Response(json: .object(answer))
    }

    private func append(_ delivery: RelayDelivery, to answer: inout JSONObject) {
        answer.append("delivering", delivery.isDelivering.map { .bool($0) } ?? .null)
        answer.append("last_error", delivery.lastError.map { .string($0) } ?? .null)
        answer.append(
            "last_error_at", delivery.lastErrorAt.map { .string($0.description) } ?? .null)
    }
}

extension Problem {
    /// A spool's failure. Its path stays with the operator: a client learns what to do.
    fileprivate init(_ error: SpoolError) {
        // What waits for the service goes when the service is back, and not within a second.
        self.init(
            .serviceUnavailable, code: error.code.rawValue, detail: "the spool: \(error.message)",
            hint: error.hint, retryAfter: error.code == .full ? 5 : 1)
    }
}
