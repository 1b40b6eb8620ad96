"""The reference window in figures: what the champion was accepted on, small enough to travel with it."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- Spark's own convention

from toile.drift.counting import NUMERIC, Binning, collect_counts, require_columns, without_nan

BINS = 10
MAX_CATEGORIES = 100


class FeatureProfile(BaseModel):
    """One feature's rows in the reference window.

    A numeric feature has `edges`, and one count per bin between and beyond them; a categorical one has its most
    frequent categories and, as `rest`, the rows of all others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    edges: list[float] = []
    counts: dict[str, int]
    rest: int = 0
    nulls: int = 0

    @property
    def is_numeric(self) -> bool:
        return self.type in NUMERIC

    @property
    def rows(self) -> int:
        return sum(self.counts.values()) + self.rest + self.nulls


class ReferenceProfile(BaseModel):
    """The reference window, by feature."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    features: dict[str, FeatureProfile]

    @property
    def columns(self) -> dict[str, str]:
        """Feature -> type."""
        return {name: feature.type for name, feature in self.features.items()}


def build_profile(frame: DataFrame, columns: Mapping[str, str]) -> ReferenceProfile:
    """Profiles the frame in two passes: one for the deciles of all numeric features, one to count.

    `columns` are feature -> double, long, string or boolean. Equal deciles are merged, so that a feature may have fewer
    than ten bins.

    Raises:
        DataError: a feature is missing, or there are no rows.
    """
    require_columns(frame, columns)
    edges = _deciles(frame, {name: kind for name, kind in columns.items() if kind in NUMERIC})
    rows, counts = collect_counts(frame, Binning(columns, edges, known={}, listed=MAX_CATEGORIES))
    features = {}
    for name, kind in columns.items():
        found = counts[name]
        bins = {str(number): found.bins.get(str(number), 0) for number in range(len(edges.get(name, [])) + 1)}
        kept = bins if kind in NUMERIC else dict(sorted(found.bins.items(), key=lambda item: (-item[1], item[0])))
        features[name] = FeatureProfile(
            type=kind, edges=edges.get(name, []), counts=kept, rest=found.rest, nulls=found.nulls
        )
    return ReferenceProfile(rows=rows, features=features)


def _deciles(frame: DataFrame, columns: Mapping[str, str]) -> dict[str, list[float]]:
    if not columns:
        return {}
    shares = [number / BINS for number in range(1, BINS)]
    deciles = [F.percentile_approx(without_nan(name, kind), shares).alias(name) for name, kind in columns.items()]
    [row] = frame.agg(*deciles).collect()
    infinite = {float("inf"), float("-inf")}
    return {name: sorted({float(edge) for edge in row[name] or ()} - infinite) for name in columns}
