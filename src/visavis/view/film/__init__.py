"""Films with sound and contact sheets: rendered heads with captions, timelines and voices, as files."""
