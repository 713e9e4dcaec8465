public import CHoldfast
internal import Glibc
internal import HoldfastAssignment
internal import HoldfastFormats

// The functions of `include/holdfast.h`, which documents them. None of them traps on what C gives.

@_cdecl("holdfast_abi")
public func holdfastABI() -> Int32 { HOLDFAST_ABI }

@_cdecl("holdfast_catalog_open")
public func holdfastCatalogOpen(
    _ files: UnsafePointer<holdfast_file>?, _ fileCount: Int, _ salt: UnsafePointer<CChar>?,
    _ saltLength: Int, _ flags: UInt32, _ catalog: UnsafeMutablePointer<OpaquePointer?>?,
    _ errorText: UnsafeMutablePointer<CChar>?, _ errorSize: Int
) -> Int32 {
    catalog?.pointee = nil
    do throws(Failure) {
        guard let catalog else {
            throw .argument("the place for the catalog is NULL", "give one")
        }
        let handle = try open(files, fileCount, salt, saltLength, flags)
        catalog.pointee = OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
        return Int32(HOLDFAST_OK)
    } catch {
        write(error.text, to: errorText, errorSize)
        return error.status
    }
}

@_cdecl("holdfast_assign")
public func holdfastAssign(
    _ catalog: OpaquePointer?, _ candidate: UnsafePointer<holdfast_candidate>?,
    _ answer: UnsafeMutablePointer<holdfast_assignment>?,
    _ errorText: UnsafeMutablePointer<CChar>?, _ errorSize: Int
) -> Int32 {
    if let answer { clear(answer) }
    do throws(Failure) {
        guard let catalog else {
            throw .argument("the catalog is NULL", "open one by holdfast_catalog_open")
        }
        guard let candidate else { throw .argument("the candidate is NULL", "give one") }
        guard let answer else { throw .argument("the place for the answer is NULL", "give one") }
        let handle = Unmanaged<CatalogHandle>.fromOpaque(UnsafeRawPointer(catalog))
        try assign(handle.takeUnretainedValue(), candidate.pointee, answer)
        return Int32(HOLDFAST_OK)
    } catch {
        write(error.text, to: errorText, errorSize)
        return error.status
    }
}

@_cdecl("holdfast_catalog_close")
public func holdfastCatalogClose(_ catalog: OpaquePointer?) {
    guard let catalog else { return }
    Unmanaged<CatalogHandle>.fromOpaque(UnsafeRawPointer(catalog)).release()
}

/// Whether an arm is set or not, nothing is left over from a call before.
private func clear(_ answer: UnsafeMutablePointer<holdfast_assignment>) {
    answer.initialize(to: holdfast_assignment())
    answer.pointee.bucket = -1
    answer.pointee.burn_in = -1
}

private func open(
    _ files: UnsafePointer<holdfast_file>?, _ fileCount: Int, _ salt: UnsafePointer<CChar>?,
    _ saltLength: Int, _ flags: UInt32
) throws(Failure) -> CatalogHandle {
    guard (1...1_000).contains(fileCount), let files else {
        throw .argument("there are \(fileCount) files, or they are NULL", "give 1 to 1,000 files")
    }
    guard flags & ~UInt32(HOLDFAST_SALT_FROM_ENVIRONMENT) == 0 else {
        throw .argument("flags are \(flags)", "use those of holdfast.h, or 0")
    }
    let given = salt == nil ? nil : try text(salt, saltLength, "the salt")
    var texts: [(name: String, text: String)] = []
    for index in 0..<fileCount {
        let file = files[index]
        guard let name = file.name else {
            throw .argument("the name of file \(index + 1) is NULL", "name it, for errors")
        }
        texts.append(
            (String(cString: name), try text(file.text, file.text_length, "a file's text")))
    }
    do throws(CatalogError) {
        let catalog = try Catalog(files: texts) { source in
            if let given { return given }
            guard case .environment(let name) = source,
                flags & UInt32(HOLDFAST_SALT_FROM_ENVIRONMENT) != 0
            else { return nil }
            return getenv(name).flatMap { String(validatingCString: $0) }
        }
        do throws(AssignmentFault) {
            return try CatalogHandle(catalog)
        } catch {
            preconditionFailure("a catalog knows its own experiments")
        }
    } catch {
        throw Failure(status: Int32(HOLDFAST_BAD_CATALOG), text: "\(error)")
    }
}

private func assign(
    _ handle: CatalogHandle, _ candidate: holdfast_candidate,
    _ answer: UnsafeMutablePointer<holdfast_assignment>
) throws(Failure) {
    let name = try bytes(candidate.experiment, candidate.experiment_length, "the experiment")
    let unit = try idBytes(candidate.unit, candidate.unit_length, "the unit")
    let cluster =
        candidate.cluster == nil
        ? nil : try idBytes(candidate.cluster, candidate.cluster_length, "the cluster")
    let attributes = try attributes(candidate)
    do throws(AssignmentFault) {
        guard let place = handle.place(of: name) else {
            throw .unknownExperiment(String(decoding: name, as: UTF8.self), known: handle.names)
        }
        let entry = handle[place]
        let dealt = try entry.dealer.deal(
            unit: unit, cluster: cluster, attributes: attributes,
            score: candidate.score?.pointee, at: Timestamp(microseconds: candidate.at))
        fill(answer, with: dealt, of: entry)
        answer.pointee.revision = handle.revision.pointer
    } catch {
        withUnsafeMutableBytes(of: &answer.pointee.fault) { room in
            // The last byte stays zero.
            for (index, byte) in error.code.utf8.prefix(room.count - 1).enumerated() {
                room[index] = byte
            }
        }
        throw Failure(status: Int32(HOLDFAST_REFUSED), text: "\(error)")
    }
}

private func fill(
    _ answer: UnsafeMutablePointer<holdfast_assignment>, with dealt: Dealt,
    of entry: CatalogHandle.Entry
) {
    if let arm = dealt.arm {
        answer.pointee.arm = entry.arms[arm].pointer
        answer.pointee.act = entry.acts[arm] ? 1 : 0
    }
    if case .holdout(let index) = dealt.step {
        answer.pointee.holdout = entry.holdouts[index].pointer
    }
    answer.pointee.reason = UnsafeRawPointer(word(of: dealt.step).utf8Start)
        .assumingMemoryBound(to: CChar.self)
    answer.pointee.propensity = dealt.propensity
    answer.pointee.bucket = dealt.bucket.map { Int64($0) } ?? -1
    answer.pointee.burn_in = dealt.isBurnIn.map { $0 ? 1 : 0 } ?? -1
}

/// The words of ``Reason``, which stand in the program's own memory.
private func word(of step: Dealt.Step) -> StaticString {
    switch step {
    case .override: "override"
    case .notStarted: "not_started"
    case .ended: "ended"
    case .ineligible: "ineligible"
    case .holdout: "holdout"
    case .outsideSlice: "outside_slice"
    case .notEnrolled: "not_enrolled"
    case .assigned: "assigned"
    }
}
