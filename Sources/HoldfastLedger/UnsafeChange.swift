internal import HoldfastAssignment
internal import HoldfastFormats

struct UnsafeChange {
    var experiment: Name
    var description: String
}

extension Catalog {
    func unsafeChanges(
        since old: Catalog, revision: String, sameSalt: Bool, at time: Timestamp,
        except compared: Set<Name>
    ) -> [UnsafeChange] {
        let names = Set(old.experiments.map(\.name))
        return names.sorted().flatMap { name -> [UnsafeChange] in
            let texts: [String] = unsafeChanges(
                since: old, revision: revision, sameSalt: sameSalt, at: time,
                except: compared.union(names.subtracting([name])))
            return texts.map { UnsafeChange(experiment: name, description: $0) }
        }
    }
}
