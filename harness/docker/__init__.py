"""One thin module per outside tool that speaks to the engine."""
