"""`make clean`: ends what runs in this home and removes all state; what set-up has made stays."""

import shutil
import sys
from pathlib import Path

from laptop.processes import end, is_alive
from laptop.services import Record, end_leftovers, record_file
from toile.home import toile_home

# By name: a TOILE_HOME that points to some other folder must not lose what is not ours.
STATE = ("airflow", "locks", "logs", "mlflow", "results", "run", "spark", "staging", "tables")
DEMO_SECONDS = 30.0


def clean(home: Path) -> list[str]:
    """Ends the demo of this home and its services, removes their state, and tells what it did."""
    done = []
    demo = Record.load(record_file(home)).demo
    # A demo that is asked to end takes its services with it.
    if demo and is_alive(demo) and not end([demo], DEMO_SECONDS):
        done.append(f"ended the demo (process {demo.pid})")
    done += [f"ended {name}" for name in end_leftovers(home)]
    for folder in (home / name for name in STATE):
        if folder.is_dir():
            shutil.rmtree(folder)
            done.append(f"removed {folder}")
    return done


if __name__ == "__main__":
    home = toile_home()
    sys.stdout.write("\n".join(clean(home) or [f"there is no state in {home}"]) + "\n")
    if home.is_dir():
        sys.stdout.write(f"what set-up has made stays; `rm -r {home}` removes it too\n")
