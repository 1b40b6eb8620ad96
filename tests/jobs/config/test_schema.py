from toile.config.schema import stale
from toile.home import REPOSITORY


def test_the_schemas_in_conf_and_the_reference_are_current() -> None:
    assert not stale(REPOSITORY / "conf"), "run `bin/toile schema`"
