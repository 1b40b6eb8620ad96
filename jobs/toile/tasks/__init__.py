"""The kinds of tasks, one folder each."""

from toile.tasks.classification import Classification
from toile.tasks.regression import Regression
from toile.tasks.template import Template

TEMPLATES: dict[str, Template] = {template.kind: template for template in (Classification(), Regression())}


def template_of(kind: str) -> Template:
    """The template of `task.kind`."""
    return TEMPLATES[kind]
