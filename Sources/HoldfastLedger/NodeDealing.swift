package import HoldfastFormats

/// The decisions of an experiment that one node made by one revision.
package struct NodeDealing: Sendable, Equatable {
    package var node: String
    package var revision: String
    /// When the first and the last of them were received, by the node's clock.
    package var first: Timestamp
    package var last: Timestamp
    package var count: Int64

    package init(
        node: String, revision: String, first: Timestamp, last: Timestamp, count: Int64
    ) {
        self.node = node
        self.revision = revision
        self.first = first
        self.last = last
        self.count = count
    }
}
