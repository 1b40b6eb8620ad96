"""Stands in for the jobs' Python: notes how it was called, and answers as `answers.json` under TOILE_HOME says.

It speaks the real protocol (`python -m toile.run SPEC`, an exit code, `result.json` under the run key), so that what a
DAG does with a verdict or a fault is tested without Spark.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

home = Path(os.environ["TOILE_HOME"])
spec = json.loads(sys.argv[3])
calls = home / "calls.jsonl"
earlier = sum(json.loads(line)["spec"]["job"] == spec["job"] for line in calls.read_text().splitlines())
with calls.open("a") as file:
    file.write(json.dumps({"spec": spec, "arguments": sys.argv[1:3], "environment": dict(os.environ)}) + "\n")

answers = json.loads((home / "answers.json").read_text()).get(spec["job"], [{}])
answer = answers[min(earlier, len(answers) - 1)]
sys.stdout.write(f"{spec['job']} of {spec['model']} as of {spec['as_of']}\n")
sys.stdout.flush()
if answer.get("stubborn"):
    # A child that ignores SIGTERM, as a JVM in the middle of a shutdown hook may.
    child = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60"])
    (home / "pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(60)
print(answer.get("says", ""), file=sys.stderr)
if answer.get("exit"):
    raise SystemExit(answer["exit"])
result = {key: spec[key] for key in ("run_key", "job", "model", "as_of")}
told = {key: value for key, value in answer.items() if key in {"verdict", "reasons", "outputs", "model_version"}}
folder = home / "results" / spec["run_key"]
folder.mkdir(parents=True, exist_ok=True)
(folder / "result.json").write_text(json.dumps({"verdict": "passed", "model_version": "7", **result, **told}))
