internal import Synchronization

/// A value that several tasks share, under a lock.
final class Protected<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) {
        state = Mutex(value)
    }

    var value: Value { state.withLock { $0 } }

    func update(_ body: (inout Value) -> Void) {
        state.withLock { value in body(&value) }
    }
}
