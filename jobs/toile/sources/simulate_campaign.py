"""Simulates a telephone campaign, seeded, as raw calls in the columns of Bank Marketing.

docs/simulated_market.md explains the process; a test recovers these numbers from the rows.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from toile.sources.bank_marketing import CALL_COLUMNS, MONTHS, raw_calls

FIRST_DAY, LAST_DAY = date(2008, 5, 5), date(2010, 11, 17)
# Everybody's log odds rise on this day, for good.
TURN, TURN_EFFECT = date(2009, 6, 1), 1.6
INTERCEPT = -2.6
# What adds to the log odds of a subscription; balance is arcsinh(balance / 1000), campaign counts calls.
EFFECTS = {
    **{"success": 2.0, "housing": -0.8, "unreached": -0.9, "student": 0.7},
    **{"balance": 0.4, "campaign": -0.12, "young_or_old": 0.9},
}
YOUNG, OLD = 28, 60
DIRTY_SHARES = {"impossible_day": 0.002, "unknown_label": 0.001}
JOBS = {"blue-collar": 0.25, "management": 0.25, "technician": 0.2, "services": 0.15, "retired": 0.1, "student": 0.05}
CONTACTS = {"cellular": 0.65, "telephone": 0.1, "unknown": 0.25}
OUTCOMES = {"failure": 0.6, "other": 0.2, "success": 0.2}


@dataclass(frozen=True)
class CampaignTruths:
    """All that was planted in one simulated campaign; the dirty rows are exact, and no row is spoilt in two ways."""

    seed: int
    clients: int
    dirty_rows: dict[str, int]
    turn: date = TURN
    turn_effect: float = TURN_EFFECT
    effects: dict[str, float] = field(default_factory=lambda: dict(EFFECTS))

    def save(self, path: Path) -> None:
        """Writes the record as JSON, dates as ISO text."""
        path.write_text(json.dumps(asdict(self), indent=2, default=str) + "\n")


def simulate_campaign(clients: int, seed: int) -> tuple[pa.Table, CampaignTruths]:
    """Raw calls, one a client, and what was planted in them; equal arguments give equal rows."""
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(pd.bdate_range(FIRST_DAY, LAST_DAY), clients))
    calls = _clients(rng, clients)
    chance = 1 / (1 + np.exp(-_log_odds(calls) - TURN_EFFECT * (days >= np.datetime64(TURN))))
    calls["deposit"] = np.where(rng.random(clients) < chance, "yes", "no")
    when = pd.DatetimeIndex(days)
    calls["day"], calls["month"] = when.day, np.array(MONTHS)[when.month - 1]
    counts = {name: round(share * clients) for name, share in DIRTY_SHARES.items()}
    impossible, unknown, _ = np.split(rng.permutation(clients), np.cumsum(list(counts.values())))
    calls.loc[impossible, "day"], calls.loc[unknown, "deposit"] = 32, "maybe"
    raw = pa.Table.from_pandas(calls[list(CALL_COLUMNS)].astype(str), preserve_index=False)
    return raw_calls(raw, "simulated campaign"), CampaignTruths(seed, clients, counts)


def _clients(rng: np.random.Generator, clients: int) -> pd.DataFrame:
    reached = rng.random(clients) < 0.2
    draw = {name: _words(rng, clients, weights) for name, weights in (("job", JOBS), ("contact", CONTACTS))}
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, clients),
            **draw,
            "marital": rng.choice(["married", "single", "divorced"], clients, p=[0.6, 0.28, 0.12]),
            "education": rng.choice(["primary", "secondary", "tertiary"], clients, p=[0.15, 0.55, 0.3]),
            "default": np.where(rng.random(clients) < 0.02, "yes", "no"),
            "balance": np.sinh(rng.normal(0.5, 0.9, clients)).round(3) * 1000,
            "housing": np.where(rng.random(clients) < 0.55, "yes", "no"),
            "loan": np.where(rng.random(clients) < 0.16, "yes", "no"),
            "campaign": rng.geometric(0.4, clients),
            "pdays": np.where(reached, rng.integers(1, 400, clients), -1),
            "previous": np.where(reached, rng.geometric(0.4, clients), 0),
            "poutcome": np.where(reached, _words(rng, clients, OUTCOMES), "unknown"),
        }
    )


def _log_odds(calls: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The log odds before the turn."""
    traits = traits_of(calls)[list(EFFECTS)].to_numpy(dtype=float)
    return np.asarray(INTERCEPT + traits @ np.array(list(EFFECTS.values())))


def traits_of(calls: pd.DataFrame) -> pd.DataFrame:
    """What `EFFECTS` names, of each call."""
    return pd.DataFrame(
        {
            "success": calls["poutcome"] == "success",
            "housing": calls["housing"] == "yes",
            "unreached": calls["contact"] == "unknown",
            "student": calls["job"] == "student",
            "balance": np.arcsinh(calls["balance"] / 1000),
            "campaign": calls["campaign"],
            "young_or_old": (calls["age"] < YOUNG) | (calls["age"] >= OLD),
        }
    )


def _words(rng: np.random.Generator, count: int, weights: dict[str, float]) -> npt.NDArray[np.str_]:
    return rng.choice(list(weights), count, p=list(weights.values()))
