internal import HTTPTypes
internal import HoldfastAssignment
internal import HoldfastFormats
internal import Hummingbird

/// An error as OFREP has it: a flag's key, a code of OpenFeature's, and details for people.
///
///     {"key":"limits","errorCode":"INVALID_CONTEXT","errorDetails":"…; …","metadata":{"code":"missing_cluster"}}
///
/// `metadata` carries the word that our own routes use for the same fault.
struct OFREPFailure: Error {
    /// OpenFeature's codes, as far as they arise here.
    enum Code: String {
        case flagNotFound = "FLAG_NOT_FOUND"
        case targetingKeyMissing = "TARGETING_KEY_MISSING"
        case invalidContext = "INVALID_CONTEXT"
        case parseError = "PARSE_ERROR"
        case general = "GENERAL"
    }

    /// The flag's key; `nil` where all flags were asked for, whose failure has none.
    var key: String?
    var errorCode: Code
    /// What is wrong, and what the reader can do. `word` is ours for the fault.
    var problem: Problem

    init(
        _ errorCode: Code, key: String?, _ status: HTTPResponse.Status = .badRequest, code: String,
        detail: String, hint: String
    ) {
        self.key = key
        self.errorCode = errorCode
        problem = Problem(status, code: code, detail: detail, hint: hint)
    }

    /// What the service answers on any path, in OFREP's shape.
    init(_ problem: Problem, path: String) {
        key = FlagRoutes.key(path: path, query: nil)
        errorCode =
            switch problem.status {
            case .notFound: .flagNotFound
            case .badRequest: .parseError
            default: .general
            }
        self.problem = problem
    }

    var json: JSONObject {
        var object = JSONObject()
        if let key { object.append("key", .string(key)) }
        object.append("errorCode", .string(errorCode.rawValue))
        object.append("errorDetails", .string("\(problem.detail); \(problem.hint)"))
        object.append("metadata", ["code": .string(problem.code)])
        return object
    }

    var response: Response {
        var response = Response(json: .object(json), status: problem.status)
        problem.addHeaders(to: &response)
        return response
    }
}
