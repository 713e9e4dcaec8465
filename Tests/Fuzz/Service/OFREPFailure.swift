/// What `FlagContext` throws, without HTTP: the one piece of the service that its reader needs and
/// that would bring all of Hummingbird under the fuzzer.
struct OFREPFailure: Error {
    enum Code: String {
        case targetingKeyMissing = "TARGETING_KEY_MISSING"
        case invalidContext = "INVALID_CONTEXT"
        case parseError = "PARSE_ERROR"
    }

    var errorCode: Code
    var key: String?
    var code: String
    var detail: String
    var hint: String

    init(_ errorCode: Code, key: String?, code: String, detail: String, hint: String) {
        self.errorCode = errorCode
        self.key = key
        self.code = code
        self.detail = detail
        self.hint = hint
    }
}
