"""The search for a trainer's parameters."""

from typing import Annotated

from pydantic import Field, model_validator

from toile.config.section import Name, Section


class Span(Section):
    """A number between `low` and `high`, whole where both are."""

    low: int | float
    high: int | float
    log: bool = Field(default=False, description="Look on a logarithmic scale.")

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low {self.low:g} is not above 0, as log asks")
        return self


class Choices(Section):
    """One of some values."""

    choices: list[int | float | str | bool] = Field(min_length=2)


class Search(Section):
    """Trials (Optuna's TPE) on the training rows alone, each fitted on earlier and judged on later ones."""

    trials: int = Field(default=20, ge=1, le=1000, description="The first one is what stands in trainer.params.")
    minutes: float = Field(default=10, gt=0, description="No trial starts after that.")
    folds: int = Field(default=3, ge=1, le=10, description="Stretches of the newer half of the time, each judged once.")
    params: dict[Name, Annotated[Span | Choices, Field()]] = Field(min_length=1)
