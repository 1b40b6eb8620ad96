"""Becomes the Spark Connect server of docker-compose.yml: reached from other containers, unlike the laptop's."""

import os

from toile.config import Conf
from toile.home import conf_root, environment_name
from toile.spark_server import server_command, server_environment

PORT = 15002
ALL_INTERFACES = "0.0.0.0"  # noqa: S104 -- the compose network is the border; no port of it is published


def command() -> list[str]:
    """The server's command with the environment's own Spark settings."""
    settings = Conf(conf_root(), environment_name()).environment.spark
    return server_command({**settings, "spark.connect.grpc.binding.address": ALL_INTERFACES}, PORT)


if __name__ == "__main__":
    program = command()
    os.execve(program[0], program, server_environment())  # noqa: S606
