"""One short file a verb: enter fixtures, call, print."""
