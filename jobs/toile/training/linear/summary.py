"""The record of one fit."""

import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

# JSON has no NaN: what is not known is null there.
Figure = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]


class Coefficient(BaseModel):
    """A coefficient in units of the label per unit of its column, with t, p and an interval; NaN is not estimable.

    `deviation` is the column's standard deviation.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    estimate: float
    standard_error: Figure
    t: Figure
    p: Figure
    low: Figure
    high: Figure
    deviation: float


class RegressionSummary(BaseModel):
    """Everything that one fit tells. `loss_curve` is the loss after each epoch of a descent."""

    model_config = ConfigDict(frozen=True)

    solver: str
    ridge: float
    rows: int
    degrees_of_freedom: float
    confidence: float
    coefficients: list[Coefficient]
    r2: Figure
    adjusted_r2: Figure
    residual_error: Figure
    label_deviation: float
    condition: Figure
    notes: list[str]
    loss_curve: list[float]
