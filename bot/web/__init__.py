"""The same wire as the Perspective API, on one's own machine. An adapter: it decides nothing."""
