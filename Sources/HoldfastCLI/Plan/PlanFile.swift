internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats

/// A plan's file: the flags of `holdfast plan size` as keys, a value each.
///
///     plan: 1
///     baselineRate: 10%
///     relativeEffect: 5%
///     shares: [5%, 95%]
///     arrivals: arrivals.csv          # beside the file
///     horizon: 90d
enum PlanFile {
    /// The version of the format.
    static let version = 1
    /// The most bytes of a file.
    static let byteLimit = 1 << 20

    /// Reads the file at a path; paths in it are relative to its folder.
    static func read(_ path: String) throws -> PlanRequest {
        let root = try BoundedFile.yaml(
            path, limit: byteLimit, of: "a plan", hint: "is it the file of a plan?",
            start: "plan: 1 and what is known")
        return try request(root, path)
    }

    private static func request(_ root: CatalogNode, _ path: String) throws -> PlanRequest {
        let members = try root.members("a plan", known: ["plan"] + PlanKey.allCases.map(\.rawValue))
        guard let version = members["plan"] else {
            throw root.fault("is no file of a plan", "begin it with plan: 1")
        }
        guard version.number?.double == Double(PlanFile.version) else {
            throw version.fault("the version is \(version.kind)", "this program reads plan: 1")
        }
        var request = PlanRequest()
        for key in PlanKey.allCases {
            guard let node = members[key.rawValue] else { continue }
            do {
                try request.set(key, to: try value(key, node, path))
            } catch let fault as PlanFault {
                throw node.fault(fault.message, fault.hint)
            }
        }
        return request
    }

    private static func value(_ key: PlanKey, _ node: CatalogNode, _ path: String) throws -> String
    {
        if key == .shares, case .sequence(let elements) = node.content {
            return try elements.map { element in
                guard let text = element.text else {
                    throw element.fault("a share is \(element.kind)", "write it as 5%")
                }
                return text
            }.joined(separator: ",")
        }
        guard let text = node.text, !node.isNull else {
            throw node.fault("\(key.rawValue) is \(node.kind)", "write one value")
        }
        let isPath = [PlanKey.table, .catalog, .arrivals].contains(key)
        guard isPath, !text.hasPrefix("/"), text != "-" else { return text }
        return URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: text).path
    }
}
