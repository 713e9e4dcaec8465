internal import HTTPTypes
internal import HoldfastFormats
internal import HoldfastLedger
internal import Hummingbird
internal import Logging

/// An error as every route answers it: problem details (RFC 9457), with a hint for the reader.
///
///     {"type":"urn:holdfast:problem:missing_cluster","title":"Missing cluster","status":422,"code":"missing_cluster","detail":"…","hint":"…"}
struct Problem: Error {
    var status: HTTPResponse.Status
    /// A word for programs.
    var code: String
    /// What is wrong, and where.
    var detail: String
    /// What the reader can do.
    var hint: String
    /// Whole seconds after which a retry makes sense.
    var retryAfter: Int?
    /// How to prove who one is, where that is missing.
    var challenge: String?
    /// The methods that a path takes, where another was used.
    var allow: String?

    init(
        _ status: HTTPResponse.Status, code: String, detail: String, hint: String,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.retryAfter = retryAfter
    }

    init(_ refusal: Refusal) {
        let status: HTTPResponse.Status =
            switch refusal.code {
            case "malformed": .badRequest
            case "unknown_experiment": .notFound
            case "conflict": .conflict
            default: .unprocessableContent
            }
        self.init(status, code: refusal.code, detail: refusal.detail, hint: refusal.hint)
    }

    /// A ledger's failure. Its path stays with the operator: a client learns what to do.
    init(_ error: LedgerError) {
        self.init(
            .serviceUnavailable, code: error.code.rawValue, detail: "the ledger: \(error.message)",
            hint: error.hint, retryAfter: 1)
    }

    /// The kind of problem in words: "Unknown experiment".
    private var title: String {
        let words = code.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// The answer's body.
    var json: JSON {
        [
            "type": .string("urn:holdfast:problem:\(code)"),
            "title": .string(title),
            "status": .integer(Int64(status.code)),
            "code": .string(code),
            "detail": .string(detail),
            "hint": .string(hint),
        ]
    }

    var response: Response {
        var response = Response(json: json, status: status)
        response.headers[.contentType] = "application/problem+json"
        addHeaders(to: &response)
        return response
    }

    func addHeaders(to response: inout Response) {
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if let challenge { response.headers[.wwwAuthenticate] = challenge }
        if let allow { response.headers[.allow] = allow }
    }
}

extension Response {
    /// An answer in JSON.
    init(json: JSON, status: HTTPResponse.Status = .ok) {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Turns what a route throws into problem details, the framework's own errors included. Under
/// /ofrep they take OFREP's shape.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let failure as OFREPFailure {
            return failure.response
        } catch {
            let problem = problem(error, path: request.uri.path, context.logger)
            return request.uri.path.hasPrefix("/ofrep/")
                ? OFREPFailure(problem, path: request.uri.path).response : problem.response
        }
    }

    private func problem(_ error: any Error, path: String, _ logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as LedgerError:
            logger.error("ledger", metadata: ["error": "\(error)"])
            return Problem(error)
        case let error as any HTTPResponseError: return known(error.status)
        default:
            // What was not foreseen: said in the log, not to the client. Its words may hold what
            // the request held, so they are for the level that an operator turns on.
            logger.error("request failed", metadata: ["error": "\(type(of: error))"])
            logger.debug("request failed", metadata: ["error": "\(error)"])
            return Problem(
                .internalServerError, code: "internal", detail: "the request failed",
                hint: "nothing of it was acknowledged; retry, and see the service's log")
        }
    }

    private func known(_ status: HTTPResponse.Status) -> Problem {
        switch status {
        case .notFound:
            Problem(
                status, code: "not_found", detail: "there is nothing at this path and method",
                hint: "see /openapi.yaml for what there is")
        case .contentTooLarge:
            Problem(
                status, code: "too_large",
                detail: "the body is larger than \(BatchBody.byteLimit) bytes",
                hint: "send it in parts")
        default:
            Problem(
                status, code: "bad_request", detail: status.reasonPhrase,
                hint: "see /openapi.yaml for what is expected")
        }
    }
}
