"""What MLflow keeps for us: runs, versions and their aliases, reports, and the ledger of champions."""
