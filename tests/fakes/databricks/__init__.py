"""A Databricks workspace for tests: it speaks, checks and runs as the real one does, on loopback.

Start it in the jobs environment with `python -m tests.fakes.databricks --root DIR`; it prints its address.
"""

TOKEN = "dapi-fake-token"
CLIENT_ID, CLIENT_SECRET = "11111111-2222-3333-4444-555555555555", "fake-client-secret"
"""The two ways to sign in: a personal access token, or a service principal by OAuth."""
