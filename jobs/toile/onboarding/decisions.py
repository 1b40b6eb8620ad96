"""What a person decides about a new model."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Decisions:
    """What no table tells, so that a person must."""

    domain: str
    name: str
    owner: str
    description: str
    limits: str
    task: str
    label: str
    label_delay: timedelta
    entity: str
    time: str

    @property
    def model(self) -> str:
        return f"{self.domain}.{self.name}"

    @property
    def suite(self) -> str:
        return f"{self.domain}_{self.name}"
