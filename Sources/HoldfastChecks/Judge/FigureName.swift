/// What is measured of a model. The raw values are the names in requirements and in JSON.
package enum FigureName: String, Sendable, Equatable, CaseIterable {
    // Accurate enough?
    case auc
    case averagePrecision = "average_precision"
    case logLoss = "log_loss"
    case brier
    case calibrationError = "calibration_error"
    case calibrationIntercept = "calibration_intercept"
    case calibrationSlope = "calibration_slope"
    case accuracy
    case balancedAccuracy = "balanced_accuracy"
    case precision
    case recall
    case f1
    case macroF1 = "macro_f1"
    case meanAbsoluteError = "mean_absolute_error"
    case rootMeanSquaredError = "root_mean_squared_error"
    case rSquared = "r_squared"

    // Better than a baseline or than the model in operation? Above 0 is better.
    case aucGain = "auc_gain"
    case logLossGain = "log_loss_gain"
    case brierGain = "brier_gain"
    case accuracyGain = "accuracy_gain"
    case meanAbsoluteErrorGain = "mean_absolute_error_gain"
    case squaredErrorGain = "squared_error_gain"

    // Not overfitted? Above 0: better on train than on eval.
    case aucGap = "auc_gap"
    case logLossGap = "log_loss_gap"
    case brierGap = "brier_gap"
    case accuracyGap = "accuracy_gap"
    case meanAbsoluteErrorGap = "mean_absolute_error_gap"
    case rSquaredGap = "r_squared_gap"

    // Not degenerate?
    case distinctPredictions = "distinct_predictions"
    case modeShare = "mode_share"
    case predictionEntropy = "prediction_entropy"
    case longestRunShare = "longest_run_share"
    case emptyClasses = "empty_classes"
    case importanceShare = "importance_share"
    case gainOverOneSplit = "gain_over_one_split"
    case gainOverOneFeature = "gain_over_one_feature"

    // Fair?
    case demographicParityDifference = "demographic_parity_difference"
    case demographicParityRatio = "demographic_parity_ratio"
    case equalizedOddsDifference = "equalized_odds_difference"
    case equalizedOddsRatio = "equalized_odds_ratio"
    case equalOpportunityDifference = "equal_opportunity_difference"
    case equalOpportunityRatio = "equal_opportunity_ratio"
    case predictiveParityDifference = "predictive_parity_difference"
    case groupCalibrationDifference = "group_calibration_difference"
    case selectionRate = "selection_rate"
    case truePositiveRate = "true_positive_rate"
    case falsePositiveRate = "false_positive_rate"
    case groupCalibration = "group_calibration"
    case meanPrediction = "mean_prediction"
    case meanPredictionDifference = "mean_prediction_difference"

    // For good reasons?
    case permutationImportance = "permutation_importance"
    case meanAbsoluteShapley = "mean_absolute_shapley"
    case shapley
    /// Of one decision: the model's answer.
    case prediction
    /// Of one decision: the model's mean answer over the background.
    case basePrediction = "base_prediction"
    case surrogateRSquared = "surrogate_r_squared"

    // Does it behave?
    case behaviourFailures = "behaviour_failures"

    // In operation.
    case harmfulShift = "harmful_shift"
    case estimatedAUC = "estimated_auc"
    case estimatedAccuracy = "estimated_accuracy"
    case estimatedPrecision = "estimated_precision"
    case estimatedRecall = "estimated_recall"
    case estimatedF1 = "estimated_f1"
    case estimatedBrier = "estimated_brier"
    case predictedError = "predicted_error"
    case inputShift = "input_shift"
    case inputDistance = "input_distance"
    case outsideShare = "outside_share"
    case predictionShift = "prediction_shift"
    case predictionDistance = "prediction_distance"
}
