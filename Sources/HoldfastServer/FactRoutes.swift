internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird
internal import Logging

/// The routes that deal and record.
struct FactRoutes {
    let service: ServiceState

    /// `POST /v1/assignments`: deals, records nothing, and needs no disk.
    func assignments(_ request: Request) async throws -> Response {
        let body = try await BatchBody(request)
        let reader = service.reader
        var tally = DealingTally()
        let answers = body.items.map { item -> Result<JSONObject, Refusal> in
            switch item {
            case .refused(let refusal, _): return .failure(refusal)
            case .value(let json):
                do throws(Refusal) {
                    let dealt = try reader.assignment(json)
                    tally.count(dealt.assignment)
                    return .success(FactRoutes.members(of: dealt.assignment, unit: dealt.unit))
                } catch {
                    tally.count(error)
                    return .failure(error)
                }
            }
        }
        service.observation.counters.add(tally)
        var counts = Counts()
        for case .success in answers { counts.accepted += 1 }
        counts.refused = Int64(answers.count) - counts.accepted
        return try respond(answers, isSingle: body.isSingle, counts: counts)
    }

    /// `POST /v1/decisions`: deals and records.
    func decisions(_ request: Request) async throws -> Response {
        try await record(request, .decision) { reader, json throws(Refusal) in
            .decision(try reader.decision(json))
        }
    }

    /// `POST /v1/exposures`.
    func exposures(_ request: Request) async throws -> Response {
        try await record(request, .exposure) { reader, json throws(Refusal) in
            .exposure(try reader.exposure(json))
        }
    }

    /// `POST /v1/outcomes`.
    func outcomes(_ request: Request) async throws -> Response {
        try await record(request, .outcome) { reader, json throws(Refusal) in
            .outcome(try reader.outcome(json))
        }
    }

    private func record(
        _ request: Request, _ kind: Fact.Kind,
        read: (FactReader, JSON) throws(Refusal) -> Fact
    ) async throws -> Response {
        let number = try BatchNumber(request)
        let body = try await BatchBody(request)
        let reader = service.reader
        var tally = DealingTally()
        let facts = body.items.map { item -> Fact in
            switch item {
            case .refused(let refusal, let source):
                return .refused(RefusedItem(kind: kind, source: source, refusal: refusal))
            case .value(let json):
                do throws(Refusal) {
                    let fact = try read(reader, json)
                    tally.count(fact)
                    return fact
                } catch {
                    tally.count(error)
                    let source = Array(json.text().utf8)
                    return .refused(
                        RefusedItem(
                            kind: kind, source: source, refusal: error,
                            experiment: reader.experiment(of: json)))
                }
            }
        }
        service.observation.counters.add(tally)
        // What the ledger itself refuses, a conflict of ids, it keeps with its source.
        let items = body.items
        let receipts = try await service.ledger.append(
            facts,
            source: { index in
                guard case .value(let json) = items[index] else { return [] }
                return Array(json.text().utf8)
            }, number: number)
        var counts = Counts()
        let answers = zip(facts, receipts).map { fact, receipt in
            counts.count(receipt)
            return FactRoutes.answer(to: fact, receipt)
        }
        return try respond(answers, isSingle: body.isSingle, counts: counts)
    }

    private struct Counts {
        var accepted: Int64 = 0
        var duplicates: Int64 = 0
        var refused: Int64 = 0

        mutating func count(_ receipt: Receipt) {
            switch receipt {
            case .accepted: accepted += 1
            case .duplicate: duplicates += 1
            case .refused: refused += 1
            }
        }
    }

    private func respond(
        _ answers: [Result<JSONObject, Refusal>], isSingle: Bool, counts: Counts
    ) throws -> Response {
        if isSingle, let answer = answers.first {
            switch answer {
            case .success(let object): return Response(json: .object(object))
            case .failure(let refusal): throw Problem(refusal)
            }
        }
        let results = answers.enumerated().map { index, answer -> JSON in
            var result = JSONObject(capacity: 4)
            result.append("index", .integer(Int64(index)))
            switch answer {
            case .success(let object):
                for member in object.members { result.append(member.key, member.value) }
            case .failure(let refusal):
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
        body.append("accepted", .integer(counts.accepted))
        body.append("duplicates", .integer(counts.duplicates))
        body.append("refused", .integer(counts.refused))
        return Response(json: .object(body))
    }

    private static func answer(to fact: Fact, _ receipt: Receipt) -> Result<JSONObject, Refusal> {
        switch receipt {
        case .refused(let refusal): return .failure(refusal)
        case .accepted(let id):
            var answer = JSONObject([("id", .string(id)), ("status", "accepted")])
            if case .decision(let decision) = fact {
                answer.append(
                    decided: decision.assignment, unit: decision.unit, at: decision.at)
            }
            return .success(answer)
        case .duplicate(let id, let dealt):
            var answer = JSONObject([("id", .string(id)), ("status", "duplicate")])
            if case .decision(let decision) = fact, let dealt {
                answer.append(decided: dealt.assignment, unit: decision.unit, at: dealt.at)
            }
            return .success(answer)
        }
    }

    static func members(of assignment: Assignment, unit: UnitID) -> JSONObject {
        var members = JSONObject([
            ("experiment", .string(assignment.experiment.text)),
            ("unit", .string(unit.text)),
            ("arm", assignment.arm.map { .string($0.text) } ?? .null),
            ("reason", .string(assignment.reason.word)),
            ("holdout", assignment.reason.holdout.map { .string($0.text) } ?? .null),
            ("act", .bool(assignment.act)),
            ("propensity", .number(assignment.propensity)),
            ("bucket", assignment.bucket.map { .integer(Int64($0)) } ?? .null),
            ("revision", .string(assignment.revision)),
        ])
        if let isBurnIn = assignment.isBurnIn { members.append("burn_in", .bool(isBurnIn)) }
        return members
    }
}

extension JSONObject {
    fileprivate mutating func append(decided assignment: Assignment, unit: UnitID, at: Timestamp) {
        for member in FactRoutes.members(of: assignment, unit: unit).members {
            append(member.key, member.value)
        }
        append("decided_at", .string(at.description))
    }
}
