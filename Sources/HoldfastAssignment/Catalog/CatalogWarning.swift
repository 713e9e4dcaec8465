/// What a valid catalog declares and its owner may not mean.
///
///     catalog.warnings.first?.message
///     // experiment limits acts on every unit that it enrols: no arm is named control, "Control" is an arm like others
public struct CatalogWarning: Sendable, Hashable, CustomStringConvertible {
    /// The experiment that it is about.
    public var experiment: Name
    /// What is declared.
    public var message: String
    /// What to do about it.
    public var hint: String

    /// Message and hint in one line.
    public var description: String { "\(message); \(hint)" }
}

extension Catalog {
    /// The experiments that leave nobody alone, in declared order: without a control group nothing
    /// can be learnt from them, and a misspelt `control` fails in that direction.
    public var warnings: [CatalogWarning] {
        experiments.compactMap { experiment in
            guard let control = experiment.arms.first(where: { $0.name == .control }) else {
                let twin = experiment.arms.first { $0.name.text.lowercased() == Name.control.text }
                return CatalogWarning(
                    experiment: experiment.name,
                    message:
                        "experiment \(experiment.name) acts on every unit that it enrols: no arm is named control"
                        + (twin.map { ", \"\($0.name)\" is an arm like others" } ?? ""),
                    hint: "name the arm that is left alone control")
            }
            guard control.share?.millionths == 0 else { return nil }
            return CatalogWarning(
                experiment: experiment.name,
                message:
                    "experiment \(experiment.name) acts on every unit that it enrols: its control arm has a share of 0%",
                hint: "give control the share that is to be left alone")
        }
    }
}
