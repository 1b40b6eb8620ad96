"""The sample in docs/plan.md is what the command says."""

import re
from collections.abc import Callable

from tests.clone import Clone

from toile.home import REPOSITORY

GAMMA = 'schedule: {train: "@monthly", score: "@daily"}\n'


def test_the_page_shows_what_the_command_says(clone: Clone, plan: Callable[..., tuple[int, str]]) -> None:
    """A model comes, a view changes under two others, one is scored more often, and its code is another."""
    models = clone.conf / "models" / "shop"
    (models / "gamma.yaml").write_text((models / "beta.yaml").read_text() + GAMMA)
    clone.change("conf/models/shop/alpha.yaml", 'score: "0 5 * * *"', 'score: "0 */6 * * *"')
    clone.change("conf/features/recency.yaml", "columns:", "ttl: 365d\ncolumns:")
    clone.change("jobs/domains/shop/alpha.py", "...", "return sources")
    status, told = plan()
    told = re.sub(r"\([0-9a-f]{7}\)", "(4f1c2ab)", told, count=1)

    shown = re.search(r"\$ bin/toile plan\n(.*?)```", (REPOSITORY / "docs" / "plan.md").read_text(), re.DOTALL)

    assert shown is not None
    assert (status, shown[1]) == (0, told)
