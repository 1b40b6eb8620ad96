"""The kinds of tasks, one folder each."""

from toile.tasks.classification import Classification
from toile.tasks.forecast import Forecast
from toile.tasks.regression import Regression
from toile.tasks.template import Template

TEMPLATES: dict[str, Template] = {task.kind: task for task in (Classification(), Regression(), Forecast())}


def template_of(kind: str) -> Template:
    """The template of `task.kind`."""
    return TEMPLATES[kind]
