"""The report: one page, and Markdown, from the evidence of one run or several."""
