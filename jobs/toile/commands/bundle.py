"""`toile bundle`: conf/ as a Databricks Asset Bundle."""

import argparse
from pathlib import Path

from toile.bundle import MADE_BY, bundle_files, variable_overrides
from toile.commands.arguments import Subparsers, counted, declare, read_conf
from toile.config.backends import DatabricksBackend
from toile.errors import ConfigError
from toile.home import REPOSITORY

DETAIL = """\
For teams without Airflow: each model's stages become jobs of a Databricks workspace, with the same steps, the same
wheel and the same results. Writes databricks.yml and resources/<model>.yml, and which wheel this clone is. Then

  toile deploy --env production                              ships the wheel
  cd infra/databricks && databricks bundle deploy            makes or changes the jobs

Exit status: 0 done; with --check 1 where a file is not what conf/ says, or is of a model that is gone.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "bundle", "write the Databricks bundle that conf/ describes", DETAIL)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "infra" / "databricks", metavar="FOLDER")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not current")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf, out = read_conf(arguments), arguments.out
    backend = conf.environment.backend
    if not isinstance(backend, DatabricksBackend):
        hint = "Name one of kind databricks: toile --env production bundle."
        raise ConfigError(
            f"the environment {conf.environment_name} runs on {backend.kind}, and a bundle is for Databricks. {hint}"
        )
    models = [conf.load_model(name) for name in conf.model_ids]
    files = bundle_files(models, conf.environment_name, backend)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out}: this is a file. Name a folder.")
    gone = [path for path in sorted(out.glob("resources/*.yml")) if str(path.relative_to(out)) not in files]
    gone = [path for path in gone if path.read_bytes().startswith(MADE_BY.encode())]  # a team's own stay
    stale = [name for name, text in files.items() if not (out / name).is_file() or (out / name).read_text() != text]
    if arguments.check:
        again = f"toile bundle --env {conf.environment_name} --out {out}"
        return _tell([*(out / name for name in stale), *gone], again)
    for name, text in {**files, **variable_overrides(conf.environment_name, backend)}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    for path in gone:
        path.unlink()
        print(f"removed: {path}, of a model that is gone")
    told = f"{counted(len(models), 'model')}, {counted(len(stale), 'file')} changed, {len(gone)} removed"
    print(f"{out}: {told}.")
    return 0


def _tell(wrong: list[Path], again: str) -> int:
    for path in wrong:
        print(f"stale: {path}; run `{again}`")
    if not wrong:
        print("the bundle is current.")
    return int(bool(wrong))
