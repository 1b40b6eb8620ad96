"""A tiny wheel in the place of Toile's own: it starts in no time, and counts how often its work was done."""

import json
import zipfile
from pathlib import Path

RESULTS = "/Volumes/ml/toile/results"
NAME = "toile-0+stand.in-py3-none-any.whl"
_METADATA = "Metadata-Version: 2.1\nName: toile\nVersion: 0+stand.in\n"
_ENTRY_POINTS = "[console_scripts]\ntoile-job = stand_in:main\ntoile-task = stand_in:task\n"
_MODULE = f'''
import json, os, sys, time

def main():
    """Like a job, but one that does its work again whenever it is run: that must never be; `do` says what it does."""
    spec = json.loads(sys.argv[1].removeprefix("--spec="))
    folder = os.environ["TOILE_VOLUMES"] + "{RESULTS.removeprefix("/Volumes")}/" + spec["run_key"]
    do = spec.get("parameters", {{}}).get("do", "")
    os.makedirs(folder, exist_ok=True)
    print("working on", spec["run_key"], flush=True)
    if do.startswith("sleep"):
        time.sleep(float(do.partition(" ")[2]))
    if do == "fault":
        raise OSError("the store does not answer")
    if do == "mistake":
        leave(folder, "failure.json", {{
            "run_key": spec["run_key"],
            "error": "ConfigError",
            "message": "there is no column spend",
            "failed_at": time.time(),
        }})
        raise SystemExit(2)
    if do == "nothing":
        return 0
    told = {{name: spec[name] for name in ("run_key", "job", "model", "as_of")}}
    told |= {{"verdict": "passed", "model_version": "7", "finished_at": "2011-06-01T00:00:00Z"}}
    leave(folder, "result.json", told)
    # Counted once the work is whole, by its rename: what was killed half-way may well be done anew.
    with open(folder + "/effects", "a") as effects:
        effects.write("done\\n")
    return 1  # a cluster drops what an entry point returns

def task():
    """Like a bundle's task: what it was told is noted."""
    with open(os.environ["TOILE_VOLUMES"] + "{RESULTS.removeprefix("/Volumes")}/tasks", "a") as tasks:
        tasks.write(json.dumps(sys.argv[1:]) + "\\n")

def leave(folder, name, content):
    with open(folder + "/." + name + str(os.getpid()), "w") as file:
        json.dump(content, file)
    os.replace(file.name, folder + "/" + name)
'''


def write_stand_in_wheel(wheel: Path) -> None:
    """Writes the wheel, its requirements and a manifest, as a deployment leaves them."""
    wheel.parent.mkdir(parents=True, exist_ok=True)
    wheel.with_name("requirements.txt").write_text("pydantic\n")
    wheel.with_name("manifest.json").write_text("{}")
    info = "toile-0+stand.in.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("stand_in.py", _MODULE)
        archive.writestr(f"{info}/METADATA", _METADATA)
        archive.writestr(f"{info}/entry_points.txt", _ENTRY_POINTS)


def spec_of(run_key: str, do: str = "") -> str:
    """The JSON of a JobSpec for the stand-in."""
    told = {"job": "train", "model": "shop.alpha", "as_of": "2011-06-01", "environment": "production"}
    return json.dumps({**told, "run_key": run_key, "parameters": {"do": do} if do else {}})
