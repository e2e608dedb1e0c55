"""GitHub: what its workflows mean, read by its own rules."""
