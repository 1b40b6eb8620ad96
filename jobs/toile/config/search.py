"""The search for a trainer's parameters."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from toile.config.section import Section


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


def _tag(value: Any) -> str:
    return "choices" if isinstance(value, Choices) or (isinstance(value, dict) and "choices" in value) else "span"


Among = Annotated[Annotated[Span, Tag("span")] | Annotated[Choices, Tag("choices")], Discriminator(_tag)]


class Search(Section):
    """Trials (Optuna's TPE) on the training rows alone, each fitted on earlier and judged on later ones."""

    trials: int = Field(default=20, ge=1, le=1000, description="The first one is what stands in trainer.params.")
    minutes: float = Field(default=10, gt=0, description="No trial starts after that.")
    folds: int = Field(default=3, ge=1, le=10, description="Parts of the newer half of the rows, each judged once.")
    params: dict[str, Among] = Field(min_length=1, description="Between low and high, or one of choices.")
