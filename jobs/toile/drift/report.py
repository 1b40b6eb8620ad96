"""The record of one drift measurement: current window against reference window, feature by feature."""

from pydantic import BaseModel, ConfigDict

from toile.contract import Verdict


class BinShare(BaseModel):
    """The share of rows that a bin held in the reference window, and holds now."""

    model_config = ConfigDict(frozen=True)

    name: str
    reference: float
    current: float


class FeatureDrift(BaseModel):
    """How far one feature moved. `noise` is the PSI to be expected where nothing moved.

    Shares of new categories are of the current rows, those of missing ones of the reference rows.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    psi: float
    noise: float
    drifted: bool
    null_share_before: float
    null_share: float
    new_categories: dict[str, float]
    missing_categories: dict[str, float]
    bins: list[BinShare]


class DriftReport(BaseModel):
    """One drift measurement; features are sorted, the furthest moved first."""

    model_config = ConfigDict(frozen=True)

    reference_rows: int
    rows: int
    psi_limit: float
    share_limit: float
    features: list[FeatureDrift]
    verdict: Verdict
    reasons: list[str]
    notes: list[str]

    @property
    def drifted(self) -> list[str]:
        """The names of the features that drifted."""
        return [feature.name for feature in self.features if feature.drifted]

    @property
    def drift_share(self) -> float:
        """The share of features that drifted."""
        return len(self.drifted) / len(self.features)

    @property
    def max_psi(self) -> float:
        """The PSI of the feature that moved furthest."""
        return self.features[0].psi

    def metrics(self) -> dict[str, float]:
        """The figures that monitoring follows over time."""
        return {"drift_share": self.drift_share, "max_psi": self.max_psi}
