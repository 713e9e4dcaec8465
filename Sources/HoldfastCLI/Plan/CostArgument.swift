internal import ArgumentParser
internal import HoldfastStatistics

/// What `--cost missed=100,blocked=8` says.
enum CostArgument {
    static func parse(_ text: String) throws -> LeavingAlone {
        let fault = ValidationError(
            "--cost \(text): write it as missed=100,blocked=8, numbers of at least 0 that are not "
                + "both 0: what a positive costs that is let go, and what is gained by not acting "
                + "on a negative")
        var found: [String: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let number = Double(pair[1]), number >= 0, number.isFinite,
                ["missed", "blocked"].contains(pair[0]), found[String(pair[0])] == nil
            else { throw fault }
            found[String(pair[0])] = number
        }
        guard let missed = found["missed"], let blocked = found["blocked"], missed + blocked > 0,
            missed + blocked <= 1e12
        else { throw fault }
        return LeavingAlone(missed: missed, blocked: blocked)
    }
}
