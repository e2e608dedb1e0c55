"""Pure functions from facts to judgements, one module for each part of the PRD."""
