internal import HoldfastChecks

extension FigureName {
    /// What it says, without a full stop.
    var meaning: String {
        switch self {
        case .auc:
            "the chance that a row with a yes has a higher prediction than one with a no: 1 is perfect, 0.5 a coin"
        case .averagePrecision:
            "precision averaged over recall; a coin has the share of yeses"
        case .logLoss:
            "minus the mean logarithm of the probability that was given to what happened; 0 is perfect"
        case .brier: "the mean squared difference of probability and label; 0 is perfect"
        case .calibrationError:
            "the mean difference of predicted and observed shares over bins of equal size; 0 is perfect"
        case .calibrationIntercept:
            "by how much log odds are too low on the whole: above 0, more yeses came than were predicted"
        case .calibrationSlope:
            "below 1, high predictions are too high and low ones too low, as those of an overfitted model"
        case .accuracy: "the share of rows that are predicted rightly"
        case .balancedAccuracy: "the mean over the classes of the share that is predicted rightly"
        case .precision: "of the rows predicted as a yes, the share that was one"
        case .recall: "of the rows that were a yes, the share that was predicted as one"
        case .f1: "the harmonic mean of precision and recall"
        case .macroF1: "F1 of each class, averaged over the classes"
        case .meanAbsoluteError: "the mean size of the error, in units of the label"
        case .rootMeanSquaredError: "the root of the mean squared error: large errors count more"
        case .rSquared:
            "the share of the label's variance that is predicted; below 0, the mean is better"
        case .aucGain, .logLossGain, .brierGain, .accuracyGain, .meanAbsoluteErrorGain,
            .squaredErrorGain:
            "by how much it is better than what it is compared with, on the same rows; below 0, worse"
        case .aucGap, .logLossGap, .brierGap, .accuracyGap, .meanAbsoluteErrorGap, .rSquaredGap:
            "by how much it is worse on rows that it has not seen than on those that it was fitted to"
        case .distinctPredictions: "how many different predictions it makes"
        case .modeShare: "the share of rows with the prediction that comes most often"
        case .predictionEntropy:
            "how evenly predictions spread over ten bins or the classes: 1 is evenly, 0 is all in one"
        case .longestRunShare:
            "the longest run of rows, in their order, with one prediction, by all rows"
        case .emptyClasses: "classes that labels have and the model never predicts"
        case .importanceShare: "the largest share that one feature has in the importance of all"
        case .gainOverOneSplit: "by how much it is better than the best rule that asks one question"
        case .gainOverOneFeature: "by how much it is better than the best model of one feature"
        case .demographicParityDifference:
            "the largest difference between groups in the share that is predicted as a yes"
        case .demographicParityRatio:
            "the smallest share that is predicted as a yes by the largest; four fifths is usual"
        case .equalizedOddsDifference:
            "the larger of the largest differences between groups in true and in false positive rates"
        case .equalizedOddsRatio: "the smaller of the smallest ratios of those rates"
        case .equalOpportunityDifference:
            "the largest difference between groups in the true positive rate"
        case .equalOpportunityRatio: "the smallest true positive rate by the largest"
        case .predictiveParityDifference: "the largest difference between groups in precision"
        case .groupCalibrationDifference:
            "the largest difference between groups in predicted less observed"
        case .selectionRate: "the share of a group that is predicted as a yes"
        case .truePositiveRate: "of a group's yeses, the share that is predicted as one"
        case .falsePositiveRate: "of a group's noes, the share that is predicted as a yes"
        case .groupCalibration: "a group's mean prediction less its mean label"
        case .meanPrediction: "the mean of a group's predictions"
        case .meanPredictionDifference: "the largest difference between groups in that mean"
        case .permutationImportance:
            "by how much the score falls when this feature's values are shuffled among the rows"
        case .meanAbsoluteShapley: "how far this feature moves a prediction, on average over rows"
        case .shapley:
            "how far this feature moved this prediction from the usual one, averaged over the orders in which features can be made known"
        case .prediction: "what the model answers for this row"
        case .basePrediction:
            "the mean of its answers for the rows that it is compared with: the Shapley values lead from there to the prediction"
        case .surrogateRSquared:
            "how well a straight line explains the model near this row; where it is low, the line says little"
        case .behaviourFailures: "the share of rows on which the model does not behave as it must"
        case .harmfulShift:
            "the risk in operation less that of the reference; an alarm where its whole interval, which holds at any time it is looked at, lies above 0"
        case .estimatedAUC, .estimatedAccuracy, .estimatedPrecision, .estimatedRecall,
            .estimatedF1, .estimatedBrier:
            "the same figure, expected of calibrated probabilities before labels come; blind to a change of what inputs mean"
        case .predictedError: "the error that a model of errors, fitted to clean rows, expects"
        case .inputShift, .predictionShift:
            "an e-value: of what has not moved, it passes 20 at any time once in twenty runs at most"
        case .inputDistance, .predictionDistance:
            "the share of rows that would have to change their tenth of the reference, or their category (total variation)"
        case .outsideShare: "the share of rows outside what the model was fitted to"
        }
    }
}
