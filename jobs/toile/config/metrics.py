"""The metrics that gates may name. How they are computed is in `toile.evaluation.metrics`."""

HIGHER_IS_BETTER = {
    "roc_auc": True,
    "average_precision": True,
    "log_loss": False,
    "brier": False,
    "calibration_error": False,
}
