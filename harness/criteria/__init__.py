"""Criteria, facts, judgements and evidence."""
