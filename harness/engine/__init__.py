"""The Docker engine: finding one that answers, or running one of the harness's own."""
