"""Becomes a Spark Connect server on the port that the one argument names; runs in the jobs environment."""

import os
import sys

from toile.config import Conf
from toile.home import REPOSITORY
from toile.spark_server import server_command, server_environment

program = server_command(Conf(REPOSITORY / "conf", "local").environment.spark, int(sys.argv[1]))
os.execve(program[0], program, server_environment())  # noqa: S606
