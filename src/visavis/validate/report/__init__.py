"""Reports: the scores of a benchmark as Markdown and HTML tables, charts and a page."""
