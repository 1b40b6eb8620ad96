from toile.config.schema import render_schemas
from toile.home import REPOSITORY


def test_the_schemas_in_conf_are_current() -> None:
    stale = [name for name, text in render_schemas().items() if (REPOSITORY / "conf" / name).read_text() != text]
    assert not stale, "run `bin/toile schema`"
