/// Findings as JUnit XML, which continuous integration shows as tests.
enum JUnit {
    /// What came out.
    enum Outcome: Equatable {
        case passed
        /// It could not be told.
        case skipped
        /// By its word, such as "disagrees".
        case failed(String)

        var isFailure: Bool {
            switch self {
            case .failed: true
            case .passed, .skipped: false
            }
        }
    }

    /// A test case: what it is called, and what came out.
    struct Case {
        var name: String
        var outcome: Outcome
        var sentence: String
        var details: [String] = []
    }

    /// Cases under a name.
    struct Suite {
        var name: String
        var cases: [Case]

        fileprivate var html: HTML {
            HTML(
                "testsuite",
                [
                    "name": name, "tests": "\(cases.count)",
                    "failures": "\(cases.count { $0.outcome.isFailure })", "errors": "0",
                    "skipped": "\(cases.count { $0.outcome == .skipped })",
                ]
            ) { for one in cases { html(one) } }
        }

        private func html(_ one: Case) -> HTML {
            HTML("testcase", ["classname": name, "name": one.name]) {
                switch one.outcome {
                case .passed: HTML.list([])
                case .skipped: HTML("skipped", ["message": one.sentence])
                case .failed(let type):
                    HTML("failure", ["message": one.sentence, "type": type]) {
                        one.details.joined(separator: "\n")
                    }
                }
            }
        }
    }

    /// The document.
    static func render(_ name: String, _ suites: [Suite]) -> String {
        let all = suites.flatMap(\.cases)
        let document = HTML(
            "testsuites",
            [
                "name": name, "tests": "\(all.count)",
                "failures": "\(all.count { $0.outcome.isFailure })", "errors": "0",
            ]
        ) { for suite in suites { suite.html } }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + document.markup + "\n"
    }
}
