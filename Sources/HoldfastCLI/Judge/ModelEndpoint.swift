internal import Foundation
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastServer
internal import HoldfastTables

/// A model behind an address: MLflow's scoring server, or one of the Open Inference Protocol.
///
/// One question at a time, so that answers stay in the order of the rows. What may pass is asked
/// again: no answer, 408, 425, 429 and 5xx, ``attempts`` times, after the wait that the model
/// names or one that doubles.
struct ModelEndpoint: Sendable {
    private let url: String
    private let path: String
    private let spoken: ModelProtocol
    private let connection: ServiceConnection
    private let token: BearerToken?
    private let seconds: Int

    /// How often a question is asked at most.
    static let attempts = 4
    /// The longest wait between two of them, in seconds.
    static let longestWait = 30

    /// The model at a URL. Throws where the URL is none, or the token or certificates cannot be
    /// read.
    init(_ url: String, _ options: EndpointOptions) throws {
        guard let address = ServiceAddress(url) else {
            throw CommandError(
                "\(url) is no address of a model",
                "write https://host/invocations, without user, query or fragment")
        }
        self.url = url
        spoken = try options.spoken(at: url)
        path = address.path(below: spoken == .mlflow ? "/invocations" : "/infer")
        seconds = options.modelTimeout
        token = try options.modelToken.map {
            try BearerToken(in: $0, hint: "write the model's token into it")
        }
        token?.warn(of: "the model is asked by", to: address)
        var endpoint = address.endpoint
        endpoint.authorities = options.modelCa
        endpoint.postSeconds = Int64(options.modelTimeout)
        do throws(ServiceConnection.Failure) {
            connection = try ServiceConnection(to: endpoint)
        } catch {
            throw CommandError(error.description, "give --model-ca a file of certificates in PEM")
        }
    }

    /// The model as what judges it asks it.
    func model(batchRows: Int) -> ScoringModel {
        ScoringModel(name: url, batchRows: batchRows) { columns in
            try await self.score(columns)
        }
    }

    private func score(_ columns: [FeatureColumn]) async throws -> [Double] {
        let rows = columns.first?.count ?? 0
        let question: JSON =
            switch spoken {
            case .mlflow: ModelQuestion.mlflow(columns, rows: rows)
            case .v2: ModelQuestion.openInference(columns, rows: rows)
            }
        var body: [UInt8] = []
        question.write(to: &body)
        let answer = try await ask(body)
        do {
            let json = try JSON.parse(answer)
            let found =
                switch spoken {
                case .mlflow: ModelAnswer.mlflow(json)
                case .v2: ModelAnswer.openInference(json)
                }
            guard let found else {
                throw CommandError(
                    "the model \(url) answered in a form that is not known",
                    spoken == .mlflow
                        ? "MLflow answers {\"predictions\": […]} with a number a row, or one a class"
                        : "v2 answers {\"outputs\": [{\"data\": […], …}]} with a number a row")
            }
            return found
        } catch is JSONError {
            throw CommandError(
                "the model \(url) answered with no JSON",
                "is this the address of a model? NaN and Infinity are no JSON either")
        }
    }

    private func ask(_ body: [UInt8]) async throws -> [UInt8] {
        var last = ""
        for attempt in 1...ModelEndpoint.attempts {
            try Task.checkCancellation()
            let headers = try token.map { [try $0.header()] } ?? []
            var wait = 1 << (attempt - 1)
            let answer: ServiceConnection.Answer
            let began = ContinuousClock.now
            do throws(ServiceConnection.Failure) {
                answer = try await connection.post(
                    path, headers: headers, body: body, type: "application/json")
            } catch {
                // Where time is up the connection is ended from here.
                let isLate = ContinuousClock.now - began >= .seconds(seconds)
                last = isLate ? "no answer within \(seconds) s" : error.description
                try await pause(wait, before: attempt)
                continue
            }
            switch answer.status {
            case 200: return answer.body
            case 408, 425, 429, 500...599:
                last = "it answered \(answer.status)"
                wait = min(answer.retryAfter ?? wait, ModelEndpoint.longestWait)
                try await pause(wait, before: attempt)
            default:
                throw CommandError(
                    "the model \(url) refused a question: it answered \(answer.status)"
                        + ModelEndpoint.quoted(answer.body),
                    "are the features, --protocol and --model-token right?")
            }
        }
        throw CommandError(
            "the model \(url) gave no answer in \(ModelEndpoint.attempts) attempts: \(last)",
            "see whether it runs; --model-timeout is how long one answer may take")
    }
}

extension ModelEndpoint {
    /// The first words of a refusal, on one line: which column is wrong is said there.
    fileprivate static func quoted(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(300), as: UTF8.self)
        let words = text.unicodeScalars.map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: Character(scalar)
            }
        }
        let line = String(words).split(separator: " ").joined(separator: " ")
        return line.isEmpty ? "" : ": \(line)"
    }

    /// Waits before the next attempt, if there is one; a task that is cancelled waits no more.
    private func pause(_ seconds: Int, before attempt: Int) async throws {
        try Task.checkCancellation()
        if attempt < ModelEndpoint.attempts { try await Task.sleep(for: .seconds(seconds)) }
    }
}

/// Rows as a model is asked about them.
enum ModelQuestion {
    /// MLflow's `dataframe_split`.
    static func mlflow(_ columns: [FeatureColumn], rows: Int) -> JSON {
        let cells = columns.map(cells)
        return [
            "dataframe_split": [
                "columns": .array(columns.map { .string($0.name) }),
                "data": .array((0..<rows).map { row in .array(cells.map { $0[row] }) }),
            ]
        ]
    }

    /// A tensor a feature, of as many elements as rows.
    static func openInference(_ columns: [FeatureColumn], rows: Int) -> JSON {
        [
            "inputs": .array(
                columns.map { column in
                    [
                        "name": .string(column.name), "shape": [.integer(Int64(rows))],
                        "datatype": .string(datatype(column)), "data": .array(cells(column)),
                    ]
                })
        ]
    }

    private static func datatype(_ column: FeatureColumn) -> String {
        switch column.values {
        case .numbers: "FP64"
        case .categories(_, let names):
            isBoolean(names) ? "BOOL" : numbers(names) == nil ? "BYTES" : "FP64"
        }
    }

    /// Whether a column is of booleans, as JSON or Python spells them.
    private static func isBoolean(_ names: [String]) -> Bool {
        !names.isEmpty && names.allSatisfy { ["true", "false"].contains($0.lowercased()) }
    }

    /// Numbers that are all whole are written as such: a model that was declared with integers
    /// takes no others, and one with doubles takes them.
    private static func cells(_ column: FeatureColumn) -> [JSON] {
        switch column.values {
        case .numbers(let numbers):
            let isWhole = numbers.allSatisfy {
                $0.isNaN || $0 == $0.rounded() && abs($0) < 0x1p53
            }
            return numbers.map { number in
                guard number.isFinite else { return .null }
                return isWhole ? .integer(Int64(number)) : .number(number)
            }
        case .categories(let codes, let names):
            let values =
                isBoolean(names)
                ? names.map { JSON.bool($0.lowercased() == "true") }
                : numbers(names) ?? names.map(JSON.string)
            return codes.map { code in code < 0 ? .null : values[Int(code)] }
        }
    }
}

extension ModelQuestion {
    /// The numbers that categories are, where all of them are numbers: a column that is a category
    /// to us was one of numbers to the model.
    private static func numbers(_ names: [String]) -> [JSON]? {
        var numbers: [JSON] = []
        for name in names {
            guard case .number(let number) = CellValue(name, isQuoted: true) else { return nil }
            let isWhole = number == number.rounded() && abs(number) < 0x1p53
            numbers.append(isWhole ? .integer(Int64(number)) : .number(number))
        }
        return numbers.isEmpty ? nil : numbers
    }
}

/// What a model answered: a number a row. Of a number for each class the last counts, which is
/// the yes's where there are two.
enum ModelAnswer {
    /// `{"predictions": […]}`, or `nil` for anything else.
    static func mlflow(_ json: JSON) -> [Double]? {
        guard let rows = json["predictions"]?.array else { return nil }
        var numbers: [Double] = []
        for row in rows {
            guard let number = number(row) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    private static func number(_ row: JSON) -> Double? {
        switch row {
        case .integer, .number: row.double
        case .null: .nan
        case .bool(let value): value ? 1 : 0
        case .array(let elements): elements.last.flatMap { number($0) }
        case .object(let object): object.members.last.flatMap { number($0.value) }
        case .string: nil
        }
    }

    /// `{"outputs": [{"shape": [n] or [n, k], "data": […]}]}`, or `nil` for anything else.
    static func openInference(_ json: JSON) -> [Double]? {
        guard let output = json["outputs"]?.array?.first, let data = output["data"]?.array else {
            return nil
        }
        // Some servers nest what others flatten.
        if data.contains(where: { $0.array != nil }) {
            return mlflow(["predictions": .array(data)])
        }
        let shape = output["shape"]?.array?.compactMap(\.double) ?? []
        let width = shape.count == 2 && shape[1] >= 1 ? Int(shape[1]) : 1
        guard data.count % width == 0 else { return nil }
        var numbers: [Double] = []
        for place in stride(from: width - 1, to: data.count, by: width) {
            guard let number = number(data[place]) else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}
