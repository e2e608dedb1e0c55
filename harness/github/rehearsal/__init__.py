"""A GitHub on loopback: its API as far as the harness asks it, for rehearsals and checks."""
