"""The subcommands of `toile`, one module each: `add(subparsers)` declares one, `run(arguments) -> int` does it."""
