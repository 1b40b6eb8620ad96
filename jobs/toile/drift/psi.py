"""How far features have moved, by the population stability index."""

import math
from collections.abc import Sequence
from itertools import pairwise

from pyspark.sql import DataFrame

from toile.config.model import Drift
from toile.contract import Verdict
from toile.drift.counting import Binning, Counts, collect_counts
from toile.drift.profile import FeatureProfile, ReferenceProfile
from toile.drift.report import BinShare, DriftReport, FeatureDrift

HALF_A_ROW = 0.5
MAX_LISTED = 20
NOISY_SHARE = 0.5
NULL, REST = "(missing)", "(all others)"


def stability_index(reference: Sequence[int], current: Sequence[int]) -> float:
    """PSI: the sum over bins of (current share - reference share) x ln(current share / reference share).

    An empty bin counts as half a row of its own side (the correction of Haldane 1956 and Anscombe 1956 for log ratios),
    so that the floor sinks as rows grow; a fixed floor would take an emptied bin of a small sample for drift. Bins that
    are empty on both sides are left out.
    """
    reference_rows, current_rows = sum(reference), sum(current)
    index = 0.0
    for before, now in zip(reference, current, strict=True):
        if before or now:
            share_before = max(before, HALF_A_ROW) / reference_rows
            share_now = max(now, HALF_A_ROW) / current_rows
            index += (share_now - share_before) * math.log(share_now / share_before)
    return index


def expected_from_noise(reference: Sequence[int], current: Sequence[int]) -> float:
    """The PSI that two samples of one population show on average: (bins - 1)(1/n + 1/m) (Yurdakul 2018)."""
    bins = sum(1 for before, now in zip(reference, current, strict=True) if before or now)
    return (bins - 1) * (1 / sum(reference) + 1 / sum(current)) if bins else 0.0


def measure_drift(current: DataFrame, profile: ReferenceProfile, drift: Drift) -> DriftReport:
    """Compares all current rows with the profile, in one pass over them.

    A feature has drifted at or above `drift.psi`; the data has, and the verdict is `warned`, when `drift.share` of the
    features has. Null is a bin like any other.

    Raises:
        DataError: a feature is missing, or there are no rows.
    """
    known = {name: list(feature.counts) for name, feature in profile.features.items() if not feature.is_numeric}
    edges = {name: feature.edges for name, feature in profile.features.items() if feature.is_numeric}
    rows, counts = collect_counts(current, Binning(profile.columns, edges, known, MAX_LISTED))
    features = [_compare(name, before, counts[name], drift) for name, before in profile.features.items()]
    features.sort(key=lambda feature: (-feature.psi, feature.name))
    drifted = [feature.name for feature in features if feature.drifted]
    reasons = []
    if len(drifted) >= drift.share * len(features):
        reasons.append(f"{len(drifted)} of {len(features)} features drifted: {', '.join(drifted[:8])}.")
    return DriftReport(
        reference_rows=profile.rows,
        rows=rows,
        psi_limit=drift.psi,
        share_limit=drift.share,
        features=features,
        verdict=Verdict.WARNED if reasons else Verdict.PASSED,
        reasons=reasons,
        notes=_notes(features, rows, drift),
    )


def _compare(name: str, before: FeatureProfile, now: Counts, drift: Drift) -> FeatureDrift:
    reference = [*before.counts.values(), before.rest, before.nulls]
    listed = [now.bins.get(word, 0) for word in before.counts]
    current = [*listed, now.rows - now.nulls - sum(listed), now.nulls]
    psi = stability_index(reference, current)
    return FeatureDrift(
        name=name,
        type=before.type,
        psi=psi,
        noise=expected_from_noise(reference, current),
        drifted=psi >= drift.psi,
        null_share_before=before.nulls / before.rows,
        null_share=now.nulls / now.rows,
        new_categories=_new_categories(before, now),
        missing_categories=_missing_categories(before, now),
        bins=[
            BinShare(name=label, reference=old / before.rows, current=count / now.rows)
            for label, old, count in zip([*_bin_names(before), REST, NULL], reference, current, strict=True)
            if old or count or label not in {REST, NULL}
        ],
    )


def _new_categories(before: FeatureProfile, now: Counts) -> dict[str, float]:
    """Those that the profile did not see; none where it does not list all it saw, as they may only be rare."""
    if before.is_numeric or before.rest:
        return {}
    return _largest({word: count / now.rows for word, count in now.bins.items() if word not in before.counts})


def _missing_categories(before: FeatureProfile, now: Counts) -> dict[str, float]:
    if before.is_numeric:
        return {}
    return _largest({word: count / before.rows for word, count in before.counts.items() if word not in now.bins})


def _bin_names(feature: FeatureProfile) -> list[str]:
    if not feature.is_numeric:
        return list(feature.counts)
    edges = [f"{edge:.4g}" for edge in feature.edges]
    if not edges:
        return ["any value"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]}", *between, f"above {edges[-1]}"]


def _largest(shares: dict[str, float]) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:MAX_LISTED])


def _notes(features: list[FeatureDrift], rows: int, drift: Drift) -> list[str]:
    noisy = [feature.name for feature in features if feature.noise >= NOISY_SHARE * drift.psi]
    if not noisy:
        return []
    return [
        f"With {rows:,} rows, chance alone moves {', '.join(noisy[:8])} at least half way to the limit: "
        "read their PSI beside its noise."
    ]
