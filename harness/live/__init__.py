"""`harness dev` for daily work: what happens in the container, as it happens."""
