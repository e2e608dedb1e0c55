"""How soon a save is live under several reloaders, side by side in one run."""
