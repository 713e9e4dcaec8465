internal import ArgumentParser
internal import Foundation
internal import HoldfastFormats
internal import HoldfastTables

struct InitCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a catalog to start from.")

    @Argument(help: "The file to write; - for standard output.")
    var path = "catalog.yaml"
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        if path == "-" {
            Terminal.say(InitCommand.catalog)
            return .success
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandError("\(path) is there already", "name another file, or remove this one")
        }
        var file = try AtomicFile(path: path)
        try file.output.write((InitCommand.catalog + "\n").utf8)
        try file.commit()
        switch output.format {
        case .json: Terminal.say(["written": .string(path)] as JSON)
        case .text:
            Terminal.say(
                """
                Wrote \(path). Next:
                  export HOLDFAST_SALT=$(head -c 18 /dev/urandom | base64 | tr -d /)   # keep it: it deals the units
                  holdfast validate \(path)
                  holdfast assign --catalog \(path) --unit customer-1
                """)
        }
        return .success
    }

    static let catalog = """
        holdfast: 1                        # format of this file
        salt: ${HOLDFAST_SALT}             # secret, at least 16 characters; or file:PATH
        holdouts:
          program:                         # withheld from every experiment, so that all models together can be judged
            unit: customer
            share: 2%
            covers: all                    # or a list of experiments
        experiments:
          my-model:
            description: What the model does to a customer
            unit: customer                 # what is dealt to an arm
            traffic: 100%                  # enrolled share; raising it never moves an enrolled unit
            arms: [{control: 5%}, {treatment: 95%}]
            washout: 30d                   # how long a treatment carries over
            outcome: {name: bought, horizon: 30d, absent: 0}   # absent: unknown, or the value it means
            features:                      # logged at scoring time
              income: number
              region: category
            split: {train: 80%, eval: 20%}
        """
}
