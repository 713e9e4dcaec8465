// `import Holdfast` is the whole library but the service: what is public in these modules.
@_exported public import HoldfastAssignment
@_exported public import HoldfastChecks
@_exported public import HoldfastDatasets
@_exported public import HoldfastFormats
@_exported public import HoldfastLedger
@_exported public import HoldfastReports
@_exported public import HoldfastStatistics
