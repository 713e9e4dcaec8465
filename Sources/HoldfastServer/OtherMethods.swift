internal import HTTPTypes
internal import Hummingbird

extension Router {
    /// Answers 405 where a path is there and takes another method, and says in `Allow` which. The
    /// last thing to be done to a router.
    func refuseOtherMethods() {
        let known: [HTTPRequest.Method] = [
            .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
        ]
        // A path is no key of a dictionary, its text is.
        for paths in Dictionary(grouping: routes, by: \.path.description).values {
            let methods = paths.map(\.method)
            // A path that can be read answers a question for its head alone: see the router.
            let allowed = methods + (methods.contains(.get) ? [.head] : [])
            let problem = Problem.otherMethod(allowed.map(\.rawValue).sorted())
            for method in known where !allowed.contains(method) {
                on(paths[0].path, method: method) { _, _ -> Response in throw problem }
            }
        }
    }
}

extension Problem {
    fileprivate static func otherMethod(_ allowed: [String]) -> Problem {
        let words = allowed.joined(separator: ", ")
        var problem = Problem(
            .methodNotAllowed, code: "method_not_allowed", detail: "this path takes \(words)",
            hint: "see /openapi.yaml for what there is")
        problem.allow = words
        return problem
    }
}
