"""What `harness doctor` looks at: each check is a function that yields findings."""
