"""Whether the same tree gets the same verdicts again and again, on a busy machine too."""
