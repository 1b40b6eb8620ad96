"""`toile deploy`: ships this checkout to where an environment's jobs run."""

import argparse
import sys

from toile.commands.arguments import Subparsers, counted, declare, progress, read_conf
from toile.commands.check import find_in_files
from toile.config import Conf
from toile.config.backends import LocalBackend
from toile.shipping import build_shipment, manifest_of
from toile.store import Store, open_store
from toile.wheel import MANIFEST, Manifest, artifacts_folder, wheel_version

DETAIL = """\
Jobs on a Spark cluster or in a Databricks workspace run from a wheel: the code of jobs/ and the files of conf/, under
a digest of both and of the libraries' versions. Each job names the very wheel of the checkout that asked for it, so
nothing that runs is replaced, and shipping what is there already does nothing. Equal sources are equal bytes, whatever
their commit, and the manifest tells one at which they were deployed.

  toile deploy --env staging             build the wheel and upload it with its requirements
  toile deploy --env staging --dry-run   tell what that would do
  toile check --env staging              tell whether this checkout is deployed, and what else is missing

It goes into `backend.artifacts` of conf/environments/<name>.yaml: a folder; s3:// or abfss://, with the usual variables
(AWS_ACCESS_KEY_ID, AZURE_CLIENT_ID, ...); or a volume of Unity Catalog, through the workspace that DATABRICKS_HOST and
DATABRICKS_TOKEN, a client's id and secret, or a profile of ~/.databrickscfg name. manifest.json is written last: killed
half-way and run again, it ends the same.

Exit status: 0 shipped or nothing to do, 2 a mistake, 1 a fault.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "deploy", "ship this checkout to where jobs run", DETAIL)
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    backend = conf.environment.backend
    if isinstance(backend, LocalBackend):
        print(f"environment {arguments.env}: jobs are processes of this machine, so there is nothing to ship.")
        return 0
    _note_mistakes(conf)
    folder = artifacts_folder(backend)
    progress(f"looking into {folder} ...")
    store = open_store(folder)
    there = Manifest.load(store)
    broken = there.broken(store) if there else []
    if there and not broken:
        print(f"nothing to do: {there.version} (commit {there.commit}) lies in {folder}, and all of it is whole.")
        return 0
    if broken:
        progress(f"not as they were shipped: {', '.join(broken)}; shipping anew")
    if arguments.dry_run:
        print(f"would build {wheel_version()} and ship it to {folder}.")
        return 0
    shipped = _ship(store)
    if shipped.commit.endswith("+changes"):
        print("note: the working tree has changes that are not committed.", file=sys.stderr)
    print(f"shipped {shipped.version} (commit {shipped.commit}) to {folder}.")
    return 0


def _note_mistakes(conf: Conf) -> None:
    """One squad's mistake holds nobody else's jobs up, but whoever deploys should know."""
    mistaken = {problem.file for problem in find_in_files(conf) if problem.severity == "error"}
    if mistaken:
        files = ", ".join(map(str, sorted(mistaken)))
        print(f"note: {files}: has mistakes, and its models no jobs. `toile check` tells them.", file=sys.stderr)


def _ship(store: Store) -> Manifest:
    progress("building the wheel ...")
    files = build_shipment()
    for number, (name, content) in enumerate(files.items(), start=1):
        if store.read(name) == content:  # left by another deploy, and runs may be reading it
            continue
        progress(f"uploading {number} of {counted(len(files), 'file')}: {name}, {len(content):,} bytes ...")
        store.write(name, content)
    manifest = manifest_of(files)
    progress(f"uploading {MANIFEST} ...")
    manifest.save(store)
    return manifest
