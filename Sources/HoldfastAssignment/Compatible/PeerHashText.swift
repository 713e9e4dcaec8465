/// A hash as text, by which SQL asks for it where Holdfast's own hash has a scope.
extension PeerHash {
    /// The longest seed, in bytes.
    package static let seedLimit = 1_024
    /// The most buckets of a rule that says how many: what 32 bits of hash can fill.
    package static let countLimit: UInt64 = 1 << 31

    /// The hash in one line: `compatible:growthbook/2/utf-16/SEED`. The seed comes last and may
    /// hold anything.
    public var description: String { text + String(decoding: seed, as: UTF8.self) }

    private var text: String {
        switch rule {
        case .growthbook1(let encoding): "compatible:growthbook/1/\(encoding.rawValue)/"
        case .growthbook2(let encoding): "compatible:growthbook/2/\(encoding.rawValue)/"
        case .unleashRollout: "compatible:unleash/rollout/"
        case .unleashVariants(let weight): "compatible:unleash/variants/\(weight)/"
        case .flagd: "compatible:flagd/2/"
        case .eppo(let shards): "compatible:eppo/\(shards)/"
        case .statsig(let buckets): "compatible:statsig/\(buckets)/"
        case .planout: "compatible:planout/uniform/"
        case .planoutChoice(let count): "compatible:planout/choice/\(count)/"
        case .optimizely: "compatible:optimizely/"
        case .posthogRollout: "compatible:posthog/rollout/"
        case .posthogVariants: "compatible:posthog/variants/"
        case .posthogHoldout: "compatible:posthog/holdout/"
        }
    }

    /// Reads the ``description`` of a hash; `nil` if it is none.
    ///
    ///     PeerHash("compatible:growthbook/2/utf-16/seed")?.count   // 10000
    public init?(_ description: String) {
        var rest = description.utf8[...]
        /// The text up to the next slash, which is taken too.
        func word() -> String? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            defer { rest = rest[rest.index(after: end)...] }
            return String(rest[..<end])
        }
        func number() -> UInt64? {
            guard let word = word(), let number = UInt64(word), String(number) == word,
                (1...PeerHash.countLimit).contains(number)
            else { return nil }
            return number
        }
        let rule: Rule?
        switch word() {
        case "compatible:growthbook":
            let version = word()
            let encoding = word().flatMap(Encoding.init(rawValue:))
            switch version {
            case "1": rule = encoding.map { .growthbook1($0) }
            case "2": rule = encoding.map { .growthbook2($0) }
            default: rule = nil
            }
        case "compatible:unleash":
            switch word() {
            case "rollout": rule = .unleashRollout
            case "variants": rule = number().map { .unleashVariants(weight: $0) }
            default: rule = nil
            }
        case "compatible:flagd": rule = word() == "2" ? .flagd : nil
        case "compatible:eppo": rule = number().map { .eppo(shards: $0) }
        case "compatible:statsig": rule = number().map { .statsig(buckets: $0) }
        case "compatible:planout":
            switch word() {
            case "uniform": rule = .planout
            case "choice": rule = number().map { .planoutChoice(count: $0) }
            default: rule = nil
            }
        case "compatible:optimizely": rule = .optimizely
        case "compatible:posthog":
            switch word() {
            case "rollout": rule = .posthogRollout
            case "variants": rule = .posthogVariants
            case "holdout": rule = .posthogHoldout
            default: rule = nil
            }
        default: rule = nil
        }
        guard let rule, rest.count <= 4 * PeerHash.seedLimit else { return nil }
        if rule == .posthogHoldout, !rest.isEmpty { return nil }
        self.init(rule, seed: String(rest) ?? "")
    }
}
