package import HoldfastAssignment
package import HoldfastDatasets
internal import HoldfastFormats

/// How a service watches the health of its running experiments.
public struct HealthOptions: Sendable {
    /// Seconds between two looks at what is new, at least.
    public var seconds: Int64 = 10
    /// What served features are measured by, by experiment, in place of its first decisions.
    package var references: [Name: DriftReference] = [:]
    /// Tells somebody what is posted when an alarm begins or ends; `nil` tells nobody.
    public var notify: (@Sendable (_ body: [UInt8]) async -> HealthDelivery)?

    /// Looks every ten seconds, and tells nobody.
    public init() {}
}

/// What became of a notification that was posted.
public enum HealthDelivery: Sendable, Equatable {
    /// It was taken.
    case taken
    /// It was not, and may be soon; after so many seconds, if that was asked for. Why is for the
    /// log, and names no secret.
    case later(String, seconds: Int?)
    /// It never will be.
    case refused(String)
}

extension HealthEvent {
    /// What is posted of it: `text` is what Slack and what is like it show.
    var notification: JSON {
        let state = isStart ? "alarm" : "the alarm has ended"
        let sentence = "\(experiment.text): \(state): \(alarm.rawValue). \(text)"
        // A value of a feature stands in it: what Slack takes for a mention or a link is a text.
        let escaped = sentence.flatMap { letter -> String in
            switch letter {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(letter)
            }
        }
        return [
            "event": .string(isStart ? "alarm_started" : "alarm_ended"),
            "experiment": .string(experiment.text), "alarm": .string(alarm.rawValue),
            "text": .string(String(escaped)),
        ]
    }
}
