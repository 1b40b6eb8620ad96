"""The configuration: light enough for Airflow to import (pydantic and PyYAML only)."""

from toile.config.load import Conf, ResolvedModel
from toile.config.model import ModelConfig
from toile.config.names import Names
from toile.config.problems import InvalidConfig

__all__ = ["Conf", "InvalidConfig", "ModelConfig", "Names", "ResolvedModel"]
