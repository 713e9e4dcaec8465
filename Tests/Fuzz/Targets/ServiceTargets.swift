import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastServer

/// `FlagContext`: the body of an OFREP request is read or refused, each experiment is answered or
/// says why not, and the text behind the entity tag is the context and nothing else.
@Sendable func fuzzOFREP(_ bytes: [UInt8]) {
    do throws(OFREPFailure) {
        let context = try FlagContext(bytes, key: "a")
        let canonical = context.canonicalText
        let body = Array("{\"context\":\(canonical)}".utf8)
        do throws(OFREPFailure) {
            let again = try FlagContext(body, key: "a")
            require(sameBytes(again.canonicalText, canonical), "the text is the context's own")
        } catch {
            require(false, "the canonical context can be read: \(error)")
        }
        let catalog = fuzzCatalogInForce
        for experiment in catalog.experiments { ask(context, experiment, catalog) }
    } catch {
        requireWords(error)
    }
}

private func ask(_ context: FlagContext, _ experiment: Experiment, _ catalog: Catalog) {
    do throws(OFREPFailure) {
        let candidate = try context.candidate(for: experiment, key: experiment.name.text)
        do throws(AssignmentFault) {
            let time = Timestamp(microseconds: 1_767_225_600_000_000)
            let dealt = try catalog.assign(candidate, in: experiment.name.text, at: time)
            require((0...1).contains(dealt.propensity), "a propensity is a probability")
        } catch {
            throw context.failure(error, of: experiment, key: experiment.name.text)
        }
    } catch {
        requireWords(error)
    }
}

private func requireWords(_ failure: OFREPFailure) {
    require(
        !failure.code.isEmpty && !failure.detail.isEmpty && !failure.hint.isEmpty,
        "a failure says what is wrong: \(failure)")
}

/// `AccessTokens`: a file of tokens that is read is written as the same tokens, and no token that
/// a client could send stops the service.
@Sendable func fuzzTokens(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    require(fixedTokens.holder(of: text) == nil, "who does not know a token is nobody: \(text)")
    do throws(AccessTokensError) {
        let tokens = try AccessTokens(bytes)
        let written = Array(tokens.json.text().utf8)
        do throws(AccessTokensError) {
            let again = try AccessTokens(written)
            require(again.holders == tokens.holders, "what is written is the same tokens")
        } catch {
            // Written more widely than it came, a file at the limit can be past it.
            require(written.count > AccessTokens.byteLimit, "what is written can be read: \(error)")
        }
        require(tokens.holder(of: text) == nil, "a file is no token")
    } catch {
        require(!error.message.isEmpty && !error.hint.isEmpty, "an error says what is wrong")
    }
}

private let fixedTokens: AccessTokens = {
    var tokens = AccessTokens()
    var chance = SystemRandomNumberGenerator()
    for text in ["a", "shop", "x_y"] {
        guard let name = Name(text) else { continue }
        _ = try? tokens.create(
            name, scopes: [.assign, .admin], at: Timestamp(microseconds: 0), chance: &chance)
    }
    return tokens
}()
