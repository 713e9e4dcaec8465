internal import HTTPTypes
internal import HoldfastAssignment
internal import HoldfastFormats
internal import Hummingbird
internal import NIOCore

/// OpenFeature's remote evaluation protocol (OFREP 0.3): each experiment is two flags.
///
/// The request does not say which type its caller wants, so the key does:
///
/// | key | type | value |
/// |---|---|---|
/// | `credit-limit` | string | the arm; none where the unit is in none: the default is meant |
/// | `credit-limit:act` | boolean | whether the model's action may be applied; always there |
///
/// No name holds a colon, so neither key can be another experiment's, and a colon needs no escape
/// in a path: some clients write keys into it as they are, others as `%3A`; both are read. A key
/// with `/` is no flag. An experiment named `.` or `..` is asked for as `%2E%2E`, with `:act`, or
/// in bulk: clients take such a last part out of a path.
///
/// | reason here | OpenFeature's reason |
/// |---|---|
/// | override | TARGETING_MATCH |
/// | not_started, ended | DISABLED |
/// | ineligible | DEFAULT |
/// | holdout, outside_slice, not_enrolled, assigned | SPLIT |
///
/// `metadata` has our own reason, and what else an answer of `/v1/assignments` has. Nothing is
/// recorded: an evaluation is no decision. Whoever acts on it posts the exposure.
struct FlagRoutes {
    let service: ServiceState

    private static let path = "/ofrep/v1/evaluate/flags"
    private static let actSuffix = ":act"

    /// `POST /ofrep/v1/evaluate/flags` and `POST /ofrep/v1/evaluate/flags/KEY`.
    func evaluate(_ request: Request) async throws -> Response {
        // The raw path: the router would take `flags/` for `flags`, and `a//b` for `a/b`.
        let key = FlagRoutes.key(path: request.uri.path, query: request.uri.query)
        let catalog = service.inForce.catalog
        if let key, FlagRoutes.experiment(of: key, in: catalog) == nil {
            service.observation.counters.add(.unknownExperiment)
            throw notFound(key, catalog)
        }
        let body: [UInt8]
        do {
            let buffer = try await request.body.collect(upTo: FlagContext.byteLimit)
            body = Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw OFREPFailure(
                .general, key: key, .contentTooLarge, code: "too_large",
                detail: "the body is larger than \(FlagContext.byteLimit) bytes",
                hint: "send a context of what the experiments ask for")
        }
        let context = try FlagContext(body, key: key)
        guard let key else { return bulk(context, request, catalog) }
        return Response(json: .object(try flag(key, context, catalog)))
    }

    /// The key that a path asks for; `nil` where it asks for all flags.
    ///
    /// `key("/ofrep/v1/evaluate/flags/a%3Aact")` is `a:act`. An octet that is no UTF-8 leaves the
    /// key as it came, which is no flag's. A key with a question mark that its client did not
    /// escape is put together again: it must not be taken for the flag before the mark.
    static func key(path: String, query: String?) -> String? {
        if path == FlagRoutes.path { return nil }
        guard path.hasPrefix(FlagRoutes.path + "/") else { return "" }
        let raw = String(path.dropFirst(FlagRoutes.path.count + 1))
        let key = percentDecoded(raw) ?? raw
        return query.map { $0.isEmpty ? key : "\(key)?\($0)" } ?? key
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap {
                Character(Unicode.Scalar($0)).hexDigitValue
            }
            guard digits.count == 2 else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(16 * digits[0] + digits[1]))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func experiment(
        of key: String, in catalog: Catalog
    ) -> (experiment: Experiment, isAct: Bool)? {
        let isAct = key.hasSuffix(actSuffix)
        let name = isAct ? String(key.dropLast(actSuffix.count)) : key
        return catalog[experiment: name].map { ($0, isAct) }
    }

    private func notFound(_ key: String, _ catalog: Catalog) -> OFREPFailure {
        let fault = AssignmentFault.unknownExperiment(key, known: catalog.experiments.map(\.name))
        return OFREPFailure(
            .flagNotFound, key: key, .notFound, code: fault.code, detail: fault.message,
            hint: fault.hint + "; each with \(FlagRoutes.actSuffix) for a boolean")
    }

    private func flag(
        _ key: String, _ context: FlagContext, _ catalog: Catalog
    ) throws(OFREPFailure) -> JSONObject {
        guard let (experiment, isAct) = FlagRoutes.experiment(of: key, in: catalog) else {
            throw notFound(key, catalog)
        }
        let assignment = try deal(context, experiment, in: catalog, key: key, at: service.now())
        return FlagRoutes.answer(assignment, key: key, isAct: isAct)
    }

    private func deal(
        _ context: FlagContext, _ experiment: Experiment, in catalog: Catalog, key: String,
        at time: Timestamp
    ) throws(OFREPFailure) -> Assignment {
        let candidate = try context.candidate(for: experiment, key: key)
        do throws(AssignmentFault) {
            let assignment = try catalog.assign(candidate, in: experiment.name.text, at: time)
            service.observation.counters.add(DealingTally(assignment))
            return assignment
        } catch {
            throw context.failure(error, of: experiment, key: key)
        }
    }

    static func answer(_ assignment: Assignment, key: String, isAct: Bool) -> JSONObject {
        var object = JSONObject([("key", .string(key))])
        if isAct {
            object.append("value", .bool(assignment.act))
        } else if let arm = assignment.arm {
            object.append("value", .string(arm.text))
        }
        object.append("reason", .string(assignment.reason.openFeatureReason))
        object.append("variant", assignment.arm.map { .string($0.text) } ?? .null)
        // Flat, and nothing null in it: some clients take only texts, numbers and booleans.
        var metadata = JSONObject([("experiment", .string(assignment.experiment.text))])
        if let arm = assignment.arm { metadata.append("arm", .string(arm.text)) }
        metadata.append("reason", .string(assignment.reason.word))
        if let holdout = assignment.reason.holdout {
            metadata.append("holdout", .string(holdout.text))
        }
        metadata.append("act", .bool(assignment.act))
        metadata.append("propensity", .number(assignment.propensity))
        if let bucket = assignment.bucket { metadata.append("bucket", .integer(Int64(bucket))) }
        if let isBurnIn = assignment.isBurnIn { metadata.append("burn_in", .bool(isBurnIn)) }
        metadata.append("revision", .string(assignment.revision))
        object.append("metadata", .object(metadata))
        return object
    }

    /// All flags. What cannot be dealt is an element with its own error.
    private func bulk(_ context: FlagContext, _ request: Request, _ catalog: Catalog) -> Response {
        let now = service.now()
        var flags: [JSON] = []
        for experiment in catalog.experiments {
            let name = experiment.name.text
            let keys = [(name, false), (name + FlagRoutes.actSuffix, true)]
            do throws(OFREPFailure) {
                let assignment = try deal(context, experiment, in: catalog, key: name, at: now)
                flags += keys.map {
                    .object(FlagRoutes.answer(assignment, key: $0.0, isAct: $0.1))
                }
            } catch {
                flags += keys.map { key, _ in
                    var failure = error
                    failure.key = key
                    return .object(failure.json)
                }
            }
        }
        var body: [UInt8] = []
        JSON.object(
            JSONObject([
                ("flags", .array(flags)), ("metadata", ["revision": .string(catalog.revision)]),
            ])
        ).write(to: &body)
        let tag = FlagRoutes.entityTag(body, context)
        if FlagRoutes.matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .eTag: tag],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Of the answer, which names the revision, and of the context. Time is in it by what it
    /// changes: a window that opens changes an answer, and with it the tag.
    private static func entityTag(_ answer: [UInt8], _ context: FlagContext) -> String {
        let digest = SHA256.hexadecimal(of: answer + [0x0A] + Array(context.canonicalText.utf8))
        return "\"\(digest.prefix(32))\""
    }

    /// Whether a client has what it would be answered: by weak comparison (RFC 9110, 13.1.2).
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let given = part.filter { $0 != " " && $0 != "\t" }
            return given == "*" || given == tag || given == "W/" + tag
        }
    }
}

extension Reason {
    /// OpenFeature's word for the step that decided.
    var openFeatureReason: String {
        switch self {
        case .override: "TARGETING_MATCH"
        case .notStarted, .ended: "DISABLED"
        case .ineligible: "DEFAULT"
        case .holdout, .outsideSlice, .notEnrolled, .assigned: "SPLIT"
        }
    }
}
