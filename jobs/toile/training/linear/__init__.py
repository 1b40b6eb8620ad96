"""Linear regression from first principles: one pass over the rows, then algebra on a small matrix.

Read it in this order: `design` (rows to numbers), `gram` (numbers to statistics), `onepass` (the pass itself, in memory
or in Spark), `solve` or `descent` (to coefficients), `inference` (how sure they are), `regression` (the estimator).
"""

from toile.training.linear.regression import LinearRegression
from toile.training.linear.summary import Coefficient, RegressionSummary

__all__ = ["Coefficient", "LinearRegression", "RegressionSummary"]
