"""The fixtures and markers that `pytest acceptance/` uses."""
