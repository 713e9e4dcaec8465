import TestSupport

extension RandomShop {
    /// How `limits` is dealt.
    enum Method: CaseIterable {
        case shares, rotation, exploration, switchback

        var takesCluster: Bool { self == .shares || self == .rotation }

        /// The keys that say so, and the same after an unsafe change.
        func arms(_ chance: inout SeededGenerator) -> (String, String) {
            switch self {
            case .shares:
                return (
                    "arms: [{control: 60%}, {treatment: 30%}, {bold: 10%}]",
                    "arms: [{control: 50%}, {treatment: 50%}]"
                )
            case .rotation:
                // Periods, and so washouts, begin and end on the hour, before and after `from`.
                let from = chance.pick([
                    "2026-01-01", "2026-01-01T07:00:00Z", "2025-11-30T23:00:00Z",
                ])
                let panels = chance.pick(["panels: 3, stay: 2", "panels: 7, stay: 4"])
                let every = chance.pick(["1h", "3h", "5h"])
                let rotate = "rotate: {\(panels), every: \(every), from: \(from)}"
                return (
                    "\(rotate), arms: [{treatment: 75%}, {bold: 25%}]",
                    chance.pick([rotate, "rotate: {panels: 3, stay: 1, every: 2h, from: \(from)}"])
                )
            case .exploration:
                let bands = "{below: 0.25, control: 90%}, {below: 0.5, control: 60%}"
                return (
                    "explore: [\(bands), {control: 40%}], arms: [{treatment: 75%}, {bold: 25%}]",
                    "explore: [\(bands), {control: 41%}]"
                )
            case .switchback:
                let burnIn = chance.pick(["0s", "1h", "2h"])
                let arms = "arms: [{control: 60%}, {treatment: 30%}, {bold: 10%}]"
                return (
                    "switchback: {every: 3h, burnIn: \(burnIn)}, \(arms)",
                    "switchback: {every: 5h, burnIn: \(burnIn)}, \(arms)"
                )
            }
        }
    }
}
