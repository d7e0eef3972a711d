"""Side by side in one run: our engine and Detoxify, on the same comments and the same machine."""
