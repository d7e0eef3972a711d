"""Threshold advice from what moderators decided: gathered, shown as a table, drawn as a plot."""
