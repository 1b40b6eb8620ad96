"""A look at a table of leads, as Spark would give it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from toile.onboarding.look import MOMENT, Column, Look

ROWS, DAY = 2000, 86_400.0
KINDS = {
    "lead_id": "string", "seen_at": MOMENT, "called_at": MOMENT, "e_mail": "string", "contact": "string",
    "channel": "string", "visits": "long", "order_number": "long", "age": "double", "loyal": "boolean",
    "country": "string", "remark": "string", "discount": "double", "refund": "double", "first_order": "double",
    "bought": "boolean", "spent": "double",
}  # fmt: skip


@pytest.fixture
def look() -> Look:
    """365 days of leads; what they bought is known at once, `refund` and the gaps of `first_order` tell of it."""
    chance = np.random.default_rng(0)
    number, bought = np.arange(ROWS), chance.random(ROWS) < 0.3
    spent = chance.gamma(2, 50, ROWS)
    rows = pd.DataFrame(
        {
            "lead_id": [f"L{one}" for one in number],
            "seen_at": chance.integers(0, 365, ROWS) * DAY,
            "called_at": chance.integers(0, 365, ROWS) * DAY,
            "e_mail": "none given",
            "contact": [f"lead{one}@example.com" for one in number],
            "channel": chance.choice(["web", "store", "app"], ROWS),
            "visits": chance.integers(0, 12, ROWS),
            "order_number": number,
            "age": np.where(number % 7, chance.integers(18, 80, ROWS), np.nan),
            "loyal": chance.random(ROWS) < 0.5,
            "country": "Spain",
            "remark": [f"said {one} things" for one in number],
            "discount": chance.normal(0, 1, ROWS).round(2),
            "refund": np.where(bought, -1.0, 0.0) - chance.random(ROWS) / 10,
            "first_order": np.where(bought, 20.0 + number % 50, np.nan),
            "bought": bought,
            "spent": spent,
        }
    )
    rows.loc[rows.index[:2], "e_mail"] = "asked"
    numbers = [name for name, kind in KINDS.items() if kind in ("long", "double", MOMENT)]
    low, high = rows[numbers].min(), rows[numbers].max()
    columns = {
        name: Column(name, kind, int(rows[name].isna().sum()), low.get(name), high.get(name))
        for name, kind in KINDS.items()
    }
    columns["channel"] = replace(columns["channel"], levels=("app", "store", "web"))
    return Look("marketing.leads", ROWS, columns, rows)
