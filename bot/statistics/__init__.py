"""Numbers about decisions, and where they fall in a plot. Pure: nothing here draws or writes."""
